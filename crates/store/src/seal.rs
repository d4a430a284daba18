//! Seals of journals and images, by which a store notices what was changed on a disk or on the way to it.
//!
//! A seal is a digest of a row of a journal and of the seal of the row before it: a row that is changed, lost or
//! put elsewhere does not fit its neighbours. What is sealed is what is stored, after large values were
//! [taken out](crate::large), which are named by their content. Rows that an older release wrote have no
//! seal; the first row after them begins anew.

use std::fmt;

use crate::JournalEntry;

/// The digest of a row of a journal and of all rows before it, or of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal(u64);

/// What a row of a journal carries besides its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The seal of the row before it, or [`Seal::NONE`].
    pub before: Seal,
    /// Its own.
    pub seal: Seal,
}

/// What is stored is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A row of a journal, or the one before it.
    #[error("the journal is damaged at event {0}")]
    Row(u64),
    /// Many rows of a journal, which were packed.
    #[error("packed rows of the journal are damaged")]
    Pack,
    /// The end of a journal.
    #[error("the last rows of the journal are not there")]
    End,
}

impl Seal {
    /// Stands for the one before the first row, and before the first row that has one.
    pub const NONE: Self = Self(0);

    /// Returns the seal of an image.
    pub fn of_image(image: &[u8]) -> Self {
        Self::read(&blake3::hash(image))
    }

    /// Returns what a database keeps.
    pub const fn stored(self) -> i64 {
        self.0.cast_signed()
    }

    /// Reads what [`Self::stored`] returned.
    pub const fn from_stored(stored: i64) -> Self {
        Self(stored.cast_unsigned())
    }

    fn read(hash: &blake3::Hash) -> Self {
        let (first, _) = hash.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
        Self(u64::from_le_bytes(*first))
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Link {
    /// Seals a row that comes after the one with the seal `before`.
    pub fn new(before: Seal, row: &JournalEntry) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&before.0.to_le_bytes());
        hasher.update(&row.first_event.to_le_bytes());
        hasher.update(&row.events.to_le_bytes());
        hasher.update(&row.body);
        Self { before, seal: Seal::read(&hasher.finalize()) }
    }

    /// Reads the two columns of a row; one of an older release has neither.
    pub fn from_stored(before: Option<i64>, seal: Option<i64>) -> Option<Self> {
        let (before, seal) = before.zip(seal)?;
        Some(Self { before: Seal::from_stored(before), seal: Seal::from_stored(seal) })
    }
}

/// Looks at rows of one journal as they are read, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    last: Last,
}

/// The row before.
#[derive(Clone, Copy, Debug)]
enum Last {
    Unseen,
    /// There is none, or it has no seal.
    Unsealed,
    Sealed(Seal),
}

impl Chain {
    /// Begins at the first row.
    pub const fn from_start() -> Self {
        Self { last: Last::Unsealed }
    }

    /// Begins anywhere: what comes before the first row that is seen cannot be judged.
    pub const fn from_anywhere() -> Self {
        Self { last: Last::Unseen }
    }

    /// Begins with the row that holds an event.
    pub const fn from_event(first_event: u64) -> Self {
        if first_event <= 1 { Self::from_start() } else { Self::from_anywhere() }
    }

    /// Looks at the next row.
    ///
    /// # Errors
    /// It is not what was written, or not what was written next.
    pub fn check(&mut self, row: &JournalEntry, link: Option<Link>) -> Result<(), Broken> {
        let is_whole = link.is_none_or(|link| Link::new(link.before, row) == link);
        let follows = match (self.last, link) {
            (Last::Unseen, _) | (Last::Unsealed, None) => true,
            (Last::Sealed(_), None) => false,
            (Last::Unsealed, Some(link)) => link.before == Seal::NONE,
            (Last::Sealed(seal), Some(link)) => link.before == seal,
        };
        self.last = link.map_or(Last::Unsealed, |link| Last::Sealed(link.seal));
        if is_whole && follows { Ok(()) } else { Err(Broken::Row(row.first_event)) }
    }

    /// Hears that no row follows, and which seal the last one had as its execution says.
    ///
    /// # Errors
    /// Rows are missing.
    pub fn end(self, last: Option<Seal>) -> Result<(), Broken> {
        let is_last = match self.last {
            Last::Unseen => true,
            Last::Unsealed => last.is_none(),
            Last::Sealed(seal) => last == Some(seal),
        };
        if is_last { Ok(()) } else { Err(Broken::End) }
    }
}

/// Returns rows of a journal that were read, in their order, if none is damaged.
///
/// # Errors
/// See [`Chain::check`].
pub fn checked(
    chain: &mut Chain,
    rows: impl IntoIterator<Item = (JournalEntry, Option<Link>)>,
) -> Result<Vec<JournalEntry>, Broken> {
    let check = |(row, link)| chain.check(&row, link).map(|()| row);
    rows.into_iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    type Row = (JournalEntry, Option<Link>);

    fn entry(first_event: u64) -> JournalEntry {
        JournalEntry { first_event, events: 1, body: Bytes::from(format!("[{first_event}]")) }
    }

    /// Five rows, of which the first have no seal.
    fn rows(unsealed: u64) -> Vec<Row> {
        let mut before = Seal::NONE;
        let row = |number| {
            let entry = entry(number);
            let link = (number > unsealed).then(|| Link::new(before, &entry));
            before = link.map_or(Seal::NONE, |link| link.seal);
            (entry, link)
        };
        (1..=5).map(row).collect()
    }

    fn broken(rows: &[Row]) -> Option<Broken> {
        checked(&mut Chain::from_start(), rows.to_vec()).err()
    }

    #[test]
    fn rows_that_nobody_touched_are_whole() {
        for unsealed in 0..=5 {
            assert_eq!(broken(&rows(unsealed)), None);
        }
        assert!(checked(&mut Chain::from_event(3), rows(0)[2..].to_vec()).is_ok());
    }

    #[test]
    fn a_row_that_was_changed_lost_moved_or_stripped_is_noticed() {
        for at in 0..4 {
            let mut changed = rows(0);
            changed[at].0.body = Bytes::from_static(b"[0]");
            assert_eq!(broken(&changed), Some(Broken::Row(at as u64 + 1)));
            let mut lost = rows(0);
            lost.remove(at);
            assert_eq!(broken(&lost), Some(Broken::Row(at as u64 + 2)));
            let mut moved = rows(0);
            moved.swap(at, at + 1);
            assert!(broken(&moved).is_some());
        }
        let mut stripped = rows(0);
        stripped[2].1 = None;
        assert_eq!(broken(&stripped), Some(Broken::Row(3)));
    }

    #[test]
    fn rows_that_are_missing_at_the_end_are_noticed() {
        let rows = rows(0);
        let last = rows[4].1.map(|link| link.seal);
        let chain = |rows: &[Row]| {
            let mut chain = Chain::from_start();
            for (row, link) in rows {
                chain.check(row, *link).unwrap();
            }
            chain
        };
        assert_eq!(chain(&rows).end(last), Ok(()));
        assert_eq!(chain(&rows[..4]).end(last), Err(Broken::End));
        assert_eq!(chain(&[]).end(None), Ok(()));
    }

    #[test]
    fn a_seal_is_the_same_for_ever() {
        let link = Link::new(Seal::NONE, &entry(1));
        assert_eq!(Link::from_stored(Some(0), Some(link.seal.stored())), Some(link));
        assert_eq!(link.seal.to_string(), "f102a3869369d43a");
        assert_eq!(Seal::of_image(b"{}").to_string(), "569bfcde10dd466e");
    }
}
