//! The instances of a task as they are found in a journal.

mod again;
mod blocks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::{BranchFailure, Chosen, Event, EventId, EventKind, Rerun, ScopeId};
use compasso_types::Payload;

use super::super::course::STEPS_EVENTS_MAX;
use super::super::moves::{
    Failed, Moved, end_of_instance, failure, falls_back, is_success, moved, stays_queued,
};
use super::super::named::Named;
use super::super::tasks::{Output, RUN};
use super::{Alike, Beginning, InstancePage, InstanceView, ListInstances, UNDER_WAY};

/// Instances on a page, unless it is said.
const INSTANCES: i64 = 100;
/// Instances that are followed to their ends beside those that are found, because they may become what is
/// asked for: more are not under way at once.
const FOLLOWED_MAX: usize = 10_000;
/// Bytes of the JSON text of an item that is told.
const ITEM_BYTES_MAX: usize = 256;

/// What a scope is at work for.
#[derive(Clone, Debug)]
enum Place {
    /// A task, and the place of the innermost instance that it is in.
    Task(Named, u32),
    /// An instance of the task that is looked at, by the event that began it.
    Instance(EventId),
}

/// The instances that are found in a journal.
#[derive(Debug)]
pub(super) struct Gathering {
    task: Arc<str>,
    /// The keys that are asked for, of instances around it and of its own.
    wanted: Chosen,
    /// Whether it has no instances of its own, and is listed in those of the groups around it.
    is_in_groups: bool,
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
    /// Of these, what an earlier generation began and this one has not come to.
    earlier: BTreeSet<EventId>,
    /// The scopes of the task that these began in.
    origins: BTreeMap<EventId, ScopeId>,
    /// How many of these ended as it is asked for.
    fitting: usize,
    /// The blocks of those that ended, and the events that began them, by their names.
    scopes: BTreeMap<Arc<str>, (ScopeId, EventId)>,
    /// The iteration that failed without an error of its own: in a Fail state, whose error the run ends
    /// with.
    unsettled: Option<EventId>,
    /// Whether the run was opened again: what began may have begun anew later.
    is_redriven: bool,
    /// The event that begins the generation at hand.
    generation_from: EventId,
    /// The events that began instances last, by their names.
    latest: BTreeMap<Arc<str>, EventId>,
    next: Option<Beginning>,
}

