//! Reading documents.

use compasso_store::{Document, Revision};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::link::Live;
use crate::value::{ReadFailure, bytes, count, limit};

const ONE: &str = "SELECT key, revision, body FROM document WHERE kind = $1 AND key = $2";

const COUNT: &str = "SELECT count(*) FROM document WHERE kind = $1";

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
    let (sign, from) = match after {
        Some(after) if after >= prefix => (">", after),
        _ => (">=", prefix),
    };
    let end = end(prefix);
    let before = if end.is_some() { "AND key < $4" } else { "" };
    let sql = format!(
        "SELECT key, revision, body FROM document WHERE kind = $1 AND key {sign} $2 {before}
        ORDER BY key LIMIT $3"
    );
    let statement = live.prepare(&sql).await?;
    let most = limit(most);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&kind, &from, &most];
    parameters.extend(end.as_ref().map(|end| end as &(dyn ToSql + Sync)));
    let rows = live.client.query(&statement, &parameters).await?;
    rows.iter().map(document).collect()
}

/// Returns what all texts that begin with `prefix` are less than, and no other text behind them. Texts
/// are in the order of their bytes, which is that of their characters.
fn end(prefix: &str) -> Option<String> {
    let shorter = prefix.trim_end_matches(char::MAX);
    let last = shorter.chars().next_back()?;
    let next = (last..=char::MAX).nth(1)?;
    Some(format!("{}{next}", &shorter[..shorter.len() - last.len_utf8()]))
}

fn document(row: &Row) -> Result<Document, ReadFailure> {
    Ok(Document { key: row.try_get(0)?, revision: Revision(count(row, 1)?), body: bytes(row, 2)? })
}

/// Lists the kinds that there are documents of.
pub(crate) async fn kinds(live: &Live) -> Result<Vec<String>, ReadFailure> {
    let statement = live.prepare("SELECT DISTINCT kind FROM document ORDER BY kind").await?;
    let rows = live.client.query(&statement, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::end;

    #[test]
    fn texts_with_a_prefix_are_less_than_its_end_and_those_behind_are_not() {
        assert_eq!(end(""), None);
        assert_eq!(end("a/").as_deref(), Some("a0"));
        assert_eq!(end("a\u{D7FF}").as_deref(), Some("a\u{E000}"));
        assert_eq!(end("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(end("\u{10FFFF}"), None);
    }
}
