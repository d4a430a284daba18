//! What the events of a run say of its tasks.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{
    BranchFailure, BranchState, Event, EventId, EventKind, Mark, Rerun, ScopeId, SteerOrder,
};
use compasso_pipeline::is_of_past;
use compasso_types::Timestamp;

use super::spread::Spread;
use super::wait::Wait;
use super::{Asked, Marked, Output, TaskView};

/// What is known of the tasks after some events.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    tasks: BTreeMap<Arc<str>, TaskView>,
    /// Which task each scope is at work for; of instances as well.
    scopes: BTreeMap<ScopeId, Scope>,
    /// The last scope of each task, and that of its graph.
    blocks: BTreeMap<Arc<str>, (ScopeId, ScopeId)>,
    /// How often the run was opened again.
    redrives: u32,
    /// The events that begin scopes, with what those are for.
    beginnings: BTreeMap<EventId, Scope>,
    /// What is asked of tasks that have not begun.
    asked: BTreeMap<Arc<str>, Asked>,
    /// What tasks wait for.
    waits: BTreeMap<Arc<str>, Wait>,
    /// How tasks of groups with instances stand in all of these.
    spreads: BTreeMap<Arc<str>, Spread>,
}

#[derive(Clone, Debug)]
struct Scope {
    task: Arc<str>,
    is_instance: bool,
    /// The block whose state runs the graph that the task stands in.
    graph: ScopeId,
    /// The event that entered its state.
    entry: EventId,
    /// Whether the state waits for the run before.
    is_of_past: bool,
}

impl Fold {
    /// Takes note of an event. Events come in order.
    pub(crate) fn apply(&mut self, event: &Event) {
        let Event { at, scope, .. } = *event;
        match &event.kind {
            EventKind::BranchReady { branch, .. } => {
                let id = self.id(scope, branch);
                self.task(&id).state = "queued";
            }
            EventKind::BranchSkipped { branch, state, failure, .. } => {
                let id = self.id(scope, branch);
                let whole = self.spread(&id).map_or(*state, |spread| spread.pass(*state));
                settle(self.task(&id), at, whole, failure.as_ref());
                self.note_why_skipped(&id);
            }
            EventKind::BranchEntered { branch, .. } => {
                let id = self.begin(scope, branch, at);
                self.beginnings.insert(event.id, Scope::new(id, false, scope));
            }
            EventKind::BranchExited { state, failure, .. } => {
                if let Some(Scope { task, is_instance: false, .. }) = self.scopes.remove(&scope) {
                    self.waits.remove(&task);
                    let whole = self.spread(&task).map_or(*state, |spread| spread.end(*state));
                    settle(self.task(&task), at, whole, failure.as_ref());
                }
            }
            EventKind::BranchSteered { task, order, by } => {
                self.steer(task, *order, by.as_ref(), at);
            }
            EventKind::BranchMarked { mark, again, .. } => self.mark(event, mark, again),
            EventKind::MapIterationStarted { .. } => {
                let Some(Scope { task, graph, .. }) = self.scopes.get(&scope).cloned() else {
                    return;
                };
                self.task(&task).instances.get_or_insert_default().running += 1;
                self.beginnings.insert(event.id, Scope::new(task, true, graph));
            }
            EventKind::StateEntered { state, .. } => {
                if let Some(begun) = self.beginnings.remove(&event.previous) {
                    if !begun.is_instance {
                        self.blocks.insert(begun.task.clone(), (scope, begun.graph));
                    }
                    self.scopes.insert(scope, begun);
                }
                if let Some(found) = self.scopes.get_mut(&scope) {
                    (found.entry, found.is_of_past) = (event.id, is_of_past(state));
                }
            }
            EventKind::ExecutionRedriven { rerun, .. } => {
                self.redrives += 1;
                if let Some(rerun) = rerun {
                    self.rerun(rerun, at);
                }
            }
            _ => self.apply_work(event),
        }
    }

    /// Begins a task, or goes on with one that is at work in other instances of its group.
    fn begin(&mut self, scope: ScopeId, branch: &Arc<str>, at: Timestamp) -> Arc<str> {
        let (id, generation) = (self.id(scope, branch), self.redrives + 1);
        let is_first = self.spread(&id).is_none_or(|spread| spread.begin(generation));
        let task = self.task(&id);
        if is_first {
            *task = TaskView { started: Some(at), generation, ..TaskView::new(&id) };
        }
        (task.state, task.ended) = ("running", None);
        id
    }

    /// Returns how a task stands in all instances of its group, if that has instances.
    fn spread(&mut self, id: &Arc<str>) -> Option<&mut Spread> {
        let (group, _) = id.rsplit_once('.')?;
        self.has_instances(group).then(|| self.spreads.entry(id.clone()).or_default())
    }

