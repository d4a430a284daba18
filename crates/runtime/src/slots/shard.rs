//! A part of the slots, under one lock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use compasso_engine::{Input, TaskId};
use compasso_store::ExecutionKey;
use compasso_types::Timestamp;
use tokio::sync::oneshot;

use super::{Act, Known, Phase, Slot, Work};
use crate::message::{Ask, Message};
use crate::{Description, RuntimeError, limits};

pub(crate) struct Shard {
    slots: HashMap<ExecutionKey, Slot>,
    cache: Cache,
    watchers: HashMap<ExecutionKey, Vec<oneshot::Sender<Description>>>,
    beats: HashMap<ExecutionKey, Vec<(TaskId, Timestamp)>>,
    beat_count: usize,
}

/// Which idle executions stay in memory: a clock that passes over those used since its last round.
struct Cache {
    count_max: usize,
    bytes_max: usize,
    count: usize,
    bytes: usize,
    order: VecDeque<ExecutionKey>,
}

impl Shard {
    pub(super) fn new(cached_max: usize, bytes_max: usize) -> Self {
        Self {
            slots: HashMap::new(),
            cache: Cache {
                count_max: cached_max,
                bytes_max,
                count: 0,
                bytes: 0,
                order: VecDeque::new(),
            },
            watchers: HashMap::new(),
            beats: HashMap::new(),
            beat_count: 0,
        }
    }

    /// Forgets everything, and with it everybody who waits, in the same order each time.
    pub(super) fn clear(&mut self) {
        let Self { slots, watchers, .. } = std::mem::replace(self, Self::new(0, 0));
        let slots: BTreeMap<_, _> = slots.into_iter().collect();
        let watchers: BTreeMap<_, _> = watchers.into_iter().collect();
        drop((slots, watchers));
    }

    pub(super) fn count(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn push(&mut self, key: &ExecutionKey, message: Message) -> Act {
        if !self.slots.contains_key(key) {
            self.slots.insert(key.clone(), Slot::new());
        }
        let slot = self.slots.get_mut(key).expect("it was put there just now");
        slot.used = true;
        match message.ask {
            Ask::Wake => {
                let deferred = std::mem::take(&mut slot.deferred);
                slot.put_back(deferred);
                if slot.has_wake() {
                    return slot.next();
                }
            }
            Ask::Start(_)
            | Ask::Heartbeat { .. }
            | Ask::Redrive { .. }
            | Ask::Compensate { .. }
            | Ask::Input(Input::Signal(_))
                if slot.inbox.len() >= limits::INBOX_MAX =>
            {
                message.answer(Err(RuntimeError::Overloaded.into()));
                return Act::Nothing;
            }
            Ask::Start(_)
            | Ask::Heartbeat { .. }
            | Ask::Redrive { .. }
            | Ask::Compensate { .. }
            | Ask::Input(_)
            | Ask::Recover
            | Ask::GiveUp
            | Ask::Release
            | Ask::Report { .. } => {}
        }
        slot.inbox.push_back(message);
        slot.next()
    }

    pub(super) fn take(&mut self, key: &ExecutionKey) -> Option<Work> {
        let slot = self.slots.get_mut(key).filter(|slot| slot.phase == Phase::Ready)?;
        slot.phase = Phase::Busy;
        let messages = slot.take();
        Some(Work { key: key.clone(), known: slot.known.clone(), messages })
    }

    /// Returns what is known of an execution.
    pub(crate) fn known(&self, key: &ExecutionKey) -> Option<&Known> {
        self.slots.get(key).map(|slot| &slot.known)
    }

    /// Puts an Express execution in, unless there is one.
    pub(crate) fn insert_express(&mut self, key: &ExecutionKey, known: Known) -> bool {
        if self.slots.contains_key(key) {
            return false;
        }
        let mut slot = Slot::new();
        slot.known = known;
        self.slots.insert(key.clone(), slot);
        true
    }

    /// Forgets an execution and answers those who wait for it.
    pub(crate) fn remove(&mut self, key: &ExecutionKey, answer: &RuntimeError) {
        self.uncache(key);
        self.forget_beats(key);
        let Some(slot) = self.slots.remove(key) else {
            return;
        };
        for message in slot.inbox.into_iter().chain(slot.deferred) {
            message.answer(Err(answer.clone().into()));
        }
    }

    /// Forgets an execution that was removed. One that is being worked on finds out by itself, because
    /// what it writes conflicts.
    pub(crate) fn forget_idle(&mut self, key: &ExecutionKey) {
        if self.slots.get(key).is_some_and(Slot::is_idle) {
            self.uncache(key);
            self.slots.remove(key);
        }
    }

    /// Ends the work on an execution after a durable turn.
    pub(crate) fn committed(&mut self, key: &ExecutionKey, known: Known) -> Act {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.retries = 0;
        }
        self.settle(key, known)
    }

