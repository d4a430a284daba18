//! A copy of an execution that begins at one of its states: what AWS does not have.

use compasso_engine::Start;
use compasso_runtime::{Point, StartError, StartOrder};
use compasso_store::{AttributeValue, ExecutionKey};
use compasso_types::Arn;
use serde::Deserialize;

use super::start::{StartedExecution, parse_input};
use crate::arns::{check_name, execution, name_length};
use crate::constraints::Constraints;
use crate::records::{LoggingConfiguration, MachineType};
use crate::search_attributes::AGAIN_OF;
use crate::{Act, Error, Service};

/// Names the execution to copy and the state to begin at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are explained in docs/beyond-aws.md")]
pub struct CopyExecution {
    pub execution_arn: String,
    pub state_name: String,
    pub input: Option<String>,
    pub name: Option<String>,
}

impl Service {
    /// Starts an execution of the same definition at a state that another one entered, with that
    /// state's input or with another one.
    ///
    /// # Errors
    /// There is no such Standard execution, it never entered such a state of its outermost block,
    /// or the name is taken.
    pub async fn copy_execution(&self, request: CopyExecution) -> Result<StartedExecution, Error> {
        let input_bytes = request.input.as_ref().map_or(0, String::len);
        name_length(Constraints::default(), "name", request.name.as_deref())
            .sensitive("input", input_bytes, 0..=self.inner.quotas.payload_bytes_max)
            .check()?;
        request.name.as_deref().map_or(Ok(()), check_name)?;
        let arn = execution("executionArn", &request.execution_arn)?;
        let key = ExecutionKey(arn.as_str().into());
        let point = self.runtime.point(&key, &request.state_name).await;
        let point = point.map_err(|error| Error::about_execution(arn.as_str(), error))?;
        let Some(mut point) = point else {
            return Err(Error::validation(format!(
                "The execution entered no state '{}' outside of Parallel and Map states",
                request.state_name
            )));
        };
        if request.input.is_some() {
            point.input = parse_input(request.input)?;
        }
        let name = request.name.unwrap_or_else(|| self.new_id());
        let order = self.copy_order(&arn, point, name).await?;
        let execution_arn = order.start.id.clone();
        self.check_room_for_execution().await?;
        match self.runtime.start(order).await {
            Ok(start_date) => Ok(StartedExecution { execution_arn, start_date }),
            Err(StartError::Exists) => {
                Err(Error::ExecutionAlreadyExists { arn: execution_arn.to_string() })
            }
            Err(StartError::Runtime(error)) => Err(error.into()),
            Err(other) => Err(Error::Unavailable(other.to_string())),
        }
    }

    async fn copy_order(&self, arn: &Arn, point: Point, name: String) -> Result<StartOrder, Error> {
        let record = self.description(arn).await?.record;
        let gone = || Error::StateMachineDoesNotExist { arn: record.start.workflow.to_string() };
        let machine_arn: Arn = record.start.workflow.parse().map_err(|_| gone())?;
        let machine = self.machine(&machine_arn).await?.value;
        if machine.deleting || machine.kind == MachineType::Express || record.map_run.is_some() {
            return Err(gone());
        }
        let compiled = self.compiled(&record.definition).await?;
        let settings = compiled.settings(Some(&machine));
        let mut attributes = machine.attributes(&point.input);
        attributes.insert(AGAIN_OF.into(), AttributeValue::Text(arn.as_str().into()));
        Ok(StartOrder {
            attributes,
            start: Start {
                id: self.execution_arn(&machine_arn, &machine, &name),
                name: name.into(),
                input: point.input,
                origin: Some(point.origin.into()),
                is_held: false,
                is_unbegun: false,
                rules: machine.rules(),
                ..record.start.as_ref().clone()
            },
            listing: machine.listing(&machine_arn),
            caller: Act::credential(),
            trace_header: None,
            parent: None,
            log: settings
                .and_then(|settings| settings.logging.as_ref())
                .and_then(LoggingConfiguration::order),
            map_run: None,
            compiled: compiled.definition.clone(),
            definition: record.definition,
        })
    }
}
