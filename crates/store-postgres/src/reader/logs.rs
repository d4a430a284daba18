//! Reading task output.

use std::pin::pin;

use compasso_store::{LogLine, chunk};
use futures::TryStreamExt;

use crate::link::Live;
use crate::value::{ReadFailure, count, stored};

const CHUNKS: &str = "
    SELECT first, lines FROM log_chunk
    WHERE execution = (SELECT id FROM execution WHERE key = $1) AND last > $2
    ORDER BY first";

/// Reads lines behind number `after`.
pub(crate) async fn lines(
    live: &Live,
    key: &str,
    after: u64,
    limit: usize,
) -> Result<Vec<(u64, LogLine)>, ReadFailure> {
    let statement = live.prepare(CHUNKS).await?;
    let place = stored(after);
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&key, &place];
    let mut chunks = pin!(live.client.query_raw(&statement, parameters).await?);
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = chunks.try_next().await?
    {
        let lines = chunk::read(row.try_get(1)?);
        let lines = lines.map_err(|error| ReadFailure::Corrupt(error.to_string()))?;
        let wanted = (count(&row, 0)?..).zip(lines).filter(|(number, _)| *number > after);
        found.extend(wanted.take(limit - found.len()));
    }
    Ok(found)
}
