//! Rows that a query of a database gives.

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::SqlTrigger;
use compasso_sql::{Answer, Bounds, Failure, Request, Target};
use compasso_types::{Json, Object};
use sha2::{Digest, Sha256};

use super::seen::Seen;
use super::{Found, news};
use crate::entry::Unusable;
use crate::inbox::Later;
use crate::record;

/// Most rows of one run.
const ROWS_MAX: usize = 1_000;
/// Most bytes of them: with everything else they must fit into the input of a run.
const BYTES_MAX: usize = 192 * 1024;
/// The name that queries have for the last value of the cursor.
const BIND: &str = "cursor";
/// What is remembered of a query.
const NAME: &str = "rows";

/// Rows that are looked at.
#[derive(Debug)]
pub(super) struct Rows {
    connection: Arc<str>,
    query: Arc<str>,
    /// The column that only grows.
    cursor: Option<Arc<str>>,
}

/// Knows databases by the names of their connections.
pub trait Databases: Send + Sync + 'static {
    /// Returns the database of a connection, or one that is written out.
    ///
    /// # Errors
    /// There is none.
    fn database(&self, connection: &str) -> Result<Target, String>;
}

impl Rows {
    pub(super) fn of(trigger: &SqlTrigger) -> Result<Self, Unusable> {
        let connection = trigger.connection.clone().ok_or("an sql trigger needs 'connection'")?;
        if let Some(column) = trigger.cursor.as_deref()
            && !is_column(column)
        {
            return Err(format!("'{column}' is no name of a column").into());
        }
        let query = trigger.query.trim().trim_end_matches(';').into();
        Ok(Self { connection, query, cursor: trigger.cursor.clone() })
    }

    pub(super) async fn find(
        &self,
        databases: &dyn Databases,
        seen: &Seen,
        timeout: Duration,
    ) -> Result<Found, Later> {
        let target = databases.database(&self.connection).map_err(Later)?;
        let before = seen.get(NAME).map(String::as_str);
        // Rows may be large: then fewer of them make a run.
        let mut most = ROWS_MAX;
        let rows = loop {
            let request = self.request(before, most, timeout);
            match compasso_sql::run(&target, request).await {
                Ok(Answer { rows, .. }) => break rows,
                Err(Failure::TooLarge(_)) if self.cursor.is_some() && most > 1 => most /= 10,
                Err(failure) => return Err(Later(failure.to_string())),
            }
        };
        self.found(before, most, rows)
    }

    fn request(&self, before: Option<&str>, most: usize, timeout: Duration) -> Request {
        let query = &self.query;
        let before = before.and_then(|text| Json::parse(text).ok());
        let (text, bind) = match (&self.cursor, before) {
            (None, _) => (query.to_string(), Object::default()),
            (Some(column), None) => (
                format!("SELECT * FROM ({query}\n) AS polled ORDER BY {column} LIMIT {most}"),
                Object::default(),
            ),
            (Some(column), Some(value)) => (
                format!(
                    "SELECT * FROM ({query}\n) AS polled WHERE {column} > :{BIND} \
                     ORDER BY {column} LIMIT {most}"
                ),
                Object::from_iter([(BIND.into(), value)]),
            ),
        };
        let bounds = Bounds { rows_max: most, bytes_max: BYTES_MAX, timeout };
        Request { text: text.into(), bind, bounds }
    }

