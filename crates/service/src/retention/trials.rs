//! Texts of drafts that were run for trial: each goes with the last run that has it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use compasso_store::{ExecutionFilter, ExecutionHeader};
use futures::{StreamExt as _, stream};
use tracing::warn;

use super::plan;
use super::sweep::AT_ONCE;
use crate::definitions::reference;
use crate::drafts::TRIAL_PREFIX;
use crate::records::Revision;
use crate::shelf::{Shelf, delete, interpret};
use crate::{Error, Service};

/// Records and executions read at once.
const PAGE: usize = 100;
/// A text that is younger may be that of a run that is about to start.
pub(super) const GRACE: Duration = Duration::from_secs(3_600);

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

    /// Takes those out of `due` that an execution of a listing has; all, if one cannot be read.
    pub(super) async fn keep_used(
        &self,
        listing: &Arc<str>,
        due: &mut BTreeSet<Arc<str>>,
    ) -> Result<(), Error> {
        let filter =
            ExecutionFilter { workflow: Some(listing.clone()), ..ExecutionFilter::default() };
        let mut after = None;
        while !due.is_empty() {
            let page = self.runtime.executions(filter.clone(), after, PAGE).await?;
            let read = |header: ExecutionHeader| async move {
                let found = self.runtime.describe(&header.key).await.map_err(Error::from);
                (header.key, found)
            };
            let mut found = stream::iter(page.items).map(read).buffer_unordered(AT_ONCE);
            while let Some((key, found)) = found.next().await {
                match found {
                    Ok(Some(found)) => {
                        due.remove(&found.record.definition.0);
                    }
                    Ok(None) => {}
                    Err(Error::Internal(why)) => {
                        warn!(execution = %key.0, why, "it cannot be read: texts that were tried stay");
                        due.clear();
                        return Ok(());
                    }
                    Err(error) => return Err(error),
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
