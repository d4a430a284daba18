//! Marks: somebody says how a task ended, or an instance of one, whatever became of it.
//!
//! A task that is under way is given up. What ended without having run because of the task is looked
//! at again; what has run stays as it is. In a closed run a mark is a rerun that runs nothing but
//! that ([`Selection::Marks`](crate::Selection)). A mark tells no hooks, and nothing undoes it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_ir::{Fork, Graph, Kind};
use compasso_types::Payload;
use serde::{Deserialize, Serialize};

use super::again::is_done_again;
use super::record::{BranchFailure, Record, present};
use super::rules::BranchState;
use super::tell::ROOT;
use super::work::GraphWork;
use crate::decide::Rejected;
use crate::scope::Work;
use crate::turn::Turn;
use crate::{Chosen, Event, EventKind, Execution, ScopeId, Status};

/// What somebody says of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The task's path: `task`, `group.task`; of instances: `task[key]`, `group[key].task`.
    pub task: Arc<str>,
    /// How it ended.
    pub state: MarkState,
    /// What it gave.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub output: Option<Payload>,
    /// Why they say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// How a task can be said to have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkState {
    /// Well.
    Success,
    /// With an error.
    Failed,
    /// Without having run.
    Skipped,
}

/// Why a task cannot be marked; nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotMarkable {
    /// The execution has no tasks that wait for one another.
    #[error("execution has no graph of tasks")]
    NoGraph,
    /// The group that it stands in has not begun, or has ended while the run is under way.
    #[error("the group of the task is not at work")]
    NoGroup,
    /// There is one in each instance of its group.
    #[error("the group of the task has instances")]
    Instances,
    /// No instance of this key has begun.
    #[error("no instance of this key has begun")]
    NoInstance,
    /// Its run, or the group that it stands in, is being given up or undone.
    #[error("execution is being given up")]
    Ending,
    /// It is in this state, and no other output is given.
    #[error("task is in this state")]
    Already,
}

/// What a mark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkedPlace {
    /// A branch of the graph that a scope runs.
    Branch(ScopeId, u32),
    /// An instance of those that a scope runs.
    Instance(ScopeId, u32),
}

/// What a task fails with that somebody marks as failed.
const MARKED: &str = "Marked";

impl From<MarkState> for BranchState {
    fn from(state: MarkState) -> Self {
        match state {
            MarkState::Success => Self::Success,
            MarkState::Failed => Self::Failed,
            MarkState::Skipped => Self::Skipped,
        }
    }
}

impl Mark {
    /// Returns what the task fails with, if it is marked as failed.
    pub fn failure(&self) -> Option<BranchFailure> {
        let cause = || {
            let by = self.by.as_deref().unwrap_or("somebody");
            let reason = self.reason.as_ref().map(|reason| format!(": {reason}"));
            format!("{by} marked it as failed{}", reason.unwrap_or_default())
        };
        (self.state == MarkState::Failed)
            .then(|| BranchFailure { name: MARKED.into(), cause: cause().into() })
    }
}

impl Mark {
    /// Demands that it says something new of what is in this state.
    fn check_change(&self, state: BranchState) -> Result<(), NotMarkable> {
        let changes = state != self.state.into() || self.output.is_some();
        if changes { Ok(()) } else { Err(NotMarkable::Already) }
    }
}

impl GraphWork {
    /// Has a branch end otherwise, and lets these others be looked at again.
    fn end_otherwise(
        &mut self,
        (fork, graph): (&Fork, &Graph),
        branch: u32,
        (state, record): (BranchState, Record),
        again: &[u32],
    ) {
        let changed = if self.failures.is_some() { again } else { &[] };
        let had_failed = changed.iter().chain([&branch]).any(|branch| self.has_failed(*branch));
        for other in again {
            self.reset(*other, BranchState::Blocked);
        }
        self.running.remove(&branch);
        self.earlier.remove(&branch);
        self.reset(branch, state);
        self.marked.insert(branch);
        self.note_failure(fork, branch, state, &record);
        let failure = record.failure.clone();
        self.recount(fork, graph);
        let slot = self.slots.get_mut(branch);
        if self.keeps_all || slot.readers > 0 {
            slot.record = Some(Arc::new(record));
        }
        if had_failed {
            self.failure = self.first_failure(fork);
        } else if self.failure.is_none() && fork.branches[branch as usize].teardown_of.is_empty() {
            self.failure = failure;
        }
    }

