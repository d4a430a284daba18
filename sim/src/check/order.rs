//! What must hold of all that was written, in the order in which it was.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use compasso_engine::{Effect, Event, Execution};
use compasso_ir::Definition;

use super::rows::Rows;
use crate::database::Written;
use crate::library::{place_of, places};

/// Each place is had by as many as there is room for: a task or group has it from the turn that says so
/// until the one that ends it, whichever nodes write them. Where nodes go by the clock of the store,
/// nothing is said to have happened later than it was stored: so no timer fires early by that clock.
///
/// `graph` returns the definition of an execution whose tasks may want a place.
pub(super) fn check(
    written: &[Written],
    rows: &mut Rows,
    is_by_store_clock: bool,
    graph: impl Fn(&str) -> Option<Arc<Definition>>,
) -> Vec<String> {
    let (mut order, mut problems) = (Order::default(), Vec::new());
    for Written { execution, events, at } in written {
        let definition = graph(execution);
        if definition.is_none() && !is_by_store_clock {
            continue;
        }
        // What is no JSON is found by who reads the journal.
        let events = rows.events(events).unwrap_or_default();
        if is_by_store_clock && events.iter().any(|event| event.at > *at) {
            problems.push(format!("{execution}: an event is ahead of the store"));
        }
        if let Some(definition) = definition {
            problems.extend(order.follow(execution, definition, &events));
        }
    }
    problems
}

/// How far executions are, and what their tasks have.
#[derive(Default)]
struct Order {
    executions: BTreeMap<Arc<str>, Execution>,
    held: BTreeMap<Arc<str>, Vec<&'static str>>,
}

impl Order {
    /// Takes note of a turn; returns which places are had too often then.
    fn follow(
        &mut self,
        id: &Arc<str>,
        definition: Arc<Definition>,
        events: &[Event],
    ) -> Vec<String> {
        let before = self.executions.remove(id).unwrap_or_else(|| Execution::new(definition));
        let folded = catch_unwind(AssertUnwindSafe(move || fold(before, events)));
        // Events that do not fit each other are found by who reads the journal.
        let Ok(execution) = folded else { return Vec::new() };
        let held: Vec<_> = execution.outstanding().iter().filter_map(place).collect();
        self.executions.insert(id.clone(), execution);
        let has_more = !held.is_empty();
        self.held.insert(id.clone(), held);
        if has_more { self.crowded() } else { Vec::new() }
    }

    fn crowded(&self) -> Vec<String> {
        let held = |name| self.held.values().flatten().filter(|it| **it == name).count();
        let counts = places().map(|(name, room)| (name, held(name), room));
        let crowded = counts.filter(|(_, count, room)| *count > *room as usize);
        crowded.map(|(name, count, _)| format!("{count} have {name} at once")).collect()
    }
}

fn fold(mut execution: Execution, events: &[Event]) -> Execution {
    for event in events {
        execution.apply(event);
    }
    execution
}

/// Returns what a task has that has begun, be it one for which a group holds it.
fn place(effect: &Effect) -> Option<&'static str> {
    let Effect::OfferTask(offer) = effect else { return None };
    offer.is_started.then(|| place_of(offer))?.map(|(name, _)| name)
}