    /// Begins another generation.
    fn rerun(&mut self, rerun: &Rerun, at: Timestamp) {
        for id in &rerun.resumed {
            let task = self.task(id);
            (task.state, task.ended, task.error, task.cause) = ("running", None, None, None);
            if let Some((block, graph)) = self.blocks.get(id) {
                self.scopes.insert(*block, Scope::new(id.clone(), false, *graph));
            }
        }
        for id in &rerun.given_up {
            settle(self.task(id), at, BranchState::Cancelled, None);
        }
        self.clear(&rerun.cleared);
    }

    /// Forgets what became of tasks that are looked at again.
    fn clear(&mut self, tasks: &[Arc<str>]) {
        for id in tasks {
            for (id, task) in self.with_inside(id) {
                *task = TaskView { state: "blocked", ..TaskView::new(id) };
            }
        }
    }

    /// Ends a task, and what is under way in it, as somebody says.
    fn mark(&mut self, event: &Event, mark: &Mark, again: &[Arc<str>]) {
        self.waits.remove(&mark.task);
        for (_, task) in self.with_inside(&mark.task) {
            if task.ended.is_none() && task.state != "none" {
                settle(task, event.at, BranchState::Cancelled, None);
            }
        }
        let (by, reason) = (mark.by.clone(), mark.reason.clone());
        let marked = Some(Marked { by, reason, at: event.at });
        let output = mark.output.as_ref().map(|output| Output::new(event.id, output));
        let task = self.task(&mark.task);
        *task = TaskView { error: None, cause: None, output, marked, ..std::mem::take(task) };
        settle(task, event.at, mark.state.into(), mark.failure().as_ref());
        if let Some(instances) = &mut task.instances {
            instances.running = 0;
        }
        self.clear(again);
    }

