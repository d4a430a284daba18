//! What the events of a run say of its tasks.

mod again;
mod ends;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::{
    BranchState, Event, EventId, EventKind, Orders, ScopeId, Start, SteerOrder, WHOLE_RUN,
    started_by,
};
use compasso_pipeline::is_of_past;
use compasso_types::{Json, Timestamp};

use self::ends::settle;
use super::spread::Spread;
use super::tries;
use super::wait::Wait;
use super::{Asked, InstanceCounts, Output, TaskView};
use crate::runs::FailedHook;
use crate::runs::hooks::FailedHooks;
use crate::runs::moves::{
    Failed, Moved, begins, end_of_instance, failure, falls_back, is_success, moved, stays_queued,
};

/// The block that runs the graph of a run. One that undoes its tasks side by side runs a graph as well,
/// whose branches have their names.
pub(crate) const RUN: ScopeId = ScopeId(0);

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
    /// The generation of the run that is told of last; 0: the latest.
    last_generation: u32,
    /// Whether that one is over.
    is_past: bool,
    /// The events that begin scopes, with what those are for.
    beginnings: BTreeMap<EventId, Scope>,
    /// What is asked of tasks that have not begun.
    asked: Orders<Known>,
    /// What tasks wait for.
    waits: BTreeMap<Arc<str>, Wait>,
    /// How tasks of groups with instances stand in all of these.
    spreads: BTreeMap<Arc<str>, Spread>,
    /// The instances that used their fallbacks, by the block of their graph, their task and their key: they do
    /// so too where they are kept.
    fallen_back: BTreeSet<(ScopeId, Arc<str>, Arc<str>)>,
    /// The hooks that failed.
    hooks: FailedHooks,
}

/// What is known of an order.
#[derive(Debug)]
struct Known {
    by: Option<Arc<str>>,
    at: Timestamp,
}

#[derive(Clone, Debug)]
struct Scope {
    task: Arc<str>,
    /// The key of the instance, if it is at work for one.
    instance: Option<Arc<str>>,
    /// The block whose state runs the graph that the task stands in.
    graph: ScopeId,
    /// The event that entered its state.
    entry: EventId,
    /// Whether the state waits for the run before.
    is_of_past: bool,
    /// Whether its task has a placement and waits for it.
    is_queued: bool,
}

impl Fold {
    /// Tells nothing of what follows a generation of the run.
    pub(super) fn until(last_generation: u32) -> Self {
        Self { last_generation, ..Self::default() }
    }

    /// Takes note of an event. Events come in order.
    pub(crate) fn apply(&mut self, event: &Event) {
        let is_next = matches!(event.kind, EventKind::ExecutionRedriven { .. });
        self.is_past |= is_next && self.redrives + 1 == self.last_generation;
        if !self.is_past {
            self.hooks.apply(event);
            self.take_note(event);
        }
    }

    fn take_note(&mut self, event: &Event) {
        let Event { at, scope, .. } = *event;
        match &event.kind {
            EventKind::BranchReady { branch, .. } => self.queue(scope, branch, at),
            EventKind::BranchSkipped { branch, state, failure, .. } => {
                let Some(id) = self.id(scope, branch) else { return };
                let whole = self.spread(&id).map_or(*state, |spread| spread.pass(*state));
                settle(self.task(&id), at, whole, failure.as_ref());
                self.note_why_skipped(&id);
            }
            EventKind::BranchEntered { branch, .. } => {
                let Some(id) = self.id(scope, branch) else { return };
                self.begin(&id, at);
                self.beginnings.insert(event.id, Scope::new(id, None, scope));
            }
            EventKind::BranchExited { state, failure, .. } => {
                let Some(task) = self.leave_block(scope) else { return };
                self.waits.remove(&task);
                let whole = self.spread(&task).map_or(*state, |spread| spread.end(*state));
                settle(self.task(&task), at, whole, failure.as_ref());
            }
            EventKind::BranchWithdrawn { .. } => {
                let Some(task) = self.leave_block(scope) else { return };
                self.withdraw(&task, at);
            }
            EventKind::BranchSteered { task, order, by } => {
                self.asked.take(task, *order, Known { by: by.clone(), at });
            }
            EventKind::BranchMarked { mark, again, .. } => self.mark(event, mark, again),
            EventKind::MapIterationMarked { before, mark, .. } => {
                self.mark_instance(scope, *before, mark);
            }
            EventKind::MapIterationStarted { index, key, .. } => {
                self.begin_instance(event, key_of(*index, key.as_ref()));
            }
            EventKind::ExecutionStarted { start } if start.is_held => self.hold_all(start, at),
            EventKind::StateEntered { state, .. } => self.enter_state(event, state),
            EventKind::ExecutionRedriven { rerun, .. } => self.open_again(rerun.as_deref(), at),
            _ => self.apply_work(event),
        }
    }

