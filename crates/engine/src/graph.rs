//! Graphs: Forks whose branches wait for one another and end each for itself.
//!
//! The end of a branch is looked at by the branches that wait for it and by no others: `work` counts
//! for each branch the needs that ended, and those whose rule then answers are due. A turn acts on
//! what is due ([`Turn::advance`]), as far as its limits allow.

mod again;
mod asides;
mod beside;
mod cancel;
mod choose;
mod ending;
mod failures;
mod files;
mod fold;
mod hold;
mod kept;
mod known;
mod mark;
mod memory;
mod orders;
mod record;
mod reopen;
mod rules;
mod slots;
mod steer;
mod stored;
mod tell;
mod timers;
mod undo;
mod withdraw;
mod work;

use compasso_ir::{Branch, Fork, Graph, Kind, Verdict};
use compasso_types::error_names::SKIPPED;
use compasso_types::{Json, Object, Payload};

pub use beside::Compensation;
pub(crate) use beside::{Outcome, UndoItem};
pub(crate) use fold::{ARTIFACTS, DEGRADED};
pub use mark::{Mark, MarkState, NotMarkable};
pub(crate) use memory::Memory;
pub use orders::{Orders, SteerOrder, WHOLE_RUN};
pub use record::BranchFailure;
pub(crate) use record::value as record_value;
use rules::Answer;
pub use rules::{BranchState, skips};
pub use steer::{NotSteerable, Steer};
pub(crate) use tell::ROOT;
pub use undo::NotUndoable;
pub(crate) use work::Cancelled;
pub(crate) use work::{GraphWork, Run};

use crate::context::Branches;
use crate::problem::Problem;
use crate::turn::Turn;
use crate::{EventId, EventKind, Execution, ScopeId, StopOrder};

/// What a graph fails with when only its verdict says so.
const VERDICT_FAILED: &str = "Verdict";

