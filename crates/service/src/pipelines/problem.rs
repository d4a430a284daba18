//! What can be wrong with a definition's text and with the params of a run.

use std::fmt::{Display, Write as _};

use compasso_asl::{Diagnostic, Severity};
use compasso_pipeline::tree::ParamProblem;
use serde::Serialize;

/// A problem of a definition's text: a pipeline's, or a state machine's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineProblem {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// `E003` or `MISSING_TRANSITION_TARGET`, say.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The way to it: `/tasks/load/needs[0]`, `/States/A/Next`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// A way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// A param that breaks its rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParamFault {
    /// JSON Pointer to it among the params.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl<C: Display> From<Diagnostic<C>> for PipelineProblem {
    fn from(found: Diagnostic<C>) -> Self {
        Self {
            severity: match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            code: found.code.to_string(),
            message: found.message,
            location: found.location,
            line: found.position.line,
            column: found.position.column,
            suggestion: found.suggestion,
        }
    }
}

impl From<ParamProblem> for ParamFault {
    fn from(found: ParamProblem) -> Self {
        Self { pointer: found.pointer, message: found.message }
    }
}

/// Tells the first error and how many more there are.
pub(crate) fn summary(problems: &[PipelineProblem]) -> String {
    let mut errors = problems.iter().filter(|problem| problem.severity == "error");
    let Some(first) = errors.next() else { return "it is not valid".to_owned() };
    let PipelineProblem { code, message, line, .. } = first;
    let mut text = format!("line {line}: {code}: {message}");
    match errors.count() {
        0 => {}
        more => write!(text, " (and {more} more)").expect("a string takes every text"),
    }
    text
}

/// Tells all params that are wrong.
pub(crate) fn faults(found: &[ParamFault]) -> String {
    let told: Vec<_> =
        found.iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect();
    told.join(", ")
}
