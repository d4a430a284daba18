//! How many starts may be under way at once: as many as become durable soon enough; and what is held
//! back while something is short.
//!
//! The limit grows a little while starts are quick and it is used, and shrinks by a part when they
//! wait too long, so that more load makes each wait no longer. What is too much is refused, first of all those
//! who have more starts under way than others ([`crate::shares`]).
//! **Invariant:** only starts from outside are refused. Results, signs of life, stops, timers and the
//! children of what runs always pass: they end work.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::RuntimeError;
use crate::shares::{Caller, Shares};

/// How long most starts may take until they are durable.
const TARGET: Duration = Duration::from_millis(500);
/// Starts that are looked at before the limit changes.
const WINDOW: usize = 64;
/// Starts of a window that may take longer than [`TARGET`].
const SLOW_MAX: usize = 3;
/// The limit never falls below it, unless it may not grow as far.
const LIMIT_MIN: usize = 256;
/// By how much the limit grows.
const STEP: usize = 64;

/// What is let in.
#[derive(Debug)]
pub(crate) struct Admission(Mutex<Gate>);

/// What is held back because something is short, each with what to tell those who ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shortage {
    /// No execution starts, but for children of those that run.
    pub starts: Option<String>,
    /// No task is begun and no child of a map run starts. What is out ends.
    pub tasks: Option<String>,
}

/// Figures of what was let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Starts that may be under way at once.
    pub limit: usize,
    /// Starts under way.
    pub under_way: usize,
    /// Those who have them under way: whoever needs no key or token is one.
    pub callers: usize,
    /// Starts that were refused because too many were under way.
    pub refused: u64,
    /// Starts that were refused because something was short.
    pub refused_short: u64,
    /// What is short, if anything is.
    pub shortage: Shortage,
}

/// A start under way; it leaves at the latest when it is dropped.
pub(crate) struct Entered<'a> {
    gate: &'a Mutex<Gate>,
    caller: Caller,
    round: u64,
    /// Whether it is known how long it took.
    is_over: bool,
}

impl Admission {
    /// Makes one that lets in so many at once at most.
    pub(crate) fn new(limit_max: usize) -> Self {
        Self(Mutex::new(Gate::new(limit_max)))
    }

    /// Lets a start in.
    ///
    /// # Errors
    /// It has to be tried again later.
    pub(crate) fn enter(&self, caller: Caller) -> Result<Entered<'_>, RuntimeError> {
        let gate = &self.0;
        let round = lock(gate).enter(&caller)?;
        Ok(Entered { gate, caller, round, is_over: false })
    }

    /// Refuses a start that takes no place here while something is short.
    ///
    /// # Errors
    /// It has to be tried again later.
    pub(crate) fn check_starts(&self) -> Result<(), RuntimeError> {
        lock(&self.0).check_starts()
    }

    /// Refuses the start of a child of a map run while no task is begun.
    ///
    /// # Errors
    /// It has to be tried again later.
    pub(crate) fn check_tasks(&self) -> Result<(), RuntimeError> {
        let mut gate = lock(&self.0);
        let Some(why) = gate.shortage.tasks.clone() else { return Ok(()) };
        gate.refused_short += 1;
        Err(RuntimeError::Unavailable(why))
    }

    /// Says what is short.
    pub(crate) fn set_shortage(&self, shortage: Shortage) {
        lock(&self.0).shortage = shortage;
    }

    pub(crate) fn figures(&self) -> Admitted {
        lock(&self.0).figures()
    }
}

impl Entered<'_> {
    /// Notes how long it took until the start was durable.
    pub(crate) fn took(mut self, time: Duration) {
        self.is_over = true;
        lock(self.gate).leave(&self.caller, self.round, Some(time));
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            lock(self.gate).leave(&self.caller, self.round, None);
        }
    }
}

fn lock(gate: &Mutex<Gate>) -> std::sync::MutexGuard<'_, Gate> {
    // Nothing panics under the lock.
    gate.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rule.
#[derive(Debug)]
struct Gate {
    shares: Shares,
    limit: usize,
    /// The limit never grows beyond it.
    limit_max: usize,
    refused: u64,
    refused_short: u64,
    shortage: Shortage,
    /// Starts of this window, and those of them that took too long.
    seen: usize,
    slow: usize,
    /// Whether the limit was reached in this window.
    is_used: bool,
    /// How often the limit shrank. Starts that came in before say nothing about the limit of now.
    round: u64,
}

#[allow(clippy::ref_option, reason = "a caller is a key of a map as it is")]
impl Gate {
    fn new(limit_max: usize) -> Self {
        Self {
            shares: Shares::default(),
            limit: limit_max,
            limit_max,
            refused: 0,
            refused_short: 0,
            shortage: Shortage::default(),
            seen: 0,
            slow: 0,
            is_used: false,
            round: 0,
        }
    }

    fn figures(&self) -> Admitted {
        Admitted {
            limit: self.limit,
            under_way: self.shares.total(),
            callers: self.shares.callers(),
            refused: self.refused,
            refused_short: self.refused_short,
            shortage: self.shortage.clone(),
        }
    }

