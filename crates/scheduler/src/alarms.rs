//! When which schedule is to be looked at: one instant each, the earliest first.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_types::Timestamp;
use tokio::sync::Notify;

/// The alarms of all schedules.
#[derive(Default)]
pub(crate) struct Alarms {
    state: Mutex<State>,
    earlier: Notify,
}

#[derive(Default)]
struct State {
    order: BTreeSet<(Timestamp, Arc<str>)>,
    by_schedule: HashMap<Arc<str>, Timestamp>,
}

impl Alarms {
    /// Sets the alarm of a schedule, or takes it away.
    pub(crate) fn set(&self, schedule: &Arc<str>, at: Option<Timestamp>) {
        let mut state = self.lock();
        if let Some(before) = state.by_schedule.remove(schedule) {
            state.order.remove(&(before, schedule.clone()));
        }
        let Some(at) = at else { return };
        state.by_schedule.insert(schedule.clone(), at);
        state.order.insert((at, schedule.clone()));
        let is_first = state.order.first().is_some_and(|(_, first)| first == schedule);
        drop(state);
        if is_first {
            self.earlier.notify_one();
        }
    }

    /// Takes the earliest alarm if it is due.
    pub(crate) fn take_due(&self, now: Timestamp) -> Option<Arc<str>> {
        let mut state = self.lock();
        state.order.first().filter(|(at, _)| *at <= now)?;
        let (_, schedule) = state.order.pop_first()?;
        state.by_schedule.remove(&schedule);
        Some(schedule)
    }

    /// Returns when the earliest alarm is.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.lock().order.first().map(|(at, _)| *at)
    }

    /// Waits until an alarm was set that is earlier than all others.
    pub(crate) async fn earlier(&self) {
        self.earlier.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
