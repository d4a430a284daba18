//! Breakers: what fails too often is left alone for a while.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use super::Id;
use crate::wants::BreakerWish;

/// Most calls that a window remembers; further ones push the oldest out.
const CALLS_MAX: usize = 10_000;
/// Failures that open a breaker that names none.
const FAILURES: u32 = 5;
/// Fewest calls that make a share, if it names none.
const CALLS_MIN: u32 = 20;

/// A breaker, as people see it.
#[derive(Clone, Debug, Serialize)]
pub struct BreakerView {
    /// Its name.
    pub name: Arc<str>,
    /// `closed`, `open` or `half_open`.
    pub state: &'static str,
    /// Until when it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Failures within its window.
    pub failures: usize,
}

/// A breaker at work.
#[derive(Clone, Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// Calls of the window and whether they failed.
    calls: VecDeque<(Timestamp, bool)>,
    failed: usize,
}

#[derive(Clone, Debug, Default)]
enum State {
    #[default]
    Closed,
    Open {
        until: Timestamp,
    },
    /// Some calls try whether it works again.
    HalfOpen {
        out: BTreeSet<Id>,
        passed: u32,
    },
}

/// How a call ended, as a breaker sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It worked.
    Passed,
    /// It failed in a way that counts.
    Failed,
    /// It was given up, which says nothing.
    Unknown,
}

impl Ending {
    /// A call that is dropped at its limit has timed out; any other was given up.
    pub(crate) fn of_dropped(limit: Option<Timestamp>, now: Timestamp) -> Self {
        if limit.is_some_and(|limit| now >= limit) { Self::Failed } else { Self::Unknown }
    }
}

impl Breaker {
    /// Says whether a call may pass; otherwise from when on asking again makes sense.
    pub(super) fn check(&self, wish: &BreakerWish, now: Timestamp) -> Result<(), Timestamp> {
        match &self.state {
            State::Closed => Ok(()),
            State::Open { until } if now < *until => Err(*until),
            State::Open { .. } => Ok(()),
            State::HalfOpen { out, passed } => {
                let used = u32::try_from(out.len()).unwrap_or(u32::MAX).saturating_add(*passed);
                if used < wish.half_open() { Ok(()) } else { Err(now.after(wish.open_for())) }
            }
        }
    }

    /// Counts a call that [`Breaker::check`] lets pass.
    pub(super) fn enter(&mut self, id: Id, now: Timestamp) {
        if matches!(self.state, State::Open { until } if until <= now) {
            self.state = State::HalfOpen { out: BTreeSet::new(), passed: 0 };
        }
        if let State::HalfOpen { out, .. } = &mut self.state {
            out.insert(id);
        }
    }

    /// Counts the end of a call.
    pub(super) fn leave(&mut self, id: Id, wish: &BreakerWish, ending: Ending, now: Timestamp) {
        match &mut self.state {
            State::Open { .. } => {}
            State::Closed => self.count(wish, ending, now),
            State::HalfOpen { out, passed } => {
                if !out.remove(&id) {
                    return;
                }
                match ending {
                    Ending::Unknown => {}
                    Ending::Failed => self.open(wish, now),
                    Ending::Passed => {
                        *passed += 1;
                        if *passed >= wish.half_open() {
                            *self = Self::default();
                        }
                    }
                }
            }
        }
    }

    /// Returns the word for its state, and until when it is open.
    pub(super) fn state(&self, now: Timestamp) -> (&'static str, Option<Timestamp>) {
        match self.state {
            State::Closed => ("closed", None),
            State::Open { until } if now < until => ("open", Some(until)),
            State::Open { .. } | State::HalfOpen { .. } => ("half_open", None),
        }
    }

    /// Returns how many calls of the window failed.
    pub(super) fn failures(&self) -> usize {
        self.failed
    }

    fn count(&mut self, wish: &BreakerWish, ending: Ending, now: Timestamp) {
        if ending == Ending::Unknown {
            return;
        }
        let failed = ending == Ending::Failed;
        self.calls.push_back((now, failed));
        self.failed += usize::from(failed);
        let too_old = |at: Timestamp| now.since(at) >= wish.window();
        while self.calls.len() > CALLS_MAX || self.calls.front().is_some_and(|it| too_old(it.0)) {
            let oldest = self.calls.pop_front();
            self.failed -= usize::from(oldest.is_some_and(|(_, failed)| failed));
        }
        if failed && self.is_too_much(wish) {
            self.open(wish, now);
        }
    }

