//! One workflow with its versions and aliases, for people.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use super::Viewer;
use crate::arns::MachineArn;
use crate::dates::iso;
use crate::publications::{Alias, Publications, Route, Version};
use crate::records::Tag;
use crate::{AliasRoute, DescribeStateMachine, Error, Service};

/// A workflow, or one of its versions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowView {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: Arc<str>,
    /// `STANDARD` or `EXPRESS`.
    pub kind: &'static str,
    /// When it, or the version that is shown, was created.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// Its text.
    pub definition: Arc<str>,
    /// The role it runs as.
    pub role: Arc<str>,
    /// What of its executions is written to logs: `ALL`, `ERROR`, `FATAL` or `OFF`.
    #[serde(rename = "logLevel")]
    pub log_level: String,
    /// The ARN of the log group that it is written to.
    #[serde(rename = "logGroup", skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
    /// Whether inputs and outputs are logged.
    #[serde(rename = "logsData")]
    pub logs_data: bool,
    /// What it is found by, for people.
    pub tags: Vec<Tag>,
    /// What its executions are searched by: names with paths into their inputs.
    #[serde(rename = "searchAttributes")]
    pub search_attributes: BTreeMap<Arc<str>, Arc<str>>,
    /// Its published versions, the newest first.
    pub versions: Vec<WorkflowVersion>,
    /// Names for versions, the oldest first.
    pub aliases: Vec<WorkflowAlias>,
}

/// A published version.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowVersion {
    /// Its number; the ARN of the workflow, a colon and it are its ARN.
    pub number: u64,
    /// When it was published.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// What is new, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// Who wrote it, if it was published as a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Arc<str>>,
}

/// A name for one version or two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkflowAlias {
    /// The name.
    pub name: Arc<str>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// The versions it stands for.
    pub routes: Vec<AliasRoute>,
}

/// How two definitions of a workflow differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkflowDiff {
    /// The lines that differ, in the form of `diff -u`; empty if none do.
    pub text: String,
}

impl Service {
    /// Shows a workflow, or one of its versions.
    ///
    /// # Errors
    /// There is no such state machine or version, or it belongs to another account.
    pub async fn workflow(&self, viewer: &Viewer, id: &str) -> Result<WorkflowView, Error> {
        viewer.check("DescribeStateMachine", id)?;
        let request = DescribeStateMachine { state_machine_arn: id.into(), included_data: None };
        let described = self.describe_state_machine(request).await?;
        let (MachineArn::Machine(arn)
        | MachineArn::Qualified { machine: arn, .. }
        | MachineArn::Labelled { machine: arn, .. }) = MachineArn::parse("id", id)?;
        let machine = self.machine(&arn).await?.value;
        let (Publications { versions, aliases, .. }, _) = self.publications(&arn).await?;
        let logging = machine.settings.logging();
        Ok(WorkflowView {
            id: arn.as_str().to_owned(),
            name: described.name,
            kind: described.kind,
            created: described.creation_date,
            definition: described.definition,
            role: described.role_arn,
            log_group: logging.group().map(str::to_owned),
            logs_data: logging.include_execution_data,
            log_level: logging.level.unwrap_or_else(|| "OFF".to_owned()),
            tags: machine.tags.clone(),
            search_attributes: machine.search_attributes.clone(),
            versions: versions.iter().rev().map(WorkflowVersion::of).collect(),
            aliases: aliases.iter().map(WorkflowAlias::of).collect(),
        })
    }

    /// Compares two definitions of a workflow, each named by its ARN or by that of a version.
    ///
    /// # Errors
    /// As [`Self::workflow`].
    pub async fn workflow_diff(
        &self,
        viewer: &Viewer,
        from: &str,
        to: &str,
    ) -> Result<WorkflowDiff, Error> {
        let before = self.workflow(viewer, from).await?.definition;
        let after = self.workflow(viewer, to).await?.definition;
        let label = |id: &str| id.split(':').skip(6).collect::<Vec<_>>().join(":");
        let text = crate::pipelines::difference(before, after, (label(from), label(to))).await?;
        Ok(WorkflowDiff { text })
    }
}

impl WorkflowVersion {
    fn of(version: &Version) -> Self {
        let Version { number, created, description, origin, .. } = version;
        let (description, author) = (description.clone(), origin.author.clone());
        Self { number: *number, created: *created, description, author }
    }
}

impl WorkflowAlias {
    fn of(alias: &Alias) -> Self {
        let route = |route: &Route| AliasRoute { version: route.version, weight: route.weight };
        Self {
            name: alias.name.clone(),
            description: alias.description.clone(),
            routes: alias.routes.iter().map(route).collect(),
        }
    }
}