impl Turn<'_> {
    /// Acts on all that is due in the graph that `scope` runs, until the turn is full.
    pub(crate) fn advance(&mut self, scope: ScopeId) {
        while self.is_running() && !self.fail_if_full(scope) {
            if self.is_full() {
                self.make_ready(scope);
                return;
            }
            if !self.advance_by_one(scope) {
                return;
            }
            self.transitions += 1;
        }
    }

    /// Returns whether something was to be done.
    fn advance_by_one(&mut self, scope: ScopeId) -> bool {
        let Some(work) = self.execution.graph(scope).filter(|work| !work.waits_for_hold()) else {
            return false;
        };
        if let Some(branch) = work.due.front().copied() {
            self.settle(scope, branch);
        } else if let Some(branch) = work.next() {
            self.enter_branch(scope, branch);
        } else if work.is_told() && self.may_begin_aside(scope) {
            self.begin_aside(scope);
        } else if work.open == 0 {
            return self.conclude_or_judge(scope);
        } else {
            return false;
        }
        true
    }

    /// Acts on what the rule of `branch` answers.
    fn settle(&mut self, scope: ScopeId, index: u32) {
        let definition = self.execution.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.execution.active(scope).state).kind else {
            return;
        };
        let branch = &fork.branches[index as usize];
        let work = self.execution.graph(scope).expect("the scope runs a graph");
        let skips = match work.answer(fork, index).expect("what is due was answered") {
            Answer::Run if work.slots.get(index).asked == Some(SteerOrder::Skip) => {
                Ok(Some(BranchState::Skipped))
            }
            Answer::Run => self.guard(scope, branch, index),
            Answer::End(state) => Ok(Some(state)),
        };
        let ends_with = match skips {
            Ok(None) => {
                let branch = branch.id.clone();
                self.follow(scope, EventKind::BranchReady { branch, index });
                return;
            }
            Ok(Some(state)) => (state, None),
            Err(problem) => self.failed_with(scope, branch, index, &problem),
        };
        let (branch, (state, failure)) = (branch.id.clone(), ends_with);
        self.follow(scope, EventKind::BranchSkipped { branch, index, state, failure });
    }

    /// Evaluates the guard of a branch; returns the state it ends in if it is not to run.
    fn guard(
        &self,
        scope: ScopeId,
        branch: &Branch,
        index: u32,
    ) -> Result<Option<BranchState>, Problem> {
        let Some(guard) = &branch.guard else { return Ok(None) };
        let scene = self.scene(scope).with_branches(Branches::NeedsOf(index));
        let holds = scene.condition(guard, &scene.sight(&scene.active().input, None), "if")?;
        Ok((!holds).then_some(BranchState::Skipped))
    }

    fn enter_branch(&mut self, scope: ScopeId, branch: u32) {
        let id = ScopeId(self.execution.image.next_scope);
        let name = self.execution.fork_of(scope).branches[branch as usize].id.clone();
        self.follow(scope, EventKind::BranchEntered { branch: name, index: branch });
        self.make_ready(id);
    }

    /// Follows up the end of the branch that `ended` ran, in the graph of `scope`.
    pub(crate) fn branch_succeeded(&mut self, scope: ScopeId, ended: ScopeId) {
        let (index, last) = (self.execution.scope(ended).index, self.execution.scope(ended).last);
        let branch = self.execution.fork_of(scope).branches[index as usize].id.clone();
        let state = BranchState::Success;
        self.record(ended, last, EventKind::BranchExited { branch, index, state, failure: None });
        self.make_ready(scope);
    }

    /// Ends the branch that `failed` runs with an error, in the graph of `scope`.
    pub(crate) fn branch_failed(
        &mut self,
        scope: ScopeId,
        failed: ScopeId,
        origin: EventId,
        problem: &Problem,
    ) {
        let definition = self.execution.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.execution.active(scope).state).kind else {
            return;
        };
        let index = self.execution.scope(failed).index;
        let branch = &fork.branches[index as usize];
        let (state, failure) = self.failed_with(scope, branch, index, problem);
        let branch = branch.id.clone();
        self.record(failed, origin, EventKind::BranchExited { branch, index, state, failure });
        self.make_ready(scope);
    }

    /// Returns the state that a branch which failed ends in, and its failure.
    fn failed_with(
        &self,
        scope: ScopeId,
        branch: &Branch,
        index: u32,
        problem: &Problem,
    ) -> (BranchState, Option<BranchFailure>) {
        let failure = problem.branch_failure();
        let work = self.execution.graph(scope).expect("the scope runs a graph");
        if work.cancelled.is_some() && branch.teardown_of.is_empty() {
            return (BranchState::Cancelled, Some(failure));
        }
        if &*failure.name == SKIPPED {
            return (BranchState::Skipped, Some(failure));
        }
        let is_allowed = branch.allow_failure.as_ref().map_or(Ok(false), |allowed| {
            let scene = self.scene(scope).with_branches(Branches::NeedsOf(index));
            let error = failure.value();
            let sight = scene.sight(&scene.active().input, Some(("error", &error)));
            scene.condition(allowed, &sight, "allow_failure")
        });
        match is_allowed {
            Ok(true) => (BranchState::Success, Some(failure)),
            Ok(false) => (BranchState::Failed, Some(failure)),
            Err(problem) => (BranchState::Failed, Some(problem.branch_failure())),
        }
    }

    /// Leaves the graph whose branches all ended.
    fn conclude(&mut self, scope: ScopeId) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        let work = self.execution.graph(scope).expect("the scope runs a graph");
        if let Some(Cancelled { failure, is_asked: true, by }) = &work.cancelled {
            let BranchFailure { name, cause } = failure.clone();
            let by = by.clone();
            return self.abort(StopOrder { error: Some(name), cause: Some(cause), by });
        }
        let concluded = match self.execution.outcome().filter(|_| scope == ROOT) {
            Some(outcome) => outcome.concluded(work.cancelled.is_some()),
            None => self.concluded(scope),
        };
        let files = self.execution.files_of_branches(scope);
        // What it holds is free again.
        self.cancel_task(scope);
        match concluded {
            Ok(result) => {
                self.follow(scope, EventKind::ParallelStateSucceeded);
                self.finish_assigning(scope, state, &result, files);
            }
            Err(problem) => self.raise(scope, problem),
        }
    }

    /// Returns the result of the graph whose branches all ended, or what it fails with.
    fn concluded(&self, scope: ScopeId) -> Result<Payload, Problem> {
        let fork = self.execution.fork_of(scope);
        let graph = fork.as_graph().expect("the scope runs a graph");
        match self.verdict(scope, fork, graph)? {
            Some(problem) => Err(problem),
            None => self.graph_result(scope, fork, graph),
        }
    }

    /// Returns what the graph fails with, if it does.
    fn verdict(
        &self,
        scope: ScopeId,
        fork: &Fork,
        graph: &Graph,
    ) -> Result<Option<Problem>, Problem> {
        let work = self.execution.graph(scope).expect("the scope runs a graph");
        if let Some(Cancelled { failure, .. }) = &work.cancelled {
            let problem = Problem::new(&failure.name, failure.cause.clone());
            let may_go_on = self.execution.goes_by(2) && self.execution.is_given_up_alone(scope);
            return Ok(Some(if may_go_on { problem } else { problem.terminal() }));
        }
        let has_failed = match &graph.verdict {
            Verdict::NoneFailed => work.failure.is_some(),
            Verdict::LeavesSucceeded => work.has_failed_leaf(fork, graph),
            Verdict::Holds(query) => {
                let scene = self.scene(scope).with_branches(Branches::All);
                let input = &scene.active().input;
                !scene.condition(query, &scene.sight(input, None), "result")?
            }
        };
        let failure = || match &work.failure {
            Some(failure) => Problem::new(&failure.name, failure.cause.clone()),
            None => Problem::new(VERDICT_FAILED, "The run's verdict is failure."),
        };
        Ok(has_failed.then(failure))
    }

    fn graph_result(&self, scope: ScopeId, fork: &Fork, graph: &Graph) -> Result<Payload, Problem> {
        let Some(query) = &graph.output else { return Ok(self.execution.outputs(scope, fork)) };
        let scene = self.scene(scope).with_branches(Branches::All);
        let input = &scene.active().input;
        Ok(scene.query(query, &scene.sight(input, None), "outputs")?.into())
    }
}

impl Execution {
    /// Returns the outputs of all branches that have one, by id.
    fn outputs(&self, scope: ScopeId, fork: &Fork) -> Payload {
        let work = self.graph(scope).expect("the scope runs a graph");
        let mut members = Object::new();
        for (index, slot) in work.slots.iter() {
            if let Some(output) = slot.record.as_ref().and_then(|record| record.output.as_ref()) {
                let id = fork.branches[index as usize].id.clone();
                members.insert(id, output.value().clone());
            }
        }
        Json::from(members).into()
    }
}
