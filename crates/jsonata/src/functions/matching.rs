//! Functions that look for texts and regular expressions.
//!
//! A matcher is a regular expression, or any function that answers as a regular expression does
//! when it is called: with an object of `match`, `start`, `end`, `groups` and the function `next`.

use std::sync::Arc;

use indexmap::IndexMap;

use super::Arguments;
use crate::error::{Result, failed};
use crate::evaluator::Evaluator;
use crate::pattern::Pattern;
use crate::value::{Function, NextMatch, Value};

/// One place where a matcher matched.
struct Match {
    text: Arc<str>,
    start: usize,
    end: usize,
    groups: Vec<Value>,
}

/// Finds matches one after the other.
struct Matcher<'a, 'c, 'e> {
    arguments: &'a Arguments<'c, 'e>,
    text: Arc<str>,
    source: Source,
}

enum Source {
    Pattern(Arc<Pattern>, usize),
    /// A function still to be called, and the arguments to call it with.
    Function(Value, Vec<Value>),
}

impl<'a, 'c, 'e> Matcher<'a, 'c, 'e> {
    fn new(arguments: &'a Arguments<'c, 'e>, text: &Arc<str>, matcher: &Value) -> Self {
        let source = match matcher {
            Value::Function(function) => {
                if let Function::Regex(pattern) = &**function {
                    Source::Pattern(pattern.clone(), 0)
                } else {
                    let values = vec![Value::string(text.clone()), Value::number(0.0)];
                    Source::Function(matcher.clone(), values)
                }
            }
            _ => Source::Function(Value::Undefined, Vec::new()),
        };
        Self { arguments, text: text.clone(), source }
    }

    fn next(&mut self) -> Result<Option<Match>> {
        let evaluator = self.arguments.evaluator;
        match &mut self.source {
            Source::Pattern(pattern, start) => {
                let found = find(evaluator, pattern, &self.text, *start)?;
                if let Some(found) = &found {
                    *start = found.end;
                }
                Ok(found)
            }
            Source::Function(function, values) => {
                if function.is_undefined() {
                    return Ok(None);
                }
                let values = std::mem::take(values);
                let arguments = self.arguments;
                let found = evaluator.apply(function, values, arguments.input, arguments.name)?;
                if found.is_undefined() {
                    *function = Value::Undefined;
                    return Ok(None);
                }
                *function = found.member("next");
                self.read(&found).map(Some)
            }
        }
    }

    /// Reads a match from what a function returned.
    fn read(&self, found: &Value) -> Result<Match> {
        let wrong = || {
            let name = self.arguments.name;
            failed(
                "T1010",
                format!(
                    "The matcher function argument passed to function \"{name}\" does not return the correct object structure"
                ),
            )
        };
        let place = |name| {
            let units = found.member(name).as_f64()?;
            Some(byte_offset(&self.text, units as usize))
        };
        let next_is_function = matches!(found.member("next"), Value::Function(_));
        let groups = found.member("groups");
        match (found.member("match").as_str(), place("start"), place("end")) {
            (Some(text), Some(start), Some(end))
                if groups.is_array() && next_is_function && start <= end =>
            {
                let groups = groups.items_or_self().iter().collect();
                Ok(Match { text: text.clone(), start, end, groups })
            }
            _ => Err(wrong()),
        }
    }
}

/// Finds the first match from `start` on; one without characters is refused.
fn find(
    evaluator: &Evaluator<'_>,
    pattern: &Pattern,
    text: &str,
    start: usize,
) -> Result<Option<Match>> {
    let budget = &evaluator.budget;
    let captures = pattern.regex.captures_at(text, start);
    let end = captures.as_ref().map_or(text.len(), |captures| captures.get_match().end());
    budget.steps((end - start) / 8 + pattern.regex.captures_len())?;
    let Some(captures) = captures else {
        return Ok(None);
    };
    let whole = captures.get_match();
    if whole.is_empty() {
        return Err(failed("D1004", "Regular expression matches zero length string"));
    }
    budget.items(captures.len() + 4)?;
    budget.make_text(whole.len())?;
    let groups = captures
        .iter()
        .skip(1)
        .map(|group| {
            group.map_or(Ok(Value::Undefined), |group| evaluator.text(group.as_str().into()))
        })
        .collect::<Result<_>>()?;
    let (start, end) = (whole.start(), whole.end());
    Ok(Some(Match { text: whole.as_str().into(), start, end, groups }))
}