    fn check_starts(&mut self) -> Result<(), RuntimeError> {
        let Some(why) = &self.shortage.starts else { return Ok(()) };
        self.refused_short += 1;
        Err(RuntimeError::Unavailable(why.clone()))
    }

    fn enter(&mut self, caller: &Caller) -> Result<u64, RuntimeError> {
        self.check_starts()?;
        self.is_used |= self.shares.total() >= self.limit;
        if !self.shares.take(caller, self.limit) {
            self.refused += 1;
            return Err(RuntimeError::Overloaded);
        }
        Ok(self.round)
    }

    fn leave(&mut self, caller: &Caller, round: u64, took: Option<Duration>) {
        self.shares.give_back(caller);
        let Some(took) = took.filter(|_| round == self.round) else { return };
        self.seen += 1;
        self.slow += usize::from(took > TARGET);
        if self.slow > SLOW_MAX {
            self.round += 1;
            self.close_window(self.limit - self.limit / 4);
        } else if self.seen >= WINDOW {
            let grown = self.limit + if self.is_used { STEP } else { 0 };
            self.close_window(grown);
        }
    }

    fn close_window(&mut self, limit: usize) {
        self.limit = limit.clamp(LIMIT_MIN.min(self.limit_max), self.limit_max);
        (self.seen, self.slow, self.is_used) = (0, 0, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    const QUICK: Duration = Duration::from_millis(20);
    const SLOW: Duration = Duration::from_secs(2);
    const LIMIT_MAX: usize = limits::INPUTS_MAX;

    /// Fills the gate and empties it, so often; each start takes `time` of how many are under way.
    fn rush(gate: &mut Gate, rounds: usize, time: impl Fn(usize) -> Duration) {
        for _ in 0..rounds {
            let mut round = 0;
            while let Ok(entered) = gate.enter(&None) {
                round = entered;
            }
            let time = time(gate.shares.total());
            while gate.shares.total() > 0 {
                gate.leave(&None, round, Some(time));
            }
        }
    }

    #[test]
    fn slow_starts_shrink_the_limit_to_a_floor_and_quick_ones_let_it_grow_again() {
        let mut gate = Gate::new(LIMIT_MAX);
        rush(&mut gate, 1, |_| SLOW);
        assert_eq!(gate.limit, LIMIT_MAX / 4 * 3, "once for all that were under way");
        rush(&mut gate, 20, |_| SLOW);
        assert_eq!(gate.limit, LIMIT_MIN);
        rush(&mut gate, 1, |_| QUICK);
        assert_eq!(gate.limit, LIMIT_MIN + STEP, "only while it is used");
        rush(&mut gate, 1_000, |_| QUICK);
        assert_eq!(gate.limit, LIMIT_MAX);
    }

    #[test]
    fn a_few_slow_starts_change_nothing() {
        let mut gate = Gate::new(LIMIT_MAX);
        for number in 0..10 * WINDOW {
            let round = gate.enter(&None).unwrap();
            gate.leave(&None, round, Some(if number % WINDOW < SLOW_MAX { SLOW } else { QUICK }));
        }
        assert_eq!(gate.limit, LIMIT_MAX);
    }

    #[test]
    fn the_limit_settles_where_the_store_is_just_quick_enough() {
        // A store that makes 4,000 starts durable in the time that one may take.
        let time = |under_way: usize| TARGET * u32::try_from(under_way).unwrap() / 4_000;
        let mut gate = Gate::new(LIMIT_MAX);
        rush(&mut gate, 100, time);
        for _ in 0..100 {
            rush(&mut gate, 1, time);
            assert!((2_900..=4_100).contains(&gate.limit), "{}", gate.limit);
        }
    }

    #[test]
    fn a_limit_that_is_set_lower_than_the_floor_stays_there() {
        let mut gate = Gate::new(3);
        rush(&mut gate, 10, |_| SLOW);
        assert_eq!(gate.limit, 3);
        rush(&mut gate, 100, |_| QUICK);
        assert_eq!(gate.limit, 3);
    }

    #[test]
    fn while_the_limit_is_reached_those_are_refused_first_who_have_most() {
        let admission = Admission::new(4);
        let one = || Some("token:one".into());
        let entered: Vec<_> = (0..4).map(|_| admission.enter(one()).unwrap()).collect();
        assert!(matches!(admission.enter(one()), Err(RuntimeError::Overloaded)));
        let other = admission.enter(None).unwrap();
        let figures = admission.figures();
        assert_eq!((figures.under_way, figures.callers, figures.refused), (5, 2, 1));
        drop((entered, other));
        let figures = admission.figures();
        assert_eq!((figures.under_way, figures.callers), (0, 0));
    }

    #[test]
    fn a_shortage_refuses_starts_until_it_is_over() {
        let admission = Admission::new(LIMIT_MAX);
        let starts = Some("the disk is full".into());
        admission.set_shortage(Shortage { starts, tasks: None });
        admission.check_tasks().unwrap();
        let refused = admission.enter(None).err().unwrap();
        assert!(refused.to_string().contains("the disk is full"), "{refused}");
        admission.set_shortage(Shortage::default());
        drop(admission.enter(None).unwrap());
        let figures = admission.figures();
        assert_eq!((figures.under_way, figures.refused, figures.refused_short), (0, 0, 1));
    }
}
