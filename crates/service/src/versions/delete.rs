//! `DeleteStateMachineVersion`.

use serde::Deserialize;

use crate::arns::{LONG_ARN_CHARS_MAX, version};
use crate::constraints::Constraints;
use crate::{Error, Service};

/// Names a version.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DeleteVersion {
    pub state_machine_version_arn: String,
}

impl Service {
    /// Deletes a version; deleting one that does not exist succeeds. Its executions go on.
    ///
    /// # Errors
    /// The ARN is invalid, or an alias refers to the version.
    pub async fn delete_version(&self, request: DeleteVersion) -> Result<(), Error> {
        let text = &request.state_machine_version_arn;
        Constraints::default()
            .chars("stateMachineVersionArn", text, 1..=LONG_ARN_CHARS_MAX)
            .check()?;
        let (arn, number) = version(text)?;
        if self.machine_if_any(&arn).await?.is_none_or(|machine| machine.value.deleting) {
            return Ok(());
        }
        self.edit_publications(&arn, |publications, _| {
            publications.remove_version(number).map_err(|names| {
                Error::Conflict(format!(
                    "Version to be deleted must not be referenced by an alias. Current list of \
                     aliases referencing this version: [{}]",
                    names.join(", ")
                ))
            })
        })
        .await
    }
}