impl Gathering {
    pub(super) fn new(wanted: ListInstances, is_state: bool, from: Option<Beginning>) -> Self {
        let first = from.map_or(1, |from| from.event);
        let chosen =
            if is_state { Chosen::plain(&wanted.task) } else { Chosen::parse(&wanted.task) };
        let task: Arc<str> = chosen.task().into();
        let named = Named::outermost(&task);
        let place = |from: Beginning| (from.scope, Place::Task(named.clone(), 0));
        // In a group each instance of that has a block of the task, which began anywhere before.
        let is_inside = !is_state && task.contains('.');
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
            earlier: BTreeSet::new(),
            origins: BTreeMap::new(),
            fitting: 0,
            scopes: BTreeMap::new(),
            unsettled: None,
            is_redriven: false,
            generation_from: 0,
            latest: BTreeMap::new(),
            next: None,
            wanted: chosen,
            task,
            is_in_groups: false,
            is_state,
        }
    }

    /// Reads on to the end, as the run was opened again: each instance is told as it stands.
    pub(super) fn of_redriven(self, is_redriven: bool) -> Self {
        Self { is_redriven, ..self }
    }

    /// Lists a task that has no instances of its own in those of the groups around it.
    pub(super) fn of_groups(self, is_in_groups: bool) -> Self {
        Self { is_in_groups, ..self }
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
            EventKind::MapIterationKept { index, key } => self.keep(event, *index, key.as_ref()),
            EventKind::StateEntered { state, input, .. } => self.enter(event, state, input),
            EventKind::StateExited { .. } if self.is_at_task(event.scope) => self.unsettled = None,
            EventKind::ExecutionFailed { error, cause } => self.fail(error.clone(), cause.clone()),
            EventKind::BranchExited { .. } => self.exit_branch(event),
            EventKind::MapIterationSucceeded { .. }
            | EventKind::MapIterationFailed { .. }
            | EventKind::MapIterationAborted { .. }
                if matches!(self.places.get(&event.scope), Some(Place::Task(..))) =>
            {
                self.forget(event.scope);
            }
            EventKind::BranchWithdrawn { .. } => self.withdraw(event),
            EventKind::BranchMarked { mark, .. } => {
                self.give_up(&mark.task, event.at);
                self.mark_block(event, mark);
            }
            EventKind::MapIterationMarked { index, mark, .. } => self.mark(event, *index, mark),
            EventKind::ExecutionRedriven { rerun, .. } => self.open_again(event, rerun.as_deref()),
            _ => {
                if let Some(Place::Instance(begun)) = self.places.get(&event.scope) {
                    self.apply_work(event, *begun);
                }
            }
        }
    }

    /// Has the instance that nobody has settled end as the run does.
    fn fail(&mut self, error: Option<Arc<str>>, cause: Option<Arc<str>>) {
        let view = self.unsettled.take().and_then(|begun| self.found.get_mut(&begun));
        if let Some(view) = view {
            (view.error, view.cause) = (error, cause);
        }
    }

    fn exit_branch(&mut self, event: &Event) {
        if self.is_at_task(event.scope) {
            self.leave(event);
        }
        self.end_block(event);
        self.forget(event.scope);
    }

    fn open_again(&mut self, event: &Event, rerun: Option<&Rerun>) {
        self.generation_from = event.id;
        match rerun {
            Some(rerun) => self.rerun(("", ""), rerun),
            None => self.take_up(),
        }
    }

    fn enter_branch(&mut self, event: &Event, branch: &Arc<str>) {
        let (named, index) = match self.places.get(&event.scope) {
            Some(Place::Task(group, index)) => (group.inside(branch), *index),
            // What is in the instances that are looked at has none of them in it.
            Some(Place::Instance(_)) => return,
            // Elsewhere it is what undoes tasks.
            None if event.scope != RUN => return,
            None => (Named::outermost(branch), 0),
        };
        if self.is_in_groups && named.path == self.task {
            return self.begin_block(event, index, named.name);
        }
        self.beginnings.insert(event.id, Place::Task(named, index));
    }

    /// Forgets what a block is at work for that is over. It may go on in another generation.
    fn forget(&mut self, scope: ScopeId) {
        if !self.is_redriven || self.is_state {
            self.places.remove(&scope);
        }
    }

    fn enter(&mut self, event: &Event, state: &Arc<str>, input: &Payload) {
        if let Some(begun) = self.beginnings.remove(&event.previous) {
            self.places.insert(event.scope, begun);
        }
        if self.is_state && *state == self.task {
            self.places.insert(event.scope, Place::Task(Named::outermost(state), 0));
        }
        if let Some(Place::Instance(begun)) = self.places.get(&event.scope)
            && let Some(view) = self.found.get_mut(begun)
        {
            if view.entry == *begun {
                view.item = (input.text().len() <= ITEM_BYTES_MAX).then(|| input.clone());
            }
            view.entry = event.id;
            view.step = self.is_state.then(|| state.clone());
        }
    }

    fn begin(&mut self, event: &Event, index: u32, key: Option<&Arc<str>>) {
        let Some(Place::Task(task, _)) = self.places.get(&event.scope) else { return };
        let key = key.cloned().unwrap_or_else(|| index.to_string().into());
        let instance = task.instance(&key);
        if task.path != self.task {
            // What is in it has the same path in all its instances.
            self.beginnings.insert(event.id, Place::Task(instance, index));
            return;
        }
        self.begin_view(event, index, key, instance.name);
    }

    /// Takes note of what begins, if it is asked for and the page has room.
    fn begin_view(&mut self, event: &Event, index: u32, key: Arc<str>, name: Arc<str>) {
        if !self.is_asked_for(&name) {
            return;
        }
        self.replace(&name);
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
            key,
            name: (!self.is_state).then(|| name.clone()),
            item: None,
            state: "running",
            step: None,
            attempts: 0,
            started: event.at,
            ended: None,
            until: None,
            error: None,
            cause: None,
            output: None,
            degraded: false,
            cached: false,
            marked: None,
            blocked_by: Vec::new(),
            is_queued: false,
            entry: event.id,
        };
        self.found.insert(event.id, view);
        self.origins.insert(event.id, event.scope);
        self.latest.insert(name, event.id);
    }

    /// Says whether an instance of this name has the keys that are asked for.
    fn is_asked_for(&self, name: &str) -> bool {
        if !self.wanted.is_of_instance() {
            return true;
        }
        let chosen = Chosen::parse(name);
        (0..chosen.path.len())
            .all(|at| self.wanted.key_at(at).is_none_or(|key| chosen.key_at(at) == Some(key)))
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
            EventKind::MapIterationSucceeded { .. } | EventKind::MapIterationAborted { .. } => {
                return self.end(event, begun, end_of_instance(&event.kind).name());
            }
            EventKind::MapIterationFailed { failure, .. } => {
                if let Some(BranchFailure { name, cause }) = failure {
                    (view.error, view.cause) = (Some(name.clone()), Some(cause.clone()));
                }
                return self.end(event, begun, end_of_instance(&event.kind).name());
            }
            _ => {}
        }
        // Variables of a state machine are its own, whatever they are called.
        view.degraded |= !self.is_state && falls_back(&event.kind);
        view.cached |= view.is_queued && is_success(&event.kind);
        view.is_queued = stays_queued(&event.kind, view.is_queued);
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
            let name = view.name.clone().unwrap_or_else(|| view.key.clone());
            self.scopes.insert(name, (event.scope, begun));
            self.fitting += usize::from(is_wanted && is_alike);
        }
    }

    /// Says whether the task that is looked at, or the Map state, is at work in a scope.
    fn is_at_task(&self, scope: ScopeId) -> bool {
        matches!(self.places.get(&scope), Some(Place::Task(task, _)) if task.path == self.task)
    }

    pub(super) fn page(self, is_closed: bool) -> InstancePage {
        let Self { mut found, earlier, origins, state, alike, next, limit, .. } = self;
        found.retain(|begun, _| !earlier.contains(begun));
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
