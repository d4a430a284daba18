//! Which runs are under way, and where.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compasso_engine::TaskId;
use compasso_store::ExecutionKey;

use crate::MapRuns;
use crate::run::Run;

#[derive(Default)]
pub(crate) struct Live {
    pub(crate) runs: HashMap<Arc<str>, Arc<Run>>,
    /// Runs that are being read, or under way.
    pub(crate) tasks: HashMap<(ExecutionKey, TaskId), Place>,
    /// ARNs of runs that are being given up because nobody waits for them.
    leftovers: HashSet<Arc<str>>,
}

/// Where a run is.
pub(crate) struct Place {
    pub(crate) arn: Arc<str>,
    pub(crate) is_cancelled: bool,
}

impl Live {
    pub(crate) fn is_ending(&self, arn: &str) -> bool {
        self.runs.contains_key(arn) || self.leftovers.contains(arn)
    }
}

/// Keeps a run that nobody waits for from being taken up until it is dropped.
pub(crate) struct Leftover {
    runs: MapRuns,
    pub(crate) arn: Arc<str>,
}

impl Leftover {
    /// Returns `None` if the run was taken up already.
    pub(crate) fn hold(runs: &MapRuns, arn: Arc<str>) -> Option<Self> {
        let mut live = runs.live();
        let is_taken_up = live.tasks.values().any(|place| place.arn == arn);
        if is_taken_up {
            return None;
        }
        live.leftovers.insert(arn.clone());
        drop(live);
        Some(Self { runs: runs.clone(), arn })
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        self.runs.live().leftovers.remove(&self.arn);
    }
}

/// Keeps the place of a run until it is dropped, however the run's task ends.
pub(crate) struct Stay {
    pub(crate) runs: MapRuns,
    pub(crate) key: (ExecutionKey, TaskId),
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut live = self.runs.live();
        if let Some(place) = live.tasks.remove(&self.key) {
            live.runs.remove(&place.arn);
        }
    }
}
