//! What became of tasks in the run before.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{BranchState, Chosen, Event, EventKind, ScopeId};
use compasso_scheduler::pipeline_schedule;
use compasso_store::ExecutionKey;
use compasso_types::Timestamp;

use crate::runs::TaskFold;
use crate::{Error, Service};

/// Ticks that are looked at for the run before.
const LOOKED_BACK: usize = 1_000;

/// How far the tasks of a run are that somebody waits for.
#[derive(Debug, Default)]
struct Sought {
    tasks: TaskFold,
    /// By task; of one in a group with instances, one for each graph of the group.
    states: BTreeMap<Arc<str>, BTreeMap<ScopeId, BranchState>>,
}

impl Service {
    /// Says whether tasks succeeded or were skipped in the run of the tick before of the same
    /// schedule: `task`, `group.task`. A run of no tick has no run before it, nor has the first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn is_past_over(&self, run: &Arc<str>, tasks: &[Arc<str>]) -> Result<bool, Error> {
        let Some(before) = self.run_before(run).await? else { return Ok(true) };
        let key = ExecutionKey(before);
        let found = self.runtime.fold(&key, 1, Sought::default(), Sought::apply).await?;
        Ok(tasks.iter().all(|task| found.is_over(task)))
    }

    /// Returns the run of the nearest tick before that of a run.
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
        let schedule = pipeline_schedule(&found.record.start.workflow, &trigger);
        self.run_of_tick_before(&schedule, at).await
    }

    /// Returns the run of the nearest tick of a schedule before an instant that has one, which may
    /// wait to begin.
    pub(crate) async fn run_of_tick_before(
        &self,
        schedule: &str,
        at: Timestamp,
    ) -> Result<Option<Arc<str>>, Error> {
        let ticks = self.inner.scheduler.ticks(schedule, Some(at), LOOKED_BACK).await?;
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

impl Sought {
    /// Takes note of an event.
    fn apply(&mut self, event: &Event) {
        let noted = match &event.kind {
            EventKind::BranchEntered { branch, .. } => {
                let id = self.tasks.id(event.scope, branch);
                id.map(|id| (id, event.scope, BranchState::Running))
            }
            EventKind::BranchSkipped { branch, state, .. } => {
                self.tasks.id(event.scope, branch).map(|id| (id, event.scope, *state))
            }
            EventKind::BranchExited { state, .. } => {
                let place = self.tasks.place(event.scope);
                place.map(|(task, graph)| (task, graph, *state))
            }
            EventKind::BranchWithdrawn { .. } => {
                let place = self.tasks.place(event.scope);
                place.map(|(task, graph)| (task, graph, BranchState::Blocked))
            }
            EventKind::BranchMarked { mark, .. } => {
                let task = Chosen::parse(&mark.task).task().into();
                Some((task, event.scope, mark.state.into()))
            }
            _ => None,
        };
        if let Some((task, graph, state)) = noted {
            self.states.entry(task).or_default().insert(graph, state);
        }
        self.tasks.apply(event);
    }

    /// Says whether a task succeeded or was skipped, in all instances of its group.
    fn is_over(&self, task: &str) -> bool {
        let is_good =
            |state: &BranchState| matches!(state, BranchState::Success | BranchState::Skipped);
        let group = task.rsplit_once('.').map(|(group, _)| group);
        match (self.states.get(task), group) {
            // Others of its instances may come.
            (Some(states), Some(group)) if self.tasks.has_instances(group) => {
                states.values().all(is_good) && self.is_final(group)
            }
            (Some(states), _) => states.values().all(is_good),
            (None, Some(group)) => self.is_skipped(group),
            (None, None) => false,
        }
    }

    fn is_final(&self, task: &str) -> bool {
        self.states.get(task).is_some_and(|states| states.values().all(|it| it.is_final()))
    }

    /// Says whether a task was skipped, or a group around it.
    fn is_skipped(&self, task: &str) -> bool {
        let is_skipped = |state: &BranchState| *state == BranchState::Skipped;
        match self.states.get(task) {
            Some(states) => states.values().all(is_skipped),
            None => task.rsplit_once('.').is_some_and(|(group, _)| self.is_skipped(group)),
        }
    }
}
