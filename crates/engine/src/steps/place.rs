//! Where scopes are: how entries of states begin, go on and end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_types::Timestamp;

use super::{Block, Iterations, Step, StepStatus, Steps};
use crate::{BranchFailure, Chosen, Event, EventId, EventKind, Rerun, ScopeId, StateKind};

/// The entry that a scope is in.
#[derive(Clone, Debug)]
pub(super) struct Place {
    state: Arc<str>,
    status: StepStatus,
    /// How its work ended, unless it ended well; a retry or a catcher may still take that.
    pub(super) has_failed: Option<StepStatus>,
    /// The scope's last event, which a failure names as its origin.
    last: EventId,
}

impl Place {
    pub(super) fn state(&self) -> &Arc<str> {
        &self.state
    }
}

impl Steps {
    pub(super) fn enter(&mut self, event: &Event, state: &Arc<str>, kind: StateKind) {
        let scope = event.scope;
        self.nesting.enter(scope, event.previous);
        if let Some(block) = self.branches.begun.remove(&event.previous) {
            self.branches.running.insert(scope, block);
        }
        self.forget(scope);
        let step = self.by_state.entry(state.clone()).or_insert_with(|| Step::new(kind, event));
        step.attempts = 0;
        step.until = None;
        step.entry_event = event.id;
        step.changed = event.id;
        step.add(StepStatus::Running);
        let (state, status) = (state.clone(), StepStatus::Running);
        self.places.insert(scope, Place { state, status, has_failed: None, last: event.id });
    }

    pub(super) fn exit(&mut self, event: &Event, next: Option<&Arc<str>>) {
        let scope = event.scope;
        let has_failed = self.places.get(&scope).is_some_and(|place| place.has_failed.is_some());
        let status = if has_failed { StepStatus::Caught } else { StepStatus::Succeeded };
        self.end(scope, event, status);
        if next.is_none() {
            self.end_block(event);
        }
        let Some(place) = self.places.remove(&scope) else { return };
        let Some(step) = self.by_state.get_mut(&place.state) else { return };
        step.exit_event = Some(event.id);
        step.followers.extend(next.cloned());
        if matches!(step.kind, StateKind::Parallel | StateKind::Map) {
            for inner in self.nesting.inside(scope) {
                self.places.remove(&inner);
                self.nesting.leave(inner);
            }
            self.nesting.close(scope);
        }
    }

    /// Ends a branch or an iteration: what the block does next follows from this.
    pub(super) fn end_block(&mut self, event: &Event) {
        let outer = self.nesting.outer(event.scope);
        if let Some(place) = outer.and_then(|outer| self.places.get_mut(&outer)) {
            place.last = event.id;
        }
    }

    /// Changes the entry that the scope of `event` is in.
    pub(super) fn change(&mut self, event: &Event, change: impl FnOnce(&mut Place, &mut Step)) {
        let Some(place) = self.places.get_mut(&event.scope) else { return };
        let Some(step) = self.by_state.get_mut(&place.state) else { return };
        change(place, step);
        // What fails after a block follows from the block's own last event.
        if !matches!(event.kind, EventKind::ParallelStateSucceeded | EventKind::MapStateSucceeded) {
            place.last = place.last.max(event.id);
        }
        step.changed = step.changed.max(event.id);
    }

    /// Says that the entry goes on in this way.
    pub(super) fn go_on(&mut self, event: &Event, status: StepStatus, until: Option<Timestamp>) {
        self.change(event, |place, step| {
            if status != StepStatus::Running {
                place.has_failed = None;
            }
            step.until = until;
            step.turn(place, status);
        });
    }

    pub(super) fn note_last(&mut self, event: &Event) {
        self.change(event, |_, _| {});
    }

    /// Notes an error. What follows says whether it ends the entry.
    pub(super) fn fail(
        &mut self,
        event: &Event,
        how: StepStatus,
        error: Option<&Arc<str>>,
        cause: Option<&Arc<str>>,
    ) {
        self.change(event, |place, step| {
            place.has_failed = Some(how);
            step.error = error.cloned();
            step.cause = cause.cloned();
        });
    }

    /// Ends the entry that `scope` is in.
    pub(super) fn end(&mut self, scope: ScopeId, event: &Event, status: StepStatus) {
        let Some(place) = self.places.get_mut(&scope) else { return };
        let Some(step) = self.by_state.get_mut(&place.state) else { return };
        step.turn(place, status);
        step.left = Some(event.at);
        step.until = None;
        step.changed = event.id;
    }

