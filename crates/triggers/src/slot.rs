//! A trigger in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::asset::AssetState;
use crate::entry::Entry;
use crate::health::Health;
use crate::record::{self, EventNumber};
use crate::watch::Sight;

/// A trigger of a version of a pipeline. A new version makes new slots, with what is [`Shared`].
pub(crate) struct Slot {
    /// The ARN of the pipeline.
    pub(crate) pipeline: Arc<str>,
    /// The name of the pipeline.
    pub(crate) pipeline_name: Arc<str>,
    pub(crate) entry: Entry,
    /// What the keys of its documents begin with.
    pub(crate) prefix: String,
    pub(crate) shared: Arc<Shared>,
    pub(crate) paused: Arc<AtomicBool>,
    stopped: AtomicBool,
    /// Whether it looks at something else than the one before it, and has not looked yet.
    renews: AtomicBool,
}

/// What stays of a trigger when its pipeline changes.
#[derive(Default)]
pub(crate) struct Shared {
    waiting: Mutex<BTreeMap<EventNumber, Waiting>>,
    health: Mutex<Health>,
    /// Told when there is something to look at.
    pub(crate) wake: Notify,
    /// Held by whoever looks outside or makes groups, so that it is one at a time.
    pub(crate) gate: AsyncMutex<Progress>,
    /// Records written, for when to delete old ones.
    pub(crate) written: AtomicU64,
    /// Whether there is something to see outside.
    pub(crate) is_called: AtomicBool,
    /// Whether there may be events in the store that are not known to wait.
    pub(crate) is_stale: AtomicBool,
}

/// How far the work of a trigger is, over the versions of its pipeline.
#[derive(Default)]
pub(crate) struct Progress {
    /// Whether what waits was read from the store.
    pub(crate) is_loaded: bool,
    /// What was seen outside.
    pub(crate) sight: Sight,
    /// What it knows of assets; `None` until it was read from the store.
    pub(crate) assets: Option<AssetState>,
}

/// How an event waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Somebody is about to start its run.
    InHand,
    /// Its run is to be started when that is possible.
    Ready,
    /// It becomes part of a group.
    Single,
}

impl Slot {
    pub(crate) fn new(
        pipeline: &Arc<str>,
        pipeline_name: &Arc<str>,
        entry: Entry,
        shared: Arc<Shared>,
        paused: Arc<AtomicBool>,
    ) -> Self {
        let prefix = record::prefix(pipeline, &entry.id);
        let (pipeline, pipeline_name) = (pipeline.clone(), pipeline_name.clone());
        let (stopped, renews) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { pipeline, pipeline_name, entry, prefix, shared, paused, stopped, renews }
    }

    /// Follows the one of an earlier version: trouble of something else is none of it.
    pub(crate) fn follow(&self, before: &Self) {
        let renews = before.renews.load(Ordering::Acquire) || !self.entry.looks_like(&before.entry);
        self.renews.store(renews, Ordering::Release);
    }

    /// Forgets how it went with what was looked at before, once.
    pub(crate) fn renew(&self, sight: &mut Sight) {
        if self.renews.swap(false, Ordering::AcqRel) {
            *self.health() = Health::default();
            sight.renew();
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    /// Ends its runner.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.shared.wake.notify_one();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// How many more events may wait.
    pub(crate) fn room(&self) -> usize {
        self.entry.pending_max.saturating_sub(self.waiting().len())
    }

    /// Takes an event in if there is room for another one that waits.
    pub(crate) fn enter(&self, number: EventNumber) -> bool {
        let mut waiting = self.waiting();
        let fits = waiting.len() < self.entry.pending_max || waiting.contains_key(&number);
        if fits {
            waiting.entry(number).or_insert(Waiting::InHand);
        }
        fits
    }

    /// Takes note of an event that waits.
    pub(crate) fn wait(&self, number: EventNumber, how: Waiting) {
        self.waiting().insert(number, how);
    }

    /// Takes note of an event that waits, unless that is known.
    pub(crate) fn wait_if_new(&self, number: EventNumber, how: Waiting) {
        self.waiting().entry(number).or_insert(how);
    }

    /// Returns whether the trigger does its work.
    pub(crate) fn health(&self) -> MutexGuard<'_, Health> {
        // Nothing panics under the lock.
        self.shared.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the secret that requests are checked with is there, as far as is known.
    pub(crate) fn has_secret(&self) -> bool {
        !self.health().lacks_secret
    }

    /// Takes note that an event waits no longer.
    pub(crate) fn settle(&self, number: EventNumber) {
        self.waiting().remove(&number);
    }

    /// Returns up to `limit` events that wait so, the oldest first.
    pub(crate) fn those(&self, how: Waiting, limit: usize) -> Vec<EventNumber> {
        let waiting = self.waiting();
        let those = waiting.iter().filter(|(_, is)| **is == how);
        those.map(|(number, _)| *number).take(limit).collect()
    }

    /// Takes note that events which waited for others wait for none any more.
    pub(crate) fn ungroup(&self) {
        for how in self.waiting().values_mut().filter(|how| **how == Waiting::Single) {
            *how = Waiting::Ready;
        }
    }

    /// Returns how many events wait.
    pub(crate) fn pending(&self) -> usize {
        self.waiting().len()
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<EventNumber, Waiting>> {
        // Nothing panics under the lock.
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
