//! Rows that a query of a database gives.

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::SqlTrigger;
use compasso_sql::{Answer, Bounds, Failure, Request, Target};
use compasso_types::{Json, Object, hex};
use sha2::{Digest, Sha256};

use super::passed::Passed;
use super::seen::Seen;
use super::{Found, news};
use crate::entry::Unusable;
use crate::inbox::Later;

/// Most rows of one look at them.
const ROWS_MAX: usize = 1_000;
/// Fewest rows that are asked for: with one alone, nobody knows whether the next has its value too.
const ROWS_MIN: usize = 2;
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
        let passed = before.filter(|_| self.cursor.is_some()).and_then(Passed::parse);
        let late = match &passed {
            Some(passed) => self.late(&target, passed, timeout).await?,
            None => Found::default(),
        };
        if !late.news.is_empty() {
            return Ok(late);
        }
        // Rows may be large: then fewer of them make a run.
        let mut most = ROWS_MAX;
        let rows = loop {
            let request = self.request(passed.as_ref(), most, timeout);
            match compasso_sql::run(&target, request).await {
                Ok(Answer { rows, .. }) => break rows,
                Err(Failure::TooLarge(_)) if self.cursor.is_some() && most > ROWS_MIN => {
                    most = (most / 10).max(ROWS_MIN);
                }
                Err(Failure::TooLarge(_)) if self.cursor.is_none() => {
                    let why = format!(
                        "there are more than {ROWS_MAX} rows, or they are larger than {BYTES_MAX} bytes; \
                         ask for fewer of them with LIMIT, or name a 'cursor'"
                    );
                    return Err(Later(why));
                }
                Err(failure) => return Err(Later(failure.to_string())),
            }
        };
        let found = self.found(before, most, rows)?;
        // What is known of the rows that were passed changes only if no others come.
        let notes = if found.news.is_empty() { late.notes } else { Vec::new() };
        Ok(Found { notes: found.notes.into_iter().chain(notes).collect(), ..found })
    }

    /// Looks for rows that came with the last value after it was passed. Where there are so many with
    /// it that they do not fit into one look, nobody knows.
    async fn late(
        &self,
        target: &Target,
        passed: &Passed,
        timeout: Duration,
    ) -> Result<Found, Later> {
        let Some(column) = self.cursor.as_deref().filter(|_| passed.knows_rows()) else {
            return Ok(Found::default());
        };
        let text = format!("SELECT * FROM ({}\n) AS polled WHERE {column} = :{BIND}", self.query);
        let bounds = Bounds { rows_max: ROWS_MAX, bytes_max: BYTES_MAX, timeout };
        let bind = Object::from_iter([(BIND.into(), passed.value.clone())]);
        let rows =
            match compasso_sql::run(target, Request { text: text.into(), bind, bounds }).await {
                Ok(Answer { rows, .. }) => rows,
                Err(Failure::TooLarge(_)) => return Ok(Found::default()),
                Err(failure) => return Err(Later(failure.to_string())),
            };
        let mut found = Found::default();
        let Some(now) = Passed::of(&rows, column).filter(|now| now != passed) else {
            return Ok(found);
        };
        let (look, late) = (Some(now.text()), passed.late(rows));
        if late.is_empty() {
            found.notes.push((NAME.to_owned(), look));
            return Ok(found);
        }
        let late = Json::array(late);
        let key = format!("{column}={}+{}", now.value, hex(&Sha256::digest(late.to_string())));
        found.news.push(news(NAME, look, key, "rows", late));
        found.more = true;
        Ok(found)
    }

    fn request(&self, before: Option<&Passed>, most: usize, timeout: Duration) -> Request {
        let query = &self.query;
        let before = before.map(|passed| passed.value.clone());
        let (text, bind) = match (&self.cursor, before) {
            (None, _) => (query.to_string(), Object::default()),
            (Some(column), None) => (
                format!(
                    "SELECT * FROM ({query}\n) AS polled WHERE {column} IS NOT NULL \
                     ORDER BY {column} LIMIT {most}"
                ),
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
        let is_full = self.cursor.is_some() && rows.len() == most;
        let rows = match &self.cursor {
            Some(column) if is_full => whole(rows, column)?,
            _ => rows,
        };
        let (look, key) = match &self.cursor {
            Some(_) if rows.is_empty() => return Ok(found),
            Some(column) => {
                let missing = || Later(format!("the rows have no column '{column}'"));
                let passed = Passed::of(&rows, column).ok_or_else(missing)?;
                (passed.text(), format!("{column}={}", passed.value))
            }
            None => {
                let look = hex(&Sha256::digest(Json::array(rows.clone()).to_string()));
                // After others have been there, the same rows are news again.
                let key = format!("{}>{look}", before.unwrap_or_default());
                (look, key)
            }
        };
        if before == Some(&look) {
            return Ok(found);
        }
        if rows.is_empty() {
            found.notes.push((NAME.to_owned(), Some(look)));
            return Ok(found);
        }
        found.news.push(news(NAME, Some(look), key, "rows", Json::array(rows)));
        found.more = is_full;
        Ok(found)
    }
}

/// Takes the last rows away if more rows with their value may follow: they come with those.
///
/// # Errors
/// Nothing would be left.
fn whole(mut rows: Vec<Json>, column: &str) -> Result<Vec<Json>, Later> {
    let count = rows.len();
    let last = rows.last().and_then(|row| row.get(column)).cloned();
    rows.retain(|row| row.get(column) != last.as_ref());
    if rows.is_empty() {
        return Err(Later(match last {
            Some(last) => format!(
                "{count} or more rows have the {column} {last}, and no more fit into one run; \
                 use a column with more values as the cursor"
            ),
            None => format!("the rows have no column '{column}'"),
        }));
    }
    Ok(rows)
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
    fn rows_that_come_late_are_news_with_the_last_value_and_missed_below_it() {
        let statements = [
            "INSERT INTO orders VALUES (1, 'b')",
            // The same value, and one below.
            "INSERT INTO orders VALUES (2, 'b'), (3, 'a')",
            // The same value again, and one beyond.
            "INSERT INTO orders VALUES (5, 'b'), (4, 'c')",
        ];
        assert_eq!(check(Some("note"), &statements), [vec![], vec![1], vec![2], vec![5, 4]]);
    }

    #[test]
    fn rows_that_are_too_large_together_come_one_after_the_other() {
        let rows: Vec<_> = (1..=30).map(|id| format!("({id}, hex(zeroblob(10000)))")).collect();
        let insert = format!("INSERT INTO orders VALUES {}", rows.join(", "));
        assert_eq!(check(Some("id"), &[&insert])[1], (1..=30).collect::<Vec<i64>>());
    }

    #[test]
    fn rows_with_the_same_value_come_together() {
        let value = |id: i64| format!("({id}, '{:02}' || hex(zeroblob(4000)))", (id - 1) / 3);
        let rows: Vec<_> = (1..=30).map(value).collect();
        let insert = format!("INSERT INTO orders VALUES {}", rows.join(", "));
        let mut found = check(Some("note"), &[&insert]).remove(1);
        found.sort_unstable();
        assert_eq!(found, (1..=30).collect::<Vec<i64>>());
    }

    #[test]
    fn rows_without_a_value_are_left_out() {
        let statements = [
            "INSERT INTO orders VALUES (1, NULL)",
            "INSERT INTO orders VALUES (2, 'a'), (3, NULL)",
        ];
        assert_eq!(check(Some("note"), &statements), [vec![], vec![], vec![2]]);
    }

    #[test]
    fn more_rows_of_one_value_than_fit_are_an_error() {
        let row = |id: i64| Json::parse(&format!(r#"{{"id":{id}}}"#)).unwrap();
        let ids = |rows: Vec<Json>| rows.iter().map(Json::to_string).collect::<String>();
        assert_eq!(ids(whole(vec![row(1), row(2), row(2)], "id").unwrap()), row(1).to_string());
        let why = whole(vec![row(2), row(2)], "id").unwrap_err().to_string();
        assert!(why.starts_with("2 or more rows have the id 2"), "{why}");
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
