//! Files that tasks left and that go before their runs.

use std::sync::Arc;

use compasso_dispatch::{ArtifactTerm, Dispatcher};
use compasso_store::ExecutionKey;
use compasso_types::Timestamp;

use super::plan;
use crate::{Error, Service};

/// Terms read at once.
const PAGE: usize = 100;

impl Service {
    /// Has closed runs hold their files no longer than they should; who frees the files counts them.
    pub(super) async fn end_terms(&self) -> Result<(), Error> {
        let (now, mut after) = (self.now(), None::<String>);
        let mut last: Option<(Arc<str>, Option<Timestamp>)> = None;
        loop {
            let dispatcher = &self.inner.dispatcher;
            let (terms, next) = dispatcher.artifact_terms(after.as_deref(), PAGE).await?;
            // An open run cannot have ended before it left the file.
            let may_be_due = |term: &ArtifactTerm| plan::is_over(term.since, term.kept, now);
            for term in terms.iter().filter(|term| may_be_due(term)) {
                let stopped = match &last {
                    Some((run, stopped)) if *run == term.run => *stopped,
                    _ => self.stopped(&term.run).await?,
                };
                last = Some((term.run.clone(), stopped));
                if stopped.is_some_and(|stopped| plan::is_over(stopped, term.kept, now)) {
                    self.change(&term.run, Dispatcher::end_of_term(term)).await?;
                }
            }
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    /// Returns when a run ended; `None` if it is open, or not there.
    async fn stopped(&self, run: &Arc<str>) -> Result<Option<Timestamp>, Error> {
        let found = self.runtime.store().execution(&ExecutionKey(run.clone())).await?;
        let header = found.map(|found| found.header);
        Ok(header.filter(|header| !header.status.is_open()).and_then(|header| header.stopped))
    }
}
