//! The flat list of states, in document order.

use std::sync::Arc;

use compasso_expr::query::Query;
use compasso_ir::{Dataflow, JsonataFlow, Kind, State, StateId};

/// The states so far.
#[derive(Default)]
pub(super) struct States(Vec<State>);

impl States {
    /// Adds a state; its name is no other one's.
    pub(super) fn add(&mut self, name: &str, kind: Kind, flow: JsonataFlow) -> StateId {
        let id = StateId(self.0.len() as u32);
        self.0.push(State {
            name: Arc::from(name),
            kind,
            data: Dataflow::Jsonata(Box::new(flow)),
            next: None,
            retry: Vec::new(),
            catch: Vec::new(),
        });
        id
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> u32 {
        self.0.len() as u32
    }

    /// Adds a state that was made elsewhere; its name is no other one's.
    pub(super) fn push(&mut self, state: State) {
        self.0.push(state);
    }

    /// Returns a state to change it.
    pub(super) fn get(&mut self, id: StateId) -> &mut State {
        &mut self.0[id.0 as usize]
    }

    pub(super) fn finish(self) -> Vec<State> {
        self.0
    }
}

/// Returns how data flows through a state.
pub(super) fn flow(
    arguments: Option<Query>,
    output: Option<Query>,
    assign: Option<Query>,
) -> JsonataFlow {
    JsonataFlow { arguments, output, assign }
}
