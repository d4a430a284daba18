//! Where images stand: small ones in the row of their execution, large ones apart.
//!
//! SQLite writes a row as a whole, so one with a large image would cost each turn the image, written
//! or not. A turn that brings no image leaves the stored one as it is; `reach` remembers the row of
//! the journal that it holds last.

use bytes::Bytes;
use compasso_store::Turn;
use rusqlite::{Connection, OptionalExtension, params};

use crate::value::Body;

/// Larger images stand apart, bytes: what a row of a page or two may hold.
const IN_ROW_BYTES_MAX: usize = 16 * 1024;

const LAST: &str = "
    SELECT id FROM journal WHERE execution = ? ORDER BY first_event DESC, id DESC LIMIT 1";

/// SQLite copies what it writes, so a large image is written in parts of so many bytes.
const PART_BYTES: usize = 1024 * 1024;

const PUT: &str = "INSERT INTO image (execution, part, body) VALUES (?, ?, ?)";

const REMOVE: &str = "DELETE FROM image WHERE execution = ?";

const REACH_ALL: &str = "UPDATE execution SET reach = ? WHERE id = ?";

/// Where the image is after a turn.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In the row: the turn's, which holds everything.
    Row,
    /// Apart: the turn's, which holds everything.
    Apart,
    /// Where it was; it holds the journal up to this row.
    Kept(i64),
}

impl Place {
    /// Returns the image that the row is given; none leaves it as it is.
    pub(super) fn in_row(self, turn: &Turn) -> Option<Body<'_>> {
        match self {
            Self::Row => turn.image.as_deref().map(Body),
            Self::Apart => Some(Body(&[])),
            Self::Kept(_) => None,
        }
    }

    pub(super) fn reach(self) -> Option<i64> {
        match self {
            Self::Row => None,
            // Until the turn's own row is there.
            Self::Apart => Some(0),
            Self::Kept(reach) => Some(reach),
        }
    }
}

/// Finds the place of a turn's image; `known`: the row of the execution and its reach so far.
pub(super) fn place(
    connection: &Connection,
    image: Option<&Bytes>,
    known: Option<(i64, Option<i64>)>,
) -> rusqlite::Result<Place> {
    let Some(image) = image else {
        return match known {
            None => Ok(Place::Kept(0)),
            Some((_, Some(reach))) => Ok(Place::Kept(reach)),
            Some((id, None)) => Ok(Place::Kept(last_row(connection, id)?)),
        };
    };
    if image.len() > IN_ROW_BYTES_MAX {
        return Ok(Place::Apart);
    }
    if let Some((id, Some(_))) = known {
        connection.prepare_cached(REMOVE)?.execute([id])?;
    }
    Ok(Place::Row)
}

/// Puts the image of a turn apart, once the turn's row is in the journal.
pub(super) fn put_apart(connection: &Connection, id: i64, image: &Bytes) -> rusqlite::Result<()> {
    connection.prepare_cached(REMOVE)?.execute([id])?;
    let mut put = connection.prepare_cached(PUT)?;
    for (part, body) in (0_i64..).zip(image.chunks(PART_BYTES)) {
        put.execute(params![id, part, Body(body)])?;
    }
    let reach = last_row(connection, id)?;
    connection.prepare_cached(REACH_ALL)?.execute(params![reach, id])?;
    Ok(())
}

/// Returns the last row of an execution's journal; 0 if there is none.
fn last_row(connection: &Connection, id: i64) -> rusqlite::Result<i64> {
    let last = connection.prepare_cached(LAST)?.query_row([id], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0))
}
