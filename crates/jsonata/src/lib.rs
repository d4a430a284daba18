//! JSONata 2.0.6: compile once, evaluate with limits that hold.
//!
//! **Invariant:** evaluation is pure. Time and randomness come from the [`Host`]; work, depth and
//! memory are counted, so the same expression over the same data ends the same way everywhere.
//!
//! Start reading at [`Program`]. `parser` turns text into the tree of `ast`, `evaluator` walks it,
//! `functions` is the library, `budget` does the counting.

mod analysis;
mod ast;
mod budget;
mod datetime;
mod error;
mod evaluator;
mod functions;
mod lexer;
mod parser;
mod pattern;
mod program;
mod reads;
mod scope;
mod signature;
mod value;

pub use datetime::read_iso;
pub use error::{EvaluationError, SyntaxError};
pub use program::{Host, Limits, Program};
pub use reads::{Part, Place, Reads};
