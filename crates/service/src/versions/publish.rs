//! `PublishStateMachineVersion`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arns::{MachineArn, arn_length};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::definitions::reference;
use crate::shelf::CHANGE_ATTEMPTS_MAX;
use crate::state_machines::configuration::{DESCRIPTION_CHARS_MAX, description_chars};
use crate::targets::version_arn;
use crate::{Error, Service};

/// Names the first revision of a state machine, which has no id.
const INITIAL: &str = "INITIAL";

/// A version to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct PublishVersion {
    pub state_machine_arn: String,
    pub revision_id: Option<String>,
    pub description: Option<Arc<str>>,
}

/// What `PublishStateMachineVersion` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct PublishedVersion {
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
    pub state_machine_version_arn: Arc<str>,
}

impl Service {
    /// Publishes the present revision of a state machine; one that is published already keeps its
    /// version.
    ///
    /// # Errors
    /// There is no such state machine, it has another revision, or too many versions.
    pub async fn publish_version(
        &self,
        request: PublishVersion,
    ) -> Result<PublishedVersion, Error> {
        arn_length(Constraints::default(), "stateMachineArn", &request.state_machine_arn)
            .sensitive(
                "description",
                description_chars(request.description.as_deref()),
                0..=DESCRIPTION_CHARS_MAX,
            )
            .check()?;
        let arn = MachineArn::parse("stateMachineArn", &request.state_machine_arn)?.machine()?;
        let wanted = request.revision_id.as_deref();
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let machine = self.lasting_machine(&arn).await?.value;
            let revision = machine.revision.clone();
            let present = self.compiled(&reference(arn.as_str(), &revision)).await?;
            check_revision(wanted, present.revision.id.as_deref())?;
            let published = self.edit_publications(&arn, |publications, machine| {
                if machine.revision != revision {
                    return Ok(None);
                }
                let now = self.now();
                let version = publications.publish(&revision, request.description.clone(), now)?;
                Ok(Some(PublishedVersion {
                    creation_date: version.created,
                    state_machine_version_arn: version_arn(&arn, version),
                }))
            });
            if let Some(published) = published.await? {
                return Ok(published);
            }
        }
        Err(Error::Overtaken { arn: arn.as_str().to_owned() })
    }
}

fn check_revision(wanted: Option<&str>, present: Option<&str>) -> Result<(), Error> {
    let present = present.unwrap_or(INITIAL);
    match wanted {
        Some(wanted) if wanted != present => Err(Error::Conflict(format!(
            "Failed to publish the State Machine version for revision {wanted}. The current State \
             Machine revision is {present}."
        ))),
        _ => Ok(()),
    }
}
