//! `DeleteStateMachineAlias`.

use serde::Deserialize;

use crate::arns::alias;
use crate::{Error, Service};

/// Names an alias.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DeleteAlias {
    pub state_machine_alias_arn: String,
}

impl Service {
    /// Deletes an alias; deleting one that does not exist succeeds. Its versions stay.
    ///
    /// # Errors
    /// The ARN is invalid.
    pub async fn delete_alias(&self, request: DeleteAlias) -> Result<(), Error> {
        let (machine, name) = alias("stateMachineAliasArn", &request.state_machine_alias_arn)?;
        if self.machine_if_any(&machine).await?.is_none_or(|machine| machine.value.deleting) {
            return Ok(());
        }
        self.edit_publications(&machine, |publications, _| {
            publications.remove_alias(&name);
            Ok(())
        })
        .await
    }
}
