//! Which commits fail, and how.

use std::collections::VecDeque;

/// How a commit can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written; the answer is [`crate::Outcome::Rejected`].
    Rejected,
    /// The answer is [`crate::Outcome::Unknown`], unless an older epoch is fenced off.
    Unknown {
        /// Whether the batch was written.
        written: bool,
    },
    /// The answer is [`crate::Outcome::Unknown`], and from then on the store answers nothing but
    /// that it is broken.
    Broken {
        /// Whether the batch was written.
        written: bool,
    },
    /// Another owner takes the store over just before; the answer is [`crate::Outcome::Fenced`].
    Fenced,
    /// The answer is held until [`crate::memory::MemoryStore::release`].
    Slow {
        /// Whether the batch is written (readable, surviving a crash) before the release.
        written: bool,
    },
}

/// Which of the next commits fail: first those of a script, then by chance if there is a seed.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan {
    script: VecDeque<Option<Fault>>,
    chance: Option<Chance>,
}

/// How often each fault happens, in commits of a thousand; together at most 1000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultRates {
    /// [`Fault::Rejected`].
    pub rejected: u16,
    /// [`Fault::Unknown`], written.
    pub unknown_written: u16,
    /// [`Fault::Unknown`], not written.
    pub unknown_lost: u16,
    /// [`Fault::Fenced`].
    pub fenced: u16,
    /// [`Fault::Slow`], written before the release.
    pub slow_written: u16,
    /// [`Fault::Slow`], written at the release.
    pub slow: u16,
}

#[derive(Clone, Debug)]
struct Chance {
    rates: FaultRates,
    state: u64,
}

impl FaultPlan {
    /// Returns a plan with one entry a commit; commits after the last entry succeed.
    pub fn script(entries: impl IntoIterator<Item = Option<Fault>>) -> Self {
        Self { script: entries.into_iter().collect(), chance: None }
    }

    /// Returns a plan that fails by chance; equal seeds give equal plans.
    pub fn seeded(seed: u64, rates: FaultRates) -> Self {
        Self { script: VecDeque::new(), chance: Some(Chance { rates, state: seed }) }
    }

    /// Puts an entry behind those of the script.
    pub fn push(&mut self, entry: Option<Fault>) {
        self.script.push_back(entry);
    }

    pub(super) fn next(&mut self) -> Option<Fault> {
        match self.script.pop_front() {
            Some(entry) => entry,
            None => self.chance.as_mut().and_then(Chance::draw),
        }
    }
}

impl Chance {
    fn draw(&mut self) -> Option<Fault> {
        let mut ticket = self.random() % 1000;
        let rates = self.rates;
        let menu = [
            (rates.rejected, Fault::Rejected),
            (rates.unknown_written, Fault::Unknown { written: true }),
            (rates.unknown_lost, Fault::Unknown { written: false }),
            (rates.fenced, Fault::Fenced),
            (rates.slow_written, Fault::Slow { written: true }),
            (rates.slow, Fault::Slow { written: false }),
        ];
        for (rate, fault) in menu {
            let rate = u64::from(rate);
            if ticket < rate {
                return Some(fault);
            }
            ticket -= rate;
        }
        None
    }

    /// `SplitMix64`: small, seedable with any number, and good enough to pick faults.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
