//! The large values of a batch.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Cut, cut, is_cut, names};
use crate::{Batch, Turn, Write};

/// Large values by their names.
pub type Values = BTreeMap<String, Bytes>;

/// Takes the large values out of the turns of a batch; returns the batch that is written instead, and
/// the values. `None`: the batch is written as it is. Documents keep theirs.
pub fn cut_batch(batch: &Batch) -> Option<(Batch, Values)> {
    let is_cut = |write: &Write| match write {
        Write::Turn(turn) => bodies(turn).any(is_cut),
        Write::Documents(_) | Write::Removal(_) => false,
    };
    if !batch.writes.iter().any(is_cut) {
        return None;
    }
    let mut batch = batch.clone();
    let mut values = Values::new();
    for write in &mut batch.writes {
        let Write::Turn(turn) = write else { continue };
        for body in bodies_mut(turn) {
            let Some(Cut { text, pieces }) = cut(body) else { continue };
            *body = text;
            values.extend(pieces.into_iter().map(|piece| (piece.name, piece.body)));
        }
    }
    Some((batch, values))
}

/// Returns the names of the values that were taken out of the bodies of a turn.
pub fn names_of(turn: &Turn) -> impl Iterator<Item = &str> {
    bodies(turn).flat_map(|body| names(body))
}

fn bodies(turn: &Turn) -> impl Iterator<Item = &Bytes> {
    let journal = turn.journal.as_ref().map(|journal| &journal.body);
    [turn.start.as_ref(), turn.image.as_ref(), turn.outcome.as_ref(), journal].into_iter().flatten()
}

fn bodies_mut(turn: &mut Turn) -> impl Iterator<Item = &mut Bytes> {
    let journal = turn.journal.as_mut().map(|journal| &mut journal.body);
    [turn.start.as_mut(), turn.image.as_mut(), turn.outcome.as_mut(), journal].into_iter().flatten()
}
