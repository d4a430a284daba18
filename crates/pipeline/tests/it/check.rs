//! The one way tests call the front end.

use std::fmt::Write;

use compasso_pipeline::{Parsed, Severity, parse};
use expect_test::Expect;

/// Parses a file and compares what is said about it.
pub(crate) fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&said(&parsed(text)));
}

/// Parses a pipeline with `tasks` only, and compares what is said about it.
pub(crate) fn check_tasks(tasks: &str, expected: &Expect) {
    check(&pipeline_of(tasks), expected);
}

/// Wraps tasks, indented by two blanks, into a pipeline.
pub(crate) fn pipeline_of(tasks: &str) -> String {
    format!("pipeline: p\ntasks:\n{tasks}\n")
}

/// Parses, and checks what holds for every text.
pub(crate) fn parsed(text: &str) -> Parsed {
    let parsed = parse(text);
    for diagnostic in &parsed.diagnostics {
        let bytes = diagnostic.position.bytes.clone();
        assert!(text.get(bytes.clone()).is_some(), "{bytes:?} is no place in the text");
        assert_eq!(diagnostic.severity, diagnostic.code.severity());
    }
    parsed
}

/// Writes the problems, one a line.
pub(crate) fn said(parsed: &Parsed) -> String {
    let mut text = String::new();
    for diagnostic in &parsed.diagnostics {
        let position = &diagnostic.position;
        write!(text, "{}:{}", position.line, position.column).unwrap();
        if diagnostic.severity == Severity::Warning {
            text.push_str(" warning");
        }
        write!(text, " {}: {}", diagnostic.code, diagnostic.message).unwrap();
        if let Some(location) = &diagnostic.location {
            write!(text, " at {location}").unwrap();
        }
        if let Some(suggestion) = &diagnostic.suggestion {
            write!(text, " ({suggestion})").unwrap();
        }
        text.push('\n');
    }
    text
}
