//! Folding the events of branches into the state.

use std::sync::Arc;

use compasso_ir::{Fork, Kind, Occasion, PAST_BEGIN};

use super::record::{BranchFailure, Record};
use super::rules::BranchState;
use super::tell::Place;
use super::work::{Cancelled, GraphWork, Run};
use crate::scope::{Position, Scope, Work};
use crate::{Event, Execution, ImageError, ScopeId};

/// Variables that a branch assigns in its own block to say something of its end.
pub(crate) const DEGRADED: &str = "degraded";
const CACHED: &str = "cached";
pub(crate) const ARTIFACTS: &str = "artifacts";

impl Execution {
    /// Returns the graph that `scope` runs, if it runs one.
    pub(crate) fn graph(&self, scope: ScopeId) -> Option<&GraphWork> {
        match &self.image.scopes.get(&scope)?.active()?.work {
            Work::Graph(work) => Some(work),
            _ => None,
        }
    }

    /// Returns the definition of the Fork that `scope` is in, which the caller knows it is.
    pub(crate) fn fork_of(&self, scope: ScopeId) -> &Fork {
        match &self.state(self.active(scope).state).kind {
            Kind::Fork(fork) => fork,
            _ => unreachable!("only Forks have branches"),
        }
    }

    pub(crate) fn ready_branch(&mut self, event: &Event, branch: u32) {
        self.scope_mut(event.scope).last = event.id;
        self.graph_mut(event.scope).make_ready(branch);
    }

    pub(crate) fn enter_branch(&mut self, event: &Event, branch: u32) {
        let start = self.fork_of(event.scope).branches[branch as usize].body.start;
        self.scope_mut(event.scope).last = event.id;
        let scope = ScopeId(self.image.next_scope);
        let work = self.graph_mut(event.scope);
        work.enter(branch, scope, event.at);
        let data = work.input.clone();
        self.add_scope(event, branch, Position::Ready { next: start, data });
        let place = Place { graph: event.scope, branch, instance: None };
        self.tell_branch(place, Occasion::Started, 1, None);
    }

