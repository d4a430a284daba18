//! Steering a run: tasks that are held, let go or skipped before they begin.
//!
//! What is asked of a task is kept by its path (`task`, `group.task`), so it can be asked before the
//! group has begun, and holds for the task in all instances of the group; what is asked of the run
//! holds for all its tasks ([`Orders`](super::Orders)). A hold keeps a branch from running and from
//! nothing else: what its rule ends without a run ends as if it was not held. So a run that was held
//! and released ends as it would have ended otherwise. A branch of which nothing but places are waited
//! for has not begun: it is withdrawn ([`super::withdraw`]). **Invariant:** nothing that has begun is
//! steered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_ir::{Fork, Kind};
use serde::{Deserialize, Serialize};

use super::orders::{SteerOrder, WHOLE_RUN};
use super::rules::BranchState;
use super::tell::ROOT;
use super::work::GraphWork;
use crate::decide::Rejected;
use crate::scope::{Scope, Work};
use crate::turn::Turn;
use crate::{Event, EventKind, Execution, ScopeId};

/// What somebody asks of a task that has not begun, or of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steer {
    /// The task's path: `task`, `group.task`; that of the run is [`WHOLE_RUN`].
    pub task: Arc<str>,
    /// What is asked.
    pub order: SteerOrder,
    /// Who asks.
    pub by: Option<Arc<str>>,
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

impl GraphWork {
    /// Keeps what is asked of a branch that has not begun. One that waited for its turn is looked at again.
    pub(crate) fn ask(&mut self, fork: &Fork, branch: u32, asked: Option<SteerOrder>) {
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
    /// Keeps what is asked of a task, or of the run, and tells the branches that have not begun.
    pub(crate) fn steer(&mut self, event: &Event, task: &Arc<str>, order: SteerOrder) {
        self.scope_mut(event.scope).last = event.id;
        self.image.asked.take(task, order, ());
        let definition = self.definition.clone();
        for (graph, branch, asked) in self.asked_by(task) {
            let Kind::Fork(fork) = &definition.state(self.active(graph).state).kind else {
                continue;
            };
            if self.graph_mut(graph).slots.get(branch).asked != asked {
                self.graph_mut(graph).ask(fork, branch, asked);
            }
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
        for task in self.image.asked.forget_skips() {
            let asked = self.image.asked.of(&task).map(|(order, ())| order);
            for (graph, branch) in self.branches_of(&task) {
                self.graph_mut(graph).slots.get_mut(branch).asked = asked;
            }
        }
    }

    /// Returns whether an order changes anything.
    fn check_steer(&self, task: &str, order: SteerOrder) -> Result<bool, NotSteerable> {
        let asked = &self.image.asked;
        if task == WHOLE_RUN {
            self.graph(ROOT).ok_or(NotSteerable::NoGraph)?;
            return match order {
                SteerOrder::Hold => Ok(!asked.hold_all() || asked.let_any_go()),
                SteerOrder::Release if asked.hold_any() => Ok(true),
                SteerOrder::Release => Err(NotSteerable::Free),
                SteerOrder::Skip => Err(NotSteerable::NoTask),
            };
        }
        let known = asked.of(task).map(|(order, ())| order);
        let lets_group_go = order == SteerOrder::Release && known.is_some();
        match self.check_not_begun(task) {
            // What is in it can be let go as long as the run is held.
            Err(NotSteerable::Begun) if lets_group_go && self.runs_graph(task) => {}
            other => other?,
        }
        match order {
            SteerOrder::Release if known.is_none() => Err(NotSteerable::Free),
            SteerOrder::Release => Ok(true),
            SteerOrder::Hold | SteerOrder::Skip => Ok(known != Some(order)),
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
                Some(BranchState::Running) if self.is_withdrawable(graph, branch) => return Ok(()),
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
    pub(super) fn branches_of(&self, task: &str) -> Vec<(ScopeId, u32)> {
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

    /// Returns the branches that an order for a task, or for the run, may be about, and what is asked
    /// of each.
    fn asked_by(&self, task: &str) -> Vec<(ScopeId, u32, Option<SteerOrder>)> {
        // An order for a group says what holds for the tasks in it as long as the run is held.
        if task != WHOLE_RUN && !self.image.asked.hold_all() {
            let asked = self.image.asked.of(task).map(|(order, ())| order);
            let branches = self.branches_of(task).into_iter();
            return branches.map(|(graph, branch)| (graph, branch, asked)).collect();
        }
        let of_graph = |graph: ScopeId| {
            let asked: BTreeMap<u32, SteerOrder> = self.asked_in(graph).into_iter().collect();
            let count = u32::try_from(self.fork_of(graph).branches.len()).unwrap_or(u32::MAX);
            (0..count).map(move |branch| (graph, branch, asked.get(&branch).copied()))
        };
        self.graphs().into_iter().flat_map(of_graph).collect()
    }

    /// Returns what is asked of the branches of a graph.
    fn asked_in(&self, graph: ScopeId) -> Vec<(u32, SteerOrder)> {
        let orders = &self.image.asked;
        if orders.is_empty() {
            return Vec::new();
        }
        let Some(group) = self.path_of_graph(graph) else { return Vec::new() };
        let own = orders.own_of(&group);
        let others = orders.within(&group).map(|(order, ())| order);
        if own.is_empty() && others.is_none() {
            return Vec::new();
        }
        let branches = (0..).zip(&self.fork_of(graph).branches);
        let asked = branches.filter_map(|(place, branch)| {
            Some((place, own.get(&*branch.id).copied().unwrap_or(others)?))
        });
        asked.collect()
    }

    /// Returns the scopes that run graphs, outer ones before those inside.
    pub(super) fn graphs(&self) -> Vec<ScopeId> {
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
    /// Does what somebody asks of a task that has not begun, or of all. What was asked before changes
    /// nothing.
    pub(crate) fn steer(&mut self, steer: Steer) -> Result<(), Rejected> {
        let Steer { task, order, by } = steer;
        if !self.execution.check_steer(&task, order).map_err(Rejected::NotSteerable)? {
            return Ok(());
        }
        self.follow(ROOT, EventKind::BranchSteered { task: task.clone(), order, by });
        let about = self.execution.asked_by(&task);
        for (graph, branch, asked) in &about {
            if asked.is_some() {
                self.withdraw(*graph, *branch);
            }
        }
        let graphs: BTreeSet<ScopeId> = about.into_iter().map(|(graph, ..)| graph).collect();
        let there = |graph: &ScopeId| self.execution.graph(*graph).is_some();
        for graph in graphs.into_iter().filter(there).collect::<Vec<_>>() {
            self.make_ready(graph);
        }
        Ok(())
    }
}