    fn has_failed(&self, branch: u32) -> bool {
        matches!(self.slots.get(branch).state, BranchState::Failed | BranchState::Cancelled)
    }
}

impl Execution {
    /// Has a task end as somebody says.
    pub(crate) fn mark(&mut self, event: &Event, branch: u32, mark: &Mark, again: &[Arc<str>]) {
        let graph = event.scope;
        self.scope_mut(graph).last = event.id;
        let ids: BTreeSet<&str> = again.iter().filter_map(|path| path.rsplit('.').next()).collect();
        let is_again = |branch: &compasso_ir::Branch| ids.contains(&*branch.id);
        let branches = (0..).zip(&self.fork_of(graph).branches);
        let again = branches.filter(|(_, branch)| is_again(branch));
        let (again, names): (Vec<u32>, Vec<_>) =
            again.map(|(place, branch)| (place, branch.id.clone())).unzip();
        let undone = names.into_iter().map(|id| (self.place(graph, Some(id)), None)).collect();
        if let Some(beside) = self.beside_mut().filter(|_| !again.is_empty()) {
            beside.done.retain(|done| !is_done_again(&done.place, &undone));
        }
        for place in again.iter().chain([&branch]) {
            if let Some(run) = self.graph_mut(graph).running.get(place).cloned() {
                self.forget_timers_inside(run.scope);
            }
            self.drop_branch(graph, *place);
            if let Some(memory) = &mut self.memory {
                memory.forget_branch(graph, *place);
            }
        }
        self.forget_timers(Some((graph, branch)));
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(graph).state).kind else { return };
        let Some(ir) = fork.as_graph() else { return };
        let work = self.graph_mut(graph);
        let mut record = Record::unstarted(mark.failure(), event.at);
        record.output.clone_from(&mark.output);
        if let Some(known) = &work.slots.get(branch).record {
            (record.started, record.attempts) = (known.started, known.attempts);
        }
        work.end_otherwise((fork, ir), branch, (mark.state.into(), record), &again);
    }

    /// Has an instance end as somebody says.
    pub(crate) fn mark_instance(&mut self, event: &Event, index: u32, mark: &Mark) {
        let map = event.scope;
        self.scope_mut(map).last = event.id;
        let open = self.open_instance(map, index);
        if let Some(block) = open {
            self.forget_timers_inside(block);
            self.remove_block(block);
        }
        if let Some(memory) = &mut self.memory {
            memory.forget_iteration(map, index);
        }
        let Some(work) = self.scope_mut(map).map_mut() else { return };
        work.running -= u32::from(open.is_some());
        work.mark(index, mark.state.into(), mark.output.as_ref(), mark.failure());
        self.settle_degraded(map);
    }

    /// Finds what is to be marked: of an open run where it is at work, of a closed one where it was.
    pub(crate) fn find_marked(&self, mark: &Mark) -> Result<MarkedPlace, NotMarkable> {
        let is_open = *self.status() == Status::Running;
        let task = Chosen::parse(&mark.task);
        let mut scope = ROOT;
        for (depth, id) in task.path.iter().enumerate() {
            let is_last = depth + 1 == task.path.len();
            let no_graph = if scope == ROOT { NotMarkable::NoGraph } else { NotMarkable::NoGroup };
            let known = self.known_graph(scope);
            let known = known.filter(|_| !is_open || self.graph(scope).is_some());
            let known = known.ok_or(no_graph)?;
            let branch = known.fork.branches.iter().position(|branch| *branch.id == **id);
            let branch = branch.and_then(|at| u32::try_from(at).ok());
            let branch = branch.ok_or(NotMarkable::NoGroup)?;
            if is_open && known.work.cancelled.is_some() {
                return Err(NotMarkable::Ending);
            }
            scope = match (task.key_at(depth), is_last) {
                (None, true) => {
                    mark.check_change(known.work.slots.get(branch).state)?;
                    return Ok(MarkedPlace::Branch(scope, branch));
                }
                (None, false) => {
                    let inner = self.graph_in(scope, branch);
                    inner.ok_or_else(|| self.no_group(scope, branch))?
                }
                (Some(key), _) => {
                    let found = self.instance_of((scope, branch), key);
                    let (map, index) = found.ok_or(NotMarkable::NoInstance)?;
                    if is_last {
                        let instances = self.known_map(map).and_then(|it| it.instances.as_ref());
                        let state = instances.and_then(|it| it.state(index));
                        mark.check_change(state.ok_or(NotMarkable::NoInstance)?)?;
                        return Ok(MarkedPlace::Instance(map, index));
                    }
                    self.graph_of_instance(map, index).ok_or(NotMarkable::NoGroup)?
                }
            };
        }
        Err(NotMarkable::NoGroup)
    }

    /// Finds all that is to be marked. What stands in another one comes before it: a group takes away what
    /// is in it.
    pub(crate) fn find_all_marked<'m>(
        &self,
        marks: &'m [Mark],
    ) -> Result<Vec<(MarkedPlace, &'m Mark)>, NotMarkable> {
        let mut marks: Vec<_> = marks.iter().collect();
        marks.sort_by_key(|mark| {
            let task = Chosen::parse(&mark.task);
            Reverse((task.path.len(), task.key.is_some()))
        });
        marks.into_iter().map(|mark| Ok((self.find_marked(mark)?, mark))).collect()
    }

    /// Says why tasks in a branch cannot be marked that runs no graph of its own.
    fn no_group(&self, graph: ScopeId, branch: u32) -> NotMarkable {
        let run = self.graph(graph).and_then(|work| work.running.get(&branch));
        let active = run.and_then(|run| self.scope(run.scope).active());
        let is_map = active.is_some_and(|active| matches!(active.work, Work::Map(_)));
        if is_map || self.has_instances(graph, branch) {
            NotMarkable::Instances
        } else {
            NotMarkable::NoGroup
        }
    }
}

