//! Functions on texts. Lengths and places count code points.

use super::Arguments;
use crate::error::Result;
use crate::value::{Value, stringify};

/// Calls `change` with the first argument; nothing gives nothing.
fn with_text(
    arguments: &Arguments<'_, '_>,
    change: impl FnOnce(&str) -> Result<Value>,
) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.read_text(text.len())?;
    change(text)
}

pub(super) fn string(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.value(0);
    if value.is_undefined() || value.as_str().is_some() {
        return Ok(value);
    }
    let pretty = arguments.evaluator.truth(&arguments.value(1))?;
    Ok(Value::string(stringify(&arguments.evaluator.budget, &value, pretty)?))
}

pub(super) fn length(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| Ok(Value::number(text.chars().count() as f64)))
}

pub(super) fn substring(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| {
        let count = text.chars().count() as f64;
        let mut start = arguments.number(1).unwrap_or(0.0);
        if count + start < 0.0 {
            start = 0.0;
        }
        let end = match arguments.number(2) {
            Some(length) if length <= 0.0 => return Ok(Value::string("")),
            Some(length) if start >= 0.0 => start + length,
            Some(length) => count + start + length,
            None => count,
        };
        arguments.evaluator.text(slice(text, count, start, end))
    })
}

/// Returns the code points from `start` to `end`; negative places count from the end.
fn slice(text: &str, count: f64, start: f64, end: f64) -> String {
    let place = |at: f64| {
        let at = at.trunc();
        if at < 0.0 { (count + at).max(0.0) } else { at.min(count) }
    };
    let (start, end) = (place(start) as usize, place(end) as usize);
    text.chars().skip(start).take(end.saturating_sub(start)).collect()
}

pub(super) fn substring_before(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| match arguments.text(1).and_then(|mark| text.split_once(&**mark)) {
        Some((before, _)) => arguments.evaluator.text(before.to_owned()),
        None => Ok(arguments.value(0)),
    })
}

pub(super) fn substring_after(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| match arguments.text(1).and_then(|mark| text.split_once(&**mark)) {
        Some((_, after)) => arguments.evaluator.text(after.to_owned()),
        None => Ok(arguments.value(0)),
    })
}

pub(super) fn lowercase(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| arguments.evaluator.text(text.to_lowercase()))
}

pub(super) fn uppercase(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| arguments.evaluator.text(text.to_uppercase()))
}

pub(super) fn trim(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| {
        let words = text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty());
        arguments.evaluator.text(words.collect::<Vec<_>>().join(" "))
    })
}

pub(super) fn pad(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_text(arguments, |text| {
        let width = arguments.number(1).unwrap_or(0.0).trunc();
        let filler = arguments.text(2).filter(|filler| !filler.is_empty());
        let filler: Vec<char> = filler.map_or(vec![' '], |filler| filler.chars().collect());
        let missing = width.abs() - text.chars().count() as f64;
        if missing <= 0.0 {
            return Ok(arguments.value(0));
        }
        let missing = missing as usize;
        let longest = filler.iter().map(|c| c.len_utf8()).max().unwrap_or(1);
        // Counted before it is made: a width may be any number.
        arguments.evaluator.budget.make_text(missing.saturating_mul(longest))?;
        let padding: String = filler.iter().cycle().take(missing).collect();
        let padded =
            if width > 0.0 { format!("{text}{padding}") } else { format!("{padding}{text}") };
        arguments.evaluator.text(padded)
    })
}

pub(super) fn join(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    let separator = arguments.text(1).map_or("", |separator| separator);
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        let text = item.as_str().map_or("", |text| text);
        let separator = if index > 0 { separator } else { "" };
        arguments.evaluator.budget.make_text(separator.len() + text.len())?;
        joined.push_str(separator);
        joined.push_str(text);
    }
    Ok(Value::string(joined))
}