    /// Ends all entries inside the state that `block` is in because of an error, and that of
    /// `block` itself later; without a block, all of the execution's.
    pub(super) fn settle(
        &mut self,
        block: Option<ScopeId>,
        event: &Event,
        error: Option<&Arc<str>>,
        cause: Option<&Arc<str>>,
    ) {
        let scopes = match block {
            Some(block) => self.nesting.inside(block),
            None => self.places.keys().copied().collect(),
        };
        self.settle_scopes(scopes, event, error, cause);
        if let Some(place) = block.and_then(|block| self.places.get_mut(&block)) {
            place.has_failed = Some(StepStatus::Failed);
        }
    }

    /// Ends a branch of a graph, whose siblings go on.
    pub(super) fn end_branch(&mut self, event: &Event, failure: Option<&BranchFailure>) {
        self.branches.running.remove(&event.scope);
        self.end_block(event);
        let mut scopes = self.nesting.inside(event.scope);
        scopes.push(event.scope);
        if let Some(failure) = failure {
            self.settle_scopes(scopes, event, Some(&failure.name), Some(&failure.cause));
            self.failed.insert(event.scope);
        } else {
            self.nesting.leave(event.scope);
        }
    }

    fn settle_scopes(
        &mut self,
        scopes: Vec<ScopeId>,
        event: &Event,
        error: Option<&Arc<str>>,
        cause: Option<&Arc<str>>,
    ) {
        for scope in scopes {
            let Some(place) = self.places.get(&scope).filter(|place| !place.status.is_over())
            else {
                continue;
            };
            let is_origin = place.last == event.previous;
            let (state, noted) = (place.state.clone(), place.has_failed);
            let status = match noted {
                Some(how) => how,
                None if is_origin => StepStatus::Failed,
                None => StepStatus::Aborted,
            };
            self.end(scope, event, status);
            if is_origin
                && let Some(step) = self.by_state.get_mut(&state)
                && (noted.is_none() || step.error.is_none())
            {
                step.error = error.cloned();
                step.cause = cause.cloned();
            }
        }
    }

    /// Ends the work in a state: because of its own error, or because of somebody else's.
    pub(super) fn give_up(&mut self, event: &Event) {
        let failed = self.places.get(&event.scope).and_then(|place| place.has_failed);
        self.end(event.scope, event, failed.unwrap_or(StepStatus::Aborted));
    }

    pub(super) fn abort_all(&mut self, event: &Event) {
        let open = self.places.iter().filter(|(_, place)| !place.status.is_over());
        for scope in open.map(|(scope, _)| *scope).collect::<Vec<_>>() {
            self.end(scope, event, StepStatus::Aborted);
        }
    }

    /// Notes what a block is for that is about to begin.
    pub(super) fn begin_block(&mut self, event: &Event) {
        let around = self.branches.running.get(&event.scope).map(|block| &block.path);
        let block = match &event.kind {
            EventKind::BranchEntered { branch, .. } => {
                let path = match around {
                    Some(group) => format!("{group}.{branch}").into(),
                    None => branch.clone(),
                };
                Block { path, instance: None }
            }
            EventKind::MapIterationStarted { index, .. } => {
                let Some(path) = around.cloned() else { return };
                Block { path, instance: Some(*index) }
            }
            _ => return,
        };
        self.branches.begun.insert(event.id, block);
    }

    /// Takes up every entry that did not end well, but for those in branches that begin anew or do
    /// not go on.
    pub(super) fn redrive(&mut self, event: &Event, rerun: Option<&Rerun>) {
        if let Some(rerun) = rerun {
            self.drop_cleared(None, rerun);
        }
        for branch in std::mem::take(&mut self.failed) {
            self.forget_inside(branch);
            self.forget(branch);
            self.nesting.leave(branch);
        }
        for place in self.places.values_mut() {
            let Some(step) = self.by_state.get_mut(&place.state) else { continue };
            place.has_failed = None;
            place.last = event.id;
            step.turn(place, StepStatus::Queued);
            step.left = None;
            step.changed = event.id;
        }
    }

    /// Forgets what is under way for what begins anew, in the outermost graph or in that of an instance.
    fn drop_cleared(&mut self, instance: Option<ScopeId>, rerun: &Rerun) {
        let around = instance.and_then(|scope| self.branches.running.get(&scope));
        let prefix = around.map(|block| format!("{}.", block.path)).unwrap_or_default();
        let path = |path: &Arc<str>| format!("{prefix}{path}");
        let dropped = rerun.cleared.iter().chain(&rerun.given_up).map(path).collect();
        let inner = rerun.instances.iter().map(|inside| (path(&inside.task), inside));
        let inner: Vec<_> = inner.collect();
        let blocks = self.blocks_in(instance, |block| is_of(&dropped, block));
        self.drop_blocks(blocks);
        for (task, inside) in inner {
            let is_it =
                |block: &Block| *block.path == *task && block.instance == Some(inside.index);
            if let Some(scope) = self.blocks_in(instance, is_it).first() {
                self.drop_cleared(Some(*scope), &inside.rerun);
            }
        }
    }