    fn queue(&mut self, scope: ScopeId, branch: &Arc<str>, at: Timestamp) {
        let Some(id) = self.id(scope, branch) else { return };
        let task = self.task(&id);
        task.state = "queued";
        task.ready = task.ready.filter(|_| task.ended.is_none()).or(Some(at));
    }

    /// Forgets what a block is at work for that is over; returns its task, unless it was for one instance.
    fn leave_block(&mut self, scope: ScopeId) -> Option<Arc<str>> {
        match self.scopes.remove(&scope)? {
            Scope { task, instance: None, .. } => Some(task),
            Scope { instance: Some(_), .. } => None,
        }
    }

    /// Notes who started the run held.
    fn hold_all(&mut self, start: &Start, at: Timestamp) {
        let by = start.input.value().get("run").and_then(|run| run.get("started_by"));
        let by = by.and_then(Json::as_str).map(Arc::from);
        self.asked.take(&WHOLE_RUN.into(), SteerOrder::Hold, Known { by, at });
    }

    fn enter_state(&mut self, event: &Event, state: &str) {
        let scope = event.scope;
        if let Some(begun) = self.beginnings.remove(&event.previous) {
            if begun.instance.is_none() {
                self.blocks.insert(begun.task.clone(), (scope, begun.graph));
            }
            self.scopes.insert(scope, begun);
        }
        if let Some(found) = self.scopes.get_mut(&scope) {
            (found.entry, found.is_of_past) = (event.id, is_of_past(state));
        }
    }

    fn begin_instance(&mut self, event: &Event, key: Arc<str>) {
        let Some(Scope { task, graph, .. }) = self.scopes.get(&event.scope).cloned() else {
            return;
        };
        self.task(&task).instances.get_or_insert_default().running += 1;
        self.fallen_back.remove(&(graph, task.clone(), key.clone()));
        self.beginnings.insert(event.id, Scope::new(task, Some(key), graph));
    }

    /// Begins a task, or goes on with one that is at work in other instances of its group.
    fn begin(&mut self, id: &Arc<str>, at: Timestamp) {
        let generation = self.redrives + 1;
        let is_first = self.spread(id).is_none_or(|spread| spread.begin(generation));
        let task = self.task(id);
        if is_first {
            let ready = task.ready.filter(|_| task.ended.is_none()).or(Some(at));
            *task = TaskView { ready, entered: Some(at), generation, ..TaskView::new(id) };
        }
        (task.state, task.ended) = ("running", None);
    }

    /// Has a task wait as if it had not begun, unless it has in other instances of its group.
    fn withdraw(&mut self, id: &Arc<str>, at: Timestamp) {
        match self.spread(id).and_then(Spread::leave) {
            Some(whole) => settle(self.task(id), at, whole, None),
            None => self.clear(std::slice::from_ref(id)),
        }
    }

    /// Returns how a task stands in all instances of its group, if that has instances.
    fn spread(&mut self, id: &Arc<str>) -> Option<&mut Spread> {
        let (group, _) = id.rsplit_once('.')?;
        self.has_instances(group).then(|| self.spreads.entry(id.clone()).or_default())
    }

