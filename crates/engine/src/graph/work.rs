//! A graph that is under way: the part of the image that says where its branches stand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use compasso_ir::{Field, Fork, Graph};
use compasso_types::{Payload, Timestamp, limits};
use serde::{Deserialize, Serialize};

use super::beside::Beside;
use super::failures::Failures;
use super::kept::Kept;
use super::orders::SteerOrder;
use super::record::{BranchFailure, Record};
use super::rules::{Answer, BranchState, answer};
use super::slots::Slots;
use crate::ScopeId;
use crate::each::Earlier;
use crate::scope::TaskWork;

/// Branches of a graph.
#[derive(Clone, Debug)]
pub(crate) struct GraphWork {
    /// The effective input: that of every branch.
    pub(crate) input: Payload,
    pub(crate) slots: Slots,
    /// Branches whose rule has answered, in the order of the answers.
    pub(crate) due: VecDeque<u32>,
    pub(crate) running: BTreeMap<u32, Run>,
    /// How many have not ended.
    pub(crate) open: usize,
    /// The first failure that nobody tolerated, teardowns aside.
    pub(crate) failure: Option<BranchFailure>,
    /// The first of such failures, unless the run began by rules that kept one alone.
    pub(crate) failures: Option<Failures>,
    /// When it is given up.
    pub(crate) deadline: Option<Timestamp>,
    /// Its limit, if that was computed.
    pub(crate) timeout_ms: Option<u64>,
    /// What it holds, or waits for before its branches begin.
    pub(crate) hold: Option<Box<TaskWork>>,
    pub(crate) cancelled: Option<Cancelled>,
    /// Of the outermost graph: what runs beside it.
    pub(crate) beside: Option<Box<Beside>>,
    /// Instances of branches that an earlier generation has left, until the branch begins.
    pub(crate) earlier: BTreeMap<u32, Arc<Earlier>>,
    /// Branches of which somebody said how they ended.
    pub(crate) marked: BTreeSet<u32>,
    /// Branches that keep how they ended, and what becomes of that.
    pub(crate) kept: BTreeMap<u32, Kept>,
    /// Whether records are kept that nobody is to read; never stored.
    pub(crate) keeps_all: bool,
}

/// Why a graph was given up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cancelled {
    pub(crate) failure: BranchFailure,
    /// Somebody wants the execution to end so.
    pub(crate) is_asked: bool,
    /// Who, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<Arc<str>>,
}

impl Cancelled {
    /// Returns that nobody asked for it.
    pub(super) fn by_itself(failure: BranchFailure) -> Self {
        Self { failure, is_asked: false, by: None }
    }
}

/// A branch that runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) scope: ScopeId,
    pub(crate) started: Timestamp,
    /// Tasks that its own block has offered.
    pub(crate) attempts: u32,
    /// What became of the instances of its `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instances: Option<Payload>,
}

impl GraphWork {
    /// Begins: branches without needs are due.
    pub(crate) fn new(
        fork: &Fork,
        graph: &Graph,
        (input, timeout_ms): (Payload, Option<u64>),
        at: Timestamp,
    ) -> Self {
        let slots = fork.branches.iter().map(|_| BranchState::Blocked).collect();
        let mut work = Self {
            input,
            slots,
            due: VecDeque::new(),
            running: BTreeMap::new(),
            open: fork.branches.len(),
            failure: None,
            failures: None,
            deadline: None,
            timeout_ms,
            hold: None,
            cancelled: None,
            beside: None,
            earlier: BTreeMap::new(),
            marked: BTreeSet::new(),
            kept: BTreeMap::new(),
            keeps_all: false,
        };
        work.start_clock(graph, at);
        work.count(fork, graph);
        for (branch, _) in (0..).zip(&fork.branches) {
            work.make_due_if_answered(fork, branch);
        }
        work
    }

