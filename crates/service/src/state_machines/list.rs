//! `ListStateMachines`.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::paging::{ask_for, page_bounds, page_items};
use crate::records::Machine;
use crate::shelf::Shelf;
use crate::{Caller, Error, Service};

/// Asks for a page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct ListStateMachines {
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

/// What `ListStateMachines` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StateMachinePage {
    pub state_machines: Vec<StateMachineItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A state machine in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct StateMachineItem {
    pub state_machine_arn: String,
    pub name: Arc<str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

impl Service {
    /// Lists the caller's state machines by name.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn list_state_machines(
        &self,
        caller: &Caller,
        request: ListStateMachines,
    ) -> Result<StateMachinePage, Error> {
        let token = request.next_token.as_deref();
        page_bounds(Constraints::default(), request.max_results, token).check()?;
        let prefix = format!("arn:aws:states:{}:{}:stateMachine:", caller.region, caller.account);
        let after = self.position(&prefix, token).await?;
        let items = page_items(request.max_results);
        let found =
            Shelf::<Machine>::list(&self.runtime, &prefix, after.as_deref(), ask_for(items))
                .await?;
        let (found, next) = self.cut(found, items, &prefix, |(key, _)| key.clone()).await?;
        let mut state_machines = Vec::new();
        for (key, machine) in found {
            if machine.deleting && self.is_gone(&key).await? {
                continue;
            }
            state_machines.push(StateMachineItem {
                state_machine_arn: key,
                name: machine.name.clone(),
                kind: machine.kind.name(),
                creation_date: machine.created,
            });
        }
        Ok(StateMachinePage { state_machines, next_token: next })
    }

    /// Says whether a state machine that was to go has gone by now.
    async fn is_gone(&self, key: &str) -> Result<bool, Error> {
        let arn =
            key.parse().map_err(|_| Error::Internal(format!("stored key {key} is no ARN")))?;
        Ok(self.machine_if_any(&arn).await?.is_none())
    }
}
