//! The schedules in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_schedule::{Calendars, Invalid, Schedule, Within};
use compasso_store::Revision;
use tokio::sync::Mutex as AsyncMutex;

use crate::change::ChangeError;
use crate::{Input, Record, Target};

/// A schedule, as it is stored, and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) record: Record,
    pub(crate) revision: Revision,
    pub(crate) schedule: Arc<Schedule>,
    pub(crate) input: Input,
    /// Why it cannot run, such as for a calendar that is not there.
    pub(crate) problem: Option<Vec<Invalid>>,
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
    pub(crate) fn new(
        record: Record,
        revision: Revision,
        calendars: &Calendars,
    ) -> Result<Self, ChangeError> {
        let (name, hashed) = record.names();
        let within = |calendars| Within { name: &name, hashed, calendars };
        let whole = record.spec.compile_within(&within(Some(calendars)));
        let (schedule, problem) = match whole {
            Ok(schedule) => (schedule, None),
            // It may be a calendar that is missing, and comes.
            Err(problems) => match record.spec.compile_within(&within(None)) {
                Ok(schedule) => (schedule, Some(problems)),
                Err(problems) => return Err(ChangeError::Spec(problems)),
            },
        };
        let input = match record.target {
            Target::StateMachine(_) => Input::compile(record.input.as_ref())?,
            Target::Pipeline(_) => {
                Input::of_pipeline(record.condition.as_ref(), record.input.as_ref())?
            }
        };
        Ok(Self { record, revision, schedule: Arc::new(schedule), input, problem })
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

    /// Returns the ARNs of the schedules that begin with a prefix.
    pub(crate) fn arns(&self, prefix: &str) -> Vec<Arc<str>> {
        self.lock().keys().filter(|arn| arn.starts_with(prefix)).cloned().collect()
    }

    pub(crate) fn remove(&self, arn: &str) {
        self.lock().remove(arn);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Slot>> {
        // Nothing panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
