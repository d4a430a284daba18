//! `DescribeStateMachine` and `DescribeStateMachineForExecution`.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arns::{MachineArn, execution};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::definitions::Compiled;
use crate::executions::{DescribeExecution, INCLUDED_DATA, METADATA_ONLY};
use crate::records::Machine;
use crate::{EncryptionConfiguration, Error, LoggingConfiguration, Service, TracingConfiguration};

/// Names a state machine.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribeStateMachine {
    pub state_machine_arn: String,
    pub included_data: Option<String>,
}

/// What `DescribeStateMachine` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribedStateMachine {
    pub state_machine_arn: String,
    pub name: Arc<str>,
    pub status: &'static str,
    pub definition: Arc<str>,
    pub role_arn: Arc<str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
    pub logging_configuration: LoggingConfiguration,
    pub tracing_configuration: TracingConfiguration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<Arc<str>>,
    pub encryption_configuration: EncryptionConfiguration,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variable_references: BTreeMap<String, Vec<String>>,
}

/// What `DescribeStateMachineForExecution` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DefinitionForExecution {
    pub state_machine_arn: Arc<str>,
    pub name: Arc<str>,
    pub definition: Arc<str>,
    pub role_arn: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub update_date: Timestamp,
    pub logging_configuration: LoggingConfiguration,
    pub tracing_configuration: TracingConfiguration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<Arc<str>>,
    pub encryption_configuration: EncryptionConfiguration,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variable_references: BTreeMap<String, Vec<String>>,
}

impl Service {
    /// Describes a state machine.
    ///
    /// # Errors
    /// There is no such state machine.
    pub async fn describe_state_machine(
        &self,
        request: DescribeStateMachine,
    ) -> Result<DescribedStateMachine, Error> {
        let metadata_only = check_included(request.included_data.as_deref())?;
        let arn = match MachineArn::parse("stateMachineArn", &request.state_machine_arn)? {
            // The model has no error for a label; as far as this operation goes, there is none.
            MachineArn::Labelled(arn) => {
                return Err(Error::StateMachineDoesNotExist { arn: arn.as_str().to_owned() });
            }
            other => other.machine()?,
        };
        let machine = self.machine(&arn).await?.value;
        let compiled = self.present_revision(&arn, &machine).await?;
        let shown = Shown::of(&compiled, Some(&machine), metadata_only);
        Ok(DescribedStateMachine {
            state_machine_arn: request.state_machine_arn,
            name: machine.name.clone(),
            status: "ACTIVE",
            definition: shown.definition,
            role_arn: compiled.revision.role.clone(),
            kind: machine.kind.name(),
            creation_date: machine.created,
            logging_configuration: shown.logging,
            tracing_configuration: shown.tracing,
            revision_id: compiled.revision.id.clone(),
            encryption_configuration: EncryptionConfiguration::default(),
            variable_references: shown.variable_references,
        })
    }

    /// Describes the definition an execution really runs.
    ///
    /// # Errors
    /// There is no such execution.
    pub async fn describe_state_machine_for_execution(
        &self,
        request: DescribeExecution,
    ) -> Result<DefinitionForExecution, Error> {
        let metadata_only = check_included(request.included_data.as_deref())?;
        let arn = execution("executionArn", &request.execution_arn)?;
        let record = self.description(&arn).await?.record;
        let compiled = self.compiled(&record.definition).await?;
        let workflow = &record.start.workflow;
        let machine = self.inner.machines.get(&self.runtime, workflow).await?;
        let machine = machine.as_ref().map(|machine| &*machine.value);
        let shown = Shown::of(&compiled, machine, metadata_only);
        Ok(DefinitionForExecution {
            state_machine_arn: workflow.clone(),
            name: record.start.workflow_name.clone(),
            definition: shown.definition,
            role_arn: compiled.revision.role.clone(),
            update_date: compiled.revision.created,
            logging_configuration: shown.logging,
            tracing_configuration: shown.tracing,
            revision_id: compiled.revision.id.clone(),
            encryption_configuration: EncryptionConfiguration::default(),
            variable_references: shown.variable_references,
        })
    }
}

/// What both descriptions show alike.
struct Shown {
    definition: Arc<str>,
    logging: LoggingConfiguration,
    tracing: TracingConfiguration,
    variable_references: BTreeMap<String, Vec<String>>,
}

impl Shown {
    fn of(compiled: &Compiled, machine: Option<&Machine>, metadata_only: bool) -> Self {
        let definition =
            if metadata_only { "{}".into() } else { compiled.revision.definition.clone() };
        let variable_references = if metadata_only {
            BTreeMap::new()
        } else {
            compiled.definition.variable_references.clone()
        };
        Self {
            definition,
            logging: machine.and_then(|machine| machine.logging.clone()).unwrap_or_default(),
            tracing: TracingConfiguration { enabled: machine.is_some_and(|m| m.tracing) },
            variable_references,
        }
    }
}

/// Reads `includedData`; `true` stands for metadata only.
fn check_included(included: Option<&str>) -> Result<bool, Error> {
    Constraints::default().one_of("includedData", included, &INCLUDED_DATA).check()?;
    Ok(included == Some(METADATA_ONLY))
}
