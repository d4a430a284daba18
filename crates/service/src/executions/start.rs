//! `StartExecution`.

use std::fmt::Write;
use std::sync::Arc;

use compasso_engine::{Mocks, Start};
use compasso_runtime::{Description, StartError, StartOrder};
use compasso_store::{AttributeValue, ExecutionKey};
use compasso_types::limits::{
    EXECUTION_EVENTS_MAX, NAME_CHARS_MAX, RUN_EVENTS_MAX, RUN_VALUE_BYTES_MAX,
};
use compasso_types::{Arn, Payload, Timestamp};
use serde::{Deserialize, Serialize};

use crate::arns::{RUN, arn_length, check_execution_name, execution, name_length};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::quotas::Quotas;
use crate::records::{Machine, MachineType};
use crate::search_attributes::{AGAIN_OF, Labels, check_labels, label_attributes};
use crate::targets::Target;
use crate::{Act, Error, LoggingConfiguration, Service, json_text};

const TRACE_HEADER_CHARS_MAX: usize = 256;

/// An execution to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StartExecution {
    pub state_machine_arn: String,
    pub name: Option<String>,
    pub input: Option<String>,
    pub trace_header: Option<String>,
    /// What it is searched by beside its input; no part of AWS's request.
    #[serde(skip)]
    pub labels: Labels,
}

/// What `StartExecution` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StartedExecution {
    pub execution_arn: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub start_date: Timestamp,
}

/// What an execution begins with, checked.
pub(crate) struct Order<'a> {
    /// The state machine's ARN, as asked for.
    pub(crate) machine: &'a str,
    /// The execution's name.
    pub(crate) name: &'a str,
    pub(crate) input: Payload,
    pub(crate) trace_header: Option<Arc<str>>,
    /// See [`StartOrder::parent`].
    pub(crate) parent: Option<Arc<str>>,
}

/// What is compared with an execution that has the name already.
pub(crate) struct Asked {
    pub(crate) input: Payload,
    pub(crate) parent: Option<Arc<str>>,
    pub(crate) mocks: Option<Arc<Mocks>>,
}

impl Service {
    /// Starts an execution; starting the same one again while it runs answers the same.
    ///
    /// # Errors
    /// The request is invalid, there is no such state machine, or the name is taken.
    pub async fn start_execution(
        &self,
        request: StartExecution,
    ) -> Result<StartedExecution, Error> {
        self.start_linked(request, None).await
    }

    /// Starts an execution that runs another one of its state machine again, from the beginning: each
    /// is found from the other.
    ///
    /// # Errors
    /// As of [`Self::start_execution`], or the other one is not there or of another state machine.
    pub async fn start_again(
        &self,
        request: StartExecution,
        of: &str,
    ) -> Result<StartedExecution, Error> {
        self.start_linked(request, Some(of)).await
    }

    async fn start_linked(
        &self,
        request: StartExecution,
        again_of: Option<&str>,
    ) -> Result<StartedExecution, Error> {
        let name = request.check(Constraints::default(), &self.inner.quotas)?;
        let input = parse_input(request.input)?;
        let generated;
        let name = if let Some(name) = &name {
            name.as_str()
        } else {
            generated = self.new_id();
            &generated
        };
        let order = Order {
            machine: &request.state_machine_arn,
            name,
            input,
            trace_header: request.trace_header.map(Into::into),
            parent: None,
        };
        let (kind, mut order) = self.prepare(order).await?;
        if !request.labels.is_empty() && kind == MachineType::Express {
            return Err(Error::validation(
                "Express executions are not searched: they take no labels",
            ));
        }
        check_labels(&request.labels)?;
        order.attributes.extend(label_attributes(&request.labels));
        if let Some(of) = again_of {
            let other = self.description(&execution("againOf", of)?).await?.record.start;
            if other.workflow != order.start.workflow {
                let message = format!("{of} is no execution of this state machine");
                return Err(Error::validation(message));
            }
            order.attributes.insert(AGAIN_OF.into(), AttributeValue::Text(of.into()));
        }
        self.launch(kind, order, is_same_run).await
    }

    /// Starts an execution. If there is one of this name, `is_same` says whether it is meant.
    pub(crate) async fn start(
        &self,
        order: Order<'_>,
        is_same: impl Fn(&Description, &Asked) -> bool,
    ) -> Result<StartedExecution, Error> {
        let (kind, order) = self.prepare(order).await?;
        self.launch(kind, order, is_same).await
    }

    /// Starts an execution of what was resolved. If there is one of this name, `is_same` says
    /// whether it is meant.
    pub(crate) async fn launch(
        &self,
        kind: MachineType,
        order: StartOrder,
        is_same: impl Fn(&Description, &Asked) -> bool,
    ) -> Result<StartedExecution, Error> {
        let execution_arn = order.start.id.clone();
        if kind == MachineType::Express {
            let start_date = self.runtime.start_express(order).await?;
            return Ok(StartedExecution { execution_arn, start_date });
        }
        let asked = Asked {
            input: order.start.input.clone(),
            parent: order.parent.clone(),
            mocks: order.start.mocks.clone(),
        };
        self.check_room_for_execution().await?;
        match self.runtime.start(order).await {
            Ok(start_date) => Ok(StartedExecution { execution_arn, start_date }),
            Err(StartError::Exists) => {
                let key = ExecutionKey(execution_arn.clone());
                match self.runtime.describe(&key).await? {
                    Some(present) if is_same(&present, &asked) => {
                        Ok(StartedExecution { execution_arn, start_date: present.started })
                    }
                    _ => Err(Error::ExecutionAlreadyExists { arn: execution_arn.to_string() }),
                }
            }
            Err(StartError::Runtime(error)) => Err(error.into()),
            Err(other) => Err(Error::Unavailable(other.to_string())),
        }
    }

