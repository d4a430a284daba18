//! When executions must be woken: in memory only those due soon, the others wait in the store.
//!
//! **Invariant:** every execution to be woken at or before the horizon is in the window, or on its
//! way through its inbox.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use compasso_store::{ExecutionKey, Recurring};
use compasso_types::Timestamp;
use tokio::sync::Notify;
use tracing::{info, warn};

use crate::core::Core;
use crate::limits;
use crate::message::Ask;

/// The timers in memory.
#[derive(Default)]
pub(crate) struct Timers {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    window: Alarms,
    /// Timers that are not in the store: never dropped, however many there are.
    pinned: Alarms,
    /// Up to when the window is complete.
    horizon: Timestamp,
    /// Whether the window ended early because it was full.
    full: bool,
    /// When the loop means to look again.
    awaited: Timestamp,
}

/// At most one instant for each execution, in order.
#[derive(Default)]
struct Alarms {
    order: BTreeSet<(Timestamp, ExecutionKey)>,
    by_key: HashMap<ExecutionKey, Timestamp>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            window: Alarms::default(),
            pinned: Alarms::default(),
            horizon: Timestamp(i64::MIN),
            full: false,
            awaited: Timestamp(i64::MIN),
        }
    }
}

impl Timers {
    /// Sets the one timer of an execution, or clears it.
    pub(crate) fn set(&self, key: &ExecutionKey, at: Option<Timestamp>) {
        let mut state = self.lock();
        let Some(at) = at.filter(|at| *at <= state.horizon) else {
            state.window.remove(key);
            return;
        };
        state.arm(at, key.clone());
        self.announce(state, at);
    }

    /// Has an execution woken at `at`, whatever its timer says.
    pub(crate) fn pin(&self, key: &ExecutionKey, at: Timestamp) {
        let mut state = self.lock();
        state.pinned.insert(at, key.clone());
        self.announce(state, at);
    }

    /// Takes [`Timers::pin`] back.
    pub(crate) fn unpin(&self, key: &ExecutionKey) {
        self.lock().pinned.remove(key);
    }

    fn announce(&self, state: MutexGuard<'_, State>, at: Timestamp) {
        let earlier = at < state.awaited;
        drop(state);
        if earlier {
            self.changed.notify_one();
        }
    }

    /// Takes what is due: all that is pinned, and from the window if `open`.
    fn take_due(&self, now: Timestamp, open: bool) -> Vec<ExecutionKey> {
        let mut state = self.lock();
        let mut due = Vec::new();
        while let Some(key) = state.pinned.pop_due(now) {
            due.push(key);
        }
        while open && due.len() < limits::WAKES_INPUTS_MAX / 4 {
            let Some(key) = state.window.pop_due(now) else {
                break;
            };
            due.push(key);
        }
        due
    }

    /// Returns when to look again, and will be told of anything earlier.
    fn await_next(&self, now: Timestamp, open: bool) -> Timestamp {
        let mut state = self.lock();
        let window = if open { state.window.first() } else { None };
        let next = [window, state.pinned.first(), open.then(|| state.refill_at())];
        let sleep_max = now.after(limits::TIMER_SLEEP_MAX);
        let next = next.into_iter().flatten().min().unwrap_or(sleep_max).min(sleep_max);
        state.awaited = next;
        next
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds timers that were read; what was set meanwhile stays.
    fn fill(&mut self, read: &[(Timestamp, ExecutionKey)]) {
        for (at, key) in read {
            if !self.window.by_key.contains_key(key) {
                self.arm(*at, key.clone());
            }
        }
    }

    fn arm(&mut self, at: Timestamp, key: ExecutionKey) {
        self.window.insert(at, key);
        while self.window.by_key.len() > limits::TIMERS_MAX {
            let Some(at) = self.window.pop_last() else {
                return;
            };
            self.horizon = self.horizon.min(Timestamp(at.0 - 1));
            self.full = true;
        }
    }

    /// When the window has to be read on: before its end comes near, or, if it was full, once half
    /// of it is gone.
    fn refill_at(&self) -> Timestamp {
        if !self.full {
            let ahead = i64::try_from(limits::TIMER_WINDOW.as_millis() / 2).unwrap_or(0);
            return Timestamp(self.horizon.0.saturating_sub(ahead));
        }
        let half_gone = self.window.by_key.len() < limits::TIMERS_MAX / 2;
        if half_gone { Timestamp(i64::MIN) } else { self.horizon }
    }
}

impl Alarms {
    fn insert(&mut self, at: Timestamp, key: ExecutionKey) {
        if let Some(before) = self.by_key.insert(key.clone(), at) {
            self.order.remove(&(before, key.clone()));
        }
        self.order.insert((at, key));
    }

    fn remove(&mut self, key: &ExecutionKey) {
        if let Some(at) = self.by_key.remove(key) {
            self.order.remove(&(at, key.clone()));
        }
    }

    fn first(&self) -> Option<Timestamp> {
        self.order.first().map(|(at, _)| *at)
    }

    fn pop_due(&mut self, now: Timestamp) -> Option<ExecutionKey> {
        self.first().filter(|at| *at <= now)?;
        let (_, key) = self.order.pop_first()?;
        self.by_key.remove(&key);
        Some(key)
    }

