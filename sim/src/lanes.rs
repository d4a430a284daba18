//! What is left of a batch that a store writes in several transactions, when only some of them end.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use compasso_store::{Batch, Write};

use crate::dice::Dice;

/// Transactions of a batch.
const COUNT: usize = 4;

/// Those of them that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lanes(usize);

impl Lanes {
    /// Draws some; `None` if it is all of them.
    pub(crate) fn drawn(dice: &mut Dice) -> Option<Self> {
        let all = 1 << COUNT;
        let lanes = dice.below(2 * all);
        (lanes < all - 1).then_some(Self(lanes))
    }

    /// Returns what they write of a batch. Writes about documents are all in the first, turns of one execution in
    /// the same.
    pub(crate) fn part_of(self, mut batch: Batch) -> Batch {
        let bound: HashSet<Arc<str>> = batch.writes.iter().filter_map(bound_execution).collect();
        batch.writes.retain(|write| {
            let lane = match write {
                Write::Turn(turn) if !bound.contains(&turn.key.0) => hash(&turn.key.0) % COUNT,
                Write::Turn(_) | Write::Documents(_) | Write::Removal(_) => 0,
            };
            self.0 & (1 << lane) != 0
        });
        batch
    }
}

fn bound_execution(write: &Write) -> Option<Arc<str>> {
    match write {
        Write::Turn(turn) => (!turn.documents.is_empty()).then(|| turn.key.0.clone()),
        Write::Documents(_) => None,
        Write::Removal(removal) => Some(removal.key.0.clone()),
    }
}

fn hash(key: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish() as usize
}
