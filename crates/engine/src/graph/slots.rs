//! Where all branches of a graph stand, in little room and cheap to copy.
//!
//! A turn works on a copy of its execution. Slots are kept in chunks that copies share until one
//! changes, so that the end of a branch costs the same however many branches there are. Stored, the
//! states are one text: `3s2a95b` are three that succeeded, two active and 95 blocked.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use super::orders::SteerOrder;
use super::record::Record;
use super::rules::{BranchState, Tally};

/// Slots in a chunk.
const CHUNK: usize = 64;

/// What is known of a branch.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) state: BranchState,
    /// Its rule has answered, and nobody acted on it yet.
    pub(crate) is_due: bool,
    /// Its needs that ended.
    pub(crate) tally: Tally,
    /// How many may still read its record.
    pub(crate) readers: u16,
    /// What is asked of it before it begins: that it be held or skipped.
    pub(crate) asked: Option<SteerOrder>,
    /// How it ended, while somebody may still read it.
    pub(crate) record: Option<Arc<Record>>,
}

/// The slots of all branches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    chunks: Vec<Arc<Chunk>>,
    count: usize,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    slots: Vec<Slot>,
    /// Made when it is first asked for after a change.
    summary: OnceLock<Summary>,
}

/// What writing an image asks of a chunk, so that only chunks that changed are walked.
#[derive(Clone, Debug)]
struct Summary {
    /// Neighbours in the same state, and how many.
    runs: Vec<(BranchState, u32)>,
    has_records: bool,
}

impl Chunk {
    fn summary(&self) -> &Summary {
        self.summary.get_or_init(|| {
            let mut runs = Vec::new();
            self.slots.iter().for_each(|slot| push_run(&mut runs, (slot.state, 1)));
            Summary { runs, has_records: self.slots.iter().any(|slot| slot.record.is_some()) }
        })
    }

    fn has_ready(&self) -> bool {
        self.summary().runs.iter().any(|(state, _)| *state == BranchState::Ready)
    }
}

impl Slots {
    /// Returns the number of branches.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn get(&self, branch: u32) -> &Slot {
        let branch = branch as usize;
        &self.chunks[branch / CHUNK].slots[branch % CHUNK]
    }

    pub(crate) fn get_mut(&mut self, branch: u32) -> &mut Slot {
        let branch = branch as usize;
        &mut changed(&mut self.chunks[branch / CHUNK]).slots[branch % CHUNK]
    }

    /// Returns the first branch in document order that waits for its turn.
    pub(crate) fn first_ready(&self) -> Option<u32> {
        let at = self.chunks.iter().position(|chunk| chunk.has_ready())?;
        let is_ready = |slot: &Slot| slot.state == BranchState::Ready;
        let inside = self.chunks[at].slots.iter().position(is_ready)?;
        u32::try_from(at * CHUNK + inside).ok()
    }

    /// Forgets what was asked of branches before they began.
    pub(crate) fn forget_asked(&mut self) {
        let is_asked =
            |chunk: &&mut Arc<Chunk>| chunk.slots.iter().any(|slot| slot.asked.is_some());
        for chunk in self.chunks.iter_mut().filter(is_asked) {
            changed(chunk).slots.iter_mut().for_each(|slot| slot.asked = None);
        }
    }

    /// Forgets what is counted of the others.
    pub(crate) fn forget_counts(&mut self) {
        for chunk in &mut self.chunks {
            for slot in &mut changed(chunk).slots {
                *slot = Slot { is_due: false, tally: Tally::default(), readers: 0, ..slot.clone() };
            }
        }
    }

    /// Returns all slots in document order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Slot)> {
        (0..).zip(self.chunks.iter().flat_map(|chunk| &chunk.slots))
    }

    /// Returns all records, by branch.
    pub(crate) fn records(&self) -> impl Iterator<Item = (u32, &Record)> {
        let chunks = (0_u32..).step_by(CHUNK).zip(&self.chunks);
        let kept = chunks.filter(|(_, chunk)| chunk.summary().has_records);
        kept.flat_map(|(first, chunk)| {
            let slots = (first..).zip(&chunk.slots);
            slots.filter_map(|(branch, slot)| Some((branch, slot.record.as_deref()?)))
        })
    }

    /// Writes all states.
    pub(crate) fn text(&self) -> String {
        let mut runs = Vec::new();
        for chunk in &self.chunks {
            chunk.summary().runs.iter().for_each(|run| push_run(&mut runs, *run));
        }
        let mut text = String::new();
        for (state, count) in runs {
            if count > 1 {
                let _ = write!(text, "{count}");
            }
            text.push(letter(state));
        }
        text
    }

    /// Reads what [`Slots::text`] wrote, if it is that and of at most `most` branches.
    pub(crate) fn parse(text: &str, most: usize) -> Option<Self> {
        let (mut states, mut digits) = (Vec::new(), String::new());
        for c in text.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let count = if digits.is_empty() { 1 } else { digits.parse().ok()? };
            if count > most - states.len() {
                return None;
            }
            states.extend(std::iter::repeat_n(state_of(c)?, count));
            digits.clear();
        }
        digits.is_empty().then(|| states.into_iter().collect())
    }
}

impl FromIterator<BranchState> for Slots {
    fn from_iter<I: IntoIterator<Item = BranchState>>(states: I) -> Self {
        let mut slots = Self::default();
        for state in states {
            if slots.count.is_multiple_of(CHUNK) {
                slots.chunks.push(Arc::default());
            }
            slots.count += 1;
            let chunk = slots.chunks.last_mut().expect("a chunk was just made");
            let tally = Tally::default();
            changed(chunk).slots.push(Slot {
                state,
                is_due: false,
                tally,
                readers: 0,
                asked: None,
                record: None,
            });
        }
        slots
    }
}

/// Returns a chunk that is about to change.
fn changed(chunk: &mut Arc<Chunk>) -> &mut Chunk {
    let chunk = Arc::make_mut(chunk);
    chunk.summary.take();
    chunk
}

/// Appends a run, to the last one if it is in the same state.
fn push_run(runs: &mut Vec<(BranchState, u32)>, (state, count): (BranchState, u32)) {
    match runs.last_mut() {
        Some((last, known)) if *last == state => *known += count,
        _ => runs.push((state, count)),
    }
}

fn letter(state: BranchState) -> char {
    match state {
        BranchState::Blocked => 'b',
        BranchState::Ready => 'r',
        BranchState::Running => 'a',
        BranchState::Success => 's',
        BranchState::Failed => 'f',
        BranchState::Skipped => 'k',
        BranchState::UpstreamFailed => 'u',
        BranchState::Cancelled => 'c',
    }
}

fn state_of(letter: char) -> Option<BranchState> {
    use BranchState::{
        Blocked, Cancelled, Failed, Ready, Running, Skipped, Success, UpstreamFailed,
    };

    let states = [Blocked, Ready, Running, Success, Failed, Skipped, UpstreamFailed, Cancelled];
    states.into_iter().find(|state| self::letter(*state) == letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_written_as_runs_and_read_back() {
        let text = "3s2a95bkufc70r";
        let slots = Slots::parse(text, 174).unwrap();
        assert_eq!(slots.len(), 174);
        assert_eq!(slots.text(), text);
        assert_eq!(slots.first_ready(), Some(104));
        for (text, most) in [("3", 9), ("x", 9), ("10s", 9), ("99999999999999999999s", 9)] {
            assert!(Slots::parse(text, most).is_none(), "{text}");
        }
    }
}
