//! What goes to the terminal, and exit codes.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program speaks")]

use std::process::ExitCode;

use serde_json::Value;

/// The exit code of wrong usage and of errors before anything ran.
pub(crate) const EXIT_USAGE: u8 = 2;

/// Returns the exit code for an execution's status.
pub(crate) fn exit_code(status: &str) -> ExitCode {
    ExitCode::from(match status {
        "SUCCEEDED" => 0,
        "TIMED_OUT" => 3,
        "ABORTED" => 4,
        _ => 1,
    })
}

/// Prints one line of text.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Prints one line beside the result, such as progress.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Replaces the last line of a terminal.
pub(crate) fn overwrite(text: &str) {
    eprint!("\r\x1b[K{text}");
}

/// Prints one JSON value on a line.
pub(crate) fn json(value: &Value) {
    println!("{value}");
}

/// Prints rows in columns, the first being headings.
pub(crate) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// Prints an error with its chain of causes, once.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
