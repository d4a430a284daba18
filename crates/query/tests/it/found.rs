//! Which rows are found.

use compasso_query::{Duration, Found, Row};
use compasso_types::{Number, Timestamp};

use crate::schema::query;

const HOUR: i64 = 3_600_000;
const NOW: Timestamp = Timestamp(100 * HOUR);

/// A failed execution of an hour ago.
struct Failed;

impl Row for Failed {
    fn value(&self, field: &str) -> Option<Found<'_>> {
        Some(match field {
            "status" => Found::Text("FAILED"),
            "workflow" => Found::Text("order-fulfilment"),
            "started" => Found::Time(Timestamp(99 * HOUR)),
            "duration" => Found::Duration(Duration { ms: 90_000 }),
            "redrives" => Found::Number(Number::Int(0)),
            "waiting" => Found::Words(&["PEOPLE", "ASSET"]),
            "input.customer" => Found::Text("c-1042"),
            "input.total" => Found::Number(Number::Float(12.5)),
            "input.express" => Found::Bool(true),
            _ => return None,
        })
    }
}

fn check(expected: bool, texts: &[&str]) {
    for text in texts {
        assert_eq!(query(text).matches(&Failed, NOW), expected, "{text}");
    }
}

#[test]
fn a_row_is_found_by_what_it_has() {
    check(
        true,
        &[
            "",
            "status = failed",
            "status != running",
            "status in (ABORTED, FAILED)",
            "workflow = order-fulfilment",
            "workflow starts with order and workflow contains \"-ful\"",
            "started > now-24h and started < now",
            "started >= 1970-01-05",
            "duration > 1m and duration <= 90s",
            "redrives = 0",
            "input.customer = \"c-1042\"",
            "input.customer > b and input.total >= 12.5 and input.total < 100",
            "input.express = true",
            "input.customer exists and not input.other exists",
            "status = RUNNING or (redrives = 0 and not duration > 2m)",
        ],
    );
    check(
        false,
        &[
            "status = running",
            "status != failed",
            "workflow = order",
            "workflow contains FULFIL",
            "started > now-30m",
            "started < 1970-01-05T03:00:00Z",
            "duration > 90s",
            "input.total = 12",
            "not status = failed",
            "status = FAILED and redrives > 0",
        ],
    );
}

#[test]
fn values_of_different_kinds_are_not_compared() {
    check(false, &["input.total = \"12.5\"", "input.total != \"12.5\"", "input.customer > 5"]);
    check(false, &["input.total contains 1", "input.express = \"true\""]);
}

#[test]
fn a_field_of_several_words_is_each_of_them() {
    check(
        true,
        &[
            "waiting = people",
            "waiting = asset and waiting = people",
            "waiting in (EVENT, ASSET)",
            "waiting != event",
            "waiting exists",
        ],
    );
    check(false, &["waiting = event", "waiting != asset", "waiting in (event)"]);
}

#[test]
fn what_a_query_asks_about_is_known() {
    let asks = |text: &str| query(text).fields().contains(&"waiting");
    assert!(
        asks("not waiting = event") && asks("redrives = 1 or (waiting exists and redrives = 2)")
    );
    assert!(!asks("redrives = 1") && !asks(""));
}

#[test]
fn what_a_row_does_not_have_is_found_by_not_alone() {
    check(
        false,
        &["input.other = x", "input.other != x", "input.other in (x)", "input.other exists"],
    );
    check(true, &["not input.other = x", "not input.other exists"]);
}

#[test]
fn the_tests_that_must_hold_are_known() {
    let fields = |text: &str| {
        let query = query(text);
        query.required().map(|test| test.field.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(
        fields("status = FAILED and (input.a = 1 and not redrives = 1)"),
        ["status", "input.a"]
    );
    assert_eq!(fields("status = FAILED"), ["status"]);
    assert_eq!(fields("status = FAILED or redrives = 1"), [""; 0]);
    assert_eq!(fields(""), [""; 0]);
}