    /// Ends the work on an execution, which is now as `known` says.
    pub(crate) fn settle(&mut self, key: &ExecutionKey, known: Known) -> Act {
        let Some(slot) = self.slots.get_mut(key) else {
            return Act::Nothing;
        };
        slot.known = known;
        slot.phase = Phase::Idle;
        if slot.inbox.is_empty() {
            slot.single = false;
            slot.panics = 0;
        }
        let act = slot.next();
        if slot.is_spent() {
            self.uncache(key);
            self.slots.remove(key);
        } else {
            self.cache(key);
        }
        act
    }

    /// Ends the work on an execution whose turn failed: its messages are handled again, one at a
    /// time.
    pub(crate) fn retry(&mut self, key: &ExecutionKey, work: Work) -> Act {
        let Some(slot) = self.slots.get_mut(key) else {
            return Act::Nothing;
        };
        slot.put_back(work.messages);
        slot.single = true;
        self.settle(key, work.known)
    }

    /// Ends the work on an execution that is not what it was taken for: it is read again.
    pub(crate) fn again(&mut self, key: &ExecutionKey, messages: Vec<Message>) -> Act {
        let Some(slot) = self.slots.get_mut(key) else {
            return Act::Nothing;
        };
        slot.put_back(messages);
        self.settle(key, Known::Unread)
    }

    /// Counts a panic of an execution's turn; returns how many there were.
    pub(crate) fn count_panic(&mut self, key: &ExecutionKey) -> u32 {
        let Some(slot) = self.slots.get_mut(key) else {
            return 0;
        };
        slot.panics += 1;
        slot.panics
    }

    /// Keeps messages for later, when [`Ask::Wake`] comes; returns the pause until then.
    pub(crate) fn defer(&mut self, key: &ExecutionKey, messages: Vec<Message>) -> Option<Duration> {
        let slot = self.slots.get_mut(key)?;
        if messages.is_empty() {
            return None;
        }
        slot.deferred.extend(messages);
        Some(slot.pause())
    }

    /// Takes the messages of an execution that cannot be read.
    pub(crate) fn take_inbox(&mut self, key: &ExecutionKey) -> Vec<Message> {
        let slot = self.slots.get_mut(key);
        slot.map_or_else(Vec::new, |slot| slot.inbox.drain(..).collect())
    }

    /// Registers somebody who waits for the end of an execution.
    pub(crate) fn watch(&mut self, key: &ExecutionKey) -> oneshot::Receiver<Description> {
        let (sender, receiver) = oneshot::channel();
        let watchers = self.watchers.entry(key.clone()).or_default();
        watchers.retain(|watcher| !watcher.is_closed());
        watchers.push(sender);
        receiver
    }

    /// Forgets those who no longer wait for an execution.
    pub(crate) fn unwatch(&mut self, key: &ExecutionKey) {
        if let Some(watchers) = self.watchers.get_mut(key) {
            watchers.retain(|watcher| !watcher.is_closed());
            if watchers.is_empty() {
                self.watchers.remove(key);
            }
        }
    }