impl Turn<'_> {
    /// Has a task of an open run end as somebody says.
    pub(crate) fn mark(&mut self, mark: Mark) -> Result<(), Rejected> {
        let place = self.execution.find_marked(&mark).map_err(Rejected::NotMarkable)?;
        if self.execution.outcome().is_some() {
            return Err(Rejected::NotMarkable(NotMarkable::Ending));
        }
        let again = match place {
            MarkedPlace::Branch(graph, branch) => self.looked_at_again(&mark, graph, branch),
            // Its branch has not ended.
            MarkedPlace::Instance(..) => Vec::new(),
        };
        self.record_mark(place, mark, again);
        if let MarkedPlace::Instance(map, _) = place {
            self.go_on_after_instance(map);
        }
        Ok(())
    }

    /// Returns the paths of the branches that are looked at again because of a mark.
    fn looked_at_again(&self, mark: &Mark, graph: ScopeId, branch: u32) -> Vec<Arc<str>> {
        let again = self.execution.affected_by(graph, branch);
        let fork = self.execution.fork_of(graph);
        let task = Chosen::parse(&mark.task).task();
        let group = task.rsplit_once('.').map(|(group, _)| format!("{group}."));
        let group = group.unwrap_or_default();
        let path = |place: u32| format!("{group}{}", fork.branches[place as usize].id).into();
        again.into_iter().map(path).collect()
    }

    /// Gives up what is under way for a task, and has it end as somebody says.
    pub(crate) fn record_mark(&mut self, place: MarkedPlace, mark: Mark, again: Vec<Arc<str>>) {
        let mark = Box::new(mark);
        match place {
            MarkedPlace::Branch(graph, index) => {
                let run = self.execution.graph(graph).and_then(|work| work.running.get(&index));
                self.abort_block(run.map(|run| run.scope), graph);
                self.follow(graph, EventKind::BranchMarked { mark, index, again });
                self.make_ready(graph);
            }
            MarkedPlace::Instance(map, index) => {
                self.abort_block(self.execution.open_instance(map, index), map);
                let work = self.execution.scope(map).map();
                let state = work.and_then(|work| work.instances.as_ref()?.state(index));
                let before = state.unwrap_or(BranchState::Running);
                let name = self.map_name(map);
                self.follow(map, EventKind::MapIterationMarked { name, index, before, mark });
            }
        }
    }

    /// Gives up the tasks that are out for a block inside `around`.
    fn abort_block(&mut self, block: Option<ScopeId>, around: ScopeId) {
        let Some(block) = block else { return };
        let mut inside = vec![block];
        inside.extend(self.execution.descendants(block));
        self.abort_tasks(&inside, self.execution.scope(around).last);
    }
}
