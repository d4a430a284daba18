//! What schedules say, beside crons.

use std::time::Duration;

use compasso_schedule::{CatchUp, Lateness, Overlap, Spec};
use compasso_types::Timestamp;
use serde_json::{Value, json};

use super::{instant, schedule, ticks};

#[test]
fn every_counts_from_its_anchor_and_ignores_clock_changes() {
    let spec = json!({ "every": "1h30m", "timezone": "America/New_York", "offset": "10m" });
    assert_eq!(
        ticks(&spec, "2026-03-08T05:00", "2026-03-08T09:00"),
        ["2026-03-08T06:10:00Z", "2026-03-08T07:40:00Z"]
    );
    let anchored = json!({ "every": "2d", "anchor": "2026-01-01T06:00:00Z" });
    assert_eq!(
        ticks(&anchored, "2025-12-29", "2026-01-04"),
        ["2025-12-30T06:00:00Z", "2026-01-01T06:00:00Z", "2026-01-03T06:00:00Z"]
    );
}

#[test]
fn listed_times_come_in_order_and_once() {
    let at = ["2026-03-01T10:00:00Z", "2026-01-01", "2026-03-01T11:00:00+01:00"];
    let spec = json!({ "at": at, "timezone": "Europe/Paris" });
    assert_eq!(
        ticks(&spec, "2025-01-01", "2027-01-01"),
        ["2025-12-31T23:00:00Z", "2026-03-01T10:00:00Z"]
    );
}

#[test]
fn start_is_included_and_end_is_not() {
    let spec = json!({
        "cron": "0 0 * * *",
        "start": "2026-01-02",
        "end": "2026-01-04",
    });
    assert_eq!(
        ticks(&spec, "2025-01-01", "2027-01-01"),
        ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
    );
}

#[test]
fn a_tick_stands_for_the_time_since_the_one_before() {
    let check = |spec: Value, at: &str, start: &str, partition: &str| {
        let schedule = schedule(&spec);
        let interval = schedule.interval(instant(at));
        assert_eq!((interval.start, interval.end), (instant(start), instant(at)), "{spec}");
        assert_eq!(schedule.partition(interval).as_deref(), Some(partition), "{spec}");
    };
    let lisbon = "Europe/Lisbon";
    check(
        json!({ "cron": "0 3 * * *", "timezone": lisbon, "start": "2026-03-08" }),
        "2026-03-08T03:00",
        "2026-03-07T03:00",
        "2026-03-07",
    );
    check(json!({ "every": "1h" }), "2026-03-07T06:00", "2026-03-07T05:00", "2026-03-07T05");
    check(json!({ "cron": "@weekly" }), "2026-03-08", "2026-03-01", "2026-W09");
    check(json!({ "cron": "@monthly" }), "2026-04-01", "2026-03-01", "2026-03");
    check(
        json!({ "cron": "@monthly", "partition": "day" }),
        "2026-04-01",
        "2026-03-01",
        "2026-03-01",
    );
    check(json!({ "at": ["2026-01-01"] }), "2026-01-01", "2026-01-01", "2026-01-01T00");
}