    /// Takes those who wait for the end of an execution.
    pub(crate) fn take_watchers(
        &mut self,
        key: &ExecutionKey,
    ) -> Vec<oneshot::Sender<Description>> {
        if self.watchers.is_empty() {
            return Vec::new();
        }
        self.watchers.remove(key).unwrap_or_default()
    }

    /// Remembers a heartbeat; `false` if there are too many.
    pub(crate) fn remember_beat(
        &mut self,
        key: &ExecutionKey,
        task: TaskId,
        at: Timestamp,
    ) -> bool {
        let beats = self.beats.entry(key.clone()).or_default();
        if let Some(beat) = beats.iter_mut().find(|(of, _)| *of == task) {
            beat.1 = at;
            return true;
        }
        if self.beat_count >= limits::BEATS_MAX / super::SHARDS {
            if beats.is_empty() {
                self.beats.remove(key);
            }
            return false;
        }
        beats.push((task, at));
        self.beat_count += 1;
        true
    }

    /// Returns the heartbeats remembered for an execution.
    pub(crate) fn beats(&self, key: &ExecutionKey) -> Vec<(TaskId, Timestamp)> {
        if self.beats.is_empty() {
            return Vec::new();
        }
        self.beats.get(key).cloned().unwrap_or_default()
    }

    /// Forgets heartbeats that are durable now; later ones of the same tasks stay.
    pub(crate) fn settle_beats(&mut self, key: &ExecutionKey, durable: &[(TaskId, Timestamp)]) {
        let Some(beats) = self.beats.get_mut(key).filter(|_| !durable.is_empty()) else {
            return;
        };
        let before = beats.len();
        beats.retain(|beat| !durable.contains(beat));
        self.beat_count -= before - beats.len();
        if beats.is_empty() {
            self.beats.remove(key);
        }
    }

    /// Forgets the heartbeats of an execution that is over.
    pub(crate) fn forget_beats(&mut self, key: &ExecutionKey) {
        if !self.beats.is_empty() {
            self.beat_count -= self.beats.remove(key).map_or(0, |beats| beats.len());
        }
    }

    fn cache(&mut self, key: &ExecutionKey) {
        let Some(slot) = self.slots.get_mut(key) else {
            return;
        };
        let Known::Live(live) = &slot.known else {
            return;
        };
        let before = slot.cached.replace(live.bytes);
        self.cache.bytes = self.cache.bytes + live.bytes - before.unwrap_or(0);
        if before.is_none() {
            self.cache.count += 1;
            self.cache.order.push_back(key.clone());
        }
        self.evict();
    }

    fn uncache(&mut self, key: &ExecutionKey) {
        let Some(slot) = self.slots.get_mut(key) else {
            return;
        };
        if let Some(bytes) = slot.cached.take() {
            self.cache.count -= 1;
            self.cache.bytes -= bytes;
        }
        // Keys of those that closed stay in the order; now and then they are swept out.
        if self.cache.order.len() > 2 * self.cache.count + 64 {
            let slots = &self.slots;
            let cached =
                |key: &ExecutionKey| slots.get(key).is_some_and(|slot| slot.cached.is_some());
            self.cache.order.retain(cached);
        }
    }

    fn evict(&mut self) {
        let mut looks = 2 * self.cache.order.len();
        // One that is larger than all that may stay would else be read again for each message.
        while looks > 0 && self.cache.is_over() && self.cache.count > 1 {
            looks -= 1;
            let Some(key) = self.cache.order.pop_front() else {
                return;
            };
            let Some(slot) = self.slots.get_mut(&key) else {
                continue;
            };
            let Some(bytes) = slot.cached else { continue };
            if slot.used || !slot.is_idle() {
                slot.used = false;
                self.cache.order.push_back(key);
                continue;
            }
            self.cache.count -= 1;
            self.cache.bytes -= bytes;
            self.slots.remove(&key);
        }
    }
}

impl Cache {
    fn is_over(&self) -> bool {
        self.count > self.count_max || self.bytes > self.bytes_max
    }
}
