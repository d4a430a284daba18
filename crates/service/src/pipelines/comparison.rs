//! What differs between two texts of a pipeline: its tasks, triggers, params and other fields, by their names.
//!
//! Pure: the texts are compared as the values that they are, so comments and layout are no difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_schedule::CaughtUp;
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use crate::dates::{iso, isos};

/// Longest value that is told, bytes of its JSON; of a longer one only the name is.
const VALUE_BYTES_MAX: usize = 200;
/// The members of a pipeline whose own members are compared one by one, as they may be called.
const TASKS: [&str; 2] = ["tasks", "jobs"];
const TRIGGERS: &str = "on";
const PARAMS: &str = "params";

/// What a push changes of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PipelineComparison {
    /// The fields of the pipeline itself.
    pub fields: Vec<FieldChange>,
    /// Its params.
    pub params: PartChanges,
    /// What starts it, by the ids of triggers.
    pub triggers: PartChanges,
    /// The next ticks of the schedules among them.
    pub schedules: Vec<NextTicks>,
    /// Its tasks, those in groups as `group.task`.
    pub tasks: PartChanges,
}

/// Which parts of a kind are new, gone or different.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartChanges {
    /// Those that are new.
    pub added: Vec<Arc<str>>,
    /// Those that are gone.
    pub removed: Vec<Arc<str>>,
    /// Those that are different.
    pub changed: Vec<PartChange>,
}

/// A part that is different.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartChange {
    /// Its name.
    pub name: Arc<str>,
    /// What of it is different.
    pub fields: Vec<FieldChange>,
}

/// A field that is different.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub field: Arc<str>,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// What it was, if it is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Json>,
    /// What it is, if it is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Json>,
}

/// When a schedule that is new, gone or different is due.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NextTicks {
    /// The trigger's id.
    pub trigger: Arc<str>,
    /// Its next ticks without the push.
    #[serde(serialize_with = "isos")]
    pub before: Vec<Timestamp>,
    /// Its next ticks with it.
    #[serde(serialize_with = "isos")]
    pub after: Vec<Timestamp>,
    /// Its ticks of the past that run as soon as it is pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caught_up: Option<CaughtUpTicks>,
}

/// What a schedule that is new catches up on at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaughtUpTicks {
    /// How many ticks.
    pub ticks: usize,
    /// The first of them.
    #[serde(serialize_with = "iso")]
    pub since: Timestamp,
    /// Whether there are more than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
}

impl From<CaughtUp> for CaughtUpTicks {
    fn from(CaughtUp { ticks, since, has_more }: CaughtUp) -> Self {
        Self { ticks, since, has_more }
    }
}

/// Parts of a kind, in the order of the text.
type Parts<'a> = Vec<(Arc<str>, &'a Json)>;

/// Compares a pipeline with what it was; without that everything is new.
pub(super) fn compare(before: Option<&Json>, after: &Json) -> PipelineComparison {
    let parts =
        |of: fn(&Json) -> Parts<'_>| changes(&before.map(of).unwrap_or_default(), &of(after));
    PipelineComparison {
        fields: before.map(|before| own_fields(before, after)).unwrap_or_default(),
        params: parts(params),
        triggers: parts(triggers),
        schedules: Vec::new(),
        tasks: parts(tasks),
    }
}

impl PartChanges {
    /// Returns the names of those that are not as they were.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        let changed = self.changed.iter().map(|part| &part.name);
        self.added.iter().chain(&self.removed).chain(changed)
    }
}

fn own_fields(before: &Json, after: &Json) -> Vec<FieldChange> {
    let parts = [TASKS[0], TASKS[1], TRIGGERS, PARAMS];
    let mut found = fields(before, after, &parts);
    let manual = |pipeline: &Json| pipeline.get(TRIGGERS)?.get("manual").cloned();
    found.extend(field("on.manual".into(), manual(before).as_ref(), manual(after).as_ref()));
    found
}

fn params(pipeline: &Json) -> Parts<'_> {
    members(pipeline.get(PARAMS)).map(|(name, param)| (name.clone(), param)).collect()
}

/// Returns the triggers by the ids that they have, or are given for their kind and number.
fn triggers(pipeline: &Json) -> Parts<'_> {
    let mut found = Vec::new();
    for (kind, entries) in members(pipeline.get(TRIGGERS)).filter(|(kind, _)| ***kind != *"manual")
    {
        let entries: Vec<&Json> = match entries.as_array() {
            Some(entries) => entries.iter().collect(),
            None => vec![entries],
        };
        for (entry, number) in entries.into_iter().zip(1..) {
            let id = entry.get("id").and_then(Json::as_str).map(Arc::from);
            let given = || match number {
                1 => kind.clone(),
                _ => format!("{kind}_{number}").into(),
            };
            found.push((id.unwrap_or_else(given), entry));
        }
    }
    found
}

fn tasks(pipeline: &Json) -> Parts<'_> {
    let mut found = Vec::new();
    add_tasks(pipeline, "", &mut found);
    found
}

/// Adds the tasks of a pipeline or a group, and those in each of them.
fn add_tasks<'a>(group: &'a Json, before: &str, found: &mut Parts<'a>) {
    for (id, task) in TASKS.into_iter().flat_map(|name| members(group.get(name))) {
        let id: Arc<str> = format!("{before}{id}").into();
        found.push((id.clone(), task));
        add_tasks(task, &format!("{id}."), found);
    }
}