    /// Returns a task that is known, and those in it.
    fn with_inside<'t>(
        &'t mut self,
        task: &'t Arc<str>,
    ) -> impl Iterator<Item = (&'t Arc<str>, &'t mut TaskView)> {
        let is_inside = move |id: &str| {
            id.strip_prefix(&**task).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        // Ids between those of a group and those inside it begin with its id as well.
        let from_it = self.tasks.range_mut(task.clone()..);
        let tasks = from_it.take_while(|(id, _)| id.starts_with(&**task));
        tasks.filter(move |(id, _)| is_inside(id))
    }

    /// Folds an event of the work of a task.
    fn apply_work(&mut self, event: &Event) {
        let Some(scope) = self.scopes.get(&event.scope).cloned() else { return };
        if scope.is_of_past {
            return self.apply_past(event, &scope);
        }
        let Scope { task: id, is_instance, .. } = scope;
        if let EventKind::TaskScheduled { resource, parameters, .. } = &event.kind {
            match Wait::of(resource, parameters) {
                Some(wait) => self.waits.insert(id.clone(), wait),
                None => self.waits.remove(&id),
            };
        }
        let is_waiting = self.waits.contains_key(&id);
        let task = self.task(&id);
        if let (EventKind::StateExited { output, next: None, .. }, false) =
            (&event.kind, is_instance)
        {
            task.output = Some(Output::new(event.id, output));
        }
        let state = match &event.kind {
            EventKind::TaskSubmitted { .. } if event.kind.leaves_task_waiting() => "waiting",
            EventKind::TaskScheduled { .. } => {
                task.attempts += 1;
                if is_waiting { "waiting" } else { "queued" }
            }
            EventKind::TaskStarted { .. } | EventKind::TaskSucceeded { .. } if is_waiting => {
                "waiting"
            }
            EventKind::TaskStarted { .. } | EventKind::TaskSucceeded { .. } => "running",
            EventKind::RetryScheduled { until, .. } => {
                task.until = Some(*until);
                "retrying"
            }
            EventKind::WaitStarted { until } => {
                task.until = Some(*until);
                "waiting"
            }
            EventKind::TaskFailed { error, cause, .. }
            | EventKind::TaskTimedOut { error, cause, .. } => {
                (task.error, task.cause) = (error.clone(), cause.clone());
                "running"
            }
            EventKind::MapIterationKept { .. } => {
                task.instances.get_or_insert_default().succeeded += 1;
                return;
            }
            EventKind::MapIterationSucceeded { .. } => return count(task, true),
            EventKind::MapIterationFailed { .. } | EventKind::MapIterationAborted { .. } => {
                return count(task, false);
            }
            _ => return,
        };
        // Instances are counted; the task itself is at work until all have ended.
        if !is_instance {
            task.state = state;
        }
        if !matches!(event.kind, EventKind::RetryScheduled { .. } | EventKind::WaitStarted { .. }) {
            task.until = None;
        }
    }

    /// Folds an event of the wait for the run before.
    fn apply_past(&mut self, event: &Event, scope: &Scope) {
        match &event.kind {
            EventKind::TaskScheduled { .. } => {
                self.waits.insert(scope.task.clone(), Wait::Past);
                let task = self.task(&scope.task);
                (task.state, task.until) = ("blocked", None);
            }
            EventKind::WaitStarted { until } => self.task(&scope.task).until = Some(*until),
            EventKind::StateExited { next: Some(next), .. } if !is_of_past(next) => {
                self.waits.remove(&scope.task);
                let task = self.task(&scope.task);
                (task.state, task.until) = ("running", None);
            }
            _ => {}
        }
    }

    fn steer(&mut self, task: &Arc<str>, order: SteerOrder, by: Option<&Arc<str>>, at: Timestamp) {
        let order = match order {
            SteerOrder::Hold => "hold",
            SteerOrder::Skip => "skip",
            SteerOrder::Release => {
                self.asked.remove(task);
                return;
            }
        };
        self.asked.insert(task.clone(), Asked { order, by: by.cloned(), at });
    }

    /// Says of a task that was skipped who asked for it.
    fn note_why_skipped(&mut self, id: &Arc<str>) {
        let Some(Asked { order: "skip", by: Some(by), .. }) = self.asked.get(id) else { return };
        let cause = format!("{by} had it skipped.");
        let task = self.task(id);
        if task.state == "skipped" {
            task.cause = Some(cause.into());
        }
    }

    /// Settles what the end of the run left open.
    pub(super) fn close(&mut self) {
        for task in self.tasks.values_mut() {
            if task.ended.is_none() && task.state != "none" {
                (task.state, task.until) = ("cancelled", None);
            }
        }
    }

    /// Takes out what is known of a task.
    pub(super) fn take(&mut self, id: &Arc<str>) -> TaskView {
        let mut view = self.tasks.remove(id).unwrap_or_else(|| TaskView::new(id));
        view.asked = self.asked.get(id).filter(|_| !view.has_begun()).cloned();
        view
    }

    /// Returns what a task waits for, if its own block waits.
    pub(super) fn wait(&self, id: &str) -> Option<&Wait> {
        self.waits.get(id)
    }

    /// Returns which task each state that was entered last in its block is of.
    pub(super) fn entries(&self) -> BTreeMap<EventId, Arc<str>> {
        self.scopes.values().map(|scope| (scope.entry, scope.task.clone())).collect()
    }

    /// Returns the task's id of a branch of the graph that the state in `scope` runs.
    pub(crate) fn id(&self, scope: ScopeId, branch: &Arc<str>) -> Arc<str> {
        match self.scopes.get(&scope) {
            Some(group) => format!("{}.{branch}", group.task).into(),
            None => branch.clone(),
        }
    }

    /// Returns which task the block `scope` is at work for, and the block whose state runs the graph
    /// that the task stands in.
    pub(crate) fn place(&self, scope: ScopeId) -> Option<(Arc<str>, ScopeId)> {
        let found = self.scopes.get(&scope)?;
        Some((found.task.clone(), found.graph))
    }

    /// Returns whether a task, or a group around it, has instances.
    pub(crate) fn has_instances(&self, id: &str) -> bool {
        self.tasks.get(id).is_some_and(|task| task.instances.is_some())
            || id.rsplit_once('.').is_some_and(|(group, _)| self.has_instances(group))
    }

    fn task(&mut self, id: &Arc<str>) -> &mut TaskView {
        self.tasks.entry(id.clone()).or_insert_with(|| TaskView::new(id))
    }
}

impl Scope {
    fn new(task: Arc<str>, is_instance: bool, graph: ScopeId) -> Self {
        Self { task, is_instance, graph, entry: 0, is_of_past: false }
    }
}

fn settle(task: &mut TaskView, at: Timestamp, state: BranchState, failure: Option<&BranchFailure>) {
    (task.state, task.until) = (word(state), None);
    task.ended = state.is_final().then_some(at);
    if let Some(BranchFailure { name, cause }) = failure {
        (task.error, task.cause) = (Some(name.clone()), Some(cause.clone()));
    }
}

fn count(task: &mut TaskView, is_success: bool) {
    let counts = task.instances.get_or_insert_default();
    counts.running = counts.running.saturating_sub(1);
    if is_success { counts.succeeded += 1 } else { counts.failed += 1 }
}

fn word(state: BranchState) -> &'static str {
    match state {
        BranchState::Blocked => "blocked",
        BranchState::Ready => "queued",
        BranchState::Running => "running",
        BranchState::Success => "success",
        BranchState::Failed => "failed",
        BranchState::Skipped => "skipped",
        BranchState::UpstreamFailed => "upstream_failed",
        BranchState::Cancelled => "cancelled",
    }
}
