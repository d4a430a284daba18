//! That the store was restored from a backup: what happened after the backup was made is lost, and its
//! numbers are given again.
//!
//! A worker may still hold the token of a task that is lost. Tasks of states that were entered after
//! the restore therefore have tokens of another kind, so that one of before fits none of them. What
//! waited when the backup was made is the same as before, and so are its tokens.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes that tell tokens after a restore from those before.
pub(crate) const SALT_BYTES: usize = 16;

/// One restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// When it was.
    pub at: Timestamp,
    /// Drawn for it.
    pub salt: [u8; SALT_BYTES],
}

/// All restores of a store, earliest first; usually none.
#[derive(Clone, Debug, Default)]
pub struct Restores(Arc<[Restore]>);

impl Restores {
    /// Takes restores in any order.
    pub fn new(mut restores: Vec<Restore>) -> Self {
        restores.sort_by_key(|restore| restore.at);
        Self(restores.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what tokens of a state that was entered then hold.
    pub(crate) fn salt_at(&self, entered: Timestamp) -> [u8; SALT_BYTES] {
        let before = self.0.partition_point(|restore| restore.at <= entered);
        before.checked_sub(1).map_or([0; SALT_BYTES], |last| self.0[last].salt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_restore_before_an_entry_counts() {
        let restore = |at, salt| Restore { at: Timestamp(at), salt: [salt; SALT_BYTES] };
        let restores = Restores::new(vec![restore(20, 2), restore(10, 1)]);
        let salts = [9, 10, 19, 20, 21].map(|at| restores.salt_at(Timestamp(at))[0]);
        assert_eq!(salts, [0, 1, 1, 2, 2]);
    }
}
