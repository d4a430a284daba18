//! Steering a run: tasks that are held, let go or skipped before they begin.
//!
//! What is asked of a task is kept by its path (`task`, `group.task`), so it can be asked before the
//! group has begun, and holds for the task in all instances of the group. A hold keeps a branch from
//! running and from nothing else: what its rule ends without a run ends as if it was not held. So a
//! run that was held and released ends as it would have ended otherwise. **Invariant:** nothing that
//! has begun is steered.

use std::sync::Arc;

use compasso_ir::{Fork, Kind};
use serde::{Deserialize, Serialize};

use super::rules::BranchState;
use super::tell::ROOT;
use super::work::GraphWork;
use crate::decide::Rejected;
use crate::scope::{Scope, Work};
use crate::turn::Turn;
use crate::{Event, EventKind, Execution, ScopeId};

/// What somebody asks of a task that has not begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steer {
    /// The task's path: `task`, `group.task`.
    pub task: Arc<str>,
    /// What is asked.
    pub order: SteerOrder,
    /// Who asks.
    pub by: Option<Arc<str>>,
}

/// What can be asked of a task that has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SteerOrder {
    /// It is not to begin until it is released.
    Hold,
    /// It is as if nothing had been asked of it.
    Release,
    /// It is to be skipped instead of run.
    Skip,
}

/// Why a task cannot be steered; nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSteerable {
    /// The execution has no tasks that wait for one another.
    #[error("execution has no graph of tasks")]
    NoGraph,
    /// No task has this path.
    #[error("there is no such task")]
    NoTask,
    /// It has begun.
    #[error("task has begun")]
    Begun,
    /// It has ended.
    #[error("task has ended")]
    Ended,
    /// It is neither held nor to be skipped.
    #[error("task is not held")]
    Free,
}

/// What was asked of a task and holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    Held,
    ToBeSkipped,
}

impl SteerOrder {
    fn asked(self) -> Option<Asked> {
        match self {
            Self::Hold => Some(Asked::Held),
            Self::Skip => Some(Asked::ToBeSkipped),
            Self::Release => None,
        }
    }
}

impl GraphWork {
    /// Keeps what is asked of a branch that has not begun. One that waited for its turn is looked at again.
    pub(crate) fn ask(&mut self, fork: &Fork, branch: u32, asked: Option<Asked>) {
        let slot = self.slots.get_mut(branch);
        slot.asked = asked;
        match slot.state {
            BranchState::Ready if asked.is_some() => slot.state = BranchState::Blocked,
            BranchState::Blocked => {}
            _ => return,
        }
        self.take_due(branch);
        self.make_due_if_answered(fork, branch);
    }
}

impl Execution {
    /// Keeps what is asked of a task, and tells its branches that have not begun.
    pub(crate) fn steer(&mut self, event: &Event, task: &Arc<str>, order: SteerOrder) {
        self.scope_mut(event.scope).last = event.id;
        match order.asked() {
            Some(asked) => self.image.asked.insert(task.clone(), asked),
            None => self.image.asked.remove(task),
        };
        let definition = self.definition.clone();
        for (graph, branch) in self.branches_of(task) {
            let Kind::Fork(fork) = &definition.state(self.active(graph).state).kind else {
                continue;
            };
            self.graph_mut(graph).ask(fork, branch, order.asked());
        }
    }

    /// Tells the branches of a graph that begins what is asked of them.
    pub(crate) fn tell_asked(&mut self, graph: ScopeId) {
        let definition = self.definition.clone();
        let Kind::Fork(fork) = &definition.state(self.active(graph).state).kind else { return };
        for (branch, asked) in self.asked_in(graph) {
            self.graph_mut(graph).ask(fork, branch, Some(asked));
        }
    }

    /// Tells the branches of all graphs of an image that was read, as slots are stored without, or of
    /// graphs that are at work again.
    pub(crate) fn restore_asked(&mut self) {
        for graph in self.graphs() {
            self.graph_mut(graph).slots.forget_asked();
            for (branch, asked) in self.asked_in(graph) {
                self.graph_mut(graph).slots.get_mut(branch).asked = Some(asked);
            }
        }
    }

    /// Forgets which tasks are to be skipped, because the run begins to move again.
    pub(crate) fn forget_skips(&mut self) {
        let skipped = self.image.asked.iter().filter(|(_, asked)| **asked == Asked::ToBeSkipped);
        for task in skipped.map(|(task, _)| task.clone()).collect::<Vec<_>>() {
            self.image.asked.remove(&task);
            for (graph, branch) in self.branches_of(&task) {
                self.graph_mut(graph).slots.get_mut(branch).asked = None;
            }
        }
    }

    /// Returns whether an order changes anything.
    fn check_steer(&self, task: &str, order: SteerOrder) -> Result<bool, NotSteerable> {
        self.check_not_begun(task)?;
        let known = self.image.asked.get(task).copied();
        match order {
            SteerOrder::Release if known.is_none() => Err(NotSteerable::Free),
            _ => Ok(known != order.asked()),
        }
    }

