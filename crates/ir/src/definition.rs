//! A whole definition.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::{Kind, MapMode, State};

/// The place of a state in [`Definition::states`]: document order, nested blocks in place. Stored
/// images hold these numbers, so a front end must not change how it numbers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct StateId(pub u32);

/// A block of states with its own `StartAt`: the machine, a branch, an item processor.
#[derive(Clone, Debug)]
pub struct Block {
    /// The first state.
    pub start: StateId,
}

/// What a workflow does.
#[derive(Clone, Debug)]
pub struct Definition {
    states: Arc<[State]>,
    names: Arc<HashMap<Arc<str>, StateId>>,
    /// The outermost block.
    pub root: Block,
    /// Limit of the whole execution.
    pub timeout: Option<Duration>,
    /// For each state that reads variables, in name order, the names it reads.
    pub variable_references: BTreeMap<String, Vec<String>>,
}

impl Definition {
    /// Makes a definition of `states`.
    ///
    /// # Panics
    /// Two states have one name, which a front end refuses: going to it would come to the wrong one.
    pub fn new(
        states: Vec<State>,
        root: Block,
        timeout: Option<Duration>,
        variable_references: BTreeMap<String, Vec<String>>,
    ) -> Self {
        let numbered = states.iter().zip(0..).map(|(s, n)| (s.name.clone(), StateId(n)));
        let names: HashMap<_, _> = numbered.collect();
        assert_eq!(names.len(), states.len(), "each state has a name of its own");
        let names = Arc::new(names);
        Self { states: states.into(), names, root, timeout, variable_references }
    }

    /// Returns what the child executions of the distributed Map state at `map` run; `None` if there
    /// is no such state. It shares all states and their numbers.
    pub fn of_children(&self, map: &str) -> Option<Self> {
        let Kind::Map(map) = &self.state(self.find(map)?).kind else { return None };
        let MapMode::Distributed(_) = map.mode else { return None };
        Some(Self { root: map.processor.clone(), timeout: None, ..self.clone() })
    }

    /// Returns the state at `id`.
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.0 as usize]
    }

    /// Returns the state called `name`.
    pub fn find(&self, name: &str) -> Option<StateId> {
        self.names.get(name).copied()
    }

    /// Returns all states in document order.
    pub fn states(&self) -> &[State] {
        &self.states
    }
}
