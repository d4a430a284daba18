//! Telling asides: facts about branches become blocks that are to begin beside the outermost graph,
//! and work that is to be undone. What they will read is kept with them, because records go.

use std::sync::Arc;

use compasso_ir::{Aside, Kind, Occasion};
use compasso_types::{Json, Object, Payload};

use super::beside::{Beside, Compensation, Done, Nature, Told};
use super::known::ended_task;
use super::record::{BranchFailure, Record, value};
use super::rules::BranchState;
use crate::scope::{Position, Scope, Work};
use crate::{Event, Execution, ScopeId};

/// The scope that runs the outermost graph.
pub(crate) const ROOT: ScopeId = ScopeId(0);
/// What history calls the aside that undoes what the branches did.
pub(crate) const COMPENSATION: &str = "(compensation)";

/// A branch, or an instance of its `each`, of the graph that a scope runs.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) graph: ScopeId,
    pub(crate) branch: u32,
    /// The block of the instance.
    pub(crate) instance: Option<ScopeId>,
}

impl Execution {
    /// Returns what is beside the outermost graph, if anything is.
    pub(crate) fn beside(&self) -> Option<&Beside> {
        self.graph(ROOT)?.beside.as_deref()
    }

    pub(crate) fn beside_mut(&mut self) -> Option<&mut Beside> {
        let scope = self.image.scopes.get_mut(&ROOT)?;
        let Position::In(active) = &mut Arc::make_mut(scope).position else { return None };
        let Work::Graph(work) = &mut active.work else { return None };
        Some(work.beside.get_or_insert_default())
    }

    /// Returns whether `scope` runs beside the outermost graph, or is inside such a block.
    pub(crate) fn aside_of(&self, scope: ScopeId) -> Option<ScopeId> {
        let mut id = Some(scope);
        while let Some(scope) = id {
            let found = self.scope(scope);
            if found.is_aside {
                return Some(scope);
            }
            id = found.parent;
        }
        None
    }

    pub(crate) fn name_of_aside(&self, scope: ScopeId) -> Option<Arc<str>> {
        self.beside()?.running.get(&scope).map(|nature| nature.name.clone())
    }

    /// Returns whose own block `scope` runs: that of a branch, or of one of its instances.
    pub(crate) fn owner(&self, scope: ScopeId) -> Option<Place> {
        let own = self.scope(scope);
        let parent = own.parent.filter(|_| !own.is_aside)?;
        match &self.active(parent).work {
            Work::Graph(_) => Some(Place { graph: parent, branch: own.index, instance: None }),
            Work::Map(work) if work.instances.is_some() => {
                let Place { graph, branch, instance: None } = self.owner(parent)? else {
                    return None;
                };
                Some(Place { graph, branch, instance: Some(scope) })
            }
            _ => None,
        }
    }

    /// Returns whether an aside is told when the work of `scope` is tried again.
    pub(crate) fn is_retry_told(&self, scope: ScopeId) -> bool {
        self.owner(scope).is_some_and(|place| {
            let branch = &self.fork_of(place.graph).branches[place.branch as usize];
            branch.asides.iter().any(|aside| aside.on == Occasion::Retried)
        })
    }

    /// Forgets what the iteration `scope` undid, if it did.
    pub(crate) fn forget_undone(&mut self, scope: ScopeId) {
        let Scope { parent: Some(parent), index, .. } = *self.scope(scope) else { return };
        let active = self.active(parent);
        let Work::Map(work) = &active.work else { return };
        let undoes = self.map_of(active.state).each.as_ref().and_then(|each| each.undoes.as_ref());
        if let (Some(_), Some(item)) = (undoes, work.item(index))
            && let Some(beside) = self.beside_mut()
        {
            beside.is_undone(&item);
        }
    }