    /// Demands that a task has not begun, or that it will begin in another instance of its group.
    fn check_not_begun(&self, task: &str) -> Result<(), NotSteerable> {
        if self.graph(ROOT).is_none() {
            return Err(NotSteerable::NoGraph);
        }
        let mut found = Err(NotSteerable::NoTask);
        for (graph, branch) in self.branches_of(task) {
            let state = self.graph(graph).map(|work| work.slots.get(branch).state);
            match state {
                Some(BranchState::Blocked | BranchState::Ready) => return Ok(()),
                _ if self.is_to_begin_again(graph) => return Ok(()),
                Some(BranchState::Running) => found = Err(NotSteerable::Begun),
                _ if found == Err(NotSteerable::NoTask) => found = Err(NotSteerable::Ended),
                _ => {}
            }
        }
        match (found, task.rsplit_once('.')) {
            // Its group has not come to it.
            (Err(NotSteerable::NoTask), Some((group, _))) => match self.check_not_begun(group) {
                Err(NotSteerable::Begun) if self.runs_graph(group) => Err(NotSteerable::NoTask),
                Err(NotSteerable::Begun) => Ok(()),
                other => other,
            },
            (found, _) => found,
        }
    }

    /// Returns whether a group runs as a graph somewhere.
    fn runs_graph(&self, group: &str) -> bool {
        self.graphs().into_iter().any(|graph| self.path_of_graph(graph).as_deref() == Some(group))
    }

    /// Returns whether a graph stands in an instance that others of are still to begin.
    fn is_to_begin_again(&self, graph: ScopeId) -> bool {
        let mut id = graph;
        while let Some(parent) = self.scope(id).parent {
            if let Work::Map(work) = &self.active(parent).work
                && work.item(work.next).is_some()
            {
                return true;
            }
            id = parent;
        }
        false
    }

    /// Returns the branches that run a task: one, or one in each instance of its group.
    fn branches_of(&self, task: &str) -> Vec<(ScopeId, u32)> {
        let (group, id) = task.rsplit_once('.').unwrap_or(("", task));
        let of_group = self.graphs().into_iter();
        let of_group =
            of_group.filter(|graph| self.path_of_graph(*graph).as_deref() == Some(group));
        let branch = |graph: ScopeId| {
            let place = self.fork_of(graph).branches.iter().position(|branch| *branch.id == *id)?;
            Some((graph, u32::try_from(place).ok()?))
        };
        of_group.filter_map(branch).collect()
    }

    /// Returns what is asked of the branches of a graph.
    fn asked_in(&self, graph: ScopeId) -> Vec<(u32, Asked)> {
        if self.image.asked.is_empty() {
            return Vec::new();
        }
        let Some(group) = self.path_of_graph(graph) else { return Vec::new() };
        let found = self.image.asked.iter().filter_map(|(task, asked)| {
            let (of, id) = task.rsplit_once('.').unwrap_or(("", task));
            (of == group).then_some((id, *asked))
        });
        let branches = &self.fork_of(graph).branches;
        let placed = found.filter_map(|(id, asked)| {
            let place = branches.iter().position(|branch| *branch.id == *id)?;
            Some((u32::try_from(place).ok()?, asked))
        });
        placed.collect()
    }

    /// Returns the scopes that run graphs.
    fn graphs(&self) -> Vec<ScopeId> {
        let scopes = self.image.scopes.iter();
        let is_graph = |scope: &Scope| {
            scope.active().is_some_and(|active| matches!(active.work, Work::Graph(_)))
        };
        scopes.filter(|(_, scope)| is_graph(scope)).map(|(id, _)| *id).collect()
    }

    /// Returns the path of the group whose tasks a graph runs, empty for the outermost; `None` for
    /// a graph beside the tasks.
    fn path_of_graph(&self, graph: ScopeId) -> Option<String> {
        let mut words: Vec<Arc<str>> = Vec::new();
        let mut id = graph;
        while let Scope { parent: Some(parent), index, is_aside, .. } = self.scope(id) {
            if *is_aside {
                return None;
            }
            if let Work::Graph(_) = &self.active(*parent).work {
                words.push(self.fork_of(*parent).branches[*index as usize].id.clone());
            }
            id = *parent;
        }
        words.reverse();
        Some(words.join("."))
    }
}

impl Turn<'_> {
    /// Does what somebody asks of a task that has not begun. What was asked before changes nothing.
    pub(crate) fn steer(&mut self, steer: Steer) -> Result<(), Rejected> {
        let Steer { task, order, by } = steer;
        if !self.execution.check_steer(&task, order).map_err(Rejected::NotSteerable)? {
            return Ok(());
        }
        self.follow(ROOT, EventKind::BranchSteered { task: task.clone(), order, by });
        for (graph, _) in self.execution.branches_of(&task) {
            self.make_ready(graph);
        }
        Ok(())
    }
}
