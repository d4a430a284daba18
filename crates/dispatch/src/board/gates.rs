//! Gates: what tasks take before they run and give back when they leave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_types::Timestamp;

use super::breaker::{Breaker, Ending};
use super::class::{ClassId, Order, Task};
use super::lanes::{Lane, Lanes, Seat};
use super::rate::Rate;
use super::{BreakerView, Id};

/// Names of rates and of breakers beyond which those with nothing to tell are forgotten.
const NAMES_KEPT: usize = 4_096;

/// Where classes wait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gate {
    /// For the tasks that were out before this process began.
    Closed,
    /// For the machine to have what it is short of.
    Shortage,
    /// For a pipeline, or all of them, to be let go.
    Held(Option<Arc<str>>),
    /// For another task of the same run to end.
    Run(Arc<str>),
    /// For a mutex.
    Mutex(Arc<str>),
    /// For slots of a pool.
    Pool(Arc<str>),
    /// For the pool to be made, or made larger.
    PoolSize(Arc<str>),
    /// For a worker.
    Lane(Lane),
    /// For time to pass.
    Rate(Arc<str>),
}

impl Gate {
    /// Returns the gates that a task that leaves may open.
    pub(super) fn of_task(task: &Task) -> Vec<Self> {
        let wants = &task.wants;
        let mutex = wants.mutex.clone().map(Self::Mutex);
        let pool = wants.pool.clone().map(Self::Pool);
        [Some(Self::Run(task.run.clone())), mutex, pool].into_iter().flatten().collect()
    }
}

/// What is to be done with a task that is first in its line.
pub(super) enum Step {
    Run(Seat),
    Fail(Timestamp),
    Wait(Gate),
}

/// What is taken of each gate.
#[derive(Default)]
pub(super) struct Gates {
    pub(super) open: bool,
    /// What the machine is short of, in words.
    pub(super) shortage: Option<Arc<str>>,
    held: BTreeSet<Option<Arc<str>>>,
    runs: BTreeMap<Arc<str>, u32>,
    mutexes: BTreeMap<Arc<str>, BTreeSet<Id>>,
    pools: BTreeMap<Arc<str>, Pool>,
    rates: BTreeMap<Arc<str>, Rate>,
    breakers: BTreeMap<Arc<str>, Breaker>,
}

#[derive(Default)]
struct Pool {
    /// Absent: nobody made it.
    size: Option<u32>,
    used: u32,
    holders: BTreeSet<Id>,
}

type Parked = BTreeMap<Gate, BTreeSet<(Order, ClassId)>>;

impl Gates {
    /// Decides about the first task of a class that waits nowhere.
    pub(super) fn step(&self, task: &Task, lanes: &Lanes, parked: &Parked, now: Timestamp) -> Step {
        if let Some(gate) = self.shut(task) {
            return Step::Wait(gate);
        }
        if let Some(until) = self.open_breaker(task, now) {
            return Step::Fail(until);
        }
        if let Some(gate) = self.taken(task, parked) {
            return Step::Wait(gate);
        }
        let Some(seat) = lanes.best(&task.lane) else {
            return Step::Wait(Gate::Lane(task.lane.clone()));
        };
        // Last, so that no start is counted that does not come.
        match (&task.wants.rate, self.rate_due(task, now)) {
            (Some(rate), Some(due)) if due > now => Step::Wait(Gate::Rate(rate.key.clone())),
            _ => Step::Run(seat),
        }
    }

    fn shut(&self, task: &Task) -> Option<Gate> {
        if !self.open {
            return Some(Gate::Closed);
        }
        if self.shortage.is_some() {
            return Some(Gate::Shortage);
        }
        let holds = [None, Some(task.pipeline.clone())];
        holds.into_iter().find(|hold| self.held.contains(hold)).map(Gate::Held)
    }

    fn taken(&self, task: &Task, parked: &Parked) -> Option<Gate> {
        if self.is_run_full(task) {
            return Some(Gate::Run(task.run.clone()));
        }
        if let Some(mutex) = task.wants.mutex.as_ref().filter(|it| self.mutexes.contains_key(*it)) {
            return Some(Gate::Mutex(mutex.clone()));
        }
        let name = task.wants.pool.as_ref()?;
        let (size, used) = self.pool(name);
        if size.unwrap_or(0) < task.wants.slots() {
            return Some(Gate::PoolSize(name.clone()));
        }
        let gate = Gate::Pool(name.clone());
        let first = parked.get(&gate).and_then(|line| line.first());
        let is_ahead = first.is_some_and(|(order, _)| *order < task.order);
        let free = size.unwrap_or(0).saturating_sub(used);
        (is_ahead || free < task.wants.slots()).then_some(gate)
    }

    pub(super) fn is_run_full(&self, task: &Task) -> bool {
        let out = self.runs.get(&task.run).copied().unwrap_or(0);
        task.wants.max_tasks.is_some_and(|most| out >= most.max(1))
    }

