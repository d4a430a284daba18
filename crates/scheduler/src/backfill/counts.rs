//! What became of the ticks of a backfill: a run that failed may have been brought to success since.

use compasso_runtime::RuntimeError;
use compasso_store::{ExecutionKey, Status};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::Backfill;
use super::record::Counts;
use crate::Scheduler;

/// Runs that are looked at together.
const LOOKS: usize = 16;

impl Scheduler {
    /// Counts what became of the ticks of a backfill, as their runs stand now.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn backfill_counts(&self, backfill: &Backfill) -> Result<Counts, RuntimeError> {
        let mut counts = backfill.counts;
        let store = self.inner.runtime.store();
        let runs: Vec<_> = backfill.failed.iter().map(|at| backfill.run_of(*at)).collect();
        let looks = runs.into_iter().map(|run| async move {
            let found = store.execution(&ExecutionKey(run)).await?;
            Ok::<_, RuntimeError>(found.is_some_and(|row| row.header.status == Status::Succeeded))
        });
        let seen: Vec<bool> = stream::iter(looks).buffer_unordered(LOOKS).try_collect().await?;
        let mended = seen.into_iter().filter(|succeeded| *succeeded).count();
        counts.failed = counts.failed.saturating_sub(mended);
        counts.success += mended;
        Ok(counts)
    }
}
