//! The internal representation every front end compiles to and the engine runs.
//!
//! A [`Definition`] is a flat list of states in document order; blocks (the machine itself, a
//! branch, an item processor) name the state they start with. Expressions are compiled.
//! **Invariant:** plain data; a front end builds it, nobody changes it afterwards.

mod aside;
mod choice;
mod data;
mod definition;
mod error_handling;
mod fork;
mod map;
mod past;
mod placement;
mod state;

pub use aside::{Aside, Ending, Occasion, Saga, Undo, Undoes};
pub use choice::{Choice, Comparison, Condition, Operand, Pattern, Rule, Test, ValueType};
pub use data::{Dataflow, Field, JsonPathFlow, JsonataFlow, ResultPath, Selection, Value};
pub use definition::{Block, Definition, StateId};
pub use error_handling::{Catcher, ErrorPattern, Jitter, Retrier};
pub use fork::{Branch, Fork, Graph, GraphError, Join, TriggerRule, Verdict};
pub use map::{
    Config, Distributed, Each, FailFast, ItemBatcher, ItemReader, Map, MapMode, ResultWriter,
    Tolerance,
};
pub use past::{PAST_BEGIN, PAST_OVER, PAST_PAUSE};
pub use placement::Placement;
pub use state::{
    ExecutionType, Fail, IntegrationPattern, Kind, Resource, ResourceKind, State, Task, Wait,
};
