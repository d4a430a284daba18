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
use super::spread::whole;
use super::tries;
use super::wait::Wait;
use super::{Asked, InstanceCounts, Output, TaskView};
use crate::runs::actions::Beside;
use crate::runs::moves::{
    Failed, Moved, begins, end_of_instance, failure, falls_back, is_success, moved, stays_queued,
};
use crate::runs::named::Named;

/// The block that runs the graph of a run. One that undoes its tasks side by side runs a graph as well,
/// whose branches have their names.
pub(crate) const RUN: ScopeId = ScopeId(0);

/// What is known of the tasks after some events.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    /// By their names: one in a group with instances has a view in each of them.
    tasks: BTreeMap<Arc<str>, TaskView>,
    /// The names of the tasks in instances, by their paths.
    names: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// How tasks in instances stood that were cleared with these: those of kept ones stand so again.
    earlier: BTreeMap<Arc<str>, TaskView>,
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
    /// The instances that used their fallbacks, by the name of their task and their key: they do so too where
    /// they are kept.
    fallen_back: BTreeSet<(Arc<str>, Arc<str>)>,
    beside: Beside,
}

/// What is known of an order.
#[derive(Debug)]
struct Known {
    by: Option<Arc<str>>,
    at: Timestamp,
}

#[derive(Clone, Debug)]
struct Scope {
    task: Named,
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
            self.beside.apply(event);
            self.take_note(event);
        }
    }

    fn take_note(&mut self, event: &Event) {
        let Event { at, scope, .. } = *event;
        match &event.kind {
            EventKind::BranchReady { branch, .. } => self.queue(scope, branch, at),
            EventKind::BranchSkipped { branch, state, failure, .. } => {
                let Some(task) = self.named(scope, branch) else { return };
                settle(self.task(&task), at, *state, failure.as_ref());
                self.note_why_skipped(&task);
            }
            EventKind::BranchEntered { branch, .. } => {
                let Some(task) = self.named(scope, branch) else { return };
                self.begin(&task, at);
                self.beginnings.insert(event.id, Scope::new(task, None, scope));
            }
            EventKind::BranchExited { state, failure, .. } => {
                let Some(task) = self.leave_block(scope) else { return };
                self.waits.remove(&task.name);
                settle(self.task(&task), at, *state, failure.as_ref());
            }
            EventKind::BranchWithdrawn { .. } => {
                let Some(task) = self.leave_block(scope) else { return };
                self.clear(&[task]);
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
        let Some(task) = self.named(scope, branch) else { return };
        let task = self.task(&task);
        task.state = "queued";
        task.ready = task.ready.filter(|_| task.ended.is_none()).or(Some(at));
    }

    /// Forgets what a block is at work for that is over; returns its task, unless it was for one instance.
    fn leave_block(&mut self, scope: ScopeId) -> Option<Named> {
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
                self.blocks.insert(begun.task.name.clone(), (scope, begun.graph));
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
        self.fallen_back.remove(&(task.name.clone(), key.clone()));
        self.beginnings.insert(event.id, Scope::new(task, Some(key), graph));
    }

    /// Begins a task. What an earlier generation has left in its instances is over.
    fn begin(&mut self, named: &Named, at: Timestamp) {
        let generation = self.redrives + 1;
        self.forget_instances(named);
        let task = self.task(named);
        let ready = task.ready.filter(|_| task.ended.is_none()).or(Some(at));
        let (state, entered) = ("running", Some(at));
        *task = TaskView { state, ready, generation, entered, ..TaskView::new(&named.path) };
    }

    /// Folds an event of the work of a task.
    fn apply_work(&mut self, event: &Event) {
        let Some(scope) = self.scopes.get(&event.scope).cloned() else { return };
        if scope.is_of_past {
            return self.apply_past(event, &scope);
        }
        let Scope { task: named, instance, graph, is_queued, .. } = scope;
        let is_instance = instance.is_some();
        if let Some(scope) = self.scopes.get_mut(&event.scope) {
            scope.is_queued = stays_queued(&event.kind, is_queued);
        }
        if let EventKind::TaskScheduled { resource, parameters, .. } = &event.kind {
            match Wait::of(resource, parameters) {
                Some(wait) => self.waits.insert(named.name.clone(), wait),
                None => self.waits.remove(&named.name),
            };
        }
        if begins(&event.kind) {
            self.start(&named, graph, event.at);
        }
        if let EventKind::MapIterationKept { index, key } = &event.kind {
            return self.keep_instance(&named, &key_of(*index, key.as_ref()));
        }
        let is_waiting = self.waits.contains_key(&named.name);
        let new = || TaskView::new(&named.path);
        let task = self.tasks.entry(named.name.clone()).or_insert_with(new);
        if !is_instance && named.is_one() {
            tries::note(task, event);
        }
        if let (EventKind::StateExited { output, next: None, .. }, false) =
            (&event.kind, is_instance)
        {
            task.output = Some(Output::new(event.id, output));
        }
        if falls_back(&event.kind) {
            task.degraded = true;
            self.fallen_back.extend(instance.map(|key| (named.name.clone(), key)));
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
    fn start(&mut self, task: &Named, graph: ScopeId, at: Timestamp) {
        let started = self.task(task);
        started.started = started.started.or(Some(at));
        if let Some(Scope { task: group, graph, .. }) = self.scopes.get(&graph).cloned() {
            self.start(&group, graph, at);
        }
    }

    /// Folds an event of the wait for the run before.
    fn apply_past(&mut self, event: &Event, scope: &Scope) {
        match &event.kind {
            EventKind::TaskScheduled { .. } => {
                self.waits.insert(scope.task.name.clone(), Wait::Past);
                let task = self.task(&scope.task);
                (task.state, task.until) = ("blocked", None);
            }
            EventKind::WaitStarted { until } => self.task(&scope.task).until = Some(*until),
            EventKind::StateExited { next: Some(next), .. } if !is_of_past(next) => {
                self.waits.remove(&scope.task.name);
                let task = self.task(&scope.task);
                (task.state, task.until) = ("running", None);
            }
            _ => {}
        }
    }

    /// Says of a task that was skipped who asked for it.
    fn note_why_skipped(&mut self, named: &Named) {
        let asked = self.asked.of(&named.path);
        let Some((SteerOrder::Skip, Known { by: Some(by), .. })) = asked else {
            return;
        };
        let cause = format!("{by} had it skipped.");
        let task = self.task(named);
        if task.state == "skipped" {
            task.cause = Some(cause.into());
        }
    }

    /// Settles what the end of the run left open.
    pub(super) fn close(&mut self) {
        self.beside.close();
        for task in self.tasks.values_mut() {
            if task.ended.is_none() && task.state != "none" {
                (task.state, task.until) = ("cancelled", None);
                task.instances.iter_mut().for_each(InstanceCounts::give_up);
            }
        }
    }

    /// Returns what is known of hooks, and of what undoes tasks.
    pub(super) fn beside(&self) -> &Beside {
        &self.beside
    }

    /// Takes out what is known of a task: of one in a group with instances, in all of these together.
    pub(super) fn take(&mut self, id: &Arc<str>) -> TaskView {
        let names = self.names.get(id).into_iter().flatten().chain([id]);
        let views = names.filter_map(|name| self.tasks.remove(name)).collect();
        let mut view = whole(views).unwrap_or_else(|| TaskView::new(id));
        view.asked = self.asked.of(id).filter(|_| !view.has_begun()).map(Into::into);
        view
    }

    /// Returns what a task waits for, if its own block waits, or one in an instance of its group.
    pub(super) fn wait(&self, id: &str) -> Option<&Wait> {
        let in_instance = || self.names.get(id)?.iter().find_map(|name| self.waits.get(name));
        self.waits.get(id).or_else(in_instance)
    }

    /// Returns which task each state that was entered last in its block is of.
    pub(super) fn entries(&self) -> BTreeMap<EventId, Arc<str>> {
        self.scopes.values().map(|scope| (scope.entry, scope.task.path.clone())).collect()
    }

    /// Returns which task a branch of the graph is that the state in `scope` runs; none of what undoes tasks.
    fn named(&self, scope: ScopeId, branch: &Arc<str>) -> Option<Named> {
        match self.scopes.get(&scope) {
            Some(Scope { task, instance: Some(key), .. }) => {
                Some(task.instance(key).inside(branch))
            }
            Some(Scope { task, instance: None, .. }) => Some(task.inside(branch)),
            None => (scope == RUN).then(|| Named::outermost(branch)),
        }
    }

    /// Returns the task's id of a branch of the graph that the state in `scope` runs; none of what undoes tasks.
    pub(crate) fn id(&self, scope: ScopeId, branch: &Arc<str>) -> Option<Arc<str>> {
        self.named(scope, branch).map(|task| task.path)
    }

    /// Returns which task the block `scope` is at work for, and the block whose state runs the graph
    /// that the task stands in.
    pub(crate) fn place(&self, scope: ScopeId) -> Option<(Arc<str>, ScopeId)> {
        let found = self.scopes.get(&scope)?;
        Some((found.task.path.clone(), found.graph))
    }

    /// Returns whether a task, or a group around it, has instances.
    pub(crate) fn has_instances(&self, id: &str) -> bool {
        self.tasks.get(id).is_some_and(|task| task.instances.is_some())
            || id.rsplit_once('.').is_some_and(|(group, _)| self.has_instances(group))
    }

    fn task(&mut self, Named { path, name }: &Named) -> &mut TaskView {
        self.tasks.entry(name.clone()).or_insert_with(|| {
            if path != name {
                self.names.entry(path.clone()).or_default().insert(name.clone());
            }
            TaskView::new(path)
        })
    }
}

impl From<(SteerOrder, &Known)> for Asked {
    fn from((order, Known { by, at }): (SteerOrder, &Known)) -> Self {
        let order = if order == SteerOrder::Skip { "skip" } else { "hold" };
        Self { order, by: by.clone(), at: *at }
    }
}

impl Scope {
    fn new(task: Named, instance: Option<Arc<str>>, graph: ScopeId) -> Self {
        Self { task, instance, graph, entry: 0, is_of_past: false, is_queued: false }
    }
}

/// Returns the key of an instance: one without has its place.
fn key_of(index: u32, key: Option<&Arc<str>>) -> Arc<str> {
    key.cloned().unwrap_or_else(|| index.to_string().into())
}
