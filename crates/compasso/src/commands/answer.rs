//! Members of the server's answers, as text.

use compasso_types::Timestamp;
use serde_json::Value;

use crate::output;

/// Returns a member that is text; empty if it is absent.
pub(super) fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

/// Returns a member that is an instant; empty if it is absent.
pub(super) fn instant(row: &Value, name: &str) -> String {
    let Some(seconds) = row[name].as_f64() else { return String::new() };
    Timestamp((seconds * 1000.0).round() as i64).to_string()
}

/// Returns a request that says who asks, where that is known: the user of the command.
pub(super) fn signed(mut request: Value) -> Value {
    if let Ok(user) = std::env::var("USER") {
        request["by"] = user.into();
    }
    request
}

/// Returns that something rests: since when, who says so, until when and why.
pub(super) fn rest(since: &str, by: &str, until: &str, reason: &str) -> String {
    if since.is_empty() {
        return String::new();
    }
    let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
    let until = if until.is_empty() { String::new() } else { format!(", until {until}") };
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!("since {since}{by}{until}{reason}")
}

/// Returns how many rows of a listing are asked for, of which `limit` are shown: one more tells whether
/// more follow.
pub(super) fn and_one(limit: usize) -> usize {
    limit.saturating_add(1)
}

/// Prints the first `limit` rows, and says so if there are more.
pub(super) fn show_some(
    (rows, limit): (&[Value], usize),
    json: bool,
    head: &[&str],
    cells: impl Fn(&Value) -> Vec<String>,
) {
    let some = &rows[..limit.min(rows.len())];
    show(some, json, head, cells);
    if some.len() < rows.len() {
        output::note(MORE);
    }
}

/// Says that a listing goes on.
pub(super) const MORE: &str = "there are more: say --limit";

/// Prints rows as a table, or each as JSON.
pub(super) fn show(
    rows: &[Value],
    json: bool,
    head: &[&str],
    cells: impl Fn(&Value) -> Vec<String>,
) {
    if json {
        rows.iter().for_each(output::json);
        return;
    }
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    let table: Vec<_> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
    output::table(&table);
}
