//! What rules tell from one look to the next.

use super::rules::{FAILURES, gone, many_failures};
use super::*;

const SECOND: i64 = 1_000;

fn alerts() -> Alerts {
    let rule =
        AlertRule::Failures { count: 2, within: Duration::from_secs(10), workflow: "*".into() };
    Alerts { rule, repeat: None, tells_end: true, names: None }
}

/// Looks until there is no more to be found at once, and returns the states that are told.
fn looks(
    alerts: &Alerts,
    seen: &mut Seen,
    now: impl Fn(&Seen) -> Now,
    at: Timestamp,
) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let found = alerts.anew(at, seen).unwrap_or_else(|| alerts.news(now(seen), at, seen));
        let Found { news, notes, more, .. } = found;
        told.extend(news.iter().map(|news| news.arrival.trigger.to_string()));
        let looks = notes.into_iter().chain(news.into_iter().map(|news| (news.name, news.look)));
        for (name, look) in looks {
            match look {
                Some(look) => seen.insert(name, look),
                None => seen.remove(&name),
            };
        }
        assert!(told.len() < 10, "the same is told for ever");
        if !more {
            let state = |text: String| text.split("\"state\":\"").nth(1).unwrap()[..6].to_owned();
            return told.into_iter().map(state).collect();
        }
    }
}

#[test]
fn failures_that_are_over_at_the_first_look_are_told_once_and_so_is_their_end() {
    let failed: Vec<(Timestamp, Arc<str>)> =
        [100, 101].map(|at| (Timestamp(at * SECOND), "run".into())).into();
    let at = Timestamp(500 * SECOND);
    let mut seen = Seen::from([(CURSOR.to_owned(), (50 * SECOND).to_string())]);
    let now = |seen: &Seen| {
        let from = Timestamp(seen[CURSOR].parse().unwrap());
        many_failures(&failed, 2, Duration::from_secs(10), (from, at), seen.contains_key(FAILURES))
    };
    assert_eq!(looks(&alerts(), &mut seen, now, at), ["firing", "resolv"]);
    assert_eq!(looks(&alerts(), &mut seen, now, at), [""; 0]);
}

#[test]
fn what_holds_again_but_not_for_long_enough_is_not_over() {
    let limit = Duration::from_secs(60);
    let (mut seen, tags) = (Seen::default(), [Arc::from("gpu")]);
    let look = |seen: &mut Seen, waits: &mut Option<Timestamp>, there, at: i64| {
        let at = Timestamp(at * SECOND);
        let mut waited = *waits;
        let now = |_: &Seen| gone(there, 1, ("*", &tags), limit, at, &mut waited.clone());
        let told = looks(&alerts(), seen, now, at);
        gone(there, 1, ("*", &tags), limit, at, &mut waited);
        *waits = waited;
        told
    };
    let mut waits = None;
    assert_eq!(look(&mut seen, &mut waits, 0, 100), [""; 0]);
    assert_eq!(look(&mut seen, &mut waits, 0, 160), ["firing"]);
    // The server began anew, and does not know since when.
    waits = None;
    assert_eq!(look(&mut seen, &mut waits, 0, 200), [""; 0]);
    assert_eq!(look(&mut seen, &mut waits, 0, 260), [""; 0]);
    assert_eq!(look(&mut seen, &mut waits, 1, 270), ["resolv"]);
}

#[test]
fn a_rule_whose_condition_changed_ends_what_it_told_and_counts_from_then_on() {
    let failed: Vec<(Timestamp, Arc<str>)> =
        [100, 101].map(|at| (Timestamp(at * SECOND), "run".into())).into();
    let (within, mut seen) = (Duration::from_secs(10), Seen::default());
    let look = |alerts: &Alerts, seen: &mut Seen, at: i64| {
        let AlertRule::Failures { count, .. } = alerts.rule else { unreachable!() };
        let at = Timestamp(at * SECOND);
        let now = |seen: &Seen| {
            let from = seen.get(CURSOR).map_or(at, |text| Timestamp(text.parse().unwrap()));
            let is_told = seen.contains_key(FAILURES);
            many_failures(&failed, count as usize, within, (from, at), is_told)
        };
        looks(alerts, seen, now, at)
    };
    let rule = |count| AlertRule::Failures { count, within, workflow: "*".into() };
    let changed = |count| Alerts { rule: rule(count), ..alerts() };
    assert_eq!(look(&alerts(), &mut seen, 102), ["firing"]);
    // The same failures are enough for the other rule, which tells of them as its own.
    assert_eq!(look(&changed(1), &mut seen, 103), ["resolv", "firing"]);
    assert_eq!(look(&changed(1), &mut seen, 104), [""; 0]);
    assert_eq!(look(&changed(3), &mut seen, 105), ["resolv"]);
    let cursor = Timestamp(seen[CURSOR].parse().unwrap());
    assert_eq!(cursor, Timestamp(105 * SECOND), "it counts from when it was changed");
    // How often it is told does not make it another rule.
    let again = Alerts { repeat: Some(within), ..changed(3) };
    assert_eq!(look(&again, &mut seen, 106), [""; 0]);
}
