//! The instances of a task as they are found in a journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{
    BranchFailure, BranchState, Event, EventId, EventKind, Mark, Rerun, ScopeId,
};
use compasso_types::Timestamp;

use super::super::course::STEPS_EVENTS_MAX;
use super::super::moves::{Failed, Moved, failure, moved};
use super::super::tasks::{Marked, Output, RUN};
use super::{Alike, Beginning, InstancePage, InstanceView, ListInstances, UNDER_WAY};

/// Instances on a page, unless it is said.
const INSTANCES: i64 = 100;
/// Instances that are followed to their ends beside those that are found, because they may become what is
/// asked for: more are not under way at once.
const FOLLOWED_MAX: usize = 10_000;
/// The error of what has nothing to do.
const SKIPPED: &str = "Skipped";

/// What a scope is at work for.
#[derive(Clone, Debug)]
enum Place {
    Task(Arc<str>),
    /// An instance of the task that is looked at, by the event that began it.
    Instance(EventId),
}

/// The instances that are found in a journal.
#[derive(Debug)]
pub(super) struct Gathering {
    task: Arc<str>,
    /// Whether it is a Map state instead, and its iterations are looked for.
    is_state: bool,
    state: Option<String>,
    alike: Alike,
    limit: usize,
    /// The first event that is read.
    pub(super) read_from: EventId,
    /// The event that begins the first instance of the page.
    first: EventId,
    last: EventId,
    places: BTreeMap<ScopeId, Place>,
    beginnings: BTreeMap<EventId, Place>,
    /// What may be asked for; what ended otherwise goes.
    found: BTreeMap<EventId, InstanceView>,
    /// The scopes of the task that these began in.
    origins: BTreeMap<EventId, ScopeId>,
    /// How many of these ended as it is asked for.
    fitting: usize,
    /// The blocks of those that ended, and the events that began them, by their places.
    scopes: BTreeMap<u32, (ScopeId, EventId)>,
    /// The iteration that failed without an error of its own: in a Fail state, whose error the run ends
    /// with.
    unsettled: Option<EventId>,
    /// Whether the run was opened again: what began may have begun anew later.
    is_redriven: bool,
    /// The event that begins the generation at hand.
    generation_from: EventId,
    /// The events that began instances last, by their keys.
    latest: BTreeMap<Arc<str>, EventId>,
    next: Option<Beginning>,
}

impl Gathering {
    pub(super) fn new(wanted: ListInstances, is_state: bool, from: Option<Beginning>) -> Self {
        let first = from.map_or(1, |from| from.event);
        let place = |from: Beginning| (from.scope, Place::Task(wanted.task.clone()));
        // In a group each instance of that has a block of the task, which began anywhere before.
        let is_inside = !is_state && wanted.task.contains('.');
        Self {
            places: from.into_iter().filter(|_| !is_inside).map(place).collect(),
            read_from: if is_inside { 1 } else { first },
            state: wanted.state,
            alike: wanted.alike,
            limit: usize::try_from(wanted.limit.unwrap_or(INSTANCES)).unwrap_or(usize::MAX),
            first,
            last: 0,
            beginnings: BTreeMap::new(),
            found: BTreeMap::new(),
            origins: BTreeMap::new(),
            fitting: 0,
            scopes: BTreeMap::new(),
            unsettled: None,
            is_redriven: false,
            generation_from: 0,
            latest: BTreeMap::new(),
            next: None,
            task: wanted.task,
            is_state,
        }
    }

    /// Reads on to the end, as the run was opened again: each instance is told as it stands.
    pub(super) fn of_redriven(self, is_redriven: bool) -> Self {
        Self { is_redriven, ..self }
    }

    /// Whether all instances of the page are known to the end, or enough was read.
    pub(super) fn is_done(&self) -> bool {
        let is_settled = |view: &InstanceView| view.ended.is_some() && !self.may_go_on(view.state);
        let is_over = !self.is_redriven && self.found.values().all(is_settled);
        self.next.is_some() && (is_over || self.last > self.first + 2 * STEPS_EVENTS_MAX)
    }

