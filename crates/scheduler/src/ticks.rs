//! The records of ticks that are kept no longer.

use std::sync::Arc;

use compasso_runtime::RuntimeError;
use tracing::warn;

use crate::Scheduler;
use crate::change::ChangeError;
use crate::limits::{PAGE, TICKS_KEPT};
use crate::record::{self, TICK, ticks_of};

impl Scheduler {
    /// Deletes the records beyond those that are kept.
    pub(crate) fn prune(&self, arn: &Arc<str>) {
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.inner.runtime.spawn(async move {
            let pruned = async {
                let last = scheduler.last_kept(&arn).await?;
                match last {
                    Some(last) => scheduler.delete_ticks(&arn, Some(last)).await,
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

    /// Deletes the records of a schedule's ticks after a key, or all.
    pub(crate) async fn delete_ticks(
        &self,
        arn: &str,
        after: Option<String>,
    ) -> Result<(), ChangeError> {
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(TICK, &ticks_of(arn), after.as_deref(), PAGE).await;
            let page = page.map_err(RuntimeError::from)?;
            if page.is_empty() {
                return Ok(());
            }
            let changes = page.into_iter().map(|document| record::delete(TICK, document.key));
            self.write(changes.collect()).await?;
        }
    }
}
