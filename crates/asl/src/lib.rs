//! Front end for the Amazon States Language: definition text to diagnostics and IR.
//!
//! **Invariant:** a front end never executes. [`compile`] reads the whole text, reports *all*
//! problems with their places, and gives a definition only if none of them is an error. Create,
//! update, validate, command line and console all use it.

mod diagnostic;
pub mod source;

use std::sync::Arc;

use compasso_ir::{Definition, ExecutionType};

pub use diagnostic::{Code, Diagnostic, Position, Severity};

/// What came of a definition's text.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The compiled definition; `None` if a diagnostic is an error.
    pub definition: Option<Arc<Definition>>,
    /// All problems, in document order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads, checks and compiles the text of a state machine of type `execution_type`.
pub fn compile(_text: &str, _execution_type: ExecutionType) -> Analysis {
    unimplemented!()
}
