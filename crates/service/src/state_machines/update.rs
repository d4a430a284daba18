//! `UpdateStateMachine`.

use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::limits::DEFINITION_BYTES_MAX;
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use crate::arns::{MachineArn, arn_length, check_role};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::definitions::{check, reference};
use crate::records::{Machine, Published, Revision};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, Stored, put};
use crate::targets::version_arn;
use crate::{EncryptionConfiguration, Error, LoggingConfiguration, Service, TracingConfiguration};

/// Changes of a state machine; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct UpdateStateMachine {
    pub state_machine_arn: String,
    pub definition: Option<Arc<str>>,
    pub role_arn: Option<Arc<str>>,
    pub logging_configuration: Option<LoggingConfiguration>,
    pub tracing_configuration: Option<TracingConfiguration>,
    pub publish: Option<bool>,
    pub version_description: Option<String>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

/// What `UpdateStateMachine` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct UpdatedStateMachine {
    #[serde(serialize_with = "seconds")]
    pub update_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<Arc<str>>,
}

impl Service {
    /// Changes a state machine; running executions keep their definition.
    ///
    /// # Errors
    /// The request is invalid, or there is no such state machine.
    pub async fn update_state_machine(
        &self,
        request: UpdateStateMachine,
    ) -> Result<UpdatedStateMachine, Error> {
        let arn = request.check()?;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let machine = self.lasting_machine(&arn).await?;
            if let Some(updated) = self.try_update(&arn, &machine, &request).await? {
                return Ok(updated);
            }
        }
        Err(Error::Overtaken { arn: arn.as_str().to_owned() })
    }

    async fn try_update(
        &self,
        arn: &Arn,
        machine: &Stored<Machine>,
        request: &UpdateStateMachine,
    ) -> Result<Option<UpdatedStateMachine>, Error> {
        let (key, now) = (arn.as_str(), self.now());
        let present = self.present_revision(arn, &machine.value).await?;
        let mut next = Machine::clone(&machine.value);
        let mut revision_id = present.revision.id.clone();
        let mut changes = Vec::new();
        if let Some(revision) = self.next_revision(&machine.value, &present.revision, request, now)
        {
            if revision.definition != present.revision.definition {
                check(&revision.definition, revision.kind).await?;
            }
            next.revision = revision.id.clone().expect("a later revision has an id");
            next.settings = revision.settings.clone().expect("a new revision has settings");
            revision_id.clone_from(&revision.id);
            changes.push(put(&reference(key, &next.revision).0, Expected::Absent, &revision));
        }
        let mut version = None;
        if let Some(Published { description }) = request.configuration().publication() {
            let (mut publications, expected) = self.publications(arn).await?;
            version =
                Some(version_arn(arn, publications.publish(&next.revision, description, now)?));
            changes.push(put(key, expected, &publications));
        }
        if !changes.is_empty() {
            changes.push(put(key, Expected::Revision(machine.revision), &next));
            if self.change(key, changes).await? == Change::Overtaken {
                return Ok(None);
            }
        }
        Ok(Some(UpdatedStateMachine {
            update_date: now,
            revision_id,
            state_machine_version_arn: version,
        }))
    }

    /// Returns the revision after `present`, unless the request changes nothing.
    fn next_revision(
        &self,
        machine: &Machine,
        present: &Revision,
        request: &UpdateStateMachine,
        now: Timestamp,
    ) -> Option<Revision> {
        let definition = request.definition.as_ref().unwrap_or(&present.definition);
        let role = request.role_arn.as_ref().unwrap_or(&present.role);
        let settings = request.configuration().applied_to(&machine.settings);
        let changed = *definition != present.definition
            || *role != present.role
            || !settings.is_like(&machine.settings);
        changed.then(|| Revision {
            definition: definition.clone(),
            role: role.clone(),
            kind: present.kind,
            created: now,
            id: Some(self.new_id().into()),
            settings: Some(settings),
        })
    }
}

impl UpdateStateMachine {
    fn configuration(&self) -> Configuration<'_> {
        Configuration {
            logging: self.logging_configuration.as_ref(),
            tracing: self.tracing_configuration,
            encryption: self.encryption_configuration.as_ref(),
            publish: self.publish,
            version_description: self.version_description.as_deref(),
        }
    }

    fn check(&self) -> Result<Arn, Error> {
        let configuration = self.configuration();
        let mut constraints =
            arn_length(Constraints::default(), "stateMachineArn", &self.state_machine_arn);
        if let Some(definition) = &self.definition {
            constraints =
                constraints.sensitive("definition", definition.len(), 1..=DEFINITION_BYTES_MAX);
        }
        if let Some(role) = &self.role_arn {
            constraints = arn_length(constraints, "roleArn", role);
        }
        configuration.bounds(constraints).check()?;
        let arn = MachineArn::parse("stateMachineArn", &self.state_machine_arn)?.machine()?;
        if self.definition.is_none()
            && self.role_arn.is_none()
            && self.logging_configuration.is_none()
            && self.tracing_configuration.is_none()
            && self.encryption_configuration.is_none()
        {
            return Err(Error::MissingRequiredParameter(
                "Either the definition, the role ARN, the LoggingConfiguration, or the \
                 TracingConfiguration must be specified",
            ));
        }
        self.role_arn.as_deref().map_or(Ok(()), check_role)?;
        configuration.check()?;
        Ok(arn)
    }
}
