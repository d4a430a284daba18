//! `CreateStateMachine`.

use std::sync::Arc;

use compasso_store::Expected;
use compasso_types::limits::DEFINITION_BYTES_MAX;
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use crate::arns::{arn_length, check_name, check_role, name_length};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::definitions::{check, reference};
use crate::records::{Machine, MachineType, Revision};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, put};
use crate::tags::{check_tags, tag_bounds};
use crate::{
    Caller, EncryptionConfiguration, Error, LoggingConfiguration, Service, Tag,
    TracingConfiguration,
};

/// A state machine to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct CreateStateMachine {
    pub name: String,
    pub definition: Arc<str>,
    pub role_arn: Arc<str>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub logging_configuration: Option<LoggingConfiguration>,
    pub tags: Option<Vec<Tag>>,
    pub tracing_configuration: Option<TracingConfiguration>,
    pub publish: Option<bool>,
    pub version_description: Option<String>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

/// What `CreateStateMachine` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct CreatedStateMachine {
    pub state_machine_arn: String,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

impl Service {
    /// Creates a state machine; creating the same one again answers the same.
    ///
    /// # Errors
    /// The request is invalid, or the name is taken by a different state machine.
    pub async fn create_state_machine(
        &self,
        caller: &Caller,
        request: CreateStateMachine,
    ) -> Result<CreatedStateMachine, Error> {
        let kind = request.check()?;
        let arn = Arn::new(&caller.region, &caller.account, "stateMachine", &request.name);
        // Checked first, so that repeating a creation does not compile the definition again.
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            if let Some(machine) = self.machine_if_any(&arn).await? {
                let revision = self.present_revision(&arn, &machine.value).await?;
                return repeated(&arn, &machine.value, &revision.revision, &request, kind);
            }
            check(&request.definition, kind).await?;
            if let Some(created) = self.try_create(&arn, &request, kind).await? {
                return Ok(created);
            }
        }
        Err(Error::Conflict { arn: arn.as_str().to_owned() })
    }

    async fn try_create(
        &self,
        arn: &Arn,
        request: &CreateStateMachine,
        kind: MachineType,
    ) -> Result<Option<CreatedStateMachine>, Error> {
        let created = self.now();
        let machine = Machine {
            name: request.name.as_str().into(),
            kind,
            created,
            revision: self.new_id().into(),
            logging: request.logging_configuration.clone(),
            tracing: request.is_traced(),
            tags: request.tags.clone().unwrap_or_default(),
        };
        let revision = Revision {
            definition: request.definition.clone(),
            role: request.role_arn.clone(),
            kind,
            created,
            id: None,
        };
        let key = reference(arn.as_str(), &machine.revision);
        let changes = vec![
            put(&key.0, Expected::Absent, &revision),
            put(arn.as_str(), Expected::Absent, &machine),
        ];
        match self.inner.machines.change(&self.runtime, arn.as_str(), changes).await? {
            Change::Done => Ok(Some(CreatedStateMachine {
                state_machine_arn: arn.as_str().to_owned(),
                creation_date: created,
            })),
            Change::Overtaken => Ok(None),
        }
    }
}

impl CreateStateMachine {
    fn check(&self) -> Result<MachineType, Error> {
        let configuration = Configuration {
            logging: self.logging_configuration.as_ref(),
            encryption: self.encryption_configuration.as_ref(),
            publish: self.publish,
            version_description: self.version_description.as_deref(),
        };
        let tags = self.tags.as_deref().unwrap_or(&[]);
        let constraints = name_length(Constraints::default(), "name", Some(&self.name)).sensitive(
            "definition",
            self.definition.len(),
            1..=DEFINITION_BYTES_MAX,
        );
        let constraints = arn_length(constraints, "roleArn", &self.role_arn).one_of(
            "type",
            self.kind.as_deref(),
            &MachineType::NAMES,
        );
        tag_bounds(configuration.bounds(constraints), tags).check()?;
        check_name(&self.name)?;
        check_role(&self.role_arn)?;
        configuration.check()?;
        check_tags(&self.name, tags)?;
        Ok(MachineType::from_name(self.kind.as_deref()))
    }

    fn is_traced(&self) -> bool {
        self.tracing_configuration.is_some_and(|tracing| tracing.enabled)
    }
}

/// Answers a repeated creation: role and tags do not count.
fn repeated(
    arn: &Arn,
    machine: &Machine,
    revision: &Revision,
    request: &CreateStateMachine,
    kind: MachineType,
) -> Result<CreatedStateMachine, Error> {
    let same = revision.definition == request.definition
        && machine.kind == kind
        && machine.logging.clone().unwrap_or_default()
            == request.logging_configuration.clone().unwrap_or_default()
        && machine.tracing == request.is_traced();
    if !same {
        return Err(Error::StateMachineAlreadyExists { arn: arn.as_str().to_owned() });
    }
    Ok(CreatedStateMachine {
        state_machine_arn: arn.as_str().to_owned(),
        creation_date: machine.created,
    })
}
