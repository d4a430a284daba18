//! All that is wrong with the pipelines of a file, told at once: what reading, what others and what
//! compiling finds.

use std::sync::Arc;

use compasso_asl::Severity;
use compasso_ir::Definition;

use crate::report::Report;
use crate::{Code, Diagnostic, Parsed, Pipeline, Problem, compile, located, parse, read};

/// The pipelines of a text.
#[derive(Debug)]
pub struct Compiled {
    /// Each one as far as it could be read.
    pub pipelines: Vec<Pipeline>,
    /// What each one compiles to, in the same order, if nothing is wrong with any of them.
    pub definitions: Vec<Arc<Definition>>,
    /// All problems, in document order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compiled {
    /// Returns whether a problem is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }
}

/// Reads, checks and compiles the pipelines of a file, one a document. `check` finds what is wrong
/// with a pipeline beside its format.
pub fn compile_all(text: &str, check: impl Fn(&Pipeline) -> Vec<Problem>) -> Compiled {
    compiled(parse(text), text, check)
}

/// Compiles a text that was pushed before, perhaps to an earlier release: what that one took and this one
/// does not is no error.
pub fn compile_stored(text: &str, check: impl Fn(&Pipeline) -> Vec<Problem>) -> Compiled {
    compiled(read(Report::of(text, true), text), text, check)
}

fn compiled(parsed: Parsed, text: &str, check: impl Fn(&Pipeline) -> Vec<Problem>) -> Compiled {
    let Parsed { pipelines, mut diagnostics } = parsed;
    let mut definitions = Vec::new();
    let others = pipelines.iter().flat_map(check).collect();
    diagnostics.extend(located(text, others));
    for pipeline in &pipelines {
        match compile(text, pipeline) {
            Ok(definition) => definitions.push(definition),
            Err(found) => diagnostics.extend(found.into_iter().filter(|found| is_new(found.code))),
        }
    }
    diagnostics.sort_by_key(|found| found.position.bytes.start);
    let mut compiled = Compiled { pipelines, definitions, diagnostics };
    if compiled.has_errors() {
        compiled.definitions.clear();
    }
    compiled
}

/// Returns whether reading does not tell of a problem before compiling does.
fn is_new(code: Code) -> bool {
    !matches!(code, Code::Cycle | Code::BadExpression)
}
