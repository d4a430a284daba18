//! The one way tests call the front end.

use std::fmt::Write;

use compasso_asl::{Analysis, Severity, compile};
use compasso_ir::ExecutionType;
use expect_test::Expect;

/// Compiles a Standard definition and compares what is said about it.
pub(crate) fn check(definition: &str, expected: &Expect) {
    expected.assert_eq(&said(&analyse(definition, ExecutionType::Standard)));
}

/// The same for an Express definition.
pub(crate) fn check_express(definition: &str, expected: &Expect) {
    expected.assert_eq(&said(&analyse(definition, ExecutionType::Express)));
}

/// Compiles a machine with only the state `state`, called X.
pub(crate) fn check_state(state: &str, expected: &Expect) {
    check(&machine_of(state), expected);
}

/// Checks many states, each alone in a machine and called X.
pub(crate) fn check_states(states: &[impl AsRef<str>], expected: &Expect) {
    check_each(states, machine_of, expected);
}

/// Checks many definitions, made by `definition` from what the test shows of them.
pub(crate) fn check_each(
    shown: &[impl AsRef<str>],
    definition: impl Fn(&str) -> String,
    expected: &Expect,
) {
    check_each_of_type(ExecutionType::Standard, shown, definition, expected);
}

/// The same for Express definitions.
pub(crate) fn check_each_express(
    shown: &[impl AsRef<str>],
    definition: impl Fn(&str) -> String,
    expected: &Expect,
) {
    check_each_of_type(ExecutionType::Express, shown, definition, expected);
}

fn check_each_of_type(
    execution_type: ExecutionType,
    shown: &[impl AsRef<str>],
    definition: impl Fn(&str) -> String,
    expected: &Expect,
) {
    let mut all = String::new();
    for shown in shown.iter().map(AsRef::as_ref) {
        writeln!(all, "{shown}").unwrap();
        for line in said(&analyse(&definition(shown), execution_type)).lines() {
            writeln!(all, "    {line}").unwrap();
        }
    }
    expected.assert_eq(&all);
}

/// Checks that nothing at all is said.
pub(crate) fn check_silent(definition: &str, execution_type: ExecutionType) {
    assert_eq!(said(&analyse(definition, execution_type)), "", "{definition}");
}

/// Wraps a state into a machine.
pub(crate) fn machine_of(state: &str) -> String {
    format!(r#"{{"StartAt":"X","States":{{"X":{state}}}}}"#)
}

/// Compiles, and checks what holds for every definition.
pub(crate) fn analyse(definition: &str, execution_type: ExecutionType) -> Analysis {
    let analysis = compile(definition, execution_type);
    assert!(
        analysis.definition.is_some() || !analysis.is_valid(),
        "an error says why there is none"
    );
    for diagnostic in &analysis.diagnostics {
        let bytes = diagnostic.position.bytes.clone();
        assert!(definition.get(bytes.clone()).is_some(), "{bytes:?} is no place in the text");
    }
    analysis
}

fn said(analysis: &Analysis) -> String {
    let mut text = String::new();
    for diagnostic in &analysis.diagnostics {
        let position = &diagnostic.position;
        write!(text, "{}:{}", position.line, position.column).unwrap();
        if diagnostic.severity == Severity::Warning {
            text.push_str(" warning");
        }
        write!(text, " {}: {}", diagnostic.code.name(), diagnostic.message).unwrap();
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
