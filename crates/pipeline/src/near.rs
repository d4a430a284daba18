//! What was probably meant by a field that is not there, or by a value of another form.

mod elsewhere;

use compasso_integrations::actions;

use crate::report::Report;
use crate::source::{Node, Value};
use crate::units::parse_duration;

/// Shortest word that is looked for as a part of a name, and shortest name as a part of a word.
const PART_CHARS_MIN: (usize, usize) = (3, 4);
/// Fewest fields of a cron text.
const CRON_FIELDS_MIN: usize = 5;
/// Longest text that is written again in the form that it should have had.
const TEXT_BYTES_MAX: usize = 80;
/// What stands in a form for what was written.
const WRITTEN: &str = "…";
/// What others call a unit of time, and ours.
const UNITS: [(&str, &str); 5] =
    [("millisecond", "ms"), ("second", "s"), ("minute", "m"), ("hour", "h"), ("day", "d")];

/// Returns what was probably meant by the field `word` where `known` are the fields.
pub(crate) fn field(report: &mut Report<'_>, word: &str, known: &[&'static str]) -> Option<String> {
    if let Some(hint) = elsewhere::field(word, known) {
        return Some(hint);
    }
    if known.contains(&"uses") && is_action(word) {
        return Some(action_hint(word));
    }
    let near = report.nearest(word, known.iter().copied());
    near.or_else(|| part(word, known).map(|name| format!("did you mean '{name}'?")))
}

/// Returns what to write for the action `name` of another tool.
pub(crate) fn action(name: &str) -> Option<&'static str> {
    elsewhere::action(name)
}

/// Returns whether `word` is the name of an action, those of AWS's services apart.
pub(crate) fn is_action(word: &str) -> bool {
    actions::is_planned(word) || actions::names().any(|name| name == word)
}

/// Says how an action is called whose name stands as a field.
pub(crate) fn action_hint(name: &str) -> String {
    format!("write 'uses: {name}', with what it takes in 'with'")
}

/// Returns the form that a text should have had, if `node` is one: `{name: …}` with the text in it.
pub(crate) fn form(report: &Report<'_>, node: &Node, form: &str) -> Option<String> {
    let Value::Text(text, _) = &node.value else { return None };
    let is_short = text.len() <= TEXT_BYTES_MAX && !text.contains('\n');
    is_short.then(|| format!("write {}", form.replace(WRITTEN, report.written(node.span))))
}

/// Returns how `on` is written that is a word or a list of words, `kinds` being those of triggers.
pub(crate) fn triggers(report: &Report<'_>, node: &Node, kinds: &[&str]) -> Option<String> {
    let first = node.items().first().unwrap_or(node);
    if let ([member, ..], [_, ..]) = (first.members(), node.items())
        && kinds.contains(&&*member.key)
    {
        return Some(format!("write '{}: [{{…}}]', without '-' before it", member.key));
    }
    let word = first.as_str()?;
    if let Some(hint) = elsewhere::trigger(word) {
        return Some(hint);
    }
    if kinds.contains(&word) {
        return Some(format!("write {{{word}: {{…}}}}"));
    }
    let is_cron = word.starts_with('@') || word.split_whitespace().count() >= CRON_FIELDS_MIN;
    is_cron.then(|| form(report, first, "{schedule: {cron: …}}")).flatten()
}

/// Returns how a value is written in a list of its own.
pub(crate) fn listed(report: &Report<'_>, node: &Node) -> String {
    let written = report.written(node.span);
    if written.len() <= TEXT_BYTES_MAX && !written.contains('\n') && written.starts_with(['{', '['])
    {
        return format!("write [{written}]");
    }
    "write '- ' before it, which makes it the one of a list".to_owned()
}

/// Returns how the duration is written that stands in a map, if there is one: `{minutes: 5}`, `{after: 2h}`.
pub(crate) fn duration(report: &Report<'_>, node: &Node) -> Option<String> {
    let [member] = node.members() else { return None };
    let key = member.key.strip_suffix('s').unwrap_or(&member.key);
    let unit = UNITS.iter().find(|(name, _)| *name == key);
    let written = report.written(member.value.span);
    match (&member.value.value, unit) {
        (Value::Number(_), Some((_, unit))) => Some(format!("write {written}{unit}")),
        (Value::Text(text, _), None) if parse_duration(text).is_some() => {
            Some(format!("write {written}"))
        }
        _ => None,
    }
}

/// Returns how a field is written whose name stands in a map: `pool: {name: db, slots: 2}`.
pub(crate) fn name(report: &Report<'_>, node: &Node, field: &str) -> Option<String> {
    let written = |member: &str| {
        let found =
            node.get(member).filter(|node| !matches!(node.value, Value::List(_) | Value::Map(_)));
        found.map(|node| report.written(node.span))
    };
    let name = written("name")?;
    Some(match written("slots") {
        Some(slots) => format!("write '{field}: {name}', and 'slots: {slots}' beside it"),
        None => format!("write '{field}: {name}'"),
    })
}

/// Returns the name that has `word` at one of its ends, or the other way round: `max` is a part of
/// `max_runs`, and `timeout` of `timeout_seconds`.
fn part(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let ends = |whole: &str, end: &str| {
        let first = whole.strip_prefix(end).is_some_and(|rest| rest.starts_with(['_', '-']));
        first || whole.strip_suffix(end).is_some_and(|rest| rest.ends_with(['_', '-']))
    };
    let (word_min, name_min) = PART_CHARS_MIN;
    let is_part = |name: &&&str| {
        (word.len() >= word_min && ends(name, word)) || (name.len() >= name_min && ends(word, name))
    };
    known.iter().find(is_part).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_names_elsewhere_and_by_parts_of_names() {
        let task = ["needs", "run", "uses", "with", "timeout", "max_parallel", "each"];
        let concurrency = ["max_runs", "max_tasks", "group"];
        for (word, known, expected) in [
            ("bash", &task[..], Some("did you mean 'run'?")),
            ("depends_on", &task, Some("did you mean 'needs'?")),
            ("log", &task, Some("write 'uses: log', with what it takes in 'with'")),
            ("timeout_seconds", &task, Some("did you mean 'timeout'?")),
            ("parallel", &task, Some("did you mean 'max_parallel'?")),
            ("nedds", &task, Some("did you mean 'needs'?")),
            ("max", &concurrency, Some("did you mean 'max_runs'?")),
            ("log", &concurrency, None),
            ("run_id", &task, None),
            ("on", &task, None),
        ] {
            let found = field(&mut Report::new(""), word, known);
            assert_eq!(found.as_deref(), expected, "{word}");
        }
    }
}
