//! Attempts that were given up and still go on, and the tasks that must not begin before they are gone.
//!
//! An attempt waits for those before it of the same task; one that undoes a task or tears something down
//! waits for all of what it comes after. All of that has ended for its run, so nothing is added to what
//! a task waits for while it does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::class::Task;
use super::{Board, Id};

/// How the name of a state ends that stands in for the work of a task.
const FALLBACK: &str = " (fallback)";

/// Which attempts of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Work {
    run: Arc<str>,
    /// The path of a task or a group, or of the whole run.
    path: Arc<str>,
    /// The name of all attempts of one task; absent: those of all that the path has below it.
    key: Option<Arc<str>>,
}

#[derive(Default)]
pub(super) struct Endings {
    /// What was given up and goes on, by all that it is part of.
    going: BTreeMap<Work, BTreeSet<Id>>,
    /// The tasks that wait for that.
    followers: BTreeMap<Work, BTreeSet<Id>>,
    held: BTreeMap<Id, (Task, Work)>,
}

impl Endings {
    /// Returns what must be gone before a task may begin and is not.
    pub(super) fn before(&self, task: &Task) -> Option<Work> {
        if self.going.is_empty() {
            return None;
        }
        let after = task.wants.after.as_ref();
        let after = after.map(|path| Work { run: task.run.clone(), path: path.clone(), key: None });
        let those = [Some(own(task)), after].into_iter().flatten();
        those.into_iter().find(|work| self.going.contains_key(work))
    }

    /// Has a task wait.
    pub(super) fn hold(&mut self, id: Id, task: Task, work: Work) {
        self.followers.entry(work.clone()).or_default().insert(id);
        self.held.insert(id, (task, work));
    }

    /// Takes note that a task that is out was given up.
    fn give_up(&mut self, id: Id, task: &Task) {
        for work in all_of(task) {
            self.going.entry(work).or_default().insert(id);
        }
    }

    /// Takes note that a task is gone, and returns those that waited and may look again.
    pub(super) fn over(&mut self, id: Id, task: &Task) -> Vec<(Id, Task)> {
        let mut free = Vec::new();
        if self.going.is_empty() {
            return free;
        }
        for work in all_of(task) {
            let Some(going) = self.going.get_mut(&work) else { continue };
            going.remove(&id);
            if going.is_empty() {
                self.going.remove(&work);
                let followers = self.followers.remove(&work).unwrap_or_default();
                let held =
                    followers.into_iter().filter_map(|id| Some((id, self.held.remove(&id)?.0)));
                free.extend(held);
            }
        }
        free
    }

    /// Takes a task away that waits.
    pub(super) fn withdraw(&mut self, id: Id) -> Option<Task> {
        let (task, work) = self.held.remove(&id)?;
        if let Some(followers) = self.followers.get_mut(&work) {
            followers.remove(&id);
            if followers.is_empty() {
                self.followers.remove(&work);
            }
        }
        Some(task)
    }

    /// Returns the tasks that wait.
    pub(super) fn held(&self) -> impl Iterator<Item = &Task> {
        self.held.values().map(|(task, _)| task)
    }

    /// Returns a task that waits.
    pub(super) fn held_back(&self, id: Id) -> Option<&Task> {
        self.held.get(&id).map(|(task, _)| task)
    }

    /// Returns what a task waits for.
    pub(super) fn awaited(&self, id: Id) -> impl Iterator<Item = &Id> {
        let work = self.held.get(&id).map(|(_, work)| work);
        work.and_then(|work| self.going.get(work)).into_iter().flatten()
    }
}

impl Board {
    /// Takes note that a task is not wanted any more; it may go on for a while.
    pub(crate) fn give_up(&mut self, id: Id) {
        if let Some(out) = self.out.get(&id) {
            self.endings.give_up(id, &out.task);
        }
    }
}

/// Returns the attempts of the same task.
fn own(task: &Task) -> Work {
    let path: Arc<str> = path(&task.state).into();
    let key = task.wants.key().cloned().unwrap_or_default();
    Work { run: task.run.clone(), path, key: Some(key) }
}

/// Returns all that an attempt is part of: its task, the groups around it, the run.
fn all_of(task: &Task) -> Vec<Work> {
    let own = own(task);
    let whole = |path: &str| Work { run: task.run.clone(), path: path.into(), key: None };
    let name = own.path.split(' ').next().unwrap_or_default();
    let around = name.match_indices('.').map(|(at, _)| whole(&name[..at]));
    let mut all: Vec<Work> = around.chain([whole(""), whole(&own.path)]).collect();
    all.push(own);
    all
}

/// Returns the path of the task that a state is of.
fn path(state: &str) -> String {
    state.strip_suffix(FALLBACK).unwrap_or(state).replace("[]", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_state_says_which_task_it_is_of() {
        for (state, expected) in [
            ("load", "load"),
            ("hosts[].load", "hosts.load"),
            ("load[] (fallback)", "load"),
            ("load (compensate)", "load (compensate)"),
        ] {
            assert_eq!(path(state), expected);
        }
    }
}
