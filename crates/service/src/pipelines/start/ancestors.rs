//! Runs that would wait for a place which those have that wait for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_engine::TaskToken;
use compasso_scheduler::Candidate;
use compasso_store::ExecutionKey;

use crate::{Error, Service};

/// Most runs, each started by a task of the next, that are looked at.
const ANCESTORS_MAX: usize = 1_000;

impl Service {
    /// Refuses a run if all places it could have are taken by runs whose tasks wait for its end, one by
    /// way of the other: no place would ever be free. `task` is the token of the task that waits for it.
    pub(super) async fn check_ancestors(
        &self,
        task: Option<&str>,
        candidate: &Candidate,
    ) -> Result<(), Error> {
        let mut task = task.and_then(TaskToken::parse);
        if task.is_none() {
            return Ok(());
        }
        let holders = self.inner.scheduler.in_the_way(&candidate.concurrency);
        let mut others: BTreeSet<Arc<str>> = holders.into_iter().flatten().collect();
        let places = others.len();
        for _ in 0..ANCESTORS_MAX {
            let Some(waiting) = task.filter(|_| !others.is_empty()) else { return Ok(()) };
            let key = ExecutionKey(waiting.execution.clone());
            // One whose task does not wait ends by itself.
            if !self.runtime.waits_for_task(&key, waiting.task).await? {
                return Ok(());
            }
            others.remove(&waiting.execution);
            if others.is_empty() {
                let pipeline = candidate.pipeline.rsplit(':').next().unwrap_or_default().into();
                return Err(Error::HeldByAncestors { pipeline, places });
            }
            let parent = self.runtime.describe(&key).await?;
            task = parent.and_then(|it| TaskToken::parse(it.record.parent.as_deref()?));
        }
        Ok(())
    }
}