#[test]
fn the_first_tick_stands_for_as_much_as_those_that_follow() {
    let check = |spec: Value, expected: [[&str; 3]; 2]| {
        let schedule = schedule(&spec);
        let first: Vec<_> =
            schedule.between(instant("2026-01-01"), instant("2027-01-01")).take(2).collect();
        let told = first.iter().map(|tick| {
            let interval = schedule.interval(tick.at);
            let partition = schedule.partition(interval).unwrap_or_default();
            [interval.start.to_string(), interval.end.to_string(), partition]
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{spec}");
    };
    let last_workday = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1";
    let months = [
        ["2025-12-31T00:00:00.000Z", "2026-01-30T00:00:00.000Z", "2025-12"],
        ["2026-01-30T00:00:00.000Z", "2026-02-27T00:00:00.000Z", "2026-01"],
    ];
    check(json!({ "rrule": last_workday, "start": "2026-01-01" }), months);
    let counted = format!("{last_workday};COUNT=2");
    check(json!({ "rrule": counted, "start": "2026-01-01" }), months);
    let fortnights = json!({ "rrule": "FREQ=WEEKLY;INTERVAL=2", "start": "2026-01-07" });
    check(
        fortnights,
        [
            ["2025-12-24T00:00:00.000Z", "2026-01-07T00:00:00.000Z", "2025-W52"],
            ["2026-01-07T00:00:00.000Z", "2026-01-21T00:00:00.000Z", "2026-W02"],
        ],
    );
    check(
        json!({ "rrule": "FREQ=MONTHLY", "start": "2026-01-31" }),
        [
            ["2025-12-31T00:00:00.000Z", "2026-01-31T00:00:00.000Z", "2025-12"],
            ["2026-01-31T00:00:00.000Z", "2026-03-31T00:00:00.000Z", "2026-01"],
        ],
    );
    let at = ["2026-05-01", "2026-03-01T10:00:00Z"];
    check(
        json!({ "at": at, "timezone": "Europe/Lisbon" }),
        [
            ["2026-02-01T10:00:00.000Z", "2026-03-01T10:00:00.000Z", "2026-02"],
            ["2026-03-01T10:00:00.000Z", "2026-04-30T23:00:00.000Z", "2026-03"],
        ],
    );
    check(
        json!({ "at": ["2026-05-01T10:00:00Z", "2026-05-02T12:00:00Z"] }),
        [
            ["2026-04-30T10:00:00.000Z", "2026-05-01T10:00:00.000Z", "2026-04-30"],
            ["2026-05-01T10:00:00.000Z", "2026-05-02T12:00:00.000Z", "2026-05-01"],
        ],
    );
}

#[test]
fn the_interval_of_a_rare_burst_is_found_without_listing_it() {
    let schedule = schedule(&json!({ "cron": "* * 0-11 1 1 *" }));
    let interval = schedule.interval(instant("2026-01-01"));
    assert_eq!(interval.start, instant("2025-01-01T11:59:59Z"));
}

#[test]
fn a_run_is_put_off_by_its_delay_and_a_jitter_that_is_always_the_same() {
    let spec = json!({ "cron": "@daily", "delay": "10m", "jitter": "5m" });
    let mut delays = std::collections::BTreeSet::new();
    for day in 0..50 {
        let at = Timestamp(day * 86_400_000);
        let due = schedule(&spec).due(at);
        assert_eq!(due, schedule(&spec).due(at));
        let delay = due.since(at);
        assert!((600..900).contains(&delay.as_secs()), "{delay:?}");
        delays.insert(delay);
    }
    assert!(delays.len() > 40);
}

#[test]
fn missed_ticks_run_as_they_are_asked_to() {
    let grace = Duration::from_secs(60);
    let judge = |catch_up: CatchUp, late: u64, newest: bool| {
        let due = Timestamp(0);
        catch_up.judge(due, due.after_seconds(late), grace, newest)
    };
    let hour = CatchUp::Within(Duration::from_secs(3_600));
    assert_eq!(judge(CatchUp::None, 60, false), Lateness::Runs);
    assert_eq!(judge(CatchUp::None, 61, true), Lateness::Misfired);
    assert_eq!(judge(CatchUp::Last, 61, true), Lateness::Runs);
    assert_eq!(judge(CatchUp::Last, 61, false), Lateness::Coalesced);
    assert_eq!(judge(CatchUp::All, 1_000_000, false), Lateness::Runs);
    assert_eq!(judge(hour, 3_600, false), Lateness::Runs);
    assert_eq!(judge(hour, 3_601, true), Lateness::Misfired);
}

#[test]
fn runs_that_overlap_wait_if_none_may_be_lost_and_are_skipped_otherwise() {
    let overlap =
        |catchup: &str| schedule(&json!({ "cron": "@daily", "catchup": catchup })).overlap;
    assert_eq!(overlap("none"), Overlap::Skip);
    assert_eq!(overlap("last"), Overlap::Skip);
    assert_eq!(overlap("all"), Overlap::BufferAll);
    assert_eq!(overlap("6h"), Overlap::BufferAll);
}

/// Returns all that is said about a spec.
fn problems(spec: Value) -> Vec<String> {
    let spec: Spec = serde_json::from_value(spec).unwrap();
    spec.compile("nightly").unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn all_problems_of_a_spec_are_told_at_once() {
    let found = problems(json!({
        "cron": "61 * * * *",
        "timezone": "Mars",
        "start": "soon",
        "jitter": "a bit",
        "catchup": "some",
    }));
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found[1].starts_with("cron: 61 is no minute"), "{found:?}");
    assert!(found[0].starts_with("timezone: there is no time zone 'Mars'"), "{found:?}");
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (spec, message) in [
        (json!({}), "cron: write exactly one of 'cron', 'every', 'rrule' and 'at'"),
        (json!({ "cron": "@daily", "every": "1h" }), "cron: write exactly one of"),
        (json!({ "cron": "@daily", "anchor": "2026-01-01" }), "anchor: 'anchor' and 'offset'"),
        (json!({ "every": "500ms" }), "every: it is shorter than a second"),
        (
            json!({ "cron": "TZ=UTC @daily", "timezone": "Europe/Lisbon" }),
            "timezone: the cron names another zone, 'UTC'",
        ),
        (
            json!({ "every": "1h", "start": "2026-01-02", "end": "2026-01-02" }),
            "end: it is not after 'start'",
        ),
    ] {
        let found = problems(spec);
        assert!(found.iter().any(|problem| problem.starts_with(message)), "{found:?}");
    }
}
