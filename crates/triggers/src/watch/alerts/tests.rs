//! What rules tell from one look to the next.

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
        let Found { news, notes, more, .. } = alerts.news(now(seen), at, seen);
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
