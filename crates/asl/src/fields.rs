//! Reads plain values and says what is wrong with them.
//!
//! A reader returns `None` after it has reported a problem; the caller goes on, because a
//! definition with any error is dropped as a whole.

use std::ops::RangeInclusive;
use std::sync::Arc;

use compasso_types::Number;
use compasso_types::limits::SECONDS_MAX;
use compasso_types::suggestion;

use crate::cursor::Cursor;
use crate::report::Report;
use crate::schema::Language;
use crate::source::Value;

/// A number of seconds that may be zero.
pub(crate) const SECONDS: RangeInclusive<i64> = 0..=SECONDS_MAX;
/// A number of seconds that may not be zero.
pub(crate) const SECONDS_POSITIVE: RangeInclusive<i64> = 1..=SECONDS_MAX;

/// Reads a string.
pub(crate) fn text(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<Arc<str>> {
    match &at.node.value {
        Value::String(text) => Some(text.clone()),
        _ => expected(report, at, "String"),
    }
}

/// Reads a string that is not empty.
pub(crate) fn non_empty_text(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<Arc<str>> {
    let text = text(report, at)?;
    if text.is_empty() {
        return empty(report, at);
    }
    Some(text)
}

/// Reads `true` or `false`.
pub(crate) fn boolean(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<bool> {
    match at.node.value {
        Value::Bool(value) => Some(value),
        _ => expected(report, at, "Boolean"),
    }
}

/// Reads a number.
pub(crate) fn number(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<Number> {
    match at.node.value {
        Value::Number(number) => Some(number),
        _ => expected(report, at, "Number"),
    }
}

/// Reads an integer within `bounds`.
pub(crate) fn integer(
    report: &mut Report<'_>,
    at: &Cursor<'_>,
    bounds: RangeInclusive<i64>,
) -> Option<i64> {
    let value = match at.node.value {
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    match value {
        None => expected(report, at, "Integer"),
        Some(value) => within(report, at, value, bounds),
    }
}

/// Checks an integer that was read.
fn within(
    report: &mut Report<'_>,
    at: &Cursor<'_>,
    value: i64,
    bounds: RangeInclusive<i64>,
) -> Option<i64> {
    if bounds.contains(&value) {
        return Some(value);
    }
    let (least, most) = (*bounds.start(), *bounds.end());
    report.schema(at, if value < least { minimum(least) } else { maximum(most) });
    None
}

/// Says that a number is too small.
pub(crate) fn minimum(least: i64) -> String {
    format!("Minimum value is {least}")
}

/// Says that a number is too large.
pub(crate) fn maximum(most: i64) -> String {
    format!("Maximum value is {most}")
}

/// Reads one of the words `values`.
pub(crate) fn one_of(
    report: &mut Report<'_>,
    at: &Cursor<'_>,
    values: &[&'static str],
) -> Option<&'static str> {
    let word = at.node.as_str();
    let found = values.iter().find(|value| word == Some(**value));
    if found.is_none() {
        let message = match at.name() {
            // Amazon has words of its own for it.
            "Type" => {
                format!("The field 'Type' should have one of these values: [{}]", values.join(", "))
            }
            _ => format!("Value should be one of the following: [{}]", values.join(", ")),
        };
        let hint =
            report.search(|| suggestion::nearest(word.unwrap_or_default(), values.iter().copied()));
        report.schema_hint(at, message, hint);
    }
    found.copied()
}

/// Checks that a value is an array with at least one item.
pub(crate) fn non_empty_array(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<()> {
    array(report, at)?;
    if at.node.items().is_empty() {
        return empty(report, at);
    }
    Some(())
}

/// Checks that a value is an array.
pub(crate) fn array(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<()> {
    if at.is_array() { Some(()) } else { expected(report, at, "Array") }
}

/// Checks that a value is an object.
pub(crate) fn object(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<()> {
    if at.is_object() { Some(()) } else { expected(report, at, "Object") }
}

/// Checks the `Comment` of an object.
pub(crate) fn comment(report: &mut Report<'_>, at: &Cursor<'_>) {
    if let Some(comment) = at.field("Comment") {
        text(report, &comment);
    }
}

/// Checks the `QueryLanguage` of a block or state inside a machine whose language is `machine`.
pub(crate) fn query_language(report: &mut Report<'_>, at: &Cursor<'_>, machine: Language) {
    let Some(field) = at.field("QueryLanguage") else {
        return;
    };
    let names = [Language::JsonPath.name(), Language::Jsonata.name()];
    let chosen = one_of(report, &field, &names);
    if chosen == Some(Language::JsonPath.name()) && machine == Language::Jsonata {
        let message =
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
        report.schema_at(&field, at, message.to_owned());
    }
}

/// Reports a value of the wrong type.
pub(crate) fn expected<T>(report: &mut Report<'_>, at: &Cursor<'_>, type_name: &str) -> Option<T> {
    let is_expression = at.node.as_str().is_some_and(|text| text.starts_with("{%"));
    let hint = (is_expression && type_name != "String")
        .then(|| "expressions work in computed fields of JSONata states only".to_owned());
    report.schema_hint(at, format!("Expected value of type {type_name}"), hint);
    None
}

/// Reports an empty string, array or object.
pub(crate) fn empty<T>(report: &mut Report<'_>, at: &Cursor<'_>) -> Option<T> {
    report.schema(at, "Value cannot be empty".to_owned());
    None
}
