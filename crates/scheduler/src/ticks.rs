//! The records of ticks that are kept no longer.

use std::collections::HashSet;
use std::sync::Arc;

use compasso_runtime::RuntimeError;
use tracing::warn;

use crate::Scheduler;
use crate::change::ChangeError;
use crate::limits::{PAGE, TICKS_KEPT};
use crate::record::{self, TICK, ticks_of};

impl Scheduler {
    /// Deletes the records beyond those that are kept, unless their run is under way or their tick
    /// waits.
    pub(crate) fn prune(&self, arn: &Arc<str>) {
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.inner.runtime.spawn(async move {
            let pruned = async {
                let last = scheduler.last_kept(&arn).await?;
                match last {
                    Some(last) => {
                        let kept = scheduler.open_ticks(&arn).await;
                        scheduler.delete_ticks(&arn, Some(last), &kept).await
                    }
                    None => Ok(()),
                }
            };
            if let Err(error) = pruned.await {
                warn!(schedule = %arn, %error, "old records of ticks are not deleted");
            }
        });
    }

    /// Returns the key of the oldest record that is kept, if there are so many.
    async fn last_kept(&self, arn: &str) -> Result<Option<String>, ChangeError> {
        let mut last: Option<String> = None;
        for _ in 0..TICKS_KEPT / PAGE {
            let store = self.inner.runtime.store();
            let page = store.documents(TICK, &ticks_of(arn), last.as_deref(), PAGE).await;
            let page = page.map_err(RuntimeError::from)?;
            match page.last() {
                Some(document) if page.len() == PAGE => last = Some(document.key.clone()),
                _ => return Ok(None),
            }
        }
        Ok(last)
    }

    /// Returns the keys of the ticks whose run is under way, and of those that wait.
    async fn open_ticks(&self, arn: &str) -> HashSet<String> {
        let Some(slot) = self.inner.slots.get(arn) else { return HashSet::new() };
        let held = slot.lock().await;
        let lane = held.as_ref().map(|entry| &entry.record.lane);
        let open = lane.into_iter().flat_map(|lane| lane.active.iter().chain(&lane.waiting));
        open.map(|at| record::tick_key(arn, *at)).collect()
    }

    /// Deletes the records of a schedule's ticks after a key, or all, other than those `kept`.
    pub(crate) async fn delete_ticks(
        &self,
        arn: &str,
        mut after: Option<String>,
        kept: &HashSet<String>,
    ) -> Result<(), ChangeError> {
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(TICK, &ticks_of(arn), after.as_deref(), PAGE).await;
            let page = page.map_err(RuntimeError::from)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let keys = page.into_iter().map(|document| document.key);
            let old = keys.filter(|key| !kept.contains(key));
            let changes: Vec<_> = old.map(|key| record::delete(TICK, key)).collect();
            if !changes.is_empty() {
                self.write(changes).await?;
            }
        }
    }
}
