//! Tasks that want the same, in one line.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::Timestamp;

use super::Id;
use super::lanes::Lane;
use crate::wants::{RateWish, Wants};

/// What the board must know of a task.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Its execution.
    pub(crate) run: Arc<str>,
    /// What its execution is a run of.
    pub(crate) pipeline: Arc<str>,
    /// What people call it.
    pub(crate) label: Arc<str>,
    /// The state that it is an attempt of.
    pub(crate) state: Arc<str>,
    /// Who can run it.
    pub(crate) lane: Lane,
    /// Its place among others.
    pub(crate) order: Order,
    /// Since when it waits.
    pub(crate) since: Timestamp,
    /// What it wants.
    pub(crate) wants: Arc<Wants>,
}

/// The place of a task: the most urgent first, then by when the run was due, by run, by task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    pub(crate) urgency: Reverse<i64>,
    pub(crate) due: Timestamp,
    pub(crate) run: Arc<str>,
    pub(crate) entry: u64,
    pub(crate) attempt: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClassId(pub(super) u64);

/// All that decides at which gate a task waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClassKey {
    lane: Lane,
    pipeline: Arc<str>,
    run: Option<(Arc<str>, u32)>,
    mutex: Option<Arc<str>>,
    pool: Option<(Arc<str>, u32)>,
    rate: Option<(Arc<str>, u32, u64, Option<u32>)>,
    pub(super) breaker: Option<Arc<str>>,
}

impl ClassKey {
    pub(super) fn of(task: &Task) -> Self {
        let wants = &task.wants;
        let rate = |rate: &RateWish| (rate.key.clone(), rate.limit, rate.per_ms, rate.burst);
        Self {
            lane: task.lane.clone(),
            pipeline: task.pipeline.clone(),
            run: wants.max_tasks.map(|most| (task.run.clone(), most)),
            mutex: wants.mutex.clone(),
            pool: wants.pool.clone().map(|pool| (pool, wants.slots())),
            rate: wants.rate.as_ref().map(rate),
            breaker: wants.breaker.as_ref().map(|breaker| breaker.name.clone()),
        }
    }
}

/// Tasks that want the same.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) key: ClassKey,
    pub(super) tasks: BTreeSet<(Order, Id)>,
    /// Where it waits, and as whom.
    pub(super) parked: Option<(super::gates::Gate, Order)>,
}

impl Class {
    pub(super) fn new(key: ClassKey) -> Self {
        Self { key, tasks: BTreeSet::new(), parked: None }
    }
}
