//! A task that has no instances of its own, in those of the groups around it: where it began is listed.

use std::sync::Arc;

use compasso_engine::{BranchFailure, Chosen, Event, EventKind, Mark};

use super::{Gathering, Place};

impl Gathering {
    /// The task begins, in the instances that its name says, the innermost of them at this place.
    pub(super) fn begin_block(&mut self, event: &Event, index: u32, name: Arc<str>) {
        let around = name.rfind(']').map_or("", |end| &name[..=end]);
        let key = Chosen::parse(around).key.unwrap_or_default();
        self.begin_view(event, index, key, name);
    }

    /// The task ends in the instances of the block.
    pub(super) fn end_block(&mut self, event: &Event) {
        let Some(Place::Instance(begun)) = self.places.get(&event.scope) else { return };
        let EventKind::BranchExited { state, failure, .. } = &event.kind else { return };
        let begun = *begun;
        if let (Some(view), Some(failure)) = (self.found.get_mut(&begun), failure) {
            let BranchFailure { name, cause } = failure.clone();
            (view.error, view.cause) = (Some(name), Some(cause));
        }
        self.end(event, begun, state.name());
    }

    /// Ends the task in the instances that a mark names.
    pub(super) fn mark_block(&mut self, event: &Event, mark: &Mark) {
        let is_it = |name: &Arc<str>| self.is_in_groups && *name == mark.task;
        let mut views = self.found.values_mut().rev();
        if let Some(view) = views.find(|view| view.name.as_ref().is_some_and(is_it)) {
            view.end_as(event, mark);
        }
    }
}
