//! Front end for the Amazon States Language: definition text to diagnostics and IR.
//!
//! **Invariant:** a front end never executes. [`compile`] reads the whole text, reports *all*
//! problems with their places, and gives a definition only if it can be run. Create, update,
//! validate, command line and console all use it, and take none that has an error.

mod children;
mod cursor;
mod diagnostic;
mod error_handling;
mod expressions;
mod fields;
mod flow;
mod looks_computed;
mod machine;
mod other_language;
mod outline;
mod report;
mod resource;
mod schema;
mod single;
pub mod source;
mod state;
mod up_to;
mod variables;

use std::sync::Arc;

use compasso_ir::{Definition, ExecutionType, StateId};
use compasso_types::limits::DEFINITION_BYTES_MAX;

pub use children::{ChildDefinition, children_of};
pub use diagnostic::{Code, Diagnostic, Position, Severity};
pub use up_to::up_to;

use report::{Problem, Report};

/// What came of a definition's text.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The compiled definition; `None` if it cannot be run. One that can be may have errors as well:
    /// what is certain to fail when it is reached. Such a definition is not taken from anybody, but
    /// one that was stored before is still run.
    pub definition: Option<Arc<Definition>>,
    /// All problems: those of fields, then those of how states are connected; each in document
    /// order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Analysis {
    /// Returns whether no diagnostic is an error.
    pub fn is_valid(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

/// Reads, checks and compiles the text of a state machine of type `execution_type`.
pub fn compile(text: &str, execution_type: ExecutionType) -> Analysis {
    match read(text) {
        Ok(root) => machine::compile(text, &root, execution_type),
        Err(refused) => refused,
    }
}

/// Reads, checks and compiles the text of one state, as if it stood alone in a state machine; also
/// returns which state it is. The states it leads to, and the variables it reads, are taken to be
/// there.
pub fn compile_state(text: &str) -> (Analysis, Option<StateId>) {
    match read(text) {
        Ok(root) => single::compile(text, &root),
        Err(refused) => (refused, None),
    }
}

/// Reads the JSON object that `text` is.
fn read(text: &str) -> Result<source::Node, Analysis> {
    if text.len() > DEFINITION_BYTES_MAX {
        let message = format!("Definition must have at most {DEFINITION_BYTES_MAX} bytes");
        return Err(refused(text, Problem::error(Code::SchemaValidationFailed, message)));
    }
    let not_an_object = || {
        let message = "Definition must be a valid JSON object".to_owned();
        Err(refused(text, Problem::error(Code::SchemaValidationFailed, message)))
    };
    if text.trim().is_empty() {
        return not_an_object();
    }
    match source::parse(text) {
        Ok(root) if root.is_object() => Ok(root),
        Ok(_) => not_an_object(),
        Err(error) => Err(not_json(text, &error)),
    }
}

fn not_json(text: &str, error: &source::SyntaxError) -> Analysis {
    let mut report = Report::new(text);
    report.syntax(error);
    Analysis { definition: None, diagnostics: report.finish() }
}

/// Refuses the definition as a whole.
fn refused(text: &str, problem: Problem) -> Analysis {
    let mut report = Report::new(text);
    report.whole(problem);
    Analysis { definition: None, diagnostics: report.finish() }
}
