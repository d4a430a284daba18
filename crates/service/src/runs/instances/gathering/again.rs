//! What reruns, redrives and marks make of instances.

use std::sync::Arc;

use compasso_engine::{BranchState, Event, EventId, Mark, Rerun};
use compasso_types::Timestamp;

use super::{Gathering, Place};
use crate::runs::instances::InstanceView;
use crate::runs::tasks::{Marked, Output};

impl Gathering {
    /// Forgets the instance of a name that an earlier generation began, as it begins again.
    pub(super) fn replace(&mut self, name: &Arc<str>) {
        let before = self.latest.get(name).filter(|begun| **begun < self.generation_from).copied();
        if let Some(begun) = before.filter(|_| !self.is_state) {
            self.latest.remove(name);
            self.found.remove(&begun);
            self.origins.remove(&begun);
        }
    }

    /// Forgets the instances of a task that waits as if it had not begun.
    pub(super) fn withdraw(&mut self, event: &Event) {
        let task = match self.places.remove(&event.scope) {
            Some(Place::Task(task, _)) => task,
            Some(Place::Instance(begun)) => return drop(self.found.remove(&begun)),
            None => return,
        };
        if task.path == self.task {
            let origins = &self.origins;
            self.found.retain(|begun, view| {
                view.ended.is_some() || origins.get(begun) != Some(&event.scope)
            });
        }
    }

    /// Ends an instance as somebody says.
    pub(super) fn mark(&mut self, event: &Event, index: u32, mark: &Mark) {
        if !self.is_at_task(event.scope) {
            return;
        }
        let origins = &self.origins;
        let here = |begun: &EventId| origins.get(begun) == Some(&event.scope);
        let mut views = self.found.iter_mut().rev().filter(|(begun, _)| here(begun));
        let Some((_, view)) = views.find(|(_, view)| view.index == index) else { return };
        view.end_as(event, mark);
    }

    /// Whether a redrive takes an iteration up again that ended so.
    pub(super) fn may_go_on(&self, state: &str) -> bool {
        self.is_state && !is_good(state)
    }

    /// Lets iterations go on that had not ended well.
    pub(super) fn take_up(&mut self) {
        let (ended, is_state) = (std::mem::take(&mut self.scopes), self.is_state);
        for (name, (scope, begun)) in ended {
            match self.found.get_mut(&begun) {
                Some(view) if is_state && !is_good(view.state) => {
                    (view.state, view.ended) = ("running", None);
                    (view.error, view.cause) = (None, None);
                    self.places.insert(scope, Place::Instance(begun));
                }
                Some(_) | None => {
                    self.scopes.insert(name, (scope, begun));
                }
            }
        }
    }

    /// Lets instances go on that had ended: in the graph whose tasks have paths and names that begin so.
    pub(super) fn rerun(&mut self, (path, name): (&str, &str), rerun: &Rerun) {
        for task in &rerun.cleared {
            self.set_aside(&format!("{name}{task}"));
        }
        for group in &rerun.resumed {
            self.resume(&format!("{name}{group}"));
        }
        for inside in &rerun.instances {
            let path = format!("{path}{}", inside.task);
            let name: Arc<str> = format!("{name}{}[{}]", inside.task, inside.key).into();
            if *path != *self.task {
                self.rerun((&format!("{path}."), &format!("{name}.")), &inside.rerun);
                continue;
            }
            self.resume(&name);
        }
    }

    /// Sets the instances of a task, and of those in it, aside that begins anew: each is of this generation once it
    /// begins again, or is kept.
    fn set_aside(&mut self, task: &str) {
        let views = self.found.iter().filter(|(_, view)| view.is_inside(task));
        self.earlier.extend(views.map(|(begun, _)| *begun));
    }

    /// An instance of an earlier generation is kept, and what is in it; it may have had its place as its key.
    pub(super) fn keep(&mut self, event: &Event, index: u32, key: Option<&Arc<str>>) {
        let Some(Place::Task(task, _)) = self.places.get(&event.scope) else { return };
        let names = [key.map(|key| task.instance(key)), Some(task.instance(&index.to_string()))];
        let is_kept = |view: &InstanceView| {
            names.iter().flatten().any(|instance| view.is_inside(&instance.name))
        };
        let found = &self.found;
        self.earlier.retain(|begun| found.get(begun).is_some_and(|view| !is_kept(view)));
    }

    fn resume(&mut self, name: &str) {
        if let Some((scope, begun)) = self.scopes.remove(name)
            && let Some(view) = self.found.get_mut(&begun)
        {
            (view.state, view.ended, view.output) = ("running", None, None);
            (view.error, view.cause) = (None, None);
            self.places.insert(scope, Place::Instance(begun));
        }
    }

    /// Ends all instances in a task, because somebody said how that ended.
    pub(super) fn give_up(&mut self, task: &str, at: Timestamp) {
        let is_open = |view: &&mut InstanceView| view.ended.is_none() && view.is_inside(task);
        for view in self.found.values_mut().filter(is_open) {
            (view.state, view.until, view.ended) = ("cancelled", None, Some(at));
        }
    }
}

impl InstanceView {
    /// Says whether it is a task or an instance of this name, or of it, or in it.
    fn is_inside(&self, place: &str) -> bool {
        let rest = self.name.as_deref().and_then(|name| name.strip_prefix(place));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// Has it end as somebody says.
    pub(super) fn end_as(&mut self, event: &Event, mark: &Mark) {
        let (by, reason) = (mark.by.clone(), mark.reason.clone());
        let failure = mark.failure();
        self.marked = Some(Marked { by, reason, at: event.at });
        self.output = mark.output.as_ref().map(|output| Output::new(event.id, output));
        self.error = failure.as_ref().map(|failure| failure.name.clone());
        self.cause = failure.map(|failure| failure.cause);
        (self.state, self.degraded) = (BranchState::from(mark.state).name(), false);
        (self.until, self.ended) = (None, Some(event.at));
    }
}

/// Whether it ended so that nothing is to be done about it.
fn is_good(state: &str) -> bool {
    !matches!(state, "failed" | "cancelled")
}
