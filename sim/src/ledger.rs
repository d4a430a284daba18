//! What those outside were told. The store is compared with it in the end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_engine::{Closed, Event, TaskId};
use compasso_types::Payload;
use tokio::time::Instant;

/// The ledger of one simulation.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Pages>);

#[derive(Default)]
pub(crate) struct Pages {
    pub(crate) starts: Vec<Start>,
    pub(crate) stops: Vec<Arc<str>>,
    pub(crate) looks: Vec<Look>,
    pub(crate) ends: Vec<(Arc<str>, Closed)>,
    pub(crate) reports: Vec<Report>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) reigns: Vec<Reign>,
    /// What somebody noticed at once.
    pub(crate) problems: Vec<String>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Done,
    /// There was one already, or it was over already.
    TooLate,
    /// Certainly nothing happened.
    Refused,
    /// Nobody knows.
    Nothing,
}

/// Somebody wanted to start an execution.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) execution: Arc<str>,
    pub(crate) input: Payload,
    pub(crate) told: Told,
    /// When.
    pub(crate) at: Instant,
}

/// Somebody read a history.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) execution: Arc<str>,
    /// Absent if there was no such execution.
    pub(crate) events: Option<Vec<Event>>,
    /// When it was asked for.
    pub(crate) at: Instant,
}

/// Somebody reported the result of a task, perhaps several times.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) execution: Arc<str>,
    pub(crate) output: Payload,
    pub(crate) told: Told,
}

/// A task was handed out.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) execution: Arc<str>,
    pub(crate) task: TaskId,
    pub(crate) key: Arc<str>,
}

/// A node acted as the owner, by what it knew of its lease.
#[derive(Clone, Debug)]
pub(crate) struct Reign {
    pub(crate) node: u64,
    pub(crate) from: Instant,
    pub(crate) until: Instant,
}

impl Ledger {
    pub(crate) fn open(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
