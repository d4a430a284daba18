//! What reruns and marks make of the tasks of a run.

use std::sync::Arc;

use compasso_engine::{BranchState, Chosen, Event, InstanceRerun, Mark, Rerun, ScopeId};
use compasso_types::Timestamp;

use super::ends::settle;
use super::{Fold, Scope};
use crate::runs::tasks::{InstanceCounts, Marked, Output, TaskView};

impl Fold {
    /// Begins the generation that follows.
    pub(super) fn open_again(&mut self, rerun: Option<&Rerun>, at: Timestamp) {
        self.redrives += 1;
        self.asked.forget_skips();
        if let Some(rerun) = rerun {
            self.rerun("", rerun, at);
        }
    }

    /// Begins another generation, of the run or of an instance whose tasks have this prefix.
    pub(super) fn rerun(&mut self, prefix: &str, rerun: &Rerun, at: Timestamp) {
        let id = |path: &Arc<str>| Arc::from(format!("{prefix}{path}"));
        for id in rerun.resumed.iter().map(id) {
            let task = self.task(&id);
            (task.state, task.ended, task.error, task.cause) = ("running", None, None, None);
            if let Some((block, graph)) = self.blocks.get(&id) {
                self.scopes.insert(*block, Scope::new(id, None, *graph));
            }
        }
        for InstanceRerun { task, before, rerun, .. } in &rerun.instances {
            let id = id(task);
            if let Some(counts) = &mut self.task(&id).instances {
                counts.turn(*before, BranchState::Running);
            }
            self.rerun(&format!("{id}."), rerun, at);
        }
        for id in rerun.given_up.iter().map(id) {
            settle(self.task(&id), at, BranchState::Cancelled, None);
        }
        self.clear(&rerun.cleared.iter().map(id).collect::<Vec<_>>());
    }

    /// Forgets what became of tasks that are looked at again.
    pub(super) fn clear(&mut self, tasks: &[Arc<str>]) {
        for id in tasks {
            for (id, task) in self.with_inside(id) {
                *task = TaskView { state: "blocked", ..TaskView::new(id) };
            }
            self.waits.retain(|task, _| !is_inside(id, task));
            let spreads = self.spreads.iter_mut().filter(|(task, _)| is_inside(id, task));
            spreads.for_each(|(_, spread)| spread.look_again());
        }
    }

    /// Ends a task, and what is under way in it, as somebody says.
    pub(super) fn mark(&mut self, event: &Event, mark: &Mark, again: &[Arc<str>]) {
        let id: Arc<str> = Chosen::parse(&mark.task).task().into();
        self.waits.remove(&id);
        for (_, task) in self.with_inside(&id) {
            if task.ended.is_none() && task.state != "none" {
                settle(task, event.at, BranchState::Cancelled, None);
            }
        }
        let here = self.scopes.iter().find(|(_, scope)| {
            scope.task == id && scope.instance.is_none() && scope.graph == event.scope
        });
        let block = here.map(|(block, _)| *block);
        let was_open = block.is_some_and(|block| self.scopes.remove(&block).is_some());
        let state = BranchState::from(mark.state);
        let whole = self.spread(&id).map_or(state, |spread| spread.mark(state, was_open));
        let (by, reason) = (mark.by.clone(), mark.reason.clone());
        let marked = Some(Marked { by, reason, at: event.at });
        let output = mark.output.as_ref().map(|output| Output::new(event.id, output));
        let task = self.task(&id);
        let (error, cause, degraded) = (None, None, false);
        *task = TaskView { error, cause, degraded, output, marked, ..std::mem::take(task) };
        settle(task, event.at, whole, mark.failure().as_ref());
        self.clear(again);
    }

    /// Counts an instance otherwise, as somebody says how it ended; whatever it used its fallback for does not
    /// count any more.
    pub(super) fn mark_instance(&mut self, scope: ScopeId, before: BranchState, mark: &Mark) {
        let Some(Scope { task: id, graph, .. }) = self.scopes.get(&scope).cloned() else { return };
        let key = Chosen::parse(&mark.task).key.unwrap_or_default();
        let was_degraded = self.fallen_back.remove(&(graph, id.clone(), key));
        let is_degraded = self.fallen_back.iter().any(|(_, task, _)| *task == id);
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.degraded &= is_degraded || !was_degraded;
        if let Some(counts) = &mut task.instances {
            counts.turn(before, mark.state.into());
        }
    }

    /// Returns a task that is known, and those in it.
    fn with_inside<'t>(
        &'t mut self,
        task: &'t Arc<str>,
    ) -> impl Iterator<Item = (&'t Arc<str>, &'t mut TaskView)> {
        // Ids between those of a group and those inside it begin with its id as well.
        let from_it = self.tasks.range_mut(task.clone()..);
        let tasks = from_it.take_while(|(id, _)| id.starts_with(&**task));
        tasks.filter(move |(id, _)| is_inside(task, id))
    }
}

impl InstanceCounts {
    /// Counts an instance that was in a state in another one.
    pub(super) fn turn(&mut self, before: BranchState, state: BranchState) {
        // What was at work is given up with its task.
        let is_gone = !before.is_final() && self.running == 0;
        let was = self.of(if is_gone { BranchState::Cancelled } else { before });
        *was = was.saturating_sub(1);
        *self.of(state) += 1;
    }

    /// Counts those that are at work as given up.
    pub(super) fn give_up(&mut self) {
        self.cancelled += std::mem::take(&mut self.running);
    }

    fn of(&mut self, state: BranchState) -> &mut u32 {
        match state {
            BranchState::Success => &mut self.succeeded,
            BranchState::Failed | BranchState::UpstreamFailed => &mut self.failed,
            BranchState::Skipped => &mut self.skipped,
            BranchState::Cancelled => &mut self.cancelled,
            BranchState::Blocked | BranchState::Ready | BranchState::Running => &mut self.running,
        }
    }
}

/// Returns whether a path is that of a task, or of one in it.
fn is_inside(task: &str, path: &str) -> bool {
    path.strip_prefix(task).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
