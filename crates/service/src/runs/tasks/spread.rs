//! A task of a group with instances: it runs in each of them, and is told of as one.

use std::cmp::Reverse;

use super::{InstanceCounts, TaskView};

/// The states from which what is told as one has its own: that of any which stands before all others here.
const GRAVITY: [&str; 11] = [
    "running",
    "retrying",
    "waiting",
    "queued",
    "blocked",
    "failed",
    "cancelled",
    "upstream_failed",
    "success",
    "skipped",
    "none",
];

/// Tells of a task as one, which stands like this in the instances that it runs in, the latest generation of
/// each: at work if it is in any, or the worst of its ends. `None` if there is none.
pub(super) fn whole(mut views: Vec<TaskView>) -> Option<TaskView> {
    if views.len() < 2 {
        return views.pop();
    }
    let place = |view: &TaskView| GRAVITY.iter().position(|state| *state == view.state);
    // Of those of one state the last one is told.
    views.sort_by_key(|view| (Reverse(place(view)), view.ended));
    let mut whole = views.pop()?;
    for view in views {
        add(&mut whole, view);
    }
    Some(whole)
}

fn add(whole: &mut TaskView, view: TaskView) {
    whole.attempts += view.attempts;
    whole.ready = earlier(whole.ready, view.ready);
    whole.started = earlier(whole.started, view.started);
    whole.entered = earlier(whole.entered, view.entered);
    whole.ended = whole.ended.map(|ended| view.ended.map_or(ended, |other| ended.max(other)));
    whole.degraded |= view.degraded;
    whole.cached |= view.cached;
    whole.generation = whole.generation.max(view.generation);
    if view.output.as_ref().map(|it| it.event) > whole.output.as_ref().map(|it| it.event) {
        whole.output = view.output;
    }
    if view.marked.as_ref().map(|it| it.at) > whole.marked.as_ref().map(|it| it.at) {
        whole.marked = view.marked;
    }
    whole.child = whole.child.take().or(view.child);
    if let Some(counts) = view.instances {
        whole.instances.get_or_insert_default().add(counts);
    }
}

fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.into_iter().chain(other).min()
}

impl InstanceCounts {
    fn add(&mut self, other: Self) {
        self.running += other.running;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.cancelled += other.cancelled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(states: &[&'static str], expected: &str) {
        let view = |state: &&'static str| TaskView { state, attempts: 1, ..TaskView::default() };
        let whole = whole(states.iter().map(view).collect()).unwrap();
        assert_eq!(whole.state, expected, "{states:?}");
        assert_eq!(whole.attempts as usize, states.len());
    }

    #[test]
    fn it_is_at_work_while_it_is_anywhere_and_then_stands_as_at_the_worst() {
        check(&["success"], "success");
        check(&["failed", "running", "success"], "running");
        check(&["failed", "blocked"], "blocked");
        check(&["success", "failed", "skipped"], "failed");
        check(&["success", "cancelled", "upstream_failed"], "cancelled");
        check(&["skipped", "success"], "success");
        check(&["skipped", "none"], "skipped");
    }

    #[test]
    fn one_that_stands_nowhere_is_not_told() {
        assert_eq!(whole(Vec::new()), None);
    }
}
