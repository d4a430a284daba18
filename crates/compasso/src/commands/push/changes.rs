//! What a push would change of a pipeline, in lines for people.

use serde_json::Value;

use crate::commands::answer::text;

/// The kinds of parts, and the members that tell of them.
const PARTS: [(&str, &str); 3] = [("param", "params"), ("trigger", "triggers"), ("task", "tasks")];

/// Returns a line for each part that is new, gone or different.
pub(super) fn lines(changes: &Value) -> Vec<String> {
    let mut lines: Vec<_> =
        items(&changes["fields"]).map(|change| format!("  ~ {}", field(change))).collect();
    for (kind, member) in PARTS {
        let parts = &changes[member];
        let next = |name: &str| {
            let schedule = items(&changes["schedules"]).find(|it| it["trigger"] == *name);
            schedule.filter(|_| kind == "trigger")
        };
        let part = |sign: char, name: &str, rest: &str| {
            let kind = if next(name).is_some() { "schedule" } else { kind };
            let line = format!("  {sign} {kind} {name}{rest}");
            std::iter::once(line).chain(next(name).into_iter().flat_map(due)).collect::<Vec<_>>()
        };
        for (sign, how) in [('+', "added"), ('-', "removed")] {
            let names = items(&parts[how]).filter_map(Value::as_str);
            lines.extend(names.flat_map(|name| part(sign, name, "")));
        }
        for change in items(&parts["changed"]) {
            let fields: Vec<_> = items(&change["fields"]).map(field).collect();
            lines.extend(part('~', &text(change, "name"), &format!(": {}", fields.join(", "))));
        }
    }
    if lines.is_empty() {
        lines.push("  only comments, layout or order".to_owned());
    }
    lines
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Tells of a field: what it was and what it is, where both are short.
fn field(change: &Value) -> String {
    let name = text(change, "field");
    let value = |member: &str| change.get(member).map(plain);
    match (change["change"].as_str(), value("before"), value("after")) {
        (Some("added"), _, Some(after)) => format!("{name} {after} (new)"),
        (Some("added"), _, None) => format!("{name} (new)"),
        (Some("removed"), ..) => format!("{name} (gone)"),
        (_, Some(before), Some(after)) => format!("{name} {before} → {after}"),
        _ => name,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Tells when a schedule is due, and what it catches up on at once.
fn due(schedule: &Value) -> Vec<String> {
    let caught_up = schedule.get("caughtUp").map(|missed| {
        let more = if missed["hasMore"] == true { "more than " } else { "" };
        let (ticks, since) = (&missed["ticks"], text(missed, "since"));
        if *ticks == 1 {
            return format!("      the tick of {since} is caught up at once");
        }
        format!("      {more}{ticks} ticks since {since} are caught up at once")
    });
    std::iter::once(ticks(schedule)).chain(caught_up).collect()
}

/// Tells when a schedule is due next, and when it would have been.
fn ticks(schedule: &Value) -> String {
    let list = |member: &str| {
        let times: Vec<_> = items(&schedule[member]).filter_map(Value::as_str).collect();
        if times.is_empty() { "never".to_owned() } else { times.join(", ") }
    };
    let (before, after) = (list("before"), list("after"));
    if before == after && after == "never" {
        return "      next never".to_owned();
    }
    if before == after {
        return format!("      next {after}, as before");
    }
    format!("      next {after}; before: {before}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schedule_that_is_never_due_has_nothing_to_compare() {
        assert_eq!(ticks(&json!({"trigger": "once", "after": []})), "      next never");
    }

    #[test]
    fn a_schedule_that_catches_up_says_on_how_much() {
        let told = |missed: Value| {
            due(&json!({"trigger": "nightly", "before": [], "after": [], "caughtUp": missed}))[1]
                .clone()
        };
        let since = "2026-11-22T05:00:00.000Z";
        let one = "      the tick of 2026-11-22T05:00:00.000Z is caught up at once";
        assert_eq!(told(json!({"ticks": 1, "since": since})), one);
        let seven = "      7 ticks since 2026-11-22T05:00:00.000Z are caught up at once";
        assert_eq!(told(json!({"ticks": 7, "since": since})), seven);
        let many = "      more than 7 ticks since 2026-11-22T05:00:00.000Z are caught up at once";
        assert_eq!(told(json!({"ticks": 7, "since": since, "hasMore": true})), many);
    }

    #[test]
    fn a_schedule_that_is_due_at_another_time_says_both() {
        let fields = json!([{"field": "cron", "change": "changed", "before": "0 4 * * *",
            "after": "0 5 * * *"}]);
        let changes = json!({
            "fields": [{"field": "timeout", "change": "removed", "before": "1h"}],
            "triggers": {"changed": [{"name": "nightly", "fields": fields}]},
            "schedules": [{"trigger": "nightly", "before": ["2026-01-01T04:00:00.000Z"],
                "after": ["2026-01-01T05:00:00.000Z"]}],
            "tasks": {"added": ["load"], "changed": [{"name": "nightly", "fields":
                [{"field": "run", "change": "changed"}]}]},
        });
        let told = [
            "  ~ timeout (gone)",
            "  ~ schedule nightly: cron 0 4 * * * → 0 5 * * *",
            "      next 2026-01-01T05:00:00.000Z; before: 2026-01-01T04:00:00.000Z",
            "  + task load",
            "  ~ task nightly: run",
        ];
        assert_eq!(lines(&changes), told);
    }

    #[test]
    fn a_version_with_other_comments_says_so() {
        assert_eq!(lines(&json!({})), ["  only comments, layout or order"]);
    }
}
