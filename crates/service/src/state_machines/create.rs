//! `CreateStateMachine`.

use std::collections::BTreeMap;
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
use crate::publications::{FIRST_VERSION, Publications, qualified};
use crate::records::{Machine, MachineType, Published, Revision, Settings};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, put};
use crate::tags::{check_tags, first_tags, tag_bounds};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<Arc<str>>,
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
                let machine = machine.value;
                if machine.deleting {
                    return Err(Error::StateMachineDeleting { arn: arn.as_str().to_owned() });
                }
                let revision = self.present_revision(&arn, &machine).await?;
                if !request.repeats(&machine, &revision.revision, kind) {
                    return Err(Error::StateMachineAlreadyExists { arn: arn.as_str().to_owned() });
                }
                return Ok(created(&arn, &machine));
            }
            self.check_room_for_machine().await?;
            check(&request.definition, kind).await?;
            if let Some(created) = self.try_create(&arn, &request, kind).await? {
                return Ok(created);
            }
        }
        Err(Error::Overtaken { arn: arn.as_str().to_owned() })
    }

    async fn try_create(
        &self,
        arn: &Arn,
        request: &CreateStateMachine,
        kind: MachineType,
    ) -> Result<Option<CreatedStateMachine>, Error> {
        let now = self.now();
        let configuration = request.configuration();
        let machine = Machine {
            name: request.name.as_str().into(),
            kind,
            created: now,
            revision: self.new_id().into(),
            settings: configuration.applied_to(&Settings::default()),
            tags: first_tags(request.tags.as_deref().unwrap_or_default()),
            incarnation: Some(self.new_id().into()),
            deleting: false,
            published: configuration.publication(),
            paused: None,
            search_attributes: BTreeMap::new(),
            labels: BTreeMap::new(),
        };
        let revision = Revision {
            definition: request.definition.clone(),
            role: request.role_arn.clone(),
            kind,
            created: now,
            id: None,
            settings: Some(machine.settings.clone()),
        };
        let key = reference(arn.as_str(), &machine.revision);
        let mut changes = vec![
            put(&key.0, Expected::Absent, &revision),
            put(arn.as_str(), Expected::Absent, &machine),
        ];
        if let Some(Published { description }) = &machine.published {
            let mut publications = Publications::default();
            publications.publish(&machine.revision, description.clone(), now)?;
            changes.push(put(arn.as_str(), Expected::Absent, &publications));
        }
        Ok(match self.change(arn.as_str(), changes).await? {
            Change::Done => Some(created(arn, &machine)),
            Change::Overtaken => None,
        })
    }
}

impl CreateStateMachine {
    fn configuration(&self) -> Configuration<'_> {
        Configuration {
            logging: self.logging_configuration.as_ref(),
            tracing: self.tracing_configuration,
            encryption: self.encryption_configuration.as_ref(),
            publish: self.publish,
            version_description: self.version_description.as_deref(),
        }
    }

    fn check(&self) -> Result<MachineType, Error> {
        let configuration = self.configuration();
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

    /// Says whether this creates what is there already: role and tags do not count.
    fn repeats(&self, machine: &Machine, revision: &Revision, kind: MachineType) -> bool {
        let configuration = self.configuration();
        revision.definition == self.definition
            && machine.kind == kind
            && configuration.applied_to(&Settings::default()).is_like(&machine.settings)
            && machine.published == configuration.publication()
    }
}

fn created(arn: &Arn, machine: &Machine) -> CreatedStateMachine {
    CreatedStateMachine {
        state_machine_arn: arn.as_str().to_owned(),
        creation_date: machine.created,
        state_machine_version_arn: machine
            .published
            .is_some()
            .then(|| qualified(arn.as_str(), FIRST_VERSION)),
    }
}