    /// Ends what is under way for a task of which somebody says how it ended.
    pub(super) fn mark(&mut self, event: &Event, task: &str, again: &[Arc<str>]) {
        let inside = |id: &str| {
            let id = Chosen::parse(id).path.pop();
            move |block: &Block| id.is_some() && block.path.rsplit('.').next() == id.as_deref()
        };
        let is_here =
            |steps: &Self, scope: &ScopeId| steps.nesting.outer(*scope) == Some(event.scope);
        let mut marked = self.blocks_in(None, inside(task));
        marked.retain(|scope| is_here(self, scope));
        self.give_up_blocks(event, marked);
        for task in again {
            let mut blocks = self.blocks_in(None, inside(task));
            blocks.retain(|scope| is_here(self, scope));
            self.drop_blocks(blocks);
        }
        self.note_last(event);
    }

    /// Ends what is under way for an instance of which somebody says how it ended.
    pub(super) fn mark_instance(&mut self, event: &Event, index: u32) {
        let mut marked = self.blocks_in(None, |block| block.instance == Some(index));
        marked.retain(|scope| self.nesting.outer(*scope) == Some(event.scope));
        self.give_up_blocks(event, marked);
        self.note_last(event);
    }

    fn give_up_blocks(&mut self, event: &Event, blocks: Vec<ScopeId>) {
        for block in blocks {
            let inside = self.nesting.inside(block);
            for scope in inside.into_iter().chain([block]) {
                if self.places.get(&scope).is_some_and(|place| !place.status.is_over()) {
                    self.end(scope, event, StepStatus::Aborted);
                }
            }
            self.nesting.leave(block);
            self.branches.running.remove(&block);
        }
    }

    /// Forgets what is under way in blocks.
    pub(super) fn drop_blocks(&mut self, blocks: Vec<ScopeId>) {
        for block in blocks {
            self.forget_inside(block);
            self.forget(block);
            self.nesting.leave(block);
            self.branches.running.remove(&block);
        }
    }

    /// Returns the blocks that run, in an instance or anywhere.
    fn blocks_in(
        &self,
        around: Option<ScopeId>,
        is_meant: impl Fn(&Block) -> bool,
    ) -> Vec<ScopeId> {
        let inside = around.map(|around| self.nesting.inside(around));
        let is_inside = |scope: &ScopeId| inside.as_ref().is_none_or(|all| all.contains(scope));
        let blocks = self.branches.running.iter().filter(|(_, block)| is_meant(block));
        blocks.map(|(scope, _)| *scope).filter(is_inside).collect()
    }

    /// Forgets what happened inside a block that begins anew.
    pub(super) fn forget_inside(&mut self, block: ScopeId) {
        for scope in self.nesting.inside(block) {
            self.forget(scope);
            self.nesting.leave(scope);
        }
    }

    fn forget(&mut self, scope: ScopeId) {
        if let Some(place) = self.places.remove(&scope)
            && let Some(step) = self.by_state.get_mut(&place.state)
        {
            step.remove(place.status);
        }
    }
}

/// Returns whether a block is that of a branch of these paths.
fn is_of(paths: &BTreeSet<String>, block: &Block) -> bool {
    block.instance.is_none() && paths.contains(&*block.path)
}

impl Step {
    fn new(kind: StateKind, event: &Event) -> Self {
        Self {
            kind,
            counts: BTreeMap::new(),
            entered: event.at,
            left: None,
            attempts: 0,
            until: None,
            error: None,
            cause: None,
            followers: BTreeSet::new(),
            iterations: Iterations::default(),
            map_run: None,
            child: None,
            entry_event: event.id,
            exit_event: None,
            changed: event.id,
        }
    }

    fn turn(&mut self, place: &mut Place, status: StepStatus) {
        self.remove(place.status);
        self.add(status);
        place.status = status;
    }

    fn add(&mut self, status: StepStatus) {
        *self.counts.entry(status).or_default() += 1;
    }

    fn remove(&mut self, status: StepStatus) {
        if let Some(count) = self.counts.get_mut(&status) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&status);
            }
        }
    }
}
