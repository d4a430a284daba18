//! Backfills: runs of a pipeline for ticks of the past.
//!
//! A backfill is a document with the schedule it goes through and how far it is. A run, the record of
//! its tick and the progress are one write; which runs are under way stands in it, so that after a
//! crash it goes on where it was. The runs are those that the ticks would have had: of the same names.

mod change;
mod counts;
mod drive;
mod fate;
mod record;
mod ticks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use compasso_runtime::RuntimeError;
use compasso_store::Revision;
use tokio::sync::{Mutex as AsyncMutex, Notify};
use tracing::error;

pub use self::change::{BackfillError, NewBackfill};
pub use self::fate::{Planned, PlannedFate};
use self::record::BACKFILL;
pub use self::record::{Backfill, BackfillOrder, BackfillState, Counts, Reprocess};
pub use self::ticks::{BackfillTick, BackfillTickState};
use crate::Scheduler;
use crate::limits::PAGE;
use crate::record as records;

/// The backfills that are not over, by key.
#[derive(Default)]
pub(crate) struct Backfills(Mutex<HashMap<Arc<str>, Arc<Held>>>);

/// A backfill in memory.
pub(crate) struct Held {
    key: Arc<str>,
    state: AsyncMutex<(Backfill, Revision)>,
    /// Told when somebody changed it.
    changed: Notify,
}

impl Backfills {
    fn get(&self, key: &str) -> Option<Arc<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, held: Arc<Held>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(held.key.clone(), held);
    }

    fn remove(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Returns the key of a backfill; later ones of a pipeline come first.
fn key_of(pipeline: &str, id: &str) -> Arc<str> {
    format!("{pipeline}/{id}").into()
}

impl Scheduler {
    /// Reads all backfills and goes on with those that are not over.
    pub(crate) async fn begin_backfills(&self) -> Result<(), RuntimeError> {
        let mut after: Option<String> = None;
        loop {
            let store = self.inner.runtime.store();
            let page = store.documents(BACKFILL, "", after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for document in page {
                match records::read::<Backfill>(&document) {
                    Ok(backfill) if backfill.state.is_over() => {}
                    Ok(backfill) => {
                        let key = document.key.as_str().into();
                        self.take_backfill_up(key, backfill, document.revision);
                    }
                    Err(error) => error!(backfill = document.key, %error, "it is set aside"),
                }
            }
        }
    }

    fn take_backfill_up(&self, key: Arc<str>, backfill: Backfill, revision: Revision) {
        let state = AsyncMutex::new((backfill, revision));
        let held = Arc::new(Held { key, state, changed: Notify::new() });
        self.inner.backfills.put(held.clone());
        let scheduler = self.clone();
        self.inner.runtime.spawn(async move { scheduler.drive(&held).await });
    }

    /// Describes a backfill of a pipeline.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn backfill(
        &self,
        pipeline: &str,
        id: &str,
    ) -> Result<Option<Backfill>, RuntimeError> {
        let key = key_of(pipeline, id);
        if let Some(held) = self.inner.backfills.get(&key) {
            return Ok(Some(held.state.lock().await.0.clone()));
        }
        let found = self.inner.runtime.store().document(BACKFILL, &key).await?;
        Ok(found.as_ref().map(records::read).transpose()?)
    }

    /// Lists up to `limit` backfills of a pipeline, the newest first, those after the id `after`.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn backfills(
        &self,
        pipeline: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Backfill>, RuntimeError> {
        let (prefix, after) = (key_of(pipeline, ""), after.map(|id| key_of(pipeline, id)));
        let store = self.inner.runtime.store();
        let page = store.documents(BACKFILL, &prefix, after.as_deref(), limit).await?;
        Ok(page.iter().map(records::read).collect::<Result<_, _>>()?)
    }
}
