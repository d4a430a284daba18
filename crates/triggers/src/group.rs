//! Many events, one run: when a group is complete, and what it is.

use std::time::Duration;

use compasso_types::{Json, Timestamp};

use crate::entry::Group;
use crate::record::EventNumber;

/// How long a group waits for more if neither `debounce` nor `batch.wait` says so.
const WAIT_DEFAULT: Duration = Duration::from_secs(10);

/// What is to be done with the events that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The first so many become a run now.
    Now(usize),
    /// Nothing before then.
    At(Timestamp),
    /// There are none.
    Never,
}

/// Says when the events that wait become a run.
pub(crate) fn due(group: Group, waiting: &[EventNumber], now: Timestamp) -> Due {
    let (Some(first), Some(last)) = (waiting.first(), waiting.last()) else { return Due::Never };
    if waiting.len() >= group.most {
        return Due::Now(group.most);
    }
    let quiet = group.quiet.map(|quiet| last.at().after(quiet));
    let wait = match (group.wait, quiet) {
        (None, None) => Some(WAIT_DEFAULT),
        (wait, _) => wait,
    };
    let latest = wait.map(|wait| first.at().after(wait));
    let at = quiet.into_iter().chain(latest).min().expect("one of them is there");
    if at <= now { Due::Now(waiting.len()) } else { Due::At(at) }
}

/// Returns what expressions see of a group: the last event, and all as `events`.
pub(crate) fn joined(events: Vec<Json>) -> Json {
    let last = events.last().cloned().unwrap_or_else(Json::empty_object);
    let members = last.as_object().map(|members| (**members).clone()).unwrap_or_default();
    let all = ("events".into(), Json::array(events));
    Json::object(members.into_iter().filter(|(name, _)| &**name != "events").chain([all]))
}

/// Returns what came as the event at a place of a group; all of it if it is not known which one it was.
pub(crate) fn member(joined: &Json, place: Option<usize>) -> Json {
    let at = |place| joined.get("events")?.as_array()?.get(place).cloned();
    place.and_then(at).unwrap_or_else(|| joined.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(quiet: Option<u64>, wait: Option<u64>, most: usize, came: &[i64], now: i64) -> Due {
        let seconds = |value: Option<u64>| value.map(Duration::from_secs);
        let group = Group { most, quiet: seconds(quiet), wait: seconds(wait) };
        let at = |second: &i64| EventNumber::first_at(Timestamp(second * 1_000));
        due(group, &came.iter().map(at).collect::<Vec<_>>(), Timestamp(now * 1_000))
    }

    #[test]
    fn a_debounce_waits_for_quiet_after_the_last_event() {
        assert_eq!(check(Some(5), None, 100, &[0, 3], 7), Due::At(Timestamp(8_000)));
        assert_eq!(check(Some(5), None, 100, &[0, 3], 8), Due::Now(2));
        assert_eq!(check(Some(5), None, 100, &[], 8), Due::Never);
    }

    #[test]
    fn a_batch_is_full_or_waited_long_enough() {
        assert_eq!(check(None, Some(60), 3, &[0, 1], 2), Due::At(Timestamp(60_000)));
        assert_eq!(check(None, Some(60), 3, &[0, 1, 2, 2], 2), Due::Now(3));
        assert_eq!(check(None, Some(60), 3, &[0, 1], 60), Due::Now(2));
        assert_eq!(check(None, None, 3, &[0], 1), Due::At(Timestamp(10_000)));
    }

    #[test]
    fn a_batch_bounds_how_long_a_debounce_may_wait() {
        assert_eq!(check(Some(5), Some(6), 9, &[0, 3, 5], 5), Due::At(Timestamp(6_000)));
    }

    #[test]
    fn a_group_is_its_last_event_with_all_of_them() {
        let event = |n: i64| Json::object([("body", Json::from(n))]);
        let group = joined(vec![event(1), event(2)]);
        assert_eq!(group.to_string(), r#"{"body":2,"events":[{"body":1},{"body":2}]}"#);
        assert_eq!(member(&group, Some(0)), event(1));
        assert_eq!(member(&event(3), None), event(3));
    }
}