    fn is_too_much(&self, wish: &BreakerWish) -> bool {
        let by_share = wish.rate.is_some_and(|rate| {
            let enough = self.calls.len() >= wish.min_calls.unwrap_or(CALLS_MIN) as usize;
            enough && self.failed as f64 >= rate * self.calls.len() as f64
        });
        let default = wish.rate.is_none().then_some(FAILURES);
        let by_count = wish.failures.or(default).is_some_and(|most| self.failed >= most as usize);
        by_share || by_count
    }

    fn open(&mut self, wish: &BreakerWish, now: Timestamp) {
        let state = State::Open { until: now.after(wish.open_for()) };
        *self = Self { state, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(text: &str) -> BreakerWish {
        serde_json::from_str(text).unwrap()
    }

    fn call(breaker: &mut Breaker, wish: &BreakerWish, id: u64, ending: Ending, at: i64) -> bool {
        let now = Timestamp(at);
        if breaker.check(wish, now).is_err() {
            return false;
        }
        breaker.enter(Id(id), now);
        breaker.leave(Id(id), wish, ending, now);
        true
    }

    #[test]
    fn it_opens_after_failures_within_the_window_and_closes_after_a_trial() {
        let wish =
            wish(r#"{"name":"b","failures":2,"window_ms":100,"open_for_ms":50,"half_open":1}"#);
        let mut it = Breaker::default();
        assert!(call(&mut it, &wish, 1, Ending::Failed, 0));
        assert!(call(&mut it, &wish, 2, Ending::Failed, 100), "the first one is too old");
        assert!(call(&mut it, &wish, 3, Ending::Failed, 110));
        assert!(!call(&mut it, &wish, 4, Ending::Passed, 159));
        assert_eq!(it.state(Timestamp(159)), ("open", Some(Timestamp(160))));
        assert!(call(&mut it, &wish, 5, Ending::Passed, 160));
        assert_eq!(it.state(Timestamp(160)).0, "closed");
    }

    #[test]
    fn one_failure_of_a_trial_opens_it_again() {
        let wish = wish(r#"{"name":"b","failures":1,"open_for_ms":50,"half_open":2}"#);
        let mut it = Breaker::default();
        assert!(call(&mut it, &wish, 1, Ending::Failed, 0));
        for id in [2, 3] {
            assert!(it.check(&wish, Timestamp(60)).is_ok());
            it.enter(Id(id), Timestamp(60));
        }
        assert!(it.check(&wish, Timestamp(60)).is_err(), "two try it already");
        it.leave(Id(2), &wish, Ending::Passed, Timestamp(61));
        it.leave(Id(3), &wish, Ending::Failed, Timestamp(62));
        assert_eq!(it.state(Timestamp(63)), ("open", Some(Timestamp(112))));
    }

    #[test]
    fn a_trial_that_was_given_up_makes_room_for_another() {
        let wish = wish(r#"{"name":"b","failures":1,"open_for_ms":50}"#);
        let mut it = Breaker::default();
        assert!(call(&mut it, &wish, 1, Ending::Failed, 0));
        it.enter(Id(2), Timestamp(60));
        it.leave(Id(2), &wish, Ending::Unknown, Timestamp(61));
        assert!(it.check(&wish, Timestamp(61)).is_ok());
    }

    #[test]
    fn a_share_counts_from_enough_calls_on() {
        let wish = wish(r#"{"name":"b","rate":0.5,"min_calls":4}"#);
        let mut it = Breaker::default();
        let endings = [Ending::Failed, Ending::Failed, Ending::Passed];
        for (id, ending) in (0..).zip(endings) {
            assert!(call(&mut it, &wish, id, ending, 0));
        }
        assert_eq!(it.state(Timestamp(0)).0, "closed");
        call(&mut it, &wish, 9, Ending::Failed, 0);
        assert_eq!(it.state(Timestamp(0)).0, "open");
    }
}