    pub(super) fn apply(&mut self, event: &Event) {
        self.last = self.last.max(event.id);
        // The first row may hold earlier ones.
        if self.last < self.read_from {
            return;
        }
        match &event.kind {
            EventKind::BranchEntered { branch, .. } => self.enter_branch(event, branch),
            EventKind::MapIterationStarted { index, key, .. } => {
                self.begin(event, *index, key.as_ref());
            }
            EventKind::StateEntered { state, .. } => self.enter(event, state),
            EventKind::StateExited { .. } if self.is_at_task(event.scope) => self.unsettled = None,
            EventKind::ExecutionFailed { error, cause } => {
                let view = self.unsettled.take().and_then(|begun| self.found.get_mut(&begun));
                if let Some(view) = view {
                    (view.error, view.cause) = (error.clone(), cause.clone());
                }
            }
            EventKind::BranchExited { .. } => {
                if self.is_at_task(event.scope) {
                    self.leave(event);
                }
                self.places.remove(&event.scope);
            }
            EventKind::MapIterationSucceeded { .. }
            | EventKind::MapIterationFailed { .. }
            | EventKind::MapIterationAborted { .. }
                if matches!(self.places.get(&event.scope), Some(Place::Task(_))) =>
            {
                self.places.remove(&event.scope);
            }
            EventKind::BranchWithdrawn { .. } => self.withdraw(event),
            EventKind::BranchMarked { mark, .. } if mark.task == self.task => {
                self.give_up(event.at);
            }
            EventKind::MapIterationMarked { index, mark, .. } => self.mark(event, *index, mark),
            EventKind::ExecutionRedriven { rerun, .. } => {
                self.generation_from = event.id;
                match rerun {
                    Some(rerun) => self.rerun(rerun),
                    None => self.take_up(),
                }
            }
            _ => {
                if let Some(Place::Instance(begun)) = self.places.get(&event.scope) {
                    self.apply_work(event, *begun);
                }
            }
        }
    }

    fn enter_branch(&mut self, event: &Event, branch: &Arc<str>) {
        let id = match self.places.get(&event.scope) {
            Some(Place::Task(group)) => format!("{group}.{branch}").into(),
            Some(Place::Instance(_)) => format!("{}.{branch}", self.task).into(),
            // Elsewhere it is what undoes tasks.
            None if event.scope != RUN => return,
            None => branch.clone(),
        };
        self.beginnings.insert(event.id, Place::Task(id));
    }

    fn enter(&mut self, event: &Event, state: &Arc<str>) {
        if let Some(begun) = self.beginnings.remove(&event.previous) {
            self.places.insert(event.scope, begun);
        }
        if self.is_state && *state == self.task {
            self.places.insert(event.scope, Place::Task(self.task.clone()));
        }
        if self.is_state
            && let Some(Place::Instance(begun)) = self.places.get(&event.scope)
            && let Some(view) = self.found.get_mut(begun)
        {
            view.step = Some(state.clone());
        }
    }

    fn begin(&mut self, event: &Event, index: u32, key: Option<&Arc<str>>) {
        let Some(Place::Task(task)) = self.places.get(&event.scope) else { return };
        if *task != self.task {
            // What is in it has the same path in all its instances.
            self.beginnings.insert(event.id, Place::Task(task.clone()));
            return;
        }
        let key = key.cloned().unwrap_or_else(|| index.to_string().into());
        self.replace(&key);
        if self.next.is_some() || event.id < self.first {
            return;
        }
        if self.is_full() || event.id > self.first + STEPS_EVENTS_MAX {
            self.next = Some(Beginning { event: event.id, scope: event.scope });
            return;
        }
        self.beginnings.insert(event.id, Place::Instance(event.id));
        let view = InstanceView {
            index,
            event: event.id,
            key: key.clone(),
            state: "running",
            step: None,
            attempts: 0,
            started: event.at,
            ended: None,
            until: None,
            error: None,
            cause: None,
            output: None,
            marked: None,
        };
        self.found.insert(event.id, view);
        self.origins.insert(event.id, event.scope);
        self.latest.insert(key, event.id);
    }