    /// Counts what is not stored: needs that ended, and readers.
    pub(crate) fn count(&mut self, fork: &Fork, graph: &Graph) {
        for read in &graph.reads {
            self.slots.get_mut(*read).readers += 1;
        }
        for (place, branch) in (0..).zip(&fork.branches) {
            if self.slots.get(place).state != BranchState::Success
                || may_run_again(fork, graph, place)
            {
                for read in &branch.reads {
                    self.slots.get_mut(*read).readers += 1;
                }
            }
            for need in &branch.needs {
                let state = self.counted(*need);
                self.slots.get_mut(place).tally.count(state);
            }
        }
    }

    /// Returns what the rule of `branch` answers by now.
    pub(crate) fn answer(&self, fork: &Fork, branch: u32) -> Option<Answer> {
        let (ir, tally) = (&fork.branches[branch as usize], self.slots.get(branch).tally);
        if ir.teardown_of.is_empty() {
            return answer(ir.rule, ir.needs.len(), tally);
        }
        let was_set_up = |setup: &u32| self.slots.get(*setup).state == BranchState::Success;
        tally.is_complete(ir.needs.len()).then(|| {
            if ir.teardown_of.iter().any(was_set_up) {
                Answer::Run
            } else {
                Answer::End(BranchState::Skipped)
            }
        })
    }

    /// Ends a branch: those that wait for it become due if their rules now answer.
    pub(crate) fn end(&mut self, fork: &Fork, branch: u32, state: BranchState, record: Record) {
        let Some(graph) = fork.as_graph() else { return };
        self.running.remove(&branch);
        self.take_due(branch);
        self.slots.get_mut(branch).state = state;
        self.open -= 1;
        let is_failure = matches!(state, BranchState::Failed | BranchState::Cancelled);
        if is_failure && fork.branches[branch as usize].teardown_of.is_empty() {
            self.failure = self.failure.take().or_else(|| record.failure.clone());
        }
        self.note_failure(fork, branch, state, &record);
        if self.keeps_all || self.slots.get(branch).readers > 0 {
            self.slots.get_mut(branch).record = Some(Arc::new(record));
        }
        if state == BranchState::Success && !may_run_again(fork, graph, branch) {
            self.release(fork, branch);
        }
        self.tell_dependents(fork, graph, branch);
    }

    /// Ends all branches that wait, teardowns aside, because the graph is given up.
    /// Returns which.
    pub(crate) fn cancel(&mut self, fork: &Fork, cancelled: Cancelled, at: Timestamp) -> Vec<u32> {
        let mut ended = Vec::new();
        for (branch, ir) in (0..).zip(&fork.branches) {
            let waits =
                matches!(self.slots.get(branch).state, BranchState::Blocked | BranchState::Ready);
            if waits && ir.teardown_of.is_empty() {
                let record = Record::unstarted(Some(cancelled.failure.clone()), at);
                self.end(fork, branch, BranchState::Cancelled, record);
                ended.push(branch);
            }
        }
        self.cancelled = Some(cancelled);
        if self.waits_for_hold() {
            self.hold = None;
        }
        // Nobody holds what cleans up.
        for (branch, _) in (0..).zip(&fork.branches) {
            self.make_due_if_answered(fork, branch);
        }
        ended
    }

    /// Counts its limit from `at`, unless it waits for what it is to hold.
    pub(super) fn start_clock(&mut self, graph: &Graph, at: Timestamp) {
        let limit = self.limit(graph);
        self.deadline = limit.map(|limit| at.after(limit)).filter(|_| !self.waits_for_hold());
    }

    /// Returns how long it may take, if that has a limit.
    pub(super) fn limit(&self, graph: &Graph) -> Option<Duration> {
        match (self.timeout_ms, &graph.timeout) {
            (Some(ms), _) => Some(Duration::from_millis(ms)),
            (None, Some(Field::Literal(limit))) => Some(*limit),
            (None, _) => None,
        }
    }

