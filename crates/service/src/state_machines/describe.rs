//! `DescribeStateMachine` and `DescribeStateMachineForExecution`.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_ir::{Kind, MapMode, State};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arns::{MachineArn, Qualifier, arn_length, execution_or_child, split_label};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::definitions::{Compiled, reference};
use crate::executions::{DescribeExecution, INCLUDED_DATA, METADATA_ONLY};
use crate::publications::{Publications, Version};
use crate::records::{Machine, Settings};
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
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
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
    pub map_run_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<Arc<str>>,
    pub encryption_configuration: EncryptionConfiguration,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variable_references: BTreeMap<String, Vec<String>>,
}

impl Service {
    /// Describes a state machine, one of its versions, the version that an alias sends most starts
    /// to, or what the children of one of its distributed maps run.
    ///
    /// # Errors
    /// There is no such state machine, version, alias or label.
    pub async fn describe_state_machine(
        &self,
        request: DescribeStateMachine,
    ) -> Result<DescribedStateMachine, Error> {
        let text = request.state_machine_arn;
        let bounds = arn_length(Constraints::default(), "stateMachineArn", &text);
        let metadata_only = check_included(bounds, request.included_data.as_deref())?;
        let Subject { machine, compiled, version, label } = self.subject(&text).await?;
        let shown = Shown::of(&compiled, Some(&machine), metadata_only);
        let name = match &label {
            Some(label) => format!("{}/{label}", machine.name).into(),
            None => machine.name.clone(),
        };
        Ok(DescribedStateMachine {
            state_machine_arn: text,
            name,
            status: if machine.deleting { "DELETING" } else { "ACTIVE" },
            definition: shown.definition,
            role_arn: compiled.revision.role.clone(),
            kind: machine.kind.name(),
            creation_date: version.as_ref().map_or(machine.created, |version| version.created),
            logging_configuration: shown.settings.logging(),
            tracing_configuration: shown.settings.tracing(),
            label,
            revision_id: compiled.revision.id.clone(),
            description: version.and_then(|version| version.description),
            encryption_configuration: shown.settings.encryption(),
            variable_references: shown.variable_references,
        })
    }

    async fn subject(&self, text: &str) -> Result<Subject, Error> {
        let missing = || Error::StateMachineDoesNotExist { arn: text.to_owned() };
        let (arn, qualifier, label) = match MachineArn::parse("stateMachineArn", text)? {
            MachineArn::Machine(arn) => (arn, None, None),
            MachineArn::Qualified { machine, qualifier } => (machine, Some(qualifier), None),
            MachineArn::Labelled { machine, label } => (machine, None, Some(label)),
        };
        let machine = self.machine_if_any(&arn).await?.ok_or_else(missing)?.value;
        let version = match qualifier {
            Some(qualifier) => {
                let (publications, _) = self.publications(&arn).await?;
                Some(published(&publications, &qualifier).cloned().ok_or_else(missing)?)
            }
            None => None,
        };
        let revision = version.as_ref().map_or(&machine.revision, |version| &version.revision);
        let whole = reference(arn.as_str(), revision);
        let mut compiled = self.compiled(&whole).await?;
        if let Some(label) = &label {
            let map = compiled.definition.states().iter().find(|state| is_labelled(state, label));
            let children = whole.of_children(&map.ok_or_else(missing)?.name);
            compiled = self.compiled(&children).await?;
        }
        Ok(Subject { machine, compiled, version, label })
    }

    /// Describes the definition an execution really runs.
    ///
    /// # Errors
    /// There is no such execution.
    pub async fn describe_state_machine_for_execution(
        &self,
        request: DescribeExecution,
    ) -> Result<DefinitionForExecution, Error> {
        let bounds = arn_length(Constraints::default(), "executionArn", &request.execution_arn);
        let metadata_only = check_included(bounds, request.included_data.as_deref())?;
        let arn = execution_or_child("executionArn", &request.execution_arn)?;
        let record = self.description(&arn).await?.record;
        let compiled = self.compiled(&record.definition).await?;
        let workflow = &record.start.workflow;
        let (unlabelled, label) = split_label(workflow);
        let machine = self.inner.machines.get(&self.runtime, unlabelled).await?;
        let machine = machine.as_ref().map(|machine| &*machine.value);
        let shown = Shown::of(&compiled, machine, metadata_only);
        Ok(DefinitionForExecution {
            state_machine_arn: workflow.clone(),
            name: record.start.workflow_name.clone(),
            definition: shown.definition,
            role_arn: compiled.revision.role.clone(),
            update_date: compiled.revision.created,
            logging_configuration: shown.settings.logging(),
            tracing_configuration: shown.settings.tracing(),
            map_run_arn: record.map_run.as_ref().map(|child| child.arn.clone()),
            label: label.map(str::to_owned),
            revision_id: compiled.revision.id.clone(),
            encryption_configuration: shown.settings.encryption(),
            variable_references: shown.variable_references,
        })
    }
}

/// What an ARN of a state machine names.
struct Subject {
    machine: Arc<Machine>,
    compiled: Arc<Compiled>,
    version: Option<Version>,
    label: Option<String>,
}

/// Returns the version that a qualifier names, an alias the one that most starts go to.
fn published<'a>(publications: &'a Publications, qualifier: &Qualifier) -> Option<&'a Version> {
    let number = match qualifier {
        Qualifier::Version(number) => *number,
        Qualifier::Alias(name) => publications.alias(name)?.main_version()?,
    };
    publications.version(number)
}

fn is_labelled(state: &State, label: &str) -> bool {
    match &state.kind {
        Kind::Map(map) => match &map.mode {
            MapMode::Distributed(distributed) => distributed.label.as_deref() == Some(label),
            MapMode::Inline => false,
        },
        _ => false,
    }
}

/// What both descriptions show alike.
struct Shown {
    definition: Arc<str>,
    settings: Settings,
    variable_references: BTreeMap<String, Vec<String>>,
}

impl Shown {
    fn of(compiled: &Compiled, machine: Option<&Machine>, metadata_only: bool) -> Self {
        let revision = &compiled.revision;
        let (definition, variable_references) = if metadata_only {
            ("{}".into(), BTreeMap::new())
        } else {
            (revision.definition.clone(), compiled.definition.variable_references.clone())
        };
        Self {
            definition,
            settings: compiled.settings(machine).cloned().unwrap_or_default(),
            variable_references,
        }
    }
}

/// Reads `includedData`; `true` stands for metadata only.
fn check_included(constraints: Constraints, included: Option<&str>) -> Result<bool, Error> {
    constraints.one_of("includedData", included, &INCLUDED_DATA).check()?;
    Ok(included == Some(METADATA_ONLY))
}
