//! What became of tasks in the run before.

use std::collections::HashMap;
use std::sync::Arc;

use compasso_engine::{BranchState, Event, EventKind};
use compasso_store::ExecutionKey;
use compasso_types::Timestamp;

use crate::{Error, Service};

/// Ticks that are looked at for the run before.
const LOOKED_BACK: usize = 1_000;

/// How far the branches of a run are, by their ids.
type Branches = HashMap<Arc<str>, BranchState>;

impl Service {
    /// Says whether tasks succeeded or were skipped in the run of the tick before of the same
    /// schedule. A run of no tick has no run before it, nor has the first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn is_past_over(&self, run: &Arc<str>, tasks: &[Arc<str>]) -> Result<bool, Error> {
        let Some(before) = self.run_before(run).await? else { return Ok(true) };
        let key = ExecutionKey(before);
        let branches = self.runtime.fold(&key, 1, Branches::default(), note).await?;
        let is_over = |task: &Arc<str>| {
            let state = branches.get(task);
            matches!(state, Some(BranchState::Success | BranchState::Skipped))
        };
        Ok(tasks.iter().all(is_over))
    }

    /// Returns the run of the nearest tick before that has one.
    pub(crate) async fn run_before(&self, run: &Arc<str>) -> Result<Option<Arc<str>>, Error> {
        let Some(found) = self.runtime.describe(&ExecutionKey(run.clone())).await? else {
            return Ok(None);
        };
        let input = found.input().value().clone();
        let of_run = |name: &str| Some(input.get("run")?.get(name)?.as_str()?.to_owned());
        let (Some(trigger), Some(at)) = (of_run("trigger_id"), of_run("scheduled_at")) else {
            return Ok(None);
        };
        let Ok(at) = at.parse::<Timestamp>() else { return Ok(None) };
        let schedule = format!("{}/{trigger}", found.record.start.workflow);
        let ticks = self.inner.scheduler.ticks(&schedule, Some(at), LOOKED_BACK).await?;
        for before in ticks.into_iter().filter_map(|tick| tick.execution) {
            if self.place_or_run(&before).await? {
                return Ok(Some(before));
            }
        }
        Ok(None)
    }

    /// Says whether there is a run, or one that waits to begin.
    async fn place_or_run(&self, run: &Arc<str>) -> Result<bool, Error> {
        let waits = self.inner.scheduler.place(run).is_some();
        Ok(waits || self.runtime.describe(&ExecutionKey(run.clone())).await?.is_some())
    }
}

/// Takes note of what an event says of a branch.
fn note(branches: &mut Branches, event: &Event) {
    let (branch, state) = match &event.kind {
        EventKind::BranchEntered { branch, .. } => (branch, BranchState::Running),
        EventKind::BranchSkipped { branch, state, .. }
        | EventKind::BranchExited { branch, state, .. } => (branch, *state),
        _ => return,
    };
    branches.insert(branch.clone(), state);
}
