//! How many iterations of inline Map states there are, by what became of them.

use super::Steps;
use crate::{Event, EventKind, ScopeId, StateKind};

/// The iterations of all entries of a Map state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Iterations {
    /// How many there are to be.
    pub total: u32,
    /// How many have begun.
    pub begun: u32,
    /// Ended well.
    pub succeeded: u32,
    /// Ended by an error.
    pub failed: u32,
    /// Given up because another one failed, or all of the execution.
    pub aborted: u32,
}

impl Iterations {
    /// Returns how many are at work.
    pub fn running(self) -> u32 {
        self.begun.saturating_sub(self.succeeded + self.failed + self.aborted)
    }

    /// Returns how many have not begun.
    pub fn pending(self) -> u32 {
        self.total.saturating_sub(self.begun)
    }
}

impl Steps {
    /// Counts what an event says of iterations; others say nothing.
    pub(super) fn count_iterations(&mut self, event: &Event) {
        let scope = event.scope;
        match &event.kind {
            EventKind::MapStateStarted { items, .. } => {
                let items = items.as_array().map_or(0, compasso_types::Array::len);
                let items = u32::try_from(items).unwrap_or(u32::MAX);
                self.count(Some(scope), event, |it| it.total = it.total.saturating_add(items));
            }
            EventKind::MapIterationStarted { .. } => {
                self.count(Some(scope), event, |it| it.begun += 1);
            }
            EventKind::MapIterationSucceeded { .. } => {
                self.count(self.nesting.outer(scope), event, |it| it.succeeded += 1);
            }
            EventKind::MapIterationFailed { .. } => {
                self.count(self.nesting.outer(scope), event, |it| it.failed += 1);
            }
            EventKind::MapIterationAborted { .. } => {
                self.count(self.nesting.outer(scope), event, |it| it.aborted += 1);
            }
            EventKind::ExecutionFailed { .. }
            | EventKind::ExecutionAborted { .. }
            | EventKind::ExecutionTimedOut { .. } => self.give_iterations_up(),
            EventKind::ExecutionRedriven { .. } => self.take_iterations_up(),
            _ => {}
        }
    }

    fn count(&mut self, map: Option<ScopeId>, event: &Event, count: impl FnOnce(&mut Iterations)) {
        let Some(place) = map.and_then(|map| self.places.get(&map)) else { return };
        let Some(step) = self.by_state.get_mut(place.state()) else { return };
        if step.kind == StateKind::Map {
            count(&mut step.iterations);
            step.changed = step.changed.max(event.id);
        }
    }

    fn give_iterations_up(&mut self) {
        for step in self.by_state.values_mut() {
            step.iterations.aborted += step.iterations.running();
        }
    }

    /// Those that had not ended well go on, where a redrive takes their Map state up.
    fn take_iterations_up(&mut self) {
        for place in self.places.values() {
            if let Some(step) = self.by_state.get_mut(place.state()) {
                (step.iterations.failed, step.iterations.aborted) = (0, 0);
            }
        }
    }
}
