//! What is counted of queues, leases, workers and pools, for metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use compasso_types::Timestamp;

use crate::board::QueueView;
use crate::dispatcher::Dispatcher;
use crate::pools::PoolView;

/// What became of leases since the start of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeaseCounts {
    /// Given to workers, that of the server included.
    pub given: u64,
    /// Named by calls that do not have them, or after their end.
    pub refused: u64,
    /// Ended because their workers fell silent or took leave.
    pub lost: u64,
}

/// The workers of one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerCounts {
    /// How many there are.
    pub workers: usize,
    /// How many tasks they run at once.
    pub slots: u64,
    /// How many they have.
    pub running: usize,
}

/// All figures.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The queues, with how long the oldest of each waits.
    pub queues: Vec<(QueueView, Duration)>,
    /// The leases.
    pub leases: LeaseCounts,
    /// The workers by their state: `online`, `draining`, `gone`.
    pub workers: BTreeMap<&'static str, WorkerCounts>,
    /// The pools.
    pub pools: Vec<PoolView>,
}

impl Dispatcher {
    /// Returns the figures of now.
    pub fn figures(&self) -> Figures {
        let now = self.now();
        let age = |queue: &QueueView| {
            let oldest = queue.oldest.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
            oldest.map_or(Duration::ZERO, |at| now.since(at))
        };
        let queues = self.queues(None).into_iter().map(|queue| {
            let age = age(&queue);
            (queue, age)
        });
        let states = ["online", "draining", "gone"];
        let mut workers: BTreeMap<_, WorkerCounts> =
            states.map(|state| (state, WorkerCounts::default())).into();
        for worker in self.workers(None) {
            let counts = workers.entry(worker.state).or_default();
            counts.workers += 1;
            counts.slots += u64::from(worker.slots);
            counts.running += worker.running;
        }
        let queues = queues.collect();
        let leases = self.lock().counts;
        Figures { queues, leases, workers, pools: self.pools() }
    }
}