    /// Ends the branches that wait in the graph of the event's scope.
    pub(crate) fn cancel_branches(&mut self, event: &Event, cancelled: Cancelled) {
        self.scope_mut(event.scope).last = event.id;
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(event.scope).state).kind else {
            return;
        };
        let failure = cancelled.failure.clone();
        let ended = self.graph_mut(event.scope).cancel(fork, cancelled, event.at);
        for branch in ended.into_iter().filter(|at| !fork.branches[*at as usize].asides.is_empty())
        {
            let place = Place { graph: event.scope, branch, instance: None };
            let record = Record::unstarted(Some(failure.clone()), event.at);
            self.tell_ended(place, &self.identity(place), BranchState::Cancelled, &record);
        }
    }

    /// Returns whether a graph around `scope` was given up, and `scope` with it.
    pub(crate) fn is_given_up(&self, mut scope: ScopeId) -> bool {
        while let Some(parent) = self.scope(scope).parent {
            if self.scope(scope).is_aside {
                return false;
            }
            let index = self.scope(scope).index as usize;
            if let Some(graph) = self.graph(parent)
                && graph.cancelled.is_some()
                && self.fork_of(parent).branches[index].teardown_of.is_empty()
            {
                return true;
            }
            scope = parent;
        }
        false
    }

    /// Ends a branch of the graph that `graph` runs, whether it ran or not.
    pub(crate) fn end_branch(
        &mut self,
        event: &Event,
        graph: ScopeId,
        branch: u32,
        state: BranchState,
        failure: Option<&BranchFailure>,
    ) {
        self.scope_mut(graph).last = event.id;
        let run = self.graph_mut(graph).running.get(&branch).cloned();
        let place = Place { graph, branch, instance: None };
        let identity = self.identity(place);
        if let Some(run) = &run {
            self.remember_block(graph, branch, run.scope);
        }
        let block = run.as_ref().and_then(|run| self.remove_block(run.scope));
        let record = record_of(event, run, block, failure);
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(graph).state).kind else { return };
        let ir = &fork.branches[branch as usize];
        if !ir.asides.is_empty() || ir.undo.is_some() {
            self.tell_ended(place, &identity, state, &record);
        }
        self.graph_mut(graph).end(fork, branch, state, record);
    }

    /// Counts a task that a branch of a graph, or an instance of one, has offered for its own work.
    pub(crate) fn count_attempt(&mut self, scope: ScopeId) {
        if self.scope(scope).waits_for_past() {
            return;
        }
        let Scope { parent: Some(parent), index, is_aside: false, .. } = *self.scope(scope) else {
            return;
        };
        match &mut self.active_mut(parent).work {
            Work::Graph(work) => {
                if let Some(run) = work.running.get_mut(&index) {
                    run.attempts += 1;
                }
            }
            Work::Map(work) => {
                if let Some(instances) = &mut work.instances {
                    instances.count_attempt(index);
                }
            }
            _ => {}
        }
    }

    /// Forgets how often tasks were tried that wait for the run before. Earlier releases counted their looks as
    /// well, which nothing in what they stored tells; whoever compares two states does without.
    pub fn forget_looks(&mut self) {
        let definition = self.definition.clone();
        let resting = self.image.resting.iter_mut().flat_map(|resting| resting.scopes_mut());
        let undoable = self.image.undoable.as_deref_mut();
        let scopes = self.image.scopes.values_mut().map(Arc::make_mut);
        for scope in scopes.chain(resting).chain(undoable) {
            let Position::In(active) = &mut scope.position else { continue };
            let Work::Graph(work) = &mut active.work else { continue };
            let Kind::Fork(fork) = &definition.state(active.state).kind else { continue };
            for (place, branch) in (0..).zip(&fork.branches) {
                if definition.state(branch.body.start).name.ends_with(PAST_BEGIN) {
                    work.forget_attempts(place);
                }
            }
        }
    }

    /// Counts in all graphs of an image that was read, if they are the definition's.
    pub(crate) fn count_graphs(&mut self) -> Result<(), ImageError> {
        let resting = self.image.resting.iter_mut().flat_map(|resting| resting.scopes_mut());
        for scope in self.image.scopes.values_mut().map(Arc::make_mut).chain(resting) {
            let Position::In(active) = &mut scope.position else { continue };
            let Work::Graph(work) = &mut active.work else { continue };
            let fork = match &self.definition.state(active.state).kind {
                Kind::Fork(fork) if fork.branches.len() == work.slots.len() => fork,
                _ => return Err(ImageError::Definition),
            };
            work.count(fork, fork.as_graph().ok_or(ImageError::Definition)?);
        }
        Ok(())
    }

    /// Returns how many milliseconds the graph in `scope` may take, if its error is to say so.
    pub(super) fn told_limit(&self, scope: ScopeId) -> Option<u64> {
        let graph = self.fork_of(scope).as_graph().filter(|graph| graph.tells_limit)?;
        u64::try_from(self.graph(scope)?.limit(graph)?.as_millis()).ok()
    }

    pub(crate) fn remove_block(&mut self, scope: ScopeId) -> Option<Scope> {
        for inside in self.descendants(scope) {
            self.image.scopes.remove(&inside);
        }
        self.image.scopes.remove(&scope).map(Arc::unwrap_or_clone)
    }

    pub(super) fn graph_mut(&mut self, scope: ScopeId) -> &mut GraphWork {
        match &mut self.active_mut(scope).work {
            Work::Graph(work) => work,
            _ => unreachable!("branches belong to a graph at work"),
        }
    }
}

fn record_of(
    event: &Event,
    run: Option<Run>,
    block: Option<Scope>,
    failure: Option<&BranchFailure>,
) -> Record {
    let variable = |name: &str| block.as_ref()?.variables.get(&Arc::from(name));
    let says = |name| variable(name).and_then(compasso_types::Json::as_bool) == Some(true);
    let (is_degraded, is_cached) = (says(DEGRADED), says(CACHED));
    let artifacts = variable(ARTIFACTS).cloned();
    let output = match block.map(|block| block.position) {
        Some(Position::Ended { output }) => Some(output),
        Some(Position::Ready { .. } | Position::In(_)) | None => None,
    };
    Record {
        output,
        failure: failure.cloned(),
        started: run.as_ref().map(|run| run.started),
        ended: event.at,
        attempts: run.as_ref().map_or(0, |run| run.attempts),
        instances: run.and_then(|run| run.instances),
        is_degraded,
        is_cached,
        artifacts,
    }
}
