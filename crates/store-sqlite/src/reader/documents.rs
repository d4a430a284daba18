//! Reading documents.

use compasso_store::{Document, Revision};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::value::Content;

const ONE: &str = "SELECT key, revision, body FROM document WHERE kind = ? AND key = ?";

const COUNT: &str = "SELECT count(*) FROM document WHERE kind = ?";

const FROM: &str =
    "SELECT key, revision, body FROM document WHERE kind = ? AND key >= ? ORDER BY key";

const BEHIND: &str =
    "SELECT key, revision, body FROM document WHERE kind = ? AND key > ? ORDER BY key";

/// Reads one document.
pub(crate) fn one(
    connection: &Connection,
    kind: &str,
    key: &str,
) -> rusqlite::Result<Option<Document>> {
    connection.prepare_cached(ONE)?.query_row([kind, key], document).optional()
}

/// Counts documents of a kind.
pub(crate) fn count(connection: &Connection, kind: &str) -> rusqlite::Result<u64> {
    connection.prepare_cached(COUNT)?.query_row([kind], |row| row.get(0))
}

/// Lists documents whose key begins with `prefix` and is greater than `after`.
///
/// Keys are in the order of their bytes, so those with the prefix stand together.
pub(crate) fn list(
    connection: &Connection,
    kind: &str,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<Document>> {
    let (sql, bound) = match after {
        Some(after) if after >= prefix => (BEHIND, after),
        _ => (FROM, prefix),
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![kind, bound])?;
    let mut documents = Vec::new();
    while documents.len() < limit
        && let Some(row) = rows.next()?
        && row.get_ref(0)?.as_str()?.starts_with(prefix)
    {
        documents.push(document(row)?);
    }
    Ok(documents)
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        key: row.get(0)?,
        revision: Revision(row.get(1)?),
        body: row.get::<_, Content>(2)?.0,
    })
}

/// Lists the kinds that there are documents of.
pub(crate) fn kinds(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT kind FROM document ORDER BY kind")?;
    statement.query_map([], |row| row.get(0))?.collect()
}
