//! Reading task output.

use compasso_store::{LogLine, chunk};

use crate::link::Live;
use crate::value::{ReadFailure, count, limit, stored};

/// How many chunks are asked for at once: the server sends all that is asked for, wanted or not.
const CHUNKS_MAX: usize = 8;

const CHUNKS: &str = "
    SELECT first, lines, last FROM log_chunk
    WHERE execution = (SELECT id FROM execution WHERE key = $1) AND last > $2
    ORDER BY first LIMIT $3";

/// By the chunk that begins last, as the index has them.
const END: &str = "
    SELECT last FROM log_chunk
    WHERE execution = (SELECT id FROM execution WHERE key = $1)
    ORDER BY first DESC LIMIT 1";

/// Reads lines behind number `after`.
pub(crate) async fn lines(
    live: &Live,
    key: &str,
    after: u64,
    most: usize,
) -> Result<Vec<(u64, LogLine)>, ReadFailure> {
    let statement = live.prepare(CHUNKS).await?;
    let mut place = stored(after);
    let mut found = Vec::new();
    while found.len() < most {
        let chunks = live.client.query(&statement, &[&key, &place, &limit(CHUNKS_MAX)]).await?;
        for row in &chunks {
            let lines = chunk::read(row.try_get(1)?);
            let lines = lines.map_err(|error| ReadFailure::Corrupt(error.to_string()))?;
            let wanted = (count(row, 0)?..).zip(lines).filter(|(number, _)| *number > after);
            found.extend(wanted.take(most - found.len()));
            place = row.try_get(2)?;
        }
        if chunks.len() < CHUNKS_MAX {
            break;
        }
    }
    Ok(found)
}

/// Returns the number of the last line; 0 without any.
pub(crate) async fn end(live: &Live, key: &str) -> Result<u64, ReadFailure> {
    let statement = live.prepare(END).await?;
    let found = live.client.query_opt(&statement, &[&key]).await?;
    Ok(match found {
        Some(row) => count(&row, 0)?,
        None => 0,
    })
}