    /// Folds an event of the work of a task.
    fn apply_work(&mut self, event: &Event) {
        let Some(scope) = self.scopes.get(&event.scope).cloned() else { return };
        if scope.is_of_past {
            return self.apply_past(event, &scope);
        }
        let Scope { task: id, instance, graph, is_queued, .. } = scope;
        let is_instance = instance.is_some();
        if let Some(scope) = self.scopes.get_mut(&event.scope) {
            scope.is_queued = stays_queued(&event.kind, is_queued);
        }
        if let EventKind::TaskScheduled { resource, parameters, .. } = &event.kind {
            match Wait::of(resource, parameters) {
                Some(wait) => self.waits.insert(id.clone(), wait),
                None => self.waits.remove(&id),
            };
        }
        if begins(&event.kind) {
            self.start(&id, event.at);
        }
        let is_waiting = self.waits.contains_key(&id);
        let is_one = !is_instance && self.spread(&id).is_none();
        let task = self.tasks.entry(id.clone()).or_insert_with(|| TaskView::new(&id));
        if is_one {
            tries::note(task, event);
        }
        if let (EventKind::StateExited { output, next: None, .. }, false) =
            (&event.kind, is_instance)
        {
            task.output = Some(Output::new(event.id, output));
        }
        if falls_back(&event.kind) {
            task.degraded = true;
            self.fallen_back.extend(instance.map(|key| (graph, id.clone(), key)));
        }
        task.cached |= !is_instance && is_queued && is_success(&event.kind);
        let mut stays_waiting = false;
        match &event.kind {
            EventKind::TaskScheduled { .. } => {
                task.attempts += 1;
                stays_waiting = is_waiting;
            }
            EventKind::TaskStarted { .. } => stays_waiting = is_waiting,
            EventKind::TaskSubmitted { resource, output } => {
                task.child = started_by(resource, output).or(task.child.take());
            }
            EventKind::TaskSucceeded { resource, output } => {
                task.child = started_by(resource, output).or(task.child.take());
                stays_waiting = is_waiting;
            }
            EventKind::MapIterationKept { index, key } => {
                let kept = (graph, id.clone(), key_of(*index, key.as_ref()));
                task.degraded |= self.fallen_back.contains(&kept);
                task.instances.get_or_insert_default().succeeded += 1;
            }
            EventKind::MapIterationSucceeded { .. }
            | EventKind::MapIterationFailed { .. }
            | EventKind::MapIterationAborted { .. } => {
                let state = end_of_instance(&event.kind);
                task.instances.get_or_insert_default().turn(BranchState::Running, state);
            }
            _ => {}
        }
        if let Some(Failed { error, cause }) = failure(&event.kind) {
            (task.error, task.cause) = (error, cause);
        }
        let Some(Moved { state, until }) = moved(&event.kind) else { return };
        // Instances are counted; the task itself is at work until all have ended.
        if !is_instance {
            task.state = if stays_waiting { "waiting" } else { state };
        }
        task.until = until;
    }

    /// Notes that a task begins, and the groups that it is in.
    fn start(&mut self, id: &Arc<str>, at: Timestamp) {
        let ends = id.match_indices('.').map(|(end, _)| end).chain([id.len()]);
        for end in ends.collect::<Vec<_>>() {
            let task = self.task(&Arc::from(&id[..end]));
            task.started = task.started.or(Some(at));
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

    /// Says of a task that was skipped who asked for it.
    fn note_why_skipped(&mut self, id: &Arc<str>) {
        let Some((SteerOrder::Skip, Known { by: Some(by), .. })) = self.asked.of(id) else {
            return;
        };
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
                task.instances.iter_mut().for_each(InstanceCounts::give_up);
            }
        }
    }

    /// Takes out which hooks failed.
    pub(super) fn failed_hooks(&mut self) -> Vec<FailedHook> {
        self.hooks.take()
    }

    /// Takes out what is known of a task.
    pub(super) fn take(&mut self, id: &Arc<str>) -> TaskView {
        let mut view = self.tasks.remove(id).unwrap_or_else(|| TaskView::new(id));
        view.asked = self.asked.of(id).filter(|_| !view.has_begun()).map(Into::into);
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

    /// Returns the task's id of a branch of the graph that the state in `scope` runs; none of what undoes tasks.
    pub(crate) fn id(&self, scope: ScopeId, branch: &Arc<str>) -> Option<Arc<str>> {
        match self.scopes.get(&scope) {
            Some(group) => Some(format!("{}.{branch}", group.task).into()),
            None => (scope == RUN).then(|| branch.clone()),
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

impl From<(SteerOrder, &Known)> for Asked {
    fn from((order, Known { by, at }): (SteerOrder, &Known)) -> Self {
        let order = if order == SteerOrder::Skip { "skip" } else { "hold" };
        Self { order, by: by.clone(), at: *at }
    }
}

impl Scope {
    fn new(task: Arc<str>, instance: Option<Arc<str>>, graph: ScopeId) -> Self {
        Self { task, instance, graph, entry: 0, is_of_past: false, is_queued: false }
    }
}

/// Returns the key of an instance: one without has its place.
fn key_of(index: u32, key: Option<&Arc<str>>) -> Arc<str> {
    key.cloned().unwrap_or_else(|| index.to_string().into())
}