    /// Tells of the beginning of a graph.
    pub(crate) fn tell_opened(&mut self, graph: ScopeId) {
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(graph).state).kind else { return };
        if graph == ROOT
            && let Some(of_run) = fork.as_graph()
        {
            for occasion in [Occasion::Opened, Occasion::Started] {
                self.tell(&of_run.asides, occasion, None, |_, _| Payload::default());
            }
        }
        for (branch, ir) in (0..).zip(&fork.branches) {
            let place = Place { graph, branch, instance: None };
            let about = Some((graph, branch));
            self.tell(&ir.asides, Occasion::Opened, about, |execution, aside| {
                let task = Object::from_iter([("id".into(), ir.id.clone().into())]);
                execution.input_of_aside(place, &aside.reads, task)
            });
        }
    }

    /// Tells of an occasion of a branch before its end. `task` is what is known of it.
    pub(crate) fn tell_branch(
        &mut self,
        place: Place,
        occasion: Occasion,
        attempt: u32,
        failure: Option<&BranchFailure>,
    ) {
        let definition = self.definition.clone();
        let state = self.active(place.graph).state;
        let Kind::Fork(fork) = &definition.state(state).kind else { return };
        let branch = &fork.branches[place.branch as usize];
        let about = Some((place.graph, place.branch));
        self.tell(&branch.asides, occasion, about, |execution, aside| {
            let mut task = execution.identity(place);
            task.insert("attempt".into(), i64::from(attempt).into());
            if let Some(failure) = failure {
                task.insert("error".into(), failure.value());
            }
            execution.input_of_aside(place, &aside.reads, task)
        });
    }

    /// Tells of the end of a branch, and notes what it did. `identity`: who it was, known before
    /// its block went.
    pub(crate) fn tell_ended(
        &mut self,
        place: Place,
        identity: &Object,
        state: BranchState,
        record: &Record,
    ) {
        let definition = self.definition.clone();
        let ir_state = self.active(place.graph).state;
        let Kind::Fork(fork) = &definition.state(ir_state).kind else { return };
        let branch = &fork.branches[place.branch as usize];
        self.forget_timers(Some((place.graph, place.branch)));
        let task = || ended_task(identity, &value(state, Some(record)));
        let occasion = match state {
            BranchState::Success => Some(Occasion::Succeeded),
            BranchState::Failed => Some(Occasion::Failed),
            BranchState::Skipped => Some(Occasion::Skipped),
            BranchState::Cancelled => Some(Occasion::Cancelled),
            _ => None,
        };
        let about = Some((place.graph, place.branch));
        let failure = record.failure.as_ref();
        for occasion in occasion.into_iter().chain([Occasion::Ended]) {
            let is_told = |aside: &&Aside| self.is_told_of_branch(aside, occasion, failure);
            let asides: Vec<_> = branch.asides.iter().filter(is_told).collect();
            self.tell_those(asides.into_iter(), about, |execution, aside| {
                execution.input_of_aside(place, &aside.reads, task())
            });
        }
        let Some(undo) = branch.undo.as_deref().filter(|undo| !undo.of_instances) else { return };
        if was_done(undo, state, failure) {
            self.note_done(place, undo, task());
        }
    }

    /// Tells of the end of an instance, and notes what it did.
    pub(crate) fn tell_instance_ended(
        &mut self,
        place: Place,
        state: BranchState,
        output: Option<&Payload>,
        failure: Option<&BranchFailure>,
    ) {
        let definition = self.definition.clone();
        let ir_state = self.active(place.graph).state;
        let Kind::Fork(fork) = &definition.state(ir_state).kind else { return };
        let branch = &fork.branches[place.branch as usize];
        let task = |execution: &Self| {
            let mut task = execution.identity(place);
            task.insert("state".into(), state.name().into());
            if let Some(output) = output {
                task.insert("output".into(), output.value().clone());
            }
            if let Some(failure) = failure {
                task.insert("error".into(), failure.value());
            }
            task
        };
        if state == BranchState::Success && self.tells_instances() {
            let is_told = |aside: &&Aside| aside.of_instances && self.is_told_of(aside, failure);
            let asides: Vec<_> = branch.asides.iter().filter(is_told).collect();
            let about = Some((place.graph, place.branch));
            self.tell_those(asides.into_iter(), about, |execution, aside| {
                execution.input_of_aside(place, &aside.reads, task(execution))
            });
        }
        let undo = branch.undo.as_deref().filter(|undo| undo.of_instances);
        if let Some(undo) = undo.filter(|undo| was_done(undo, state, failure)) {
            self.note_done(place, undo, task(self));
        }
    }

    /// Notes that the task of `scope` was given up: nobody knows whether its work was done.
    pub(crate) fn note_given_up(&mut self, scope: ScopeId) {
        let Some(place) = self.owner(scope) else { return };
        let definition = self.definition.clone();
        let ir_state = self.active(place.graph).state;
        let Kind::Fork(fork) = &definition.state(ir_state).kind else { return };
        let undo = fork.branches[place.branch as usize].undo.as_deref();
        if let Some(undo) = undo.filter(|undo| undo.of_instances == place.instance.is_some()) {
            let task = self.identity(place);
            self.note_done(place, undo, task);
        }
    }

    fn note_done(&mut self, place: Place, undo: &compasso_ir::Undo, task: Object) {
        let key = task.get("idempotency_key").and_then(Json::as_str).unwrap_or_default();
        let key: Arc<str> = self.shown_key(key).into();
        let branch = self.outermost_branch(place);
        let path = if let Some(instance) = place.instance {
            self.place(instance, None)
        } else {
            let id = self.fork_of(place.graph).branches[place.branch as usize].id.clone();
            self.place(place.graph, Some(id))
        };
        let path = path.into();
        let input = self.input_of_aside(place, &undo.reads, task);
        if let Some(beside) = self.beside_mut() {
            beside.add_done(Done::new(branch, path, key, undo, input));
        }
    }

    /// Returns the branch of the outermost graph in which a branch stands.
    fn outermost_branch(&self, place: Place) -> u32 {
        let (mut graph, mut branch) = (place.graph, place.branch);
        while let Scope { parent: Some(parent), index, .. } = *self.scope(graph) {
            (graph, branch) = (parent, index);
        }
        branch
    }

    pub(super) fn tell(
        &mut self,
        asides: &[Aside],
        occasion: Occasion,
        about: Option<(ScopeId, u32)>,
        input: impl Fn(&Self, &Aside) -> Payload,
    ) {
        let is_told = |aside: &&Aside| self.is_told_of_branch(aside, occasion, None);
        let asides: Vec<_> = asides.iter().filter(is_told).collect();
        self.tell_those(asides.into_iter(), about, input);
    }

    /// Returns whether an aside is told of an occasion of its branch, which failed with `failure`, if it did.
    fn is_told_of_branch(
        &self,
        aside: &Aside,
        occasion: Occasion,
        failure: Option<&BranchFailure>,
    ) -> bool {
        let is_of_instances = aside.of_instances && self.tells_instances();
        aside.on == occasion && !is_of_instances && self.is_told_of(aside, failure)
    }

    /// Returns whether an aside is told of what failed with `failure`, if it did; earlier runs told each.
    fn is_told_of(&self, aside: &Aside, failure: Option<&BranchFailure>) -> bool {
        failure.is_none() || !(aside.of_done && self.goes_by(2))
    }

    /// Returns whether asides of instances are told of these; earlier runs were told of their task.
    fn tells_instances(&self) -> bool {
        self.goes_by(1)
    }

    fn tell_those<'a>(
        &mut self,
        asides: impl Iterator<Item = &'a Aside>,
        about: Option<(ScopeId, u32)>,
        input: impl Fn(&Self, &Aside) -> Payload,
    ) {
        for aside in asides {
            let nature = Nature {
                name: aside.name.clone(),
                about,
                is_timer: aside.is_timer,
                gives_up: aside.gives_up,
                undoes: false,
            };
            let told = Told { start: aside.body.start, input: input(self, aside), nature };
            if let Some(beside) = self.beside_mut() {
                beside.told.push_back(told);
            }
        }
    }

    /// Begins the aside that was told first.
    pub(crate) fn enter_aside(&mut self, event: &Event) {
        self.scope_mut(event.scope).last = event.id;
        let scope = ScopeId(self.image.next_scope);
        let Some(beside) = self.beside_mut() else { return };
        let Some(Told { start, input, nature }) = beside.told.pop_front() else { return };
        beside.running.insert(scope, nature);
        self.add_scope(event, 0, Position::Ready { next: start, data: input });
        self.scope_mut(scope).is_aside = true;
    }

    /// Ends the aside that ran in the event's scope.
    pub(crate) fn end_aside(&mut self, event: &Event) {
        self.remove_block(event.scope);
        self.scope_mut(ROOT).last = event.id;
        let Some(beside) = self.beside_mut() else { return };
        let nature = beside.running.remove(&event.scope);
        beside.stale.retain(|scope| *scope != event.scope);
        if nature.is_some_and(|nature| nature.undoes) {
            let how = if beside.done.is_empty() {
                Compensation::Complete
            } else {
                Compensation::Incomplete
            };
            if let Some(outcome) = &mut beside.outcome {
                outcome.compensation = Some(how);
            }
            self.tell_run_ended();
        }
    }

    /// Drops all asides but timers, because the run begins to move again.
    pub(crate) fn drop_asides(&mut self) {
        let Some(beside) = self.beside() else { return };
        let running = beside.running.iter().filter(|(_, nature)| !nature.is_timer);
        for scope in running.map(|(scope, _)| *scope).collect::<Vec<_>>() {
            self.remove_block(scope);
        }
    }

    /// Returns whether the end of the run need not wait for anything beside it but timers that it
    /// drops.
    pub(crate) fn is_nothing_beside(&self) -> bool {
        self.beside().is_none_or(|beside| {
            let is_idle =
                |(scope, nature): (&ScopeId, &Nature)| nature.is_timer && self.is_waiting(*scope);
            beside.told.is_empty() && beside.running.iter().all(is_idle)
        })
    }
}

/// Returns whether work was done that is to be undone, or may have been.
fn was_done(undo: &compasso_ir::Undo, state: BranchState, failure: Option<&BranchFailure>) -> bool {
    match (state, failure) {
        (BranchState::Success, None) => true,
        (BranchState::Success | BranchState::Failed, Some(failure)) => {
            undo.unsure.contains(&failure.name)
        }
        _ => false,
    }
}
