//! What goes to the terminal, and exit codes.

mod shown;

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::client::Refused;
use crate::diagnostics::Broken;

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

/// Returns whether standard output is read by a person.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Returns whether standard output takes colours.
pub(crate) fn has_colours() -> bool {
    is_terminal() && wants_colours()
}

/// Returns whether standard error takes colours.
pub(crate) fn notes_have_colours() -> bool {
    std::io::stderr().is_terminal() && wants_colours()
}

/// Prints one line of text. A reader that has gone, such as `head`, ends the program.
///
/// A person's terminal takes no orders of it but colours; who reads on has it as it is.
pub(crate) fn line(text: &str) {
    static IS_TERMINAL: LazyLock<bool> = LazyLock::new(is_terminal);
    written(&if *IS_TERMINAL { shown::in_lines(text) } else { Cow::Borrowed(text) });
}

/// Returns a text of others as a part of one line, without orders to a terminal.
pub(crate) fn in_line(text: &str) -> Cow<'_, str> {
    shown::in_line(text)
}

/// Returns a text of others in its lines, without orders to a terminal; a person's keeps its colours.
pub(crate) fn in_lines(text: &str) -> String {
    if is_terminal() {
        return shown::in_lines(text).into_owned();
    }
    text.split('\n').map(shown::in_line).collect::<Vec<_>>().join("\n")
}

/// Prints one line of text if there is still a reader: a server goes on without.
pub(crate) fn announce(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints one line beside the result, such as progress.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", shown::in_lines(text));
}

/// Replaces the last line of a terminal, which keeps it on one line however long it is.
pub(crate) fn overwrite(text: &str) {
    let mut terminal = std::io::stderr();
    let _ = write!(terminal, "\r\x1b[K\x1b[?7l{}\x1b[?7h", shown::in_line(text));
    let _ = terminal.flush();
}

/// Prints one line above the last line of a terminal, which is lost.
pub(crate) fn note_above(text: &str) {
    let _ = write!(std::io::stderr(), "\r\x1b[K");
    note(text);
}

/// Prints one JSON value on a line.
pub(crate) fn json(value: &Value) {
    written(&value.to_string());
}

/// Returns JSON text as people like to read it on a terminal, and any other text as it is.
pub(crate) fn for_people(text: &str) -> String {
    let pretty = || {
        let value: Value = serde_json::from_str(text).ok().filter(|_| is_terminal())?;
        serde_json::to_string_pretty(&value).ok()
    };
    pretty().unwrap_or_else(|| text.to_owned())
}

/// Prints rows in columns, the first being headings.
pub(crate) fn table(rows: &[Vec<String>]) {
    let cells =
        |row: &Vec<String>| row.iter().map(|cell| shown::in_line(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// Prints an error with its chain of causes, once.
pub(crate) fn error(error: &anyhow::Error, as_json: bool) {
    match (error.downcast_ref::<Broken>(), as_json) {
        (Some(broken), true) => broken.problems.iter().for_each(|line| note(&line.to_string())),
        (Some(broken), false) => note(&broken.shown),
        (None, true) => {
            let code = error.downcast_ref::<Refused>().map(|refused| &refused.code);
            note(&json!({"error": code, "message": format!("{error:#}")}).to_string());
        }
        (None, false) => note(&format!("error: {error:#}")),
    }
}

fn written(line: &str) {
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(EXIT_USAGE.into());
    }
}

fn wants_colours() -> bool {
    let variable = |name| std::env::var_os(name).unwrap_or_default();
    variable("NO_COLOR").is_empty() && variable("TERM") != "dumb"
}