/// Returns the object a regular expression gives when it is called as a function.
pub(crate) fn next_match(
    evaluator: &Evaluator<'_>,
    pattern: &Arc<Pattern>,
    text: &Arc<str>,
    start: usize,
) -> Result<Value> {
    let Some(found) = find(evaluator, pattern, text, start)? else {
        return Ok(Value::Undefined);
    };
    let next = NextMatch { pattern: pattern.clone(), text: text.clone(), start: found.end };
    evaluator.record(IndexMap::from([
        ("match".into(), Value::string(found.text)),
        ("start".into(), Value::number(units(text, found.start))),
        ("end".into(), Value::number(units(text, found.end))),
        ("groups".into(), evaluator.list(found.groups)?),
        ("next".into(), Value::function(Function::NextMatch(next))),
    ]))
}

/// Returns how many UTF-16 units come before a byte offset, as JavaScript counts places.
fn units(text: &str, offset: usize) -> f64 {
    text[..offset].chars().map(char::len_utf16).sum::<usize>() as f64
}

fn byte_offset(text: &str, units: usize) -> usize {
    let mut passed = 0;
    for (offset, c) in text.char_indices() {
        if passed >= units {
            return offset;
        }
        passed += c.len_utf16();
    }
    text.len()
}

/// Returns the limit given as argument `at`, refusing negative ones.
fn limit(
    arguments: &Arguments<'_, '_>,
    at: usize,
    code: &'static str,
    message: &str,
) -> Result<usize> {
    match arguments.number(at) {
        Some(limit) if limit < 0.0 => Err(failed(code, message)),
        Some(limit) => Ok(limit as usize),
        None => Ok(usize::MAX),
    }
}

pub(super) fn find_matches(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    let message = "Third argument of match function must evaluate to a positive number";
    let limit = limit(arguments, 2, "D3040", message)?;
    let mut matcher = Matcher::new(arguments, text, &arguments.value(1));
    let mut results = Vec::new();
    let (mut counted, mut index) = (0, 0.0);
    while results.len() < limit {
        let Some(found) = matcher.next()? else { break };
        index +=
            units(text.get(counted..).unwrap_or_default(), found.start.saturating_sub(counted));
        counted = found.start;
        results.push(arguments.evaluator.record(IndexMap::from([
            ("match".into(), Value::string(found.text)),
            ("index".into(), Value::number(index)),
            ("groups".into(), arguments.evaluator.list(found.groups)?),
        ]))?);
    }
    arguments.evaluator.sequence(results)
}

pub(super) fn contains(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    let evaluator = arguments.evaluator;
    evaluator.budget.read_text(text.len())?;
    let found = if let Some(part) = arguments.text(1) {
        text.contains(&**part)
    } else {
        let values = vec![arguments.value(0)];
        let found =
            evaluator.apply(&arguments.value(1), values, arguments.input, arguments.name)?;
        !found.is_undefined()
    };
    Ok(Value::bool(found))
}

pub(super) fn split(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    let message = "Third argument of split function must evaluate to a positive number";
    let limit = limit(arguments, 2, "D3020", message)?;
    let evaluator = arguments.evaluator;
    evaluator.budget.read_text(text.len())?;
    let mut parts = Vec::new();
    match arguments.text(1) {
        Some(separator) if separator.is_empty() => {
            for c in text.chars().take(limit) {
                parts.push(evaluator.text(c.to_string())?);
            }
        }
        Some(separator) => {
            for part in text.split(&**separator).take(limit) {
                parts.push(evaluator.text(part.to_owned())?);
            }
        }
        None => {
            let mut matcher = Matcher::new(arguments, text, &arguments.value(1));
            let mut start = 0;
            while parts.len() < limit {
                let Some(found) = matcher.next()? else { break };
                parts
                    .push(evaluator.text(text.get(start..found.start).unwrap_or_default().into())?);
                start = found.end;
            }
            if parts.len() < limit {
                parts.push(evaluator.text(text[start..].to_owned())?);
            }
        }
    }
    evaluator.list(parts)
}

