//! `DeleteStateMachine`.

use std::sync::Arc;

use compasso_store::{Cursor, ExecutionFilter, Expected, Status};
use compasso_types::Arn;
use futures::future::join_all;

use crate::arns::MachineArn;
use crate::publications::Publications;
use crate::records::{Deleted, Machine, MachineType};
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, delete, put};
use crate::{DescribeStateMachine, Error, Service};

/// Executions that are told of a deletion at a time.
const ORPHANS_AT_ONCE: usize = 100;

impl Service {
    /// Deletes a state machine with its versions and aliases; deleting one that does not exist
    /// succeeds. While executions run it stays, marked as being deleted, and starts no others; they
    /// end before their next state.
    ///
    /// Executions stay readable: they hold on to their revisions, which go with the last of them.
    ///
    /// # Errors
    /// The ARN is invalid or names only a part of a state machine.
    pub async fn delete_state_machine(&self, request: DescribeStateMachine) -> Result<(), Error> {
        let arn = match MachineArn::parse("stateMachineArn", &request.state_machine_arn)? {
            // Versions and aliases have operations of their own.
            MachineArn::Qualified { .. } => return Ok(()),
            other => other.machine()?,
        };
        self.delete_workflow(&arn).await
    }

    /// Deletes a state machine or a pipeline.
    pub(crate) async fn delete_workflow(&self, arn: &Arn) -> Result<(), Error> {
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let Some(machine) = self.machine_if_any(arn).await? else { return Ok(()) };
            if machine.value.deleting {
                return Ok(());
            }
            let marked = Machine { deleting: true, ..Machine::clone(&machine.value) };
            let change = put(arn.as_str(), Expected::Revision(machine.revision), &marked);
            if self.change(arn.as_str(), vec![change]).await? == Change::Done {
                // Nothing starts from here on, so this sees all there is.
                let gone = self.machine_if_any(arn).await?.is_none();
                if !gone {
                    self.orphan_all(marked.listing(arn)).await?;
                }
                return Ok(());
            }
        }
        Err(Error::Overtaken { arn: arn.as_str().to_owned() })
    }

    /// Tells the executions of a state machine that it was deleted: some at once, the others later.
    /// Those that do not hear of it, because the server ends, go on to their end.
    async fn orphan_all(&self, listing: Arc<str>) -> Result<(), Error> {
        let running = Some(Status::Running);
        let filter =
            ExecutionFilter { workflow: Some(listing), status: running, ..Default::default() };
        let mut after = self.orphan_some(&filter, None).await?;
        let service = self.clone();
        tokio::spawn(async move {
            while after.is_some() {
                after = service.orphan_some(&filter, after).await.unwrap_or_else(|error| {
                    tracing::warn!(%error, "executions were not told of a deletion");
                    None
                });
            }
        });
        Ok(())
    }

    async fn orphan_some(
        &self,
        filter: &ExecutionFilter,
        after: Option<Cursor>,
    ) -> Result<Option<Cursor>, Error> {
        let page = self.runtime.executions(filter.clone(), after, ORPHANS_AT_ONCE).await?;
        let told = page.items.iter().map(|header| async {
            if let Err(error) = self.runtime.orphan(&header.key).await {
                // Most likely it has ended meanwhile.
                tracing::debug!(execution = %header.key, %error, "not told of a deletion");
            }
        });
        join_all(told).await;
        Ok(page.next)
    }

    /// Says whether executions of a state machine are under way.
    pub(super) async fn is_busy(&self, arn: &Arn, machine: &Machine) -> Result<bool, Error> {
        if machine.kind == MachineType::Express {
            return Ok(false);
        }
        for status in [Status::Running, Status::Quarantined] {
            let workflow = Some(machine.listing(arn));
            let filter =
                ExecutionFilter { workflow, status: Some(status), ..ExecutionFilter::default() };
            if !self.runtime.executions(filter, None, 1).await?.items.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes a state machine that is being deleted, and all that is published of it.
    pub(super) async fn remove(&self, arn: &Arn) -> Result<(), Error> {
        let key = arn.as_str();
        // One at a time: who comes second must not remove a successor of the same name.
        let _removal = self.inner.removals.lock().await;
        let found = self.inner.machines.get(&self.runtime, key).await?;
        let Some(machine) = found.filter(|machine| machine.value.deleting) else {
            return Ok(());
        };
        let deleted = Deleted { workflow: key.into(), at: self.now() };
        let changes = vec![
            delete::<Machine>(key),
            delete::<Publications>(key),
            put(&machine.value.listing(arn), Expected::Any, &deleted),
        ];
        match self.change(key, changes).await? {
            // Nothing is expected of what is deleted, so nobody can be faster.
            Change::Done | Change::Overtaken => Ok(()),
        }
    }
}
