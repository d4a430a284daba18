//! A simulated world for the engine, and cases written in Markdown.
//!
//! A case is a section of a file in `conformance/`: prose, a definition, an input, a script of task
//! results, and what is expected of it (see `conformance/README.md` for the form). [`World`] runs it
//! with a clock that jumps from one event to the next, so that a year passes in no time, and can
//! crash after any turn: recovery must end the same.

mod case;
mod forward;
pub mod golden;
mod graph;
pub mod postgres;
mod script;
mod show;
pub mod stores;
mod world;

pub use case::{Block, Case, CaseError, Document, Source};
pub use graph::compile_graph;
pub use script::{Script, ScriptError};
pub use show::{show_event, show_history, show_outcome};
pub use world::{Crash, Ended, Move, World, start};
