//! Recurrence rules, most of them the examples of RFC 5545.

use compasso_schedule::Spec;
use serde_json::json;

use super::ticks;

/// Returns the first days in New York on which a rule fires that begins on 2 September 1997 at 9.
fn days(rule: &str, count: usize) -> Vec<String> {
    let spec = json!({
        "rrule": rule,
        "start": "1997-09-02T09:00:00-04:00",
        "timezone": "America/New_York",
    });
    let found = ticks(&spec, "1997-01-01", "2030-01-01");
    found.into_iter().take(count).map(|tick| tick[..10].to_owned()).collect()
}

#[test]
fn the_examples_of_the_standard_have_their_days() {
    for (rule, expected) in [
        ("FREQ=DAILY;COUNT=3", ["1997-09-02", "1997-09-03", "1997-09-04"]),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", ["1997-09-02", "1997-09-12", "1997-09-22"]),
        ("FREQ=WEEKLY;COUNT=10", ["1997-09-02", "1997-09-09", "1997-09-16"]),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH", ["1997-09-02", "1997-09-04", "1997-09-16"]),
        ("FREQ=MONTHLY;COUNT=10;BYDAY=1FR", ["1997-09-05", "1997-10-03", "1997-11-07"]),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            ["1997-09-07", "1997-09-28", "1997-11-02"],
        ),
        ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", ["1997-09-22", "1997-10-20", "1997-11-17"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", ["1997-09-28", "1997-10-29", "1997-11-28"]),
        ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", ["1997-09-02", "1997-09-15", "1997-10-02"]),
        ("FREQ=YEARLY;COUNT=10;BYMONTH=6,7", ["1998-06-02", "1998-07-02", "1999-06-02"]),
        ("FREQ=YEARLY;BYDAY=20MO", ["1998-05-18", "1999-05-17", "2000-05-15"]),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", ["1998-03-05", "1998-03-12", "1998-03-19"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ["1998-02-13", "1998-03-13", "1998-11-13"]),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            ["1997-11-04", "2001-11-06", "2005-11-08"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            ["1997-09-29", "1997-10-30", "1997-11-27"],
        ),
        ("RRULE:FREQ=YEARLY", ["1997-09-02", "1998-09-02", "1999-09-02"]),
    ] {
        assert_eq!(days(rule, 3), expected, "{rule}");
    }
}

#[test]
fn a_rule_ends_after_its_count_or_at_its_last_time() {
    assert_eq!(days("FREQ=DAILY;COUNT=3", 9).len(), 3);
    assert_eq!(days("FREQ=DAILY;UNTIL=19970904T130000Z", 9).len(), 3);
    assert_eq!(days("FREQ=DAILY;UNTIL=19970904T125959Z", 9).len(), 2);
    assert_eq!(days("FREQ=DAILY;UNTIL=19970905", 9).len(), 4);
}

#[test]
fn the_begin_of_a_week_decides_which_weeks_count() {
    let spec = |week_start: &str| {
        let rule = format!("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={week_start}");
        json!({ "rrule": rule, "start": "1997-08-05T09:00:00Z" })
    };
    let at = |days: [&str; 4]| days.map(|day| format!("1997-08-{day}T09:00:00Z"));
    let found = |week_start| ticks(&spec(week_start), "1997-01-01", "1998-01-01");
    assert_eq!(found("MO"), at(["05", "10", "19", "24"]));
    assert_eq!(found("SU"), at(["05", "17", "19", "31"]));
}

#[test]
fn times_of_day_are_wall_times_over_clock_changes() {
    let spec = json!({
        "rrule": "FREQ=DAILY;BYHOUR=2,12;BYMINUTE=30",
        "start": "2026-03-07",
        "timezone": "America/New_York",
    });
    assert_eq!(
        ticks(&spec, "2026-03-08", "2026-03-09T12:00"),
        ["2026-03-08T07:00:00Z", "2026-03-08T16:30:00Z", "2026-03-09T06:30:00Z"]
    );
}

#[test]
fn what_is_no_rule_is_refused_with_a_way_out() {
    for (rule, message) in [
        ("", "rrule: the rule is unknown; a rule has FREQ"),
        ("INTERVAL=2", "rrule: the rule has no FREQ"),
        ("FREQ=HOURLY", "rrule: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY here"),
        ("FREQ=DAILY;BYWEEKNO=3", "rrule: BYWEEKNO is unknown"),
        ("FREQ=DAILY;FREQ=DAILY", "rrule: FREQ is there twice"),
        ("FREQ=DAILY;BYMONTH=13", "rrule: BYMONTH is a list of numbers from 1 to 12"),
        ("FREQ=DAILY;BYDAY=2MO", "rrule: BYDAY can count days only in months and years"),
        ("FREQ=MONTHLY;BYDAY=MON", "rrule: BYDAY has days MO, TU"),
        ("FREQ=MONTHLY;BYDAY=é", "rrule: BYDAY has days MO, TU"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rrule: the rule never fires"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260101", "rrule: COUNT stands beside UNTIL"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "rrule: the rule has BYMONTHDAY"),
        ("FREQ=DAILY;UNTIL=soon", "rrule: UNTIL is a time such as"),
    ] {
        let spec = json!({ "rrule": rule, "start": "2026-01-01" });
        let spec: Spec = serde_json::from_value(spec).unwrap();
        let found = spec.compile("nightly").unwrap_err();
        assert!(found[0].to_string().starts_with(message), "{rule}: {found:?}");
    }
    let unbegun: Spec = serde_json::from_value(json!({ "rrule": "FREQ=DAILY" })).unwrap();
    let found = unbegun.compile("nightly").unwrap_err();
    assert_eq!(found[0].to_string(), "start: a rule counts from 'start', and there is none");
}
