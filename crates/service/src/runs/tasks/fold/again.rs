//! What reruns and marks make of the tasks of a run.

use std::sync::Arc;

use compasso_engine::{BranchState, Chosen, Event, InstanceRerun, Mark, Rerun, ScopeId};
use compasso_types::Timestamp;

use super::ends::settle;
use super::{Fold, Scope};
use crate::runs::named::Named;
use crate::runs::tasks::{InstanceCounts, Marked, Output, TaskView};

impl Fold {
    /// Begins the generation that follows.
    pub(super) fn open_again(&mut self, rerun: Option<&Rerun>, at: Timestamp) {
        self.redrives += 1;
        self.asked.forget_skips();
        if let Some(rerun) = rerun {
            self.rerun(None, rerun, at);
        }
    }

    /// Begins another generation, of the run or of an instance.
    fn rerun(&mut self, instance: Option<&Named>, rerun: &Rerun, at: Timestamp) {
        let named = |path: &Arc<str>| match instance {
            Some(instance) => instance.inside(path),
            None => Named::outermost(path),
        };
        for task in rerun.resumed.iter().map(named) {
            let view = self.task(&task);
            (view.state, view.ended, view.error, view.cause) = ("running", None, None, None);
            if let Some((block, graph)) = self.blocks.get(&task.name) {
                self.scopes.insert(*block, Scope::new(task, None, *graph));
            }
        }
        for InstanceRerun { task, before, key, rerun, .. } in &rerun.instances {
            let task = named(task);
            if let Some(counts) = &mut self.task(&task).instances {
                counts.turn(*before, BranchState::Running);
            }
            self.rerun(Some(&task.instance(key)), rerun, at);
        }
        for task in rerun.given_up.iter().map(named) {
            settle(self.task(&task), at, BranchState::Cancelled, None);
        }
        self.clear(&rerun.cleared.iter().map(named).collect::<Vec<_>>());
    }

    /// Forgets what became of tasks that are looked at again.
    pub(super) fn clear(&mut self, tasks: &[Named]) {
        for task in tasks {
            self.set_aside(task);
            for (_, view) in self.with_inside(&task.name) {
                *view = TaskView { state: "blocked", ..TaskView::new(&view.id) };
            }
            self.waits.retain(|name, _| !is_inside(&task.name, name));
        }
    }

    /// Remembers how the tasks in the instances of a task stood.
    fn set_aside(&mut self, task: &Named) {
        self.earlier.retain(|name, _| !is_in_instance(&task.name, name));
        let inside = self.with_inside(&task.name);
        let inside = inside.filter(|(name, _)| is_in_instance(&task.name, name));
        let views: Vec<_> = inside.map(|(name, view)| (name.clone(), view.clone())).collect();
        self.earlier.extend(views);
    }

    /// Forgets how the tasks in the instances of a task stand.
    pub(super) fn forget_instances(&mut self, task: &Named) {
        let inside = self.with_inside(&task.name).map(|(name, _)| name.clone());
        let names: Vec<_> = inside.filter(|name| is_in_instance(&task.name, name)).collect();
        for name in &names {
            self.tasks.remove(name);
        }
    }

    /// Counts an instance that ended well in an earlier generation. What is in it stands as it did.
    pub(super) fn keep_instance(&mut self, task: &Named, key: &Arc<str>) {
        let has_fallen_back = self.fallen_back.contains(&(task.name.clone(), key.clone()));
        let view = self.task(task);
        view.degraded |= has_fallen_back;
        view.instances.get_or_insert_default().succeeded += 1;
        let inside = format!("{}.", task.instance(key).name);
        let from_it = self.earlier.range(Arc::<str>::from(&*inside)..);
        let kept = from_it.take_while(|(name, _)| name.starts_with(&inside));
        self.tasks.extend(kept.map(|(name, view)| (name.clone(), view.clone())));
    }

    /// Ends a task, and what is under way in it, as somebody says.
    pub(super) fn mark(&mut self, event: &Event, mark: &Mark, again: &[Arc<str>]) {
        let chosen = Chosen::parse(&mark.task);
        let named = |path: &Arc<str>| {
            let id = path.rsplit('.').next().unwrap_or_default();
            self.named(event.scope, &id.into())
        };
        let Some(task) = chosen.path.last().and_then(named) else { return };
        let again: Vec<Named> = again.iter().filter_map(named).collect();
        self.waits.remove(&task.name);
        for (_, view) in self.with_inside(&task.name) {
            if view.ended.is_none() && view.state != "none" {
                settle(view, event.at, BranchState::Cancelled, None);
            }
        }
        self.scopes.retain(|_, scope| scope.task.name != task.name || scope.instance.is_some());
        let (by, reason) = (mark.by.clone(), mark.reason.clone());
        let marked = Some(Marked { by, reason, at: event.at });
        let output = mark.output.as_ref().map(|output| Output::new(event.id, output));
        let view = self.task(&task);
        let (error, cause, degraded) = (None, None, false);
        *view = TaskView { error, cause, degraded, output, marked, ..std::mem::take(view) };
        settle(view, event.at, mark.state.into(), mark.failure().as_ref());
        self.clear(&again);
    }

    /// Counts an instance otherwise, as somebody says how it ended; whatever it used its fallback for does not
    /// count any more.
    pub(super) fn mark_instance(&mut self, scope: ScopeId, before: BranchState, mark: &Mark) {
        let Some(Scope { task: Named { name, .. }, .. }) = self.scopes.get(&scope).cloned() else {
            return;
        };
        let key = Chosen::parse(&mark.task).key.unwrap_or_default();
        let was_degraded = self.fallen_back.remove(&(name.clone(), key));
        let is_degraded = self.fallen_back.iter().any(|(task, _)| *task == name);
        let Some(task) = self.tasks.get_mut(&name) else { return };
        task.degraded &= is_degraded || !was_degraded;
        if let Some(counts) = &mut task.instances {
            counts.turn(before, mark.state.into());
        }
    }

    /// Returns a task that is known, and those in it and its instances.
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

/// Returns whether a name is that of a task, or of one in it or in an instance of it.
fn is_inside(task: &str, name: &str) -> bool {
    name.strip_prefix(task).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Returns whether a name is that of a task in an instance of another one.
fn is_in_instance(task: &str, name: &str) -> bool {
    name.strip_prefix(task).is_some_and(|rest| rest.starts_with('['))
}
