//! Who holds how many of the places that there are. Alone, a caller may have all of them; while none is left,
//! those come first who have fewer than an equal share, so that nobody waits for what another one does.
//!
//! Nothing is taken back from those who have more: they are let in again once places are free. Until then
//! there are more at once than places, but never [`CROWD_MAX`] times as many.

use std::collections::HashMap;
use std::sync::Arc;

/// Who asks: what they were let in with. All who need nothing for that are one.
pub(crate) type Caller = Option<Arc<str>>;

/// With so many times more at once than there are places, nobody is let in.
const CROWD_MAX: usize = 2;

/// The places that are taken.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    /// Of those who hold any.
    held: HashMap<Caller, usize>,
    total: usize,
}

#[allow(clippy::ref_option, reason = "a caller is a key of the map as it is")]
impl Shares {
    /// Takes one of `places` for a caller, unless others come first.
    pub(crate) fn take(&mut self, caller: &Caller, places: usize) -> bool {
        let is_let_in = self.total < places
            || self.total < places.saturating_mul(CROWD_MAX) && self.has_few(caller, places);
        if is_let_in {
            self.add(caller);
        }
        is_let_in
    }

    /// Takes a place for what must go on.
    pub(crate) fn add(&mut self, caller: &Caller) {
        *self.held.entry(caller.clone()).or_default() += 1;
        self.total += 1;
    }

    /// Gives a place back.
    pub(crate) fn give_back(&mut self, caller: &Caller) {
        let Some(held) = self.held.get_mut(caller) else { return };
        self.total -= 1;
        *held -= 1;
        if *held == 0 {
            self.held.remove(caller);
        }
    }

    /// Returns how many places are taken.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Returns how many callers hold one.
    pub(crate) fn callers(&self) -> usize {
        self.held.len()
    }

    /// Says whether a caller holds fewer than its part of `places`, which is one at least.
    fn has_few(&self, caller: &Caller, places: usize) -> bool {
        let held = self.held.get(caller).copied();
        let callers = self.callers() + usize::from(held.is_none());
        held.unwrap_or(0) < (places / callers).max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What somebody does: takes a place, or gives one back if there is one.
    type Step = (usize, bool);

    #[expect(clippy::unnecessary_wraps, reason = "a caller has a name or none")]
    fn caller(number: usize) -> Caller {
        Some(number.to_string().into())
    }

    fn held(shares: &Shares, number: usize) -> usize {
        shares.held.get(&caller(number)).copied().unwrap_or(0)
    }

    fn steps(callers: usize) -> impl Strategy<Value = Vec<Step>> {
        // More take than give back, so that it is full most of the time.
        prop::collection::vec((0..callers, prop::bool::weighted(0.7)), 0..400)
    }

    fn walk(shares: &mut Shares, places: usize, (number, takes): Step) {
        if takes {
            shares.take(&caller(number), places);
        } else {
            shares.give_back(&caller(number));
        }
    }

    #[test]
    fn one_of_many_connections_leaves_room_for_the_one_of_another() {
        let mut shares = Shares::default();
        let (many, few) = (caller(1), None);
        let taken = (0..512).filter(|_| shares.take(&many, 256)).count();
        assert_eq!(taken, 256, "alone it may have all places");
        for _ in 0..1_000 {
            assert!(shares.take(&few, 256));
            assert!(!shares.take(&many, 256), "it has more than its half");
            shares.give_back(&few);
        }
    }

    #[test]
    fn who_has_more_than_a_share_has_to_wait_until_places_are_free() {
        let mut shares = Shares::default();
        while shares.take(&caller(1), 10) {}
        while shares.take(&caller(2), 10) {}
        assert_eq!((held(&shares, 1), held(&shares, 2)), (10, 5));
        for _ in 0..5 {
            assert!(!shares.take(&caller(1), 10));
            shares.give_back(&caller(1));
        }
        assert_eq!((held(&shares, 1), held(&shares, 2)), (5, 5));
        shares.give_back(&caller(2));
        assert!(shares.take(&caller(1), 10), "nobody else wants it");
    }

    proptest! {
        #[test]
        fn no_place_stays_free_and_no_more_are_taken_than_may_be(
            places in 1..40usize, steps in steps(9),
        ) {
            let mut shares = Shares::default();
            for (number, takes) in steps {
                let before = shares.total();
                if takes {
                    let is_let_in = shares.take(&caller(number), places);
                    prop_assert!(is_let_in || before >= places);
                } else {
                    shares.give_back(&caller(number));
                }
                prop_assert!(shares.total() <= places * CROWD_MAX);
                prop_assert_eq!(shares.held.values().sum::<usize>(), shares.total());
                prop_assert!(!shares.held.values().any(|held| *held == 0));
            }
        }

        #[test]
        fn a_caller_without_places_gets_one_whatever_three_others_do(
            places in 4..300usize, steps in steps(3),
        ) {
            let mut shares = Shares::default();
            for step in steps {
                walk(&mut shares, places, step);
                prop_assert!(shares.take(&None, places), "{:?} of {}", shares, places);
                shares.give_back(&None);
            }
        }

        #[test]
        fn all_who_always_want_more_come_to_an_equal_share(
            places in 1..60usize, callers in 1..8usize, steps in steps(7),
        ) {
            let mut shares = Shares::default();
            for step in steps {
                walk(&mut shares, places, step);
            }
            // Each asks until it is refused; then one place after the other is given back by who has most.
            let ask = |shares: &mut Shares| {
                for number in 0..callers {
                    while shares.take(&caller(number), places) {}
                }
            };
            for _ in 0..3 * places {
                ask(&mut shares);
                let most = (0..7).max_by_key(|number| held(&shares, *number)).unwrap_or(0);
                shares.give_back(&caller(most));
            }
            ask(&mut shares);
            let least = places / shares.callers();
            for number in 0..callers {
                prop_assert!(held(&shares, number) >= least, "{:?} of {}", shares, places);
            }
        }
    }
}
