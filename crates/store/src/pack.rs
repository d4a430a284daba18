//! Packs: many rows of a journal in one compressed row, once nobody is to add to them.
//!
//! The rows of a closed execution are packed in the background, the oldest first, so that each pack is followed
//! by further packs and then by rows that are not packed. A redrive appends rows behind them. A pack keeps
//! what [seals](crate::seal) its rows: the seals of the row before them and of the last of them.

use bytes::Bytes;

use crate::JournalEntry;
use crate::seal::{Broken, Chain, Link};

/// The format of packs.
const FORMAT: u8 = 1;
/// How hard it is tried to make packs small.
const LEVEL: i32 = 3;
/// From this size on no row is added to a pack, bytes before compression: a page of a long history unpacks
/// few rows more than it shows.
pub const PACK_BYTES: usize = 256 * 1024;
/// Most rows of a pack.
pub const PACK_ROWS: usize = 4_096;
/// Largest pack that is believed to be one, bytes: a row can be large.
const PACK_BYTES_MAX: usize = 1 << 30;
/// What a row takes besides its body: its first event, its number of events, the length.
const HEAD_BYTES: usize = 8 + 4 + 4;

/// A row of a journal with its seals, if it has any.
pub type Row = (JournalEntry, Option<Link>);

/// Rows in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// How many rows.
    pub rows: usize,
    /// The number after that of the last event.
    pub next_event: u64,
    /// The seal of the row before, and of the last one; `None` if the rows have none.
    pub link: Option<Link>,
    /// The rows, compressed.
    pub body: Vec<u8>,
}

/// How far a store has come with packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Executions of which something was packed.
    pub executions: u64,
    /// Rows that were packed.
    pub rows: u64,
    /// Whether nothing is left to be packed at present.
    pub is_over: bool,
}

impl Packed {
    /// There is nothing to pack.
    pub const NOTHING: Self = Self { executions: 0, rows: 0, is_over: true };
}

/// Packs the first of some rows that follow each other; as many as one pack holds. `None` if there are none.
///
/// # Errors
/// They are damaged, and are better left as they are.
pub fn pack(rows: &[Row]) -> Result<Option<Pack>, Broken> {
    let Some((_, first)) = rows.first() else { return Ok(None) };
    let mut chain = Chain::from_anywhere();
    let mut plain = Vec::new();
    let mut pack = Pack { rows: 0, next_event: 0, link: *first, body: Vec::new() };
    for (row, link) in rows.iter().take(PACK_ROWS) {
        // Rows with seals follow those without, and are packed apart.
        let is_alike = link.is_some() == first.is_some();
        let is_full = pack.rows > 0 && plain.len() + HEAD_BYTES + row.body.len() > PACK_BYTES;
        if !is_alike || is_full {
            break;
        }
        chain.check(row, *link)?;
        plain.extend_from_slice(&row.first_event.to_le_bytes());
        plain.extend_from_slice(&row.events.to_le_bytes());
        plain.extend_from_slice(&(row.body.len() as u32).to_le_bytes());
        plain.extend_from_slice(&row.body);
        pack.rows += 1;
        pack.next_event = row.first_event + u64::from(row.events);
        pack.link = pack.link.zip(*link).map(|(all, last)| Link { seal: last.seal, ..all });
    }
    pack.body.push(FORMAT);
    pack.body.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    let packed = zstd::bulk::compress(&plain, LEVEL).expect("bytes in memory can be compressed");
    pack.body.extend_from_slice(&packed);
    Ok(Some(pack))
}

/// Returns the rows of a pack with their seals.
///
/// # Errors
/// It is not what was packed.
pub fn unpack(body: &[u8], link: Option<Link>) -> Result<Vec<Row>, Broken> {
    let plain = plain(body).ok_or(Broken::Pack)?;
    let mut rest = &plain[..];
    let mut rows = Vec::new();
    let mut before = link.map(|link| link.before);
    while !rest.is_empty() {
        let entry = entry(&mut rest).ok_or(Broken::Pack)?;
        let link = before.map(|before| Link::new(before, &entry));
        before = link.map(|link| link.seal);
        rows.push((entry, link));
    }
    if before == link.map(|link| link.seal) { Ok(rows) } else { Err(Broken::Pack) }
}

fn plain(body: &[u8]) -> Option<Vec<u8>> {
    let (&format, rest) = body.split_first()?;
    let (length, packed) = rest.split_first_chunk()?;
    let length = u32::from_le_bytes(*length) as usize;
    if format != FORMAT || length > PACK_BYTES_MAX {
        return None;
    }
    zstd::bulk::decompress(packed, length).ok().filter(|plain| plain.len() == length)
}

fn entry(rest: &mut &[u8]) -> Option<JournalEntry> {
    let first_event = u64::from_le_bytes(take(rest)?);
    let events = u32::from_le_bytes(take(rest)?);
    let length = u32::from_le_bytes(take(rest)?) as usize;
    let (body, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(JournalEntry { first_event, events, body: Bytes::copy_from_slice(body) })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Seal;

    /// Rows with bodies of a size, the first of which have no seals.
    fn rows(count: u64, bytes: usize, unsealed: u64) -> Vec<Row> {
        let mut before = Seal::NONE;
        let row = |number: u64| {
            let body = format!("[{}]", number.to_string().repeat(bytes));
            let events = (number % 3) as u32;
            let entry = JournalEntry { first_event: number, events, body: body.into() };
            let link = (number > unsealed).then(|| Link::new(before, &entry));
            before = link.map_or(Seal::NONE, |link| link.seal);
            (entry, link)
        };
        (1..=count).map(row).collect()
    }

    /// Packs all rows, and returns how many each pack holds.
    #[track_caller]
    fn packed(rows: &[Row]) -> Vec<usize> {
        let mut rest = rows;
        let mut sizes = Vec::new();
        let mut read = Vec::new();
        while let Some(pack) = pack(rest).unwrap() {
            read.extend(unpack(&pack.body, pack.link).unwrap());
            sizes.push(pack.rows);
            rest = &rest[pack.rows..];
        }
        assert!(read == rows, "what was packed is unpacked");
        sizes
    }

    #[test]
    fn rows_are_unpacked_as_they_were() {
        assert_eq!(packed(&[]), [0; 0]);
        assert_eq!(packed(&rows(5, 1, 0)), [5]);
        assert_eq!(packed(&rows(5, 1, 2)), [2, 3]);
        assert_eq!(packed(&rows(2, PACK_BYTES, 0)), [1, 1]);
        assert_eq!(packed(&rows(PACK_ROWS as u64 + 1, 1, 0)), [PACK_ROWS, 1]);
    }

    #[test]
    fn a_damaged_pack_is_not_unpacked() {
        let rows = rows(5, 1, 0);
        let whole = pack(&rows).unwrap().unwrap();
        for at in 0..whole.body.len() {
            let mut body = whole.body.clone();
            body[at] ^= 1;
            let read = unpack(&body, whole.link);
            // Not every bit of a frame means something.
            assert!(read.is_err() || read == Ok(rows.clone()), "byte {at}");
        }
        assert!(unpack(&whole.body[..whole.body.len() - 1], whole.link).is_err());
        let elsewhere = whole.link.map(|link| Link { before: link.seal, ..link });
        assert!(unpack(&whole.body, elsewhere).is_err());
    }

    #[test]
    fn damaged_rows_are_not_packed() {
        let mut rows = rows(5, 1, 0);
        rows[3].0.events += 1;
        assert!(pack(&rows).is_err());
    }
}