    /// Makes one event of rows. Without a cursor, the same rows as before are no news.
    fn found(&self, before: Option<&str>, most: usize, rows: Vec<Json>) -> Result<Found, Later> {
        let mut found = Found::default();
        let look = match (&self.cursor, rows.last()) {
            (_, None) if self.cursor.is_some() => return Ok(found),
            (Some(column), Some(last)) => {
                let missing = || Later(format!("the rows have no column '{column}'"));
                last.get(column).ok_or_else(missing)?.to_string()
            }
            _ => record::hex(&Sha256::digest(Json::array(rows.clone()).to_string())),
        };
        if before == Some(&look) {
            return Ok(found);
        }
        if rows.is_empty() {
            found.notes.push((NAME.to_owned(), Some(look)));
            return Ok(found);
        }
        let is_full = self.cursor.is_some() && rows.len() == most;
        // After others have been there, the same rows are news again.
        let key = match &self.cursor {
            Some(column) => format!("{column}={look}"),
            None => format!("{}>{look}", before.unwrap_or_default()),
        };
        found.news.push(news(NAME, Some(look), key, "rows", Json::array(rows)));
        found.more = is_full;
        Ok(found)
    }
}

fn is_column(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    struct File(String);

    impl Databases for File {
        fn database(&self, connection: &str) -> Result<Target, String> {
            assert_eq!(connection, "shop");
            let places = compasso_sql::Places::default();
            Target::parse(&format!("sqlite:{}", self.0), &places).map_err(|why| why.to_string())
        }
    }

    /// Looks once after each of the statements; returns the ids of the rows that were news.
    fn check(cursor: Option<&str>, statements: &[&str]) -> Vec<Vec<i64>> {
        let folder = tempfile::tempdir().unwrap();
        let file = File(folder.path().join("shop.db").to_str().unwrap().to_owned());
        let rows = Rows::of(&SqlTrigger {
            connection: Some("shop".into()),
            query: "SELECT id, note FROM orders;".into(),
            every: Duration::from_secs(1),
            cursor: cursor.map(Arc::from),
        });
        let (rows, mut seen) = (rows.unwrap(), Seen::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let timeout = Duration::from_secs(60);
        let create = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)";
        let all = std::iter::once(&create).chain(statements).map(|text| {
            runtime.block_on(async {
                let target = file.database("shop").unwrap();
                let bounds = Bounds { rows_max: 1, bytes_max: 1_000, timeout };
                let request = Request { text: (*text).into(), bind: Object::default(), bounds };
                compasso_sql::run(&target, request).await.unwrap();
                let mut ids = Vec::new();
                loop {
                    let found = rows.find(&file, &seen, timeout).await.unwrap();
                    for news in &found.news {
                        let rows = news.arrival.trigger.get("rows").unwrap().as_array().unwrap();
                        ids.extend(rows.iter().map(|row| row.get("id").unwrap().as_i64().unwrap()));
                    }
                    let news = found.news.into_iter().map(|news| (news.name, news.look));
                    seen.extend(news.chain(found.notes).map(|(name, look)| (name, look.unwrap())));
                    if !found.more {
                        return ids;
                    }
                }
            })
        });
        all.collect()
    }

    #[test]
    fn rows_beyond_the_cursor_are_news() {
        let statements = [
            "INSERT INTO orders VALUES (2, 'a'), (1, 'b')",
            "UPDATE orders SET note = 'c'",
            "INSERT INTO orders VALUES (7, 'd')",
        ];
        assert_eq!(check(Some("id"), &statements), [vec![], vec![1, 2], vec![], vec![7]]);
    }

    #[test]
    fn rows_that_are_too_large_together_come_one_after_the_other() {
        let rows: Vec<_> = (1..=30).map(|id| format!("({id}, hex(zeroblob(10000)))")).collect();
        let insert = format!("INSERT INTO orders VALUES {}", rows.join(", "));
        assert_eq!(check(Some("id"), &[&insert])[1], (1..=30).collect::<Vec<i64>>());
    }

    #[test]
    fn without_a_cursor_other_rows_are_news() {
        let statements = [
            "INSERT INTO orders VALUES (1, 'a')",
            "UPDATE orders SET note = 'a'",
            "UPDATE orders SET note = 'b'",
            "DELETE FROM orders",
            "INSERT INTO orders VALUES (1, 'b')",
        ];
        let expected = [vec![], vec![1], vec![], vec![1], vec![], vec![1]];
        assert_eq!(check(None, &statements), expected);
    }
}
