//! What a state machine is set up with beside its definition, changed by people.

use std::sync::Arc;

use serde::Deserialize;

use crate::access::Act;
use crate::arns::MachineArn;
use crate::records::Tag;
use crate::{
    CloudWatchLogsLogGroup, Error, LogDestination, LoggingConfiguration, Service,
    UpdateStateMachine, Viewer, WorkflowView,
};

/// Changes of a state machine's settings; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetWorkflow {
    /// The role it runs as.
    pub role: Option<Arc<str>>,
    /// What of its executions is written to logs.
    pub logging: Option<SetLogging>,
    /// All of its tags.
    pub tags: Option<Vec<Tag>>,
}

/// What of executions is written to logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetLogging {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`.
    pub level: String,
    /// The ARN of the log group; not needed for `OFF`.
    pub group: Option<String>,
    /// Whether inputs and outputs are logged.
    #[serde(default)]
    pub with_data: bool,
}

impl Service {
    /// Changes settings of a state machine, whose running executions keep theirs, and shows it.
    ///
    /// # Errors
    /// The request is invalid, or there is no such state machine.
    pub async fn set_workflow(
        &self,
        viewer: &Viewer,
        id: &str,
        request: SetWorkflow,
    ) -> Result<WorkflowView, Error> {
        viewer.check("UpdateStateMachine", id)?;
        let arn = MachineArn::parse("id", id)?.machine()?;
        request.tell(&self.workflow(viewer, arn.as_str()).await?);
        let SetWorkflow { role, logging, tags } = request;
        let logging = logging.map(LoggingConfiguration::from);
        if role.is_some() || logging.is_some() {
            let update = UpdateStateMachine {
                state_machine_arn: arn.as_str().to_owned(),
                role_arn: role,
                logging_configuration: logging,
                ..UpdateStateMachine::default()
            };
            self.update_state_machine(update).await?;
        }
        if let Some(tags) = tags {
            self.replace_tags(arn.as_str(), &tags).await?;
        }
        self.workflow(viewer, arn.as_str()).await
    }
}

impl SetWorkflow {
    /// Says in the audit log what becomes different; the record goes with the first write.
    fn tell(&self, before: &WorkflowView) {
        let named = |tags: &[Tag]| {
            let tags = tags.iter().map(|tag| format!("{}={}", tag.key, tag.value));
            Some(tags.collect::<Vec<_>>().join(", ")).filter(|tags| !tags.is_empty())
        };
        if let Some(role) = &self.role {
            Act::change("role", Some(before.role.to_string()), Some(role.to_string()));
        }
        if let Some(SetLogging { level, group, with_data }) = &self.logging {
            Act::change("logLevel", Some(before.log_level.clone()), Some(level.clone()));
            Act::change("logGroup", before.log_group.clone(), group.clone());
            let (had, has) = (before.logs_data.to_string(), with_data.to_string());
            Act::change("logsData", Some(had), Some(has));
        }
        if let Some(tags) = &self.tags {
            Act::change("tags", named(&before.tags), named(tags));
        }
    }
}

impl From<SetLogging> for LoggingConfiguration {
    fn from(SetLogging { level, group, with_data }: SetLogging) -> Self {
        let destination = |arn| LogDestination {
            cloud_watch_logs_log_group: Some(CloudWatchLogsLogGroup { log_group_arn: Some(arn) }),
        };
        Self {
            level: Some(level),
            include_execution_data: with_data,
            destinations: group.map(|arn| vec![destination(arn)]),
        }
    }
}
