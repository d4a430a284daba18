//! Front end for pipelines: YAML text to diagnostics, a typed tree and IR.
//!
//! **Invariant:** a front end never executes. [`parse`] reads the whole text, reports *all*
//! problems with their places, and gives a tree of what could be read. Start reading at
//! `tree::pipeline`; `source` is YAML with places, `expression` and `script` are what is computed,
//! `check` is what only the whole can tell.

#[cfg(test)]
mod agreement;
mod alone;
mod check;
mod compile;
mod deadlines;
mod diagnostic;
mod expression;
mod fields;
mod graph;
mod near;
mod plain;
mod report;
mod script;
mod source;
pub mod tree;
mod units;
mod up_to;
mod whole;

use std::collections::BTreeSet;

pub use alone::{Alone, NotAlone, alone};
pub use compasso_asl::{Position, Severity};
pub use compile::{
    HOLD, MOCK, compile, compile_mocked, fails_at_deadline, is_of_compensation, is_of_past,
    task_of, undoes,
};
pub use deadlines::{Moments, clock_times, known_deadlines};
pub use diagnostic::{Code, Diagnostic};
pub use expression::{Expression, Piece, Setting, Value, link_mark};
pub use graph::graph;
pub use plain::plain_asl;
pub use report::{Problem, located};
pub use script::{Script, Shell};
pub use source::{NESTING_MAX, Span, TEXT_BYTES_MAX, VALUES_MAX, documents, value_of};
pub use tree::Pipeline;
pub use units::{ClockTime, Size, Time};
pub use up_to::up_to;
pub use whole::{Compiled, compile_all, compile_stored};

use fields::Reader;
use report::Report;

/// What came of a file's text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its pipelines, as far as they could be read.
    pub pipelines: Vec<Pipeline>,
    /// All problems, in document order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Returns whether a problem is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }
}

/// Reads and checks the pipelines of a file, one a document.
pub fn parse(text: &str) -> Parsed {
    read(Report::new(text), text)
}

fn read(mut report: Report<'_>, text: &str) -> Parsed {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("a file has at most {TEXT_BYTES_MAX} bytes");
        report.add(Code::TooLarge, Span::default(), message);
        return Parsed { pipelines: Vec::new(), diagnostics: report.finish(&[]) };
    }
    let documents = source::read(text);
    for problem in documents.problems {
        report.hinted(problem.code, problem.span, problem.message, problem.hint);
    }
    if documents.roots.is_empty() && report.errors() == 0 {
        let hint = "begin with 'pipeline: NAME'";
        report.hint(Code::MissingField, Span::default(), "there is no pipeline", hint);
    }
    let mut reader = Reader {
        report,
        pipeline: "".into(),
        params: BTreeSet::new(),
        secret_params: BTreeSet::new(),
        vars: BTreeSet::new(),
        shell: Shell::default(),
        output_reads: Vec::new(),
        output_looks: Vec::new(),
        secrets: Vec::new(),
        reads_instances: false,
        reads_previous: false,
    };
    let mut pipelines = Vec::new();
    for root in &documents.roots {
        reader.shell = Shell::default();
        if let Some(pipeline) = tree::read_pipeline(&mut reader, root) {
            check::check(&mut reader.report, &pipeline);
            pipelines.push(pipeline);
        }
    }
    check::unique_names(&mut reader.report, &pipelines);
    Parsed { pipelines, diagnostics: reader.report.finish(&documents.roots) }
}
