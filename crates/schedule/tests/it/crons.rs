//! The dialect of cron, and what is said about texts that are none.

use compasso_schedule::cron::{self, DayMatch};
use serde_json::json;

use super::ticks;

/// Returns the dates in a year on which a cron at midnight fires.
fn days(cron: &str, from: &str, to: &str) -> Vec<String> {
    let ticks = ticks(&json!({ "cron": cron }), from, to);
    ticks.iter().map(|tick| tick.strip_suffix("T00:00:00Z").unwrap().to_owned()).collect()
}

#[test]
fn days_of_a_month_are_counted_from_both_ends_and_around_weekends() {
    for (cron, expected) in [
        ("0 0 L * *", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("0 0 LW * *", ["2026-01-30", "2026-02-27", "2026-03-31"]),
        ("0 0 15W * *", ["2026-01-15", "2026-02-16", "2026-03-16"]),
        ("0 0 1W * *", ["2026-01-01", "2026-02-02", "2026-03-02"]),
        ("0 0 31W 1,3,5 *", ["2026-01-30", "2026-03-31", "2026-05-29"]),
        ("0 0 ? * 5L", ["2026-01-30", "2026-02-27", "2026-03-27"]),
        ("0 0 * * FRI#2", ["2026-01-09", "2026-02-13", "2026-03-13"]),
        ("0 0 * * 0#5", ["2026-03-29", "2026-05-31", "2026-08-30"]),
    ] {
        assert_eq!(days(cron, "2026-01-01", "2026-12-31")[..3], expected, "{cron}");
    }
}

#[test]
fn seven_and_zero_are_sunday_also_at_the_end_of_a_range() {
    let sundays = days("0 0 * * 0", "2026-01-01", "2026-02-01");
    assert_eq!(sundays, ["2026-01-04", "2026-01-11", "2026-01-18", "2026-01-25"]);
    assert_eq!(days("0 0 * * 7", "2026-01-01", "2026-02-01"), sundays);
    let weekend = ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-09"];
    assert_eq!(days("0 0 * * FRI-SUN", "2026-01-01", "2026-01-10"), weekend);
    assert_eq!(days("0 0 * * 5-7", "2026-01-01", "2026-01-10"), weekend);
}

#[test]
fn a_step_counts_from_the_begin_of_its_range() {
    for (cron, expected) in [
        ("5/15 0 * * *", ["00:05", "00:20", "00:35", "00:50"].as_slice()),
        ("10-30/10 0 * * *", &["00:10", "00:20", "00:30"]),
        ("0 1-7/3,22 * * *", &["01:00", "04:00", "07:00", "22:00"]),
        ("0 */9 * * *", &["00:00", "09:00", "18:00"]),
    ] {
        let expected: Vec<_> = expected.iter().map(|at| format!("2026-01-01T{at}:00Z")).collect();
        let found = ticks(&json!({ "cron": cron }), "2026-01-01", "2026-01-02");
        assert_eq!(found, expected, "{cron}");
    }
}

#[test]
fn words_stand_for_patterns() {
    for (word, pattern) in [
        ("@yearly", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * SUN"),
        ("@daily", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ] {
        let of = |cron| ticks(&json!({ "cron": cron }), "2026-01-01", "2026-02-02");
        assert_eq!(of(word), of(pattern), "{word}");
    }
    let every = ticks(&json!({ "cron": "@every 20m" }), "2026-01-01", "2026-01-01T01:00");
    assert_eq!(every, ["2026-01-01T00:00:00Z", "2026-01-01T00:20:00Z", "2026-01-01T00:40:00Z"]);
}

#[test]
fn a_zone_can_stand_in_front() {
    for cron in ["TZ=Europe/Lisbon 0 2 * * *", "CRON_TZ=Europe/Lisbon 0 2 * * *"] {
        let found = ticks(&json!({ "cron": cron }), "2026-07-01", "2026-07-02");
        assert_eq!(found, ["2026-07-01T01:00:00Z"]);
    }
}

#[test]
fn a_hash_is_the_same_for_the_same_name_and_spreads_names() {
    let at = |name: &str| {
        let cron = cron::parse("H H * * *", DayMatch::Any, name).unwrap();
        assert_eq!(cron, cron::parse("H H * * *", DayMatch::Any, name).unwrap());
        format!("{cron:?}")
    };
    let different: std::collections::BTreeSet<_> =
        (0..50).map(|number| at(&number.to_string())).collect();
    assert!(different.len() > 40, "{}", different.len());
    for number in 0..50 {
        let name = number.to_string();
        for cron in ["0 0 H 2 *", "H/15 H(0-7) * * *", "0 0 * H H", "H(50-59)/3 * * * *"] {
            cron::parse(cron, DayMatch::Any, &name).unwrap();
        }
    }
}

/// Returns the part of a cron that is wrong and what is said about it.
fn problem(cron: &str) -> (String, String) {
    let error = cron::parse(cron, DayMatch::Any, "nightly").unwrap_err();
    (cron[error.place.clone()].to_owned(), error.to_string())
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_a_way_out() {
    for (cron, part, message) in [
        ("", "", "a cron is empty"),
        ("* * *", "* * *", "a cron has 3 fields; write five"),
        ("0 0 1 1 * 2026 *", "0 0 1 1 * 2026 *", "a cron has 7 fields; write five"),
        ("61 * * * *", "61", "61 is no minute; write 0 to 59"),
        ("0 0,24 * * *", "24", "24 is no hour; write 0 to 23"),
        ("0 0 0 * *", "0", "0 is no day of the month; write 1 to 31"),
        ("0 0 * JANUARY *", "JANUARY", "'JANUARY' is no month; write 1 to 12 or JAN to DEC"),
        ("0 0 * * 8", "8", "8 is no day of the week"),
        ("0 0 * * 5#6", "5#6", "'5#6' is no day of the week"),
        ("0 22-5 * * *", "22-5", "the range '22-5' ends before it begins; write two"),
        ("*/0 * * * *", "*/0", "'0' is no step"),
        ("1,,2 * * * *", "", "'' is no minute"),
        ("L * * * *", "L", "'L' is no minute"),
        ("0 0 ?,3 * *", "?", "'?' is no day of the month"),
        ("@dayly", "@dayly", "'@dayly' is unknown; did you mean '@daily'?"),
        ("@daily 5", "5", "nothing can follow '@daily'"),
        ("@every 1ms", "1ms", "'@every' needs a time of at least a second"),
        ("TZ=Europe/Lisboa 0 0 * * *", "Europe/Lisboa", "did you mean 'Europe/Lisbon'?"),
        ("0 0 30 2 *", "30 2", "this cron never fires: no year has such a day"),
        ("0 0 31 2,4,6,9,11 *", "31 2,4,6,9,11", "this cron never fires"),
        ("é * * * *", "é", "'é' is no minute"),
    ] {
        let (found, text) = problem(cron);
        assert_eq!(found, part, "{cron}");
        assert!(text.contains(message), "{cron}: {text}");
    }
}

#[test]
fn a_cron_that_fires_once_in_decades_is_not_taken_for_one_that_never_does() {
    let spec = json!({ "cron": "0 0 29 2 1", "dayMatch": "all" });
    let found = ticks(&spec, "2026-01-01", "2100-01-01");
    assert_eq!(found, ["2044-02-29T00:00:00Z", "2072-02-29T00:00:00Z"]);
}

#[test]
fn a_daily_cron_that_comes_twice_when_clocks_are_set_back_is_found() {
    let spec = |overlap: &str, cron: &str| {
        let dst = json!({ "overlap": overlap });
        super::schedule(&json!({ "cron": cron, "timezone": "America/New_York", "dst": dst }))
    };
    let doubled = |overlap, cron| {
        let from = super::instant("2026-01-01");
        spec(overlap, cron).timing.next_doubled(from).map(|at| at.to_string())
    };
    assert_eq!(doubled("both", "30 1 * * *").as_deref(), Some("2026-11-01T06:30:00.000Z"));
    assert_eq!(doubled("both", "30 3 * * *"), None);
    assert_eq!(doubled("both", "30 * * * *"), None);
    assert_eq!(doubled("first", "30 1 * * *"), None);
}