    /// Forgets the instance of a key that an earlier generation began, as it begins again.
    fn replace(&mut self, key: &Arc<str>) {
        let before = self.latest.get(key).filter(|begun| **begun < self.generation_from).copied();
        // Those of a group may have the same key in each of its instances.
        if let Some(begun) = before.filter(|_| !self.is_state && !self.task.contains('.')) {
            self.latest.remove(key);
            self.found.remove(&begun);
            self.origins.remove(&begun);
        }
    }

    /// Ends what is left of the instances of a task that has ended itself.
    fn leave(&mut self, event: &Event) {
        for (begun, view) in self.found.iter_mut().filter(|(_, view)| view.ended.is_none()) {
            if self.origins.get(begun) == Some(&event.scope) {
                (view.state, view.until, view.ended) = ("cancelled", None, Some(event.at));
            }
        }
    }

    /// Whether no further instance is needed: each is on the page if all are asked for. Otherwise those
    /// that are under way may end in another way.
    fn is_full(&self) -> bool {
        let most = if self.asks_for_all() { self.limit } else { self.limit + FOLLOWED_MAX };
        self.found.len() >= most || self.fitting >= self.limit
    }

    fn asks_for_all(&self) -> bool {
        self.state.is_none() && self.alike.asks_for_all()
    }

    /// Folds an event of an instance's own block.
    fn apply_work(&mut self, event: &Event, begun: EventId) {
        let Some(view) = self.found.get_mut(&begun) else { return };
        match &event.kind {
            EventKind::TaskScheduled { .. } => view.attempts += 1,
            EventKind::StateExited { output, next: None, .. } => {
                view.output = Some(Output::new(event.id, output));
            }
            EventKind::MapIterationSucceeded { .. } => return self.end(event, begun, "success"),
            EventKind::MapIterationFailed { failure, .. } => {
                let is_skipped = failure.as_ref().is_some_and(|failure| &*failure.name == SKIPPED);
                if let Some(BranchFailure { name, cause }) = failure {
                    (view.error, view.cause) = (Some(name.clone()), Some(cause.clone()));
                }
                let state = if is_skipped { "skipped" } else { "failed" };
                return self.end(event, begun, state);
            }
            EventKind::MapIterationAborted { .. } => return self.end(event, begun, "cancelled"),
            _ => {}
        }
        if let Some(Failed { error, cause }) = failure(&event.kind) {
            (view.error, view.cause) = (error, cause);
        }
        if let Some(Moved { state, until }) = moved(&event.kind) {
            (view.state, view.until) = (state, until);
        }
    }

    /// Ends an instance; one that is not asked for makes room for another.
    fn end(&mut self, event: &Event, begun: EventId, state: &'static str) {
        self.places.remove(&event.scope);
        let is_wanted = self.state.as_deref().is_none_or(|wanted| wanted == state);
        let view = self.found.get(&begun);
        let is_unsettled = state == "failed" && view.is_some_and(|view| view.error.is_none());
        self.unsettled = is_unsettled.then_some(begun).or(self.unsettled);
        let is_alike = is_unsettled || view.is_none_or(|view| self.alike.fits(view));
        if !(is_wanted && is_alike || self.may_go_on(state)) {
            self.found.remove(&begun);
            self.origins.remove(&begun);
        } else if let Some(view) = self.found.get_mut(&begun) {
            (view.state, view.until, view.ended) = (state, None, Some(event.at));
            self.scopes.insert(view.index, (event.scope, begun));
            self.fitting += usize::from(is_wanted && is_alike);
        }
    }