fn members(map: Option<&Json>) -> impl Iterator<Item = (&Arc<str>, &Json)> {
    map.and_then(Json::as_object).into_iter().flat_map(|members| members.iter())
}

fn changes(before: &Parts<'_>, after: &Parts<'_>) -> PartChanges {
    let by_name = |parts: &Parts<'_>| -> BTreeMap<Arc<str>, Json> {
        parts.iter().map(|(name, part)| (name.clone(), Json::clone(part))).collect()
    };
    let (old, new) = (by_name(before), by_name(after));
    let missing_in = |parts: &Parts<'_>, others: &BTreeMap<Arc<str>, Json>| {
        let names = parts.iter().map(|(name, _)| name);
        names.filter(|name| !others.contains_key(*name)).cloned().collect()
    };
    let changed = after.iter().filter_map(|(name, part)| {
        let fields = fields(old.get(name)?, part, &TASKS);
        (!fields.is_empty()).then(|| PartChange { name: name.clone(), fields })
    });
    PartChanges {
        added: missing_in(after, &old),
        removed: missing_in(before, &new),
        changed: changed.collect(),
    }
}

/// Compares the members of two maps that are not told `elsewhere`. What is no map, such as a param that
/// is its type alone, is a `value`.
fn fields(before: &Json, after: &Json, elsewhere: &[&str]) -> Vec<FieldChange> {
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        return field("value".into(), Some(before), Some(after)).into_iter().collect();
    };
    let gone = old.iter().filter(|(name, _)| new.get(name).is_none()).map(|(name, _)| name);
    let names = new.iter().map(|(name, _)| name).chain(gone);
    let names = names.filter(|name| !elsewhere.contains(&&***name));
    names.filter_map(|name| field(name.clone(), old.get(name), new.get(name))).collect()
}

fn field(field: Arc<str>, before: Option<&Json>, after: Option<&Json>) -> Option<FieldChange> {
    let change = match (before, after) {
        (Some(before), Some(after)) if before != after => "changed",
        (None, Some(_)) => "added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) | (None, None) => return None,
    };
    Some(FieldChange {
        field,
        change,
        before: before.and_then(short),
        after: after.and_then(short),
    })
}

/// Returns a value that is told: one of a line that is not long.
fn short(value: &Json) -> Option<Json> {
    let text = value.to_string();
    (text.len() <= VALUE_BYTES_MAX && !text.contains("\\n")).then(|| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        compasso_pipeline::value_of(text).unwrap()
    }

    #[track_caller]
    fn check(before: &str, after: &str, told: &str) {
        let compared = compare(Some(&json(before)), &json(after));
        assert_eq!(tell(&compared), told);
    }

    /// Tells a comparison in a line a part.
    fn tell(compared: &PipelineComparison) -> String {
        let mut lines: Vec<String> = compared.fields.iter().map(of_field).collect();
        let kinds = [
            ("param", &compared.params),
            ("trigger", &compared.triggers),
            ("task", &compared.tasks),
        ];
        for (kind, parts) in kinds {
            lines.extend(parts.added.iter().map(|name| format!("+ {kind} {name}")));
            lines.extend(parts.removed.iter().map(|name| format!("- {kind} {name}")));
            for part in &parts.changed {
                let fields: Vec<_> = part.fields.iter().map(of_field).collect();
                lines.push(format!("~ {kind} {}: {}", part.name, fields.join(", ")));
            }
        }
        lines.join("\n")
    }

    fn of_field(field: &FieldChange) -> String {
        let value = |value: &Option<Json>| value.as_ref().map_or("…".into(), Json::to_string);
        let FieldChange { field, change, before, after } = field;
        format!("{field} {change} {} {}", value(before), value(after))
    }

    const BEFORE: &str = "pipeline: p
timeout: 1h
on: {schedule: {id: nightly, cron: '0 4 * * *'}, webhook: [{path: /a}, {path: /b}]}
params: {limit: {type: integer, default: 1}, gone: {type: string}}
tasks:
  a: {run: \"echo one\\necho two\"}
  b: {needs: a, run: echo, retry: 3}
  g: {tasks: {in: {run: echo}}}
";

    #[test]
    fn comments_and_layout_are_no_difference() {
        check(BEFORE, &BEFORE.replace("timeout: 1h", "# soon\ntimeout:   '1h'"), "");
    }

    #[test]
    fn parts_that_are_new_gone_or_different_are_named() {
        let after = "pipeline: p
timeout: 2h
on: {schedule: {id: nightly, cron: '0 5 * * *'}, webhook: [{path: /a}], manual: false}
params: {limit: {type: integer, default: 2}, fresh: {type: string}}
tasks:
  a: {run: \"echo one\\necho three\"}
  c: {run: echo}
  g: {tasks: {in: {run: echo, retry: 1}, next: {run: echo}}}
";
        check(
            BEFORE,
            after,
            "timeout changed \"1h\" \"2h\"
on.manual added … false
+ param fresh
- param gone
~ param limit: default changed 1 2
- trigger webhook_2
~ trigger nightly: cron changed \"0 4 * * *\" \"0 5 * * *\"
+ task c
+ task g.next
- task b
~ task a: run changed … …
~ task g.in: retry added … 1",
        );
    }

    #[test]
    fn of_a_pipeline_that_is_new_all_parts_are() {
        let compared = compare(None, &json(BEFORE));
        assert_eq!(
            tell(&compared),
            "+ param limit\n+ param gone\n+ trigger nightly\n+ trigger webhook\n+ trigger webhook_2\n\
             + task a\n+ task b\n+ task g\n+ task g.in"
        );
    }
}
