//! Revisions of deleted workflows: they go with the last execution that may refer to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_store::ExecutionFilter;
use compasso_types::{Arn, Timestamp};

use super::plan;
use super::trials::GRACE;
use crate::definitions::reference;
use crate::records::{Deleted, Revision};
use crate::shelf::{Shelf, delete, interpret};
use crate::{Error, Service};

/// Records read at once.
const PAGE: usize = 100;

impl Service {
    /// Removes the revisions of deleted workflows of which no execution is left; returns how many.
    pub(super) async fn sweep_revisions(&self) -> Result<u64, Error> {
        // Children of map runs have revisions of who began them, and go a little later.
        let Some(old) = plan::before(self.now(), GRACE) else { return Ok(0) };
        if !self.map_runs.removed(1).await?.is_empty() {
            return Ok(0);
        }
        let (mut count, mut after) = (0, None::<String>);
        loop {
            let page = Shelf::<Deleted>::list(&self.runtime, "", after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(count) };
            after = Some(last.clone());
            // Express executions outlast their workflow by minutes, and are not listed.
            for (listing, deleted) in page.into_iter().filter(|(_, deleted)| deleted.at <= old) {
                if !self.has_executions(&listing).await? {
                    count += self.clear_up_after(&listing, &deleted.workflow, old).await?;
                }
            }
        }
    }

    async fn has_executions(&self, listing: &str) -> Result<bool, Error> {
        let filter = ExecutionFilter { workflow: Some(listing.into()), ..Default::default() };
        Ok(!self.runtime.executions(filter, None, 1).await?.items.is_empty())
    }

    /// Removes the revisions of a deleted workflow that has no executions any more, and forgets it once
    /// none is left. While another one is remembered that had the same name, that sees to them.
    async fn clear_up_after(
        &self,
        listing: &str,
        workflow: &str,
        old: Timestamp,
    ) -> Result<u64, Error> {
        let arn: Arn = workflow.parse().map_err(|_| Error::InvalidArn(workflow.to_owned()))?;
        let mut earlier = Earlier::default();
        if self.is_last_of(listing, workflow).await? {
            earlier = self.earlier_revisions(&arn, old).await?;
        }
        for key in &earlier.due {
            interpret(self.runtime.write(vec![delete::<Revision>(key)]).await)?;
        }
        if earlier.due.len() == earlier.count {
            interpret(self.runtime.write(vec![delete::<Deleted>(listing)]).await)?;
        }
        Ok(earlier.due.len() as u64)
    }

    /// Says whether no other deleted workflow of this name is remembered.
    async fn is_last_of(&self, listing: &str, workflow: &str) -> Result<bool, Error> {
        let mut after = None::<String>;
        loop {
            let page =
                Shelf::<Deleted>::list(&self.runtime, workflow, after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(true) };
            after = Some(last.clone());
            let is_other =
                |(key, it): &(String, Arc<Deleted>)| key != listing && &*it.workflow == workflow;
            if page.iter().any(is_other) {
                return Ok(false);
            }
        }
    }

    /// Returns the revisions of a name that are older than the workflow that has it now. Those are due
    /// that no draft and no copy of an execution refers to, nor any that is about to be made.
    async fn earlier_revisions(&self, workflow: &Arn, old: Timestamp) -> Result<Earlier, Error> {
        let present = self.inner.machines.get(&self.runtime, workflow.as_str()).await?;
        let is_earlier = |revision: &Revision| {
            present.as_ref().is_none_or(|machine| revision.created < machine.value.created)
        };
        let prefix = reference(workflow.as_str(), "").0;
        let (mut earlier, mut after) = (Earlier::default(), None::<String>);
        loop {
            let page =
                Shelf::<Revision>::list(&self.runtime, &prefix, after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (key, revision) in page.into_iter().filter(|(_, revision)| is_earlier(revision)) {
                earlier.count += 1;
                if revision.created <= old {
                    earlier.due.insert(key.into());
                }
            }
        }
        for base in self.bases_of_drafts(workflow).await? {
            earlier.due.remove(&reference(workflow.as_str(), &base).0);
        }
        if let Some(machine) = present.as_ref().filter(|_| !earlier.due.is_empty()) {
            self.keep_used(&machine.value.listing(workflow), &mut earlier.due).await?;
        }
        Ok(earlier)
    }
}

/// Revisions of workflows that had a name before.
#[derive(Default)]
struct Earlier {
    count: usize,
    /// The keys of those that may go.
    due: BTreeSet<Arc<str>>,
}
