//! The schedules in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_schedule::Schedule;
use compasso_store::{Document, Revision};
use tokio::sync::Mutex as AsyncMutex;

use crate::change::ChangeError;
use crate::{Input, Record, record};

/// A schedule, as it is stored, and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) record: Record,
    pub(crate) revision: Revision,
    pub(crate) schedule: Arc<Schedule>,
    pub(crate) input: Input,
}

/// Where a schedule is; held by whoever works on it. `None` once it was deleted.
pub(crate) type Slot = Arc<AsyncMutex<Option<Entry>>>;

/// All schedules, by ARN.
#[derive(Default)]
pub(crate) struct Slots(Mutex<HashMap<Arc<str>, Slot>>);

impl Entry {
    /// Compiles what is stored.
    ///
    /// # Errors
    /// The schedule or its input cannot be used.
    pub(crate) fn new(record: Record, revision: Revision) -> Result<Self, ChangeError> {
        let schedule = record.spec.compile(&record.name).map_err(ChangeError::Spec)?;
        let input = Input::compile(record.input.as_ref())?;
        Ok(Self { record, revision, schedule: Arc::new(schedule), input })
    }

    /// Reads and compiles what is stored.
    ///
    /// # Errors
    /// The document is damaged, or see [`Entry::new`].
    pub(crate) fn read(document: &Document) -> Result<Self, ChangeError> {
        Self::new(record::read(document)?, document.revision)
    }
}

impl Slots {
    pub(crate) fn get(&self, arn: &str) -> Option<Slot> {
        self.lock().get(arn).cloned()
    }

    /// Returns the slot of a schedule, and makes it if there is room.
    pub(crate) fn make(&self, arn: &Arc<str>, most: usize) -> Option<Slot> {
        let mut slots = self.lock();
        if !slots.contains_key(arn) && slots.len() >= most {
            return None;
        }
        Some(slots.entry(arn.clone()).or_default().clone())
    }

    /// Puts a slot where a deletion may have taken it away.
    pub(crate) fn put(&self, arn: &Arc<str>, slot: Slot) {
        self.lock().insert(arn.clone(), slot);
    }

    pub(crate) fn remove(&self, arn: &str) {
        self.lock().remove(arn);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Slot>> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