    /// Resolves the state machine and names the execution.
    pub(crate) async fn prepare(
        &self,
        order: Order<'_>,
    ) -> Result<(MachineType, StartOrder), Error> {
        let (machine, case) = self.split_test_case(order.machine);
        let target = self.target("stateMachineArn", machine).await?;
        self.order_of(target, case, order).await
    }

    /// Names the execution of what was found, or of its test case.
    pub(crate) async fn order_of(
        &self,
        target: Target,
        case: Option<&str>,
        order: Order<'_>,
    ) -> Result<(MachineType, StartOrder), Error> {
        let Target { arn, machine, definition, version, alias } = target;
        let machine = machine.value;
        let compiled = self.compiled(&definition).await?;
        let settings = compiled.settings(Some(&machine));
        let start = Start {
            id: self.execution_arn(&arn, &machine, order.name),
            name: order.name.into(),
            workflow: arn.as_str().into(),
            workflow_name: machine.name.clone(),
            role: compiled.revision.role.clone(),
            input: order.input,
            // The runtime draws it.
            seed: [0; 16],
            version,
            alias,
            payload_bytes_max: match machine.kind {
                MachineType::Standard | MachineType::Express => self.inner.quotas.payload_bytes_max,
                MachineType::Pipeline => RUN_VALUE_BYTES_MAX,
            },
            events_max: match machine.kind {
                MachineType::Standard => self.inner.quotas.events_max,
                MachineType::Pipeline => RUN_EVENTS_MAX,
                // Nobody reads the history of an Express execution.
                MachineType::Express => EXECUTION_EVENTS_MAX,
            },
            mocks: match case {
                Some(case) => Some(self.test_case(&machine.name, case).await?),
                None => None,
            },
            origin: None,
            is_held: false,
            is_unbegun: false,
            rules: machine.rules(),
        };
        let order = StartOrder {
            attributes: machine.attributes(&start.input),
            start,
            definition,
            compiled: compiled.definition.clone(),
            listing: machine.listing(&arn),
            caller: Act::credential(),
            trace_header: order.trace_header,
            parent: order.parent,
            log: settings
                .and_then(|settings| settings.logging.as_ref())
                .and_then(LoggingConfiguration::order),
            map_run: None,
        };
        Ok((machine.kind, order))
    }

    /// Names an execution: it lives where its state machine lives.
    pub(crate) fn execution_arn(&self, arn: &Arn, machine: &Machine, name: &str) -> Arc<str> {
        let (region, account, machine_name) = (arn.region(), arn.account(), &machine.name);
        let kind = match machine.kind {
            MachineType::Standard => "execution",
            MachineType::Express => "express",
            MachineType::Pipeline => RUN,
        };
        let partition = arn.as_str().split(':').nth(1).unwrap_or("aws");
        let mut text =
            format!("arn:{partition}:states:{region}:{account}:{kind}:{machine_name}:{name}");
        if machine.kind == MachineType::Express {
            write!(text, ":{}", self.new_id()).expect("a string takes every text");
        }
        text.into()
    }
}

impl StartExecution {
    /// Checks the members and returns the name, if one is asked for.
    pub(crate) fn check(
        &self,
        constraints: Constraints,
        quotas: &Quotas,
    ) -> Result<Option<String>, Error> {
        let constraints = arn_length(constraints, "stateMachineArn", &self.state_machine_arn);
        name_length(constraints, "name", self.name.as_deref())
            .sensitive(
                "input",
                self.input.as_ref().map_or(0, String::len),
                0..=quotas.payload_bytes_max,
            )
            .chars_if("traceHeader", self.trace_header.as_deref(), 0..=TRACE_HEADER_CHARS_MAX)
            .ascii_if("traceHeader", self.trace_header.as_deref())
            .check()?;
        if let Some(name) = &self.name {
            debug_assert!(name.chars().count() <= NAME_CHARS_MAX, "length was checked");
            check_execution_name(name)?;
        }
        Ok(self.name.clone())
    }
}

/// Reads an execution's input; an empty object if there is none.
pub(crate) fn parse_input(input: Option<String>) -> Result<Payload, Error> {
    match input {
        Some(text) => json_text::parse(text).map_err(Error::InvalidExecutionInput),
        None => Ok(Payload::parse("{}").expect("an empty object is JSON")),
    }
}

/// Says whether a start repeats one that is under way.
fn is_same_run(present: &Description, asked: &Asked) -> bool {
    present.closed.is_none()
        && *present.input() == asked.input
        && present.record.start.mocks == asked.mocks
}