    /// Returns when it must be given up at the latest.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.deadline.filter(|_| self.cancelled.is_none() && !self.has_outcome())
    }

    /// Forgets the records that only `branch` was still to read.
    fn release(&mut self, fork: &Fork, branch: u32) {
        for read in &fork.branches[branch as usize].reads {
            let slot = self.slots.get_mut(*read);
            slot.readers -= 1;
            if slot.readers == 0 && !self.keeps_all {
                slot.record = None;
            }
        }
    }

    pub(crate) fn make_due_if_answered(&mut self, fork: &Fork, branch: u32) {
        let slot = self.slots.get(branch);
        let is_held = slot.asked == Some(SteerOrder::Hold) && self.cancelled.is_none();
        let is_answered = || match self.answer(fork, branch) {
            Some(Answer::Run) => !is_held,
            Some(Answer::End(_)) => true,
            None => false,
        };
        if slot.state == BranchState::Blocked && !slot.is_due && is_answered() {
            self.slots.get_mut(branch).is_due = true;
            self.due.push_back(branch);
        }
    }

    /// Lets `branch` wait for its turn.
    pub(crate) fn make_ready(&mut self, branch: u32) {
        self.take_due(branch);
        self.slots.get_mut(branch).state = BranchState::Ready;
    }

    /// Lets `branch` run in `scope`.
    pub(crate) fn enter(&mut self, branch: u32, scope: ScopeId, started: Timestamp) {
        self.slots.get_mut(branch).state = BranchState::Running;
        self.running.insert(branch, Run { scope, started, attempts: 0, instances: None });
    }

    /// Forgets how often a branch was tried.
    pub(super) fn forget_attempts(&mut self, branch: u32) {
        if let Some(run) = self.running.get_mut(&branch) {
            run.attempts = 0;
        }
        if self.slots.get(branch).record.is_some()
            && let Some(record) = &mut self.slots.get_mut(branch).record
        {
            Arc::make_mut(record).attempts = 0;
        }
    }

    /// Branches are acted on in the order they became due.
    pub(super) fn take_due(&mut self, branch: u32) {
        if std::mem::take(&mut self.slots.get_mut(branch).is_due) {
            let at = self.due.iter().position(|due| *due == branch);
            at.and_then(|at| self.due.remove(at));
        }
    }

    /// Returns the branch that is to run next, if one may.
    pub(crate) fn next(&self) -> Option<u32> {
        let has_room = self.running.len() < limits::GRAPH_CONCURRENCY_MAX;
        if has_room { self.slots.first_ready() } else { None }
    }

    /// Returns whether a branch failed that none waits for, teardowns aside.
    pub(crate) fn has_failed_leaf(&self, fork: &Fork, graph: &Graph) -> bool {
        let is_work = |branch: &u32| fork.branches[*branch as usize].teardown_of.is_empty();
        self.slots.iter().any(|(branch, slot)| {
            matches!(
                slot.state,
                BranchState::Failed | BranchState::UpstreamFailed | BranchState::Cancelled
            ) && is_work(&branch)
                && !graph.dependents(branch).iter().any(is_work)
        })
    }

    /// Returns whether the graph can go on by itself.
    pub(crate) fn owes(&self) -> bool {
        if self.waits_for_hold() {
            return false;
        }
        !self.due.is_empty() || self.open == 0 || self.next().is_some() || self.is_told()
    }

    /// Returns whether something is to begin beside it.
    pub(crate) fn is_told(&self) -> bool {
        self.beside
            .as_ref()
            .is_some_and(|beside| !beside.told.is_empty() || !beside.stale.is_empty())
    }

    /// Returns whether all branches ended, and how is known.
    pub(crate) fn has_outcome(&self) -> bool {
        self.beside.as_ref().is_some_and(|beside| beside.outcome.is_some())
    }
}

/// Returns whether a branch may run again after it succeeded: a teardown, or its setup.
fn may_run_again(fork: &Fork, graph: &Graph, branch: u32) -> bool {
    let teardown_of = |branch: u32| &fork.branches[branch as usize].teardown_of;
    let dependents = graph.dependents(branch).iter();
    !teardown_of(branch).is_empty()
        || dependents.copied().any(|dependent| teardown_of(dependent).contains(&branch))
}