    fn pop_last(&mut self) -> Option<Timestamp> {
        let (at, key) = self.order.pop_last()?;
        self.by_key.remove(&key);
        Some(at)
    }
}

/// Reads the timers due soon from the store.
pub(crate) async fn refill(core: &Core) -> Result<(), compasso_store::ReadError> {
    let until = core.now().after(limits::TIMER_WINDOW);
    // The horizon moves first: what is committed during the read then arms itself.
    let (before, was_full) = {
        let mut state = core.timers.lock();
        (std::mem::replace(&mut state.horizon, until), std::mem::take(&mut state.full))
    };
    // What is due before the end of a full window is in it or under way: it need not be read again.
    let after = if was_full { before } else { Timestamp(i64::MIN) };
    let due = match core.store.due(after, until, limits::TIMERS_MAX).await {
        Ok(due) => due,
        Err(error) => {
            let mut state = core.timers.lock();
            // What had no room meanwhile has moved the horizon back: it is read with the next try.
            state.horizon = state.horizon.min(before);
            state.full |= was_full;
            return Err(error);
        }
    };
    if due.len() >= limits::TIMERS_MAX
        && let Some((last, _)) = due.last()
    {
        let mut state = core.timers.lock();
        state.horizon = state.horizon.min(Timestamp(last.0 - 1));
        state.full = true;
    }
    for some in due.chunks(limits::TIMERS_AT_ONCE) {
        core.timers.lock().fill(some);
    }
    Ok(())
}

/// Wakes executions when they are due, until the runtime stops.
pub(crate) async fn run(core: Arc<Core>) {
    let mut unread = Recurring::default();
    while !core.is_stopped() {
        let now = core.now();
        let open = core.gauge.level() < limits::WAKES_INPUTS_MAX;
        if open && core.timers.lock().refill_at() <= now {
            read_on(&core, &mut unread).await;
        }
        let next = core.timers.await_next(now, open);
        let due = core.timers.take_due(now, open);
        for key in &due {
            core.tell(key, Ask::Wake);
        }
        if !due.is_empty() {
            tokio::task::yield_now().await;
            continue;
        }
        let relief = async {
            if open {
                std::future::pending::<()>().await;
            } else {
                core.gauge.relieved().await;
            }
        };
        tokio::select! {
            biased;
            () = core.stopped() => {}
            () = core.clock.sleep_until(next, limits::TIMER_SLEEP_MAX) => {}
            () = core.timers.changed.notified() => {}
            () = relief => {}
        }
    }
}

/// Reads the timers due soon; tells of trouble, which may be `unread` for long.
async fn read_on(core: &Core, unread: &mut Recurring) {
    let Err(error) = refill(core).await else {
        if unread.is_over() {
            info!("timers can be read again");
        }
        return;
    };
    if let Some(times) = unread.comes(Instant::now()) {
        warn!(%error, times, "timers cannot be read");
    }
    core.notice(&error);
    core.clock.sleep(limits::RETRY_FIRST).await;
}

#[cfg(test)]
mod tests {
    use compasso_store::memory::MemoryStore;
    use compasso_store::{Attributes, Batch, Epoch, Revision, Status, Turn, Write};

    use super::*;
    use crate::clock::SteadyClock;
    use crate::{Clock, Settings, SystemEntropy};
    use compasso_engine::Restores;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }
    }

    fn sleeper(number: usize, at: i64) -> Turn {
        Turn {
            key: ExecutionKey(number.to_string().into()),
            base: None,
            workflow: "w".into(),
            version: None,
            alias: None,
            status: Status::Running,
            started: Timestamp(0),
            stopped: None,
            redriven: None,
            wake_at: Some(Timestamp(at)),
            owes: false,
            start: Some("{}".into()),
            image: Some("{}".into()),
            outcome: None,
            journal: None,
            documents: Vec::new(),
            attributes: Attributes::new(),
        }
    }

    async fn write(core: &Core, epoch: Epoch, turns: impl Iterator<Item = Turn>) {
        let writes = turns.map(|turn| Write::Turn(Box::new(turn))).collect();
        core.store.commit(Batch { epoch, writes }).await;
    }

    #[tokio::test]
    async fn more_timers_than_fit_into_memory_are_all_taken_in_order() {
        let store = Arc::new(MemoryStore::new());
        let clock = SteadyClock::new(Arc::new(Noon));
        let entropy = Arc::new(SystemEntropy);
        let settings = Settings::default();
        let core = Core::new(
            store,
            clock,
            entropy,
            &settings,
            (compasso_engine::decide, Restores::default()),
        );
        let epoch = core.store.acquire().await.unwrap();
        // Numbers are due in a mixed order, all within the window.
        let count = limits::TIMERS_MAX + limits::TIMERS_MAX / 4 + 7;
        let due = |number: usize| i64::try_from(number * 7919 % count % 50_000).unwrap();
        write(&core, epoch, (0..count).map(|number| sleeper(number, due(number)))).await;
        refill(&core).await.unwrap();
        // One that is set now, earlier than all others, takes the place of the last.
        core.timers.set(&ExecutionKey("early".into()), Some(Timestamp(-1)));
        let (mut taken, mut latest) = (0, Timestamp(i64::MIN));
        loop {
            assert!(core.timers.lock().window.by_key.len() <= limits::TIMERS_MAX);
            let first = core.timers.lock().window.first();
            let woken = core.timers.take_due(Timestamp(49_999), true);
            if woken.is_empty() && core.timers.lock().refill_at() > Timestamp(0) {
                break;
            }
            assert!(first.is_none_or(|first| first >= latest), "{first:?} after {latest:?}");
            latest = first.unwrap_or(latest);
            taken += woken.len();
            let numbers = woken.iter().filter_map(|key| key.0.parse().ok());
            let ended = |number| Turn {
                base: Some(Revision(1)),
                status: Status::Succeeded,
                start: None,
                ..sleeper(number, 0)
            };
            write(&core, epoch, numbers.map(ended)).await;
            if core.timers.lock().refill_at() <= Timestamp(0) {
                refill(&core).await.unwrap();
            }
        }
        assert_eq!(taken, count + 1);
    }
}
