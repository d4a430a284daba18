//! Texts of drafts that were run for trial: each goes with the last run that has it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use compasso_store::ExecutionFilter;

use super::plan;
use crate::definitions::reference;
use crate::drafts::TRIAL_PREFIX;
use crate::records::Revision;
use crate::shelf::{Shelf, delete, interpret};
use crate::{Error, Service};

/// Records and executions read at once.
const PAGE: usize = 100;
/// A text that is younger may be that of a run that is about to start.
const GRACE: Duration = Duration::from_secs(3_600);

impl Service {
    /// Removes the texts of drafts that no execution of a workflow has, once they are older than its
    /// executions may be; returns how many.
    pub(super) async fn sweep_trials(
        &self,
        workflow: &str,
        listing: &Arc<str>,
        kept: Option<Duration>,
    ) -> Result<u64, Error> {
        let old = kept.and_then(|kept| plan::before(self.now(), kept.max(GRACE)));
        let Some(old) = old else { return Ok(0) };
        let prefix = reference(workflow, TRIAL_PREFIX).0;
        let (mut due, mut after) = (BTreeSet::<Arc<str>>::new(), None::<String>);
        loop {
            let page =
                Shelf::<Revision>::list(&self.runtime, &prefix, after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            let is_old = |text: &Revision| text.created <= old;
            due.extend(
                page.iter().filter(|(_, text)| is_old(text)).map(|(key, _)| key.as_str().into()),
            );
        }
        if !due.is_empty() {
            self.keep_used(listing, &mut due).await?;
        }
        for key in &due {
            interpret(self.runtime.write(vec![delete::<Revision>(key)]).await)?;
        }
        Ok(due.len() as u64)
    }

    /// Takes those out of `due` that an execution of a listing has.
    async fn keep_used(
        &self,
        listing: &Arc<str>,
        due: &mut BTreeSet<Arc<str>>,
    ) -> Result<(), Error> {
        let filter =
            ExecutionFilter { workflow: Some(listing.clone()), ..ExecutionFilter::default() };
        let mut after = None;
        while !due.is_empty() {
            let page = self.runtime.executions(filter.clone(), after, PAGE).await?;
            for header in page.items {
                if let Some(found) = self.runtime.describe(&header.key).await? {
                    due.remove(&found.record.definition.0);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }
}
