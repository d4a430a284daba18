//! Days on which a schedule rests.

use serde_json::{Value, json};

use super::{instant, schedule, ticks};

const WEEKEND: [&str; 2] = ["SAT", "SUN"];

fn daily(calendar: &Value) -> Value {
    json!({ "cron": "0 9 * * *", "calendar": calendar })
}

#[test]
fn ticks_on_closed_days_are_there_and_say_so() {
    // 2026-01-01 is a Thursday.
    let closed = |calendar: Value, days: &str| -> Vec<bool> {
        let schedule = schedule(&daily(&calendar));
        schedule.between(instant("2026-01-01"), instant(days)).map(|tick| tick.closed).collect()
    };
    let exclude = json!({ "mode": "exclude", "weekdays": WEEKEND, "dates": ["2026-01-01"] });
    assert_eq!(closed(exclude, "2026-01-06"), [true, false, true, true, false]);
    let only = json!({ "mode": "only", "dates": ["2026-01-02"] });
    assert_eq!(closed(only, "2026-01-04"), [true, false, true]);
}

#[test]
fn ticks_to_come_are_open_ones_and_are_not_looked_for_without_end() {
    let upcoming = |date: &str| {
        let calendar = json!({ "mode": "only", "dates": [date] });
        let schedule = schedule(&json!({ "every": "1h", "calendar": calendar }));
        schedule.upcoming(instant("2026-01-01"), 2).len()
    };
    assert_eq!([upcoming("2026-03-01"), upcoming("2025-01-01")], [2, 0]);
}

#[test]
fn a_tick_moves_to_the_next_or_the_last_open_day() {
    let monthly = |mode: &str| {
        let calendar = json!({ "mode": mode, "weekdays": WEEKEND });
        json!({ "cron": "0 9 1 * *", "timezone": "Europe/Lisbon", "calendar": calendar })
    };
    // The first of February and of March 2026 are Sundays, that of August is a Saturday.
    assert_eq!(
        ticks(&monthly("next"), "2026-01-15", "2026-09-01"),
        [
            "2026-02-02T09:00:00Z",
            "2026-03-02T09:00:00Z",
            "2026-04-01T08:00:00Z",
            "2026-05-01T08:00:00Z",
            "2026-06-01T08:00:00Z",
            "2026-07-01T08:00:00Z",
            "2026-08-03T08:00:00Z",
        ]
    );
    assert_eq!(
        ticks(&monthly("previous"), "2026-01-15", "2026-04-15"),
        ["2026-01-30T09:00:00Z", "2026-02-27T09:00:00Z", "2026-04-01T08:00:00Z"]
    );
}

#[test]
fn what_moves_to_a_day_with_ticks_becomes_one_with_the_first_of_them() {
    for mode in ["next", "previous"] {
        let spec = daily(&json!({ "mode": mode, "weekdays": WEEKEND }));
        assert_eq!(
            ticks(&spec, "2026-01-01", "2026-01-07"),
            [
                "2026-01-01T09:00:00Z",
                "2026-01-02T09:00:00Z",
                "2026-01-05T09:00:00Z",
                "2026-01-06T09:00:00Z",
            ],
            "{mode}"
        );
    }
}

#[test]
fn moved_ticks_are_found_from_wherever_they_are_looked_for() {
    let calendar = json!({ "mode": "next", "weekdays": WEEKEND });
    let spec = json!({ "cron": "0 9,15 * * SAT", "calendar": calendar });
    // Saturday's two ticks become one on Monday.
    for from in ["2026-01-01", "2026-01-03T09:00", "2026-01-03T12:00", "2026-01-04", "2026-01-05"] {
        let found = ticks(&spec, from, "2026-01-11");
        assert_eq!(found, ["2026-01-05T09:00:00Z"], "{from}");
    }
}

#[test]
fn a_calendar_without_open_days_ends_a_schedule() {
    let spec = daily(&json!({ "mode": "only", "dates": ["2020-01-01"] }));
    assert!(schedule(&spec).next_after(instant("2026-01-01")).unwrap().closed);
    let everyday = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
    let spec = daily(&json!({ "mode": "next", "weekdays": everyday }));
    let spec: compasso_schedule::Spec = serde_json::from_value(spec).unwrap();
    let problems = spec.compile("nightly").unwrap_err();
    assert_eq!(problems[0].to_string(), "calendar: no day of the week is left");
}