    /// Forgets the instances of a task that waits as if it had not begun.
    fn withdraw(&mut self, event: &Event) {
        let Some(Place::Task(task)) = self.places.remove(&event.scope) else { return };
        if task == self.task {
            self.found.retain(|_, view| view.ended.is_some());
        }
    }

    /// Says whether the task that is looked at, or the Map state, is at work in a scope.
    fn is_at_task(&self, scope: ScopeId) -> bool {
        matches!(self.places.get(&scope), Some(Place::Task(task)) if *task == self.task)
    }

    /// Ends an instance as somebody says.
    fn mark(&mut self, event: &Event, index: u32, mark: &Mark) {
        if !self.is_at_task(event.scope) {
            return;
        }
        let views = self.found.values_mut().rev();
        let Some(view) = views.into_iter().find(|view| view.index == index) else { return };
        let (by, reason) = (mark.by.clone(), mark.reason.clone());
        let failure = mark.failure();
        view.marked = Some(Marked { by, reason, at: event.at });
        view.output = mark.output.as_ref().map(|output| Output::new(event.id, output));
        view.error = failure.as_ref().map(|failure| failure.name.clone());
        view.cause = failure.map(|failure| failure.cause);
        view.state = BranchState::from(mark.state).name();
        (view.until, view.ended) = (None, Some(event.at));
    }

    /// Whether a redrive takes an iteration up again that ended so.
    fn may_go_on(&self, state: &str) -> bool {
        self.is_state && !is_good(state)
    }

    /// Lets iterations go on that had not ended well.
    fn take_up(&mut self) {
        let (ended, is_state) = (std::mem::take(&mut self.scopes), self.is_state);
        for (index, (scope, begun)) in ended {
            match self.found.get_mut(&begun) {
                Some(view) if is_state && !is_good(view.state) => {
                    (view.state, view.ended) = ("running", None);
                    (view.error, view.cause) = (None, None);
                    self.places.insert(scope, Place::Instance(begun));
                }
                Some(_) | None => {
                    self.scopes.insert(index, (scope, begun));
                }
            }
        }
    }

    /// Lets instances go on that had ended.
    fn rerun(&mut self, rerun: &Rerun) {
        let ours = rerun.instances.iter().filter(|inside| inside.task == self.task);
        for inside in ours {
            if let Some((scope, begun)) = self.scopes.remove(&inside.index)
                && let Some(view) = self.found.get_mut(&begun)
            {
                (view.state, view.ended, view.output) = ("running", None, None);
                (view.error, view.cause) = (None, None);
                self.places.insert(scope, Place::Instance(begun));
            }
        }
    }

    /// Ends all instances, because somebody said how the task ended.
    fn give_up(&mut self, at: Timestamp) {
        for view in self.found.values_mut().filter(|view| view.ended.is_none()) {
            (view.state, view.until, view.ended) = ("cancelled", None, Some(at));
        }
    }

    pub(super) fn page(self, is_closed: bool) -> InstancePage {
        let Self { mut found, origins, state, alike, next, limit, .. } = self;
        for view in found.values_mut().filter(|view| is_closed && view.ended.is_none()) {
            (view.state, view.until) = ("cancelled", None);
        }
        let is_wanted = |view: &InstanceView| {
            let is_it = |wanted: &str| match wanted {
                UNDER_WAY => view.ended.is_none() && !is_closed,
                state => state == view.state,
            };
            state.as_deref().is_none_or(is_it) && alike.fits(view)
        };
        let mut items: Vec<InstanceView> = found.into_values().filter(is_wanted).collect();
        let over = items.get(limit).map(|view| view.event);
        let place = |event| Some(Beginning { event, scope: *origins.get(&event)? });
        let next = over.and_then(place).or(next);
        items.truncate(limit);
        InstancePage { items, next: next.map(|next| next.to_string()) }
    }
}

/// Whether it ended so that nothing is to be done about it.
fn is_good(state: &str) -> bool {
    !matches!(state, "failed" | "cancelled")
}
