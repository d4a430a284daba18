//! What must hold of all that was written, in the order in which it was.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_engine::{Event, EventKind, ScopeId};

use super::history::ends;
use crate::database::Written;
use crate::library::MUTEX;

/// A group that holds the mutex or waits for it.
type Group = (Arc<str>, ScopeId);

/// The mutex is held by one group at a time. Where nodes go by the clock of the store, nothing is said to
/// have happened later than it was stored: so no timer fires early by that clock.
pub(super) fn check(written: &[Written], is_by_store_clock: bool) -> Vec<String> {
    let mut order = Order::default();
    for Written { execution, events, at } in written {
        // What is no JSON is found by who reads the journal.
        let events: Vec<Event> = serde_json::from_slice(events).unwrap_or_default();
        for event in &events {
            order.follow(execution, event);
            if is_by_store_clock && event.at > *at {
                order.problems.push(format!("{execution}: an event is ahead of the store"));
            }
        }
    }
    order.problems
}

#[derive(Default)]
struct Order {
    waiting: BTreeSet<Group>,
    holding: BTreeSet<Group>,
    problems: Vec<String>,
}

impl Order {
    fn follow(&mut self, execution: &Arc<str>, event: &Event) {
        let group = (execution.clone(), event.scope);
        match &event.kind {
            EventKind::TaskScheduled { placement: Some(placement), .. } => {
                let wants = placement.wants.to_string();
                // Tasks let go of theirs when their work ends, which is stored later.
                if wants.contains(MUTEX) && wants.contains("hold") {
                    self.waiting.insert(group);
                }
            }
            EventKind::TaskStarted { .. } if self.waiting.remove(&group) => {
                self.holding.insert(group);
                if self.holding.len() > 1 {
                    self.problems.push(format!("{:?} hold the mutex at once", self.holding));
                }
            }
            EventKind::StateExited { .. } => {
                self.waiting.remove(&group);
                self.holding.remove(&group);
            }
            kind if ends(kind) => {
                self.waiting.retain(|(of, _)| of != execution);
                self.holding.retain(|(of, _)| of != execution);
            }
            _ => {}
        }
    }
}
