//! Reading documents.

use compasso_store::{Document, Revision};
use tokio_postgres::Row;

use crate::link::Live;
use crate::value::{ReadFailure, bytes, count, limit};

const ONE: &str = "SELECT key, revision, body FROM document WHERE kind = $1 AND key = $2";

const COUNT: &str = "SELECT count(*) FROM document WHERE kind = $1";

/// Keys are in the order of their bytes, so those with a prefix stand together.
const FROM: &str = "
    SELECT key, revision, body FROM document WHERE kind = $1 AND key >= $2
    ORDER BY key LIMIT $3";

const BEHIND: &str = "
    SELECT key, revision, body FROM document WHERE kind = $1 AND key > $2
    ORDER BY key LIMIT $3";

/// Reads one document.
pub(crate) async fn one(
    live: &Live,
    kind: &str,
    key: &str,
) -> Result<Option<Document>, ReadFailure> {
    let statement = live.prepare(ONE).await?;
    let row = live.client.query_opt(&statement, &[&kind, &key]).await?;
    row.as_ref().map(document).transpose()
}

/// Counts documents of a kind.
pub(crate) async fn count_all(live: &Live, kind: &str) -> Result<u64, ReadFailure> {
    let statement = live.prepare(COUNT).await?;
    Ok(count(&live.client.query_one(&statement, &[&kind]).await?, 0)?)
}

/// Lists documents whose key begins with `prefix` and is greater than `after`.
pub(crate) async fn list(
    live: &Live,
    kind: &str,
    prefix: &str,
    after: Option<&str>,
    most: usize,
) -> Result<Vec<Document>, ReadFailure> {
    let (sql, bound) = match after {
        Some(after) if after >= prefix => (BEHIND, after),
        _ => (FROM, prefix),
    };
    let statement = live.prepare(sql).await?;
    let rows = live.client.query(&statement, &[&kind, &bound, &limit(most)]).await?;
    let mut documents = Vec::with_capacity(rows.len());
    for row in &rows {
        let document = document(row)?;
        if !document.key.starts_with(prefix) {
            break;
        }
        documents.push(document);
    }
    Ok(documents)
}

fn document(row: &Row) -> Result<Document, ReadFailure> {
    Ok(Document { key: row.try_get(0)?, revision: Revision(count(row, 1)?), body: bytes(row, 2)? })
}