    /// Returns until when the breaker of a task is open, if it is.
    pub(super) fn open_breaker(&self, task: &Task, now: Timestamp) -> Option<Timestamp> {
        let wish = task.wants.breaker.as_ref()?;
        self.breakers.get(&wish.name)?.check(wish, now).err()
    }

    /// Returns from when on the rate of a task allows a start.
    pub(super) fn rate_due(&self, task: &Task, now: Timestamp) -> Option<Timestamp> {
        let wish = task.wants.rate.as_ref()?;
        let rate = self.rates.get(&wish.key).copied().unwrap_or_default();
        Some(rate.ready_at(wish, now))
    }

    pub(super) fn holds(&self, task: &Task) -> bool {
        self.held.contains(&None) || self.held.contains(&Some(task.pipeline.clone()))
    }

    pub(super) fn mutex_holders(&self, name: &str) -> impl Iterator<Item = &Id> {
        self.mutexes.get(name).into_iter().flatten()
    }

    /// Returns the size of a pool, if somebody made it, and how much of it is used.
    pub(super) fn pool(&self, name: &str) -> (Option<u32>, u32) {
        self.pools.get(name).map_or((None, 0), |pool| (pool.size, pool.used))
    }

    pub(super) fn pool_holders(&self, name: &str) -> impl Iterator<Item = &Id> {
        self.pools.get(name).into_iter().flat_map(|pool| &pool.holders)
    }

    /// Takes all that a task wants.
    pub(super) fn take(&mut self, id: Id, task: &Task, now: Timestamp) {
        let wants = &task.wants;
        if !wants.hold {
            *self.runs.entry(task.run.clone()).or_default() += 1;
        }
        if let Some(mutex) = &wants.mutex {
            self.mutexes.entry(mutex.clone()).or_default().insert(id);
        }
        if let Some(name) = &wants.pool {
            let pool = self.pools.entry(name.clone()).or_default();
            pool.used += wants.slots();
            pool.holders.insert(id);
        }
        if let Some(wish) = &wants.rate {
            if self.rates.len() >= NAMES_KEPT {
                self.rates.retain(|_, rate| !rate.is_full(now));
            }
            self.rates.entry(wish.key.clone()).or_default().take(wish, now);
        }
        if let Some(wish) = &wants.breaker {
            if self.breakers.len() >= NAMES_KEPT {
                self.breakers.retain(|_, it| it.failures() > 0 || it.state(now).0 != "closed");
            }
            self.breakers.entry(wish.name.clone()).or_default().enter(id, now);
        }
    }

    /// Tells the breaker of a task how it ended.
    pub(super) fn tell_breaker(&mut self, id: Id, task: &Task, ending: Ending, now: Timestamp) {
        if let Some(wish) = &task.wants.breaker
            && let Some(breaker) = self.breakers.get_mut(&wish.name)
        {
            breaker.leave(id, wish, ending, now);
        }
    }

    /// Gives back what a task has; what it used of a rate is gone.
    pub(super) fn give_back(&mut self, id: Id, task: &Task) {
        let wants = &task.wants;
        if let Some(out) = self.runs.get_mut(&task.run).filter(|_| !wants.hold) {
            *out -= 1;
            if *out == 0 {
                self.runs.remove(&task.run);
            }
        }
        if let Some(mutex) = &wants.mutex
            && let Some(holders) = self.mutexes.get_mut(mutex)
        {
            holders.remove(&id);
            if holders.is_empty() {
                self.mutexes.remove(mutex);
            }
        }
        if let Some(name) = &wants.pool
            && let Some(pool) = self.pools.get_mut(name)
        {
            pool.used -= wants.slots();
            pool.holders.remove(&id);
            if pool.size.is_none() && pool.holders.is_empty() {
                self.pools.remove(name);
            }
        }
    }

    pub(super) fn resize(&mut self, name: &Arc<str>, size: Option<u32>) {
        let pool = self.pools.entry(name.clone()).or_default();
        pool.size = size;
        if size.is_none() && pool.holders.is_empty() {
            self.pools.remove(name);
        }
    }

    pub(super) fn pools(&self) -> Vec<(Arc<str>, u32, u32)> {
        let made = self.pools.iter();
        made.filter_map(|(name, pool)| Some((name.clone(), pool.size?, pool.used))).collect()
    }

    pub(super) fn hold(&mut self, pipeline: Option<&Arc<str>>, held: bool) {
        let pipeline = pipeline.cloned();
        if held {
            self.held.insert(pipeline);
        } else {
            self.held.remove(&pipeline);
        }
    }

    pub(super) fn breakers(&self, now: Timestamp) -> Vec<BreakerView> {
        let view = |(name, breaker): (&Arc<str>, &Breaker)| {
            let (state, until) = breaker.state(now);
            let until = until.map(|until| until.to_string());
            BreakerView { name: name.clone(), state, until, failures: breaker.failures() }
        };
        self.breakers.iter().map(view).collect()
    }

    pub(super) fn reset_breaker(&mut self, name: &str) -> bool {
        self.breakers.remove(name).is_some()
    }
}