pub(super) fn replace(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    if arguments.text(1).is_some_and(|pattern| pattern.is_empty()) {
        return Err(failed(
            "D3010",
            "Second argument of replace function cannot be an empty string",
        ));
    }
    let message = "Fourth argument of replace function must evaluate to a positive number";
    let limit = limit(arguments, 3, "D3011", message)?;
    arguments.evaluator.budget.read_text(text.len())?;
    match arguments.text(1) {
        Some(pattern) => replace_text(arguments, text, pattern, limit),
        None => replace_matches(arguments, text, limit),
    }
}

fn replace_text(
    arguments: &Arguments<'_, '_>,
    text: &str,
    pattern: &str,
    limit: usize,
) -> Result<Value> {
    let budget = &arguments.evaluator.budget;
    let mut result = String::new();
    let mut rest = text;
    for _ in 0..limit {
        let Some((before, after)) = rest.split_once(pattern) else {
            break;
        };
        let replacement = substitute(arguments, None, pattern)?;
        budget.make_text(before.len() + replacement.len())?;
        result.push_str(before);
        result.push_str(&replacement);
        rest = after;
    }
    result.push_str(rest);
    arguments.evaluator.text(result)
}

fn replace_matches(arguments: &Arguments<'_, '_>, text: &Arc<str>, limit: usize) -> Result<Value> {
    let budget = &arguments.evaluator.budget;
    let mut matcher = Matcher::new(arguments, text, &arguments.value(1));
    let mut result = String::new();
    let mut start = 0;
    for _ in 0..limit {
        let Some(found) = matcher.next()? else { break };
        let replacement = substitute(arguments, Some((&found, text)), &found.text)?;
        let before = text.get(start..found.start).unwrap_or_default();
        budget.make_text(before.len() + replacement.len())?;
        result.push_str(before);
        result.push_str(&replacement);
        start = found.end;
    }
    result.push_str(&text[start..]);
    arguments.evaluator.text(result)
}

/// Returns what stands in for a match.
fn substitute(
    arguments: &Arguments<'_, '_>,
    found: Option<(&Match, &Arc<str>)>,
    matched: &str,
) -> Result<String> {
    let evaluator = arguments.evaluator;
    if let Some(replacement) = arguments.text(2) {
        return Ok(match found {
            Some((found, _)) => expand(replacement, found),
            None => replacement.to_string(),
        });
    }
    let argument = match found {
        None => Value::string(matched),
        Some((found, text)) => evaluator.record(IndexMap::from([
            ("match".into(), Value::string(found.text.clone())),
            ("start".into(), Value::number(units(text, found.start))),
            ("end".into(), Value::number(units(text, found.end))),
            ("groups".into(), evaluator.list(found.groups.clone())?),
        ]))?,
    };
    let result =
        evaluator.apply(&arguments.value(2), vec![argument], arguments.input, arguments.name)?;
    match result.as_str() {
        Some(text) => Ok(text.to_string()),
        None => {
            Err(failed("D3012", "Attempted to replace a matched string with a non-string value"))
        }
    }
}

/// Puts groups in the place of `$1`, the match for `$0` and `$` for `$$`.
fn expand(replacement: &str, found: &Match) -> String {
    let mut out = String::new();
    let mut rest = replacement;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('0') {
            out.push_str(&found.text);
            rest = after;
        } else {
            rest = expand_group(rest, found, &mut out);
        }
    }
    out.push_str(rest);
    out
}

/// Writes the group a number names; as many digits count as the number of groups has.
fn expand_group<'r>(rest: &'r str, found: &Match, out: &mut String) -> &'r str {
    let count = found.groups.len();
    let most = count.to_string().len();
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let mut number = rest[..digits].parse::<usize>().ok();
    if digits > 1 && number.is_some_and(|number| number > count) {
        number = rest[..digits - 1].parse().ok();
    }
    let Some(number) = number else {
        out.push('$');
        return rest;
    };
    if let Some(text) = number.checked_sub(1).and_then(|at| found.groups.get(at)?.as_str()) {
        out.push_str(text);
    }
    &rest[number.to_string().len()..]
}
