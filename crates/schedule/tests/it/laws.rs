//! What holds for every schedule.

use compasso_schedule::{Schedule, Zone};
use compasso_types::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::{instant, schedule};

fn zones() -> impl Strategy<Value = String> {
    proptest::sample::select(Zone::names())
}

fn field(first: u8, last: u8) -> impl Strategy<Value = String> {
    let number = first..=last;
    prop_oneof![
        Just("*".to_owned()),
        number.clone().prop_map(|number| number.to_string()),
        (number.clone(), number.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        (1..=last).prop_map(|step| format!("*/{step}")),
    ]
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let policies = (
        proptest::sample::select(vec!["shift", "skip"]),
        proptest::sample::select(vec!["first", "last", "both"]),
    );
    let fields = (field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6));
    (fields, zones(), policies).prop_map(|((a, b, c, d, e), zone, (gap, overlap))| {
        schedule(&json!({
            "cron": format!("{a} {b} {c} {d} {e}"),
            "timezone": zone,
            "dst": { "gap": gap, "overlap": overlap },
        }))
    })
}

/// Instants from 1970 to 2100.
fn instants() -> impl Strategy<Value = Timestamp> {
    (0..4_102_444_800_000_i64).prop_map(Timestamp)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn ticks_increase_and_one_is_the_same_from_wherever_it_is_looked_for(
        schedule in schedules(),
        from in instants(),
    ) {
        let mut before = from;
        for _ in 0..20 {
            let Some(tick) = schedule.next_after(before) else { break };
            prop_assert!(tick.at > before);
            let middle = Timestamp(before.0 + (tick.at.0 - before.0) / 2);
            prop_assert_eq!(schedule.next_after(middle), Some(tick).filter(|_| middle < tick.at));
            prop_assert_eq!(schedule.next_after(Timestamp(tick.at.0 - 1)), Some(tick));
            before = tick.at;
        }
    }

    #[test]
    fn the_tick_before_is_the_one_that_the_next_follows(
        schedule in schedules(),
        from in instants(),
    ) {
        let first = schedule.next_after(from).unwrap();
        let second = schedule.next_after(first.at).unwrap();
        prop_assert_eq!(schedule.interval(second.at).start, first.at);
        prop_assert_eq!(schedule.last_before(second.at), Some(first.at));
        let both: Vec<_> = schedule.between(first.at, Timestamp(second.at.0 + 1)).collect();
        prop_assert_eq!(both, vec![first, second]);
    }

    #[test]
    fn a_tick_shows_a_time_of_its_pattern_unless_it_was_shifted(
        zone in zones(),
        hour in 0..24_i8,
        minute in 0..60_i8,
        from in instants(),
    ) {
        let cron = format!("{minute} {hour} * * *");
        let spec = json!({ "cron": cron, "timezone": zone, "dst": { "gap": "skip" } });
        let schedule = schedule(&spec);
        let local = schedule.zone().local(schedule.next_after(from).unwrap().at);
        prop_assert_eq!((local.hour(), local.minute()), (hour, minute));
    }
}

#[test]
fn a_daily_cron_fires_once_a_day_in_every_zone() {
    for zone in Zone::names() {
        for cron in ["0 0 * * *", "30 1 * * *", "15 2 * * *", "59 23 * * *"] {
            let schedule = schedule(&json!({ "cron": cron, "timezone": zone }));
            // Two that are a day apart, an hour or two of clock changes aside, are of two days that
            // follow each other. Dates would not tell: where 23:00 is followed by 00:00, the tick
            // of 23:59 comes on the next day.
            let ticks: Vec<_> = schedule
                .between(instant("2026-01-01T12:00"), instant("2027-12-31T12:00"))
                .collect();
            for pair in ticks.windows(2) {
                let minutes = (pair[1].at.0 - pair[0].at.0) / 60_000;
                assert!((22 * 60..=26 * 60).contains(&minutes), "{zone} {cron}: {pair:?}");
            }
            assert!((728..=730).contains(&ticks.len()), "{zone}: {}", ticks.len());
        }
    }
}

#[test]
fn an_hour_of_star_fires_every_hour_that_passes_in_every_zone() {
    // Clocks are set in these months, almost everywhere.
    let seasons = [("2026-03-01", "2026-05-01"), ("2026-09-01", "2026-11-10")];
    for zone in Zone::names() {
        let schedule = schedule(&json!({ "cron": "0 * * * *", "timezone": zone }));
        for (from, to) in seasons {
            let ticks: Vec<_> = schedule.between(instant(from), instant(to)).collect();
            for pair in ticks.windows(2) {
                let minutes = (pair[1].at.0 - pair[0].at.0) / 60_000;
                // Half-hour changes move the full hour.
                assert!(matches!(minutes, 30 | 60 | 90), "{zone}: {minutes}");
            }
        }
    }
}
