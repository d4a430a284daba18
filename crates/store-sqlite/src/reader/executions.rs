//! Reading executions.

use std::fmt::Write;
use std::sync::Arc;

use compasso_store::{
    Cursor, Execution, ExecutionFilter, ExecutionHeader, ExecutionKey, Page, Redriven, Revision,
    Status,
};
use compasso_types::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use crate::value::{Content, StoredStatus, key_hash};

const ONE: &str = "
    SELECT id, key, (SELECT name FROM workflow WHERE workflow.id = execution.workflow),
        (SELECT name FROM workflow WHERE workflow.id = execution.version),
        (SELECT name FROM workflow WHERE workflow.id = execution.alias),
        status, started, stopped, redrives, redriven, revision, start, image, outcome
    FROM execution WHERE key_hash = ? AND key = ?";

/// Every listing begins so; the names it asks for are the parameters from the fourth on.
const LISTING: &str = "
    SELECT id, key, (SELECT name FROM workflow WHERE workflow.id = execution.workflow),
        (SELECT name FROM workflow WHERE workflow.id = execution.version),
        (SELECT name FROM workflow WHERE workflow.id = execution.alias),
        status, started, stopped, redrives, redriven, changed
    FROM execution WHERE (changed, id) < (?1, ?2)";

const LATEST_FIRST: &str = " ORDER BY changed DESC, id DESC LIMIT ?3";

const OPEN: &str = "SELECT count(*) FROM execution WHERE status <> 1 AND status IN (0, 5)";

const DUE: &str = "
    SELECT wake_at, key FROM execution
    WHERE wake_at IS NOT NULL AND wake_at <= ? ORDER BY wake_at, id LIMIT ?";

const OWING: &str = "SELECT id, key FROM execution WHERE owes = 1 AND id > ?1 ORDER BY id LIMIT ?2";

/// Reads one execution.
pub(crate) fn one(
    connection: &Connection,
    key: &ExecutionKey,
) -> rusqlite::Result<Option<Execution>> {
    let execution = |row: &Row<'_>| {
        Ok(Execution {
            header: header(row)?,
            revision: Revision(row.get(10)?),
            start: row.get::<_, Content>(11)?.0,
            image: row.get::<_, Content>(12)?.0,
            outcome: row.get::<_, Option<Content>>(13)?.map(|content| content.0),
        })
    };
    connection.prepare_cached(ONE)?.query_row(params![key_hash(key), &*key.0], execution).optional()
}

/// Lists executions, the latest change first.
pub(crate) fn list(
    connection: &Connection,
    filter: &ExecutionFilter,
    after: Option<Cursor>,
    limit: usize,
) -> rusqlite::Result<Page<ExecutionHeader>> {
    let (changed, id) =
        after.map_or((i64::MAX, i64::MAX), |cursor| (cursor.changed.0, cursor.row as i64));
    let mut statement = connection.prepare_cached(&listing(filter))?;
    statement.raw_bind_parameter(1, changed)?;
    statement.raw_bind_parameter(2, id)?;
    statement.raw_bind_parameter(3, one_more(limit))?;
    for ((_, name), number) in names(filter).zip(4..) {
        statement.raw_bind_parameter(number, &**name)?;
    }
    let cursor =
        |row: &Row<'_>| Ok(Cursor { changed: Timestamp(row.get("changed")?), row: row.get("id")? });
    page(statement.raw_query(), limit, cursor, header)
}

/// Counts open executions.
pub(crate) fn count_open(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached(OPEN)?.query_row([], |row| row.get(0))
}

/// Lists executions to wake, earliest first.
pub(crate) fn due(
    connection: &Connection,
    until: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<(Timestamp, ExecutionKey)>> {
    let mut statement = connection.prepare_cached(DUE)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![until.0, limit], |row| {
        Ok((Timestamp(row.get(0)?), ExecutionKey(row.get(1)?)))
    })?;
    rows.collect()
}

/// Lists executions that owe something.
pub(crate) fn owing(
    connection: &Connection,
    after: Option<Cursor>,
    limit: usize,
) -> rusqlite::Result<Page<ExecutionKey>> {
    let after = after.map_or(0, |cursor| cursor.row as i64);
    let mut statement = connection.prepare_cached(OWING)?;
    let rows = statement.query(params![after, one_more(limit)])?;
    let cursor = |row: &Row<'_>| Ok(Cursor { changed: Timestamp(0), row: row.get(0)? });
    page(rows, limit, cursor, |row| Ok(ExecutionKey(row.get(1)?)))
}

/// Returns the names a listing goes by, with their columns. The first holds the fewest executions.
fn names(filter: &ExecutionFilter) -> impl Iterator<Item = (&'static str, &Arc<str>)> {
    let names =
        [("alias", &filter.alias), ("version", &filter.version), ("workflow", &filter.workflow)];
    names.into_iter().filter_map(|(column, name)| Some((column, name.as_ref()?)))
}

/// Builds the text of a listing. The status stands in it as a number, because SQLite chooses
/// between partial indexes when it reads the text; a plus keeps it from an index.
fn listing(filter: &ExecutionFilter) -> String {
    let mut sql = String::from(LISTING);
    let by_few = filter.version.is_some() || filter.alias.is_some();
    for (index, (column, _)) in names(filter).enumerate() {
        let plus = if index == 0 { "" } else { "+" };
        let number = index + 4;
        write!(sql, " AND {plus}{column} = (SELECT id FROM workflow WHERE name = ?{number})")
            .expect("a string takes every text");
    }
    match filter.status {
        None => {}
        Some(status) if by_few => {
            write!(sql, " AND +status = {}", status as u8).expect("a string takes every text");
        }
        Some(Status::Succeeded) => sql.push_str(" AND status = 1"),
        Some(status) => {
            sql.push_str(" AND status <> 1 AND status = ");
            sql.push_str(&(status as u8).to_string());
        }
    }
    sql.push_str(LATEST_FIRST);
    sql
}

fn header(row: &Row<'_>) -> rusqlite::Result<ExecutionHeader> {
    Ok(ExecutionHeader {
        key: ExecutionKey(row.get(1)?),
        workflow: row.get::<_, Arc<str>>(2)?,
        version: row.get(3)?,
        alias: row.get(4)?,
        status: row.get::<_, StoredStatus>(5)?.0,
        started: Timestamp(row.get(6)?),
        stopped: row.get::<_, Option<i64>>(7)?.map(Timestamp),
        redriven: redriven(row.get(8)?, row.get(9)?),
    })
}

fn redriven(count: u32, at: Option<i64>) -> Option<Redriven> {
    at.map(|at| Redriven { count, at: Timestamp(at) })
}

/// One row more than the page shows tells whether there is another page.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

/// Takes a page of rows; `cursor` says where a listing goes on behind one.
fn page<T>(
    mut rows: Rows<'_>,
    limit: usize,
    cursor: impl Fn(&Row<'_>) -> rusqlite::Result<Cursor>,
    item: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Page<T>> {
    let mut items = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next()? {
        if items.len() == limit {
            return Ok(Page { items, next: last });
        }
        items.push(item(row)?);
        last = Some(cursor(row)?);
    }
    Ok(Page { items, next: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn every_listing_follows_an_index_and_needs_no_sorting() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let filter = |workflow: Option<&str>, status| ExecutionFilter {
            workflow: workflow.map(Arc::from),
            status,
            ..ExecutionFilter::default()
        };
        let of_version = ExecutionFilter {
            version: Some("w:1".into()),
            ..filter(Some("w"), Some(Status::Running))
        };
        let of_alias = ExecutionFilter { alias: Some("w:a".into()), ..of_version.clone() };
        for (sql, expected) in [
            (ONE.to_owned(), "USING INDEX execution_key_hash (key_hash=?)"),
            (DUE.to_owned(), "USING INDEX execution_wake_at (wake_at>? AND wake_at<?)"),
            (OPEN.to_owned(), "USING COVERING INDEX execution_status (status=?)"),
            (OWING.to_owned(), "USING INDEX execution_owes (owes=? AND rowid>?)"),
            (listing(&filter(None, None)), "USING INDEX execution_changed (changed<?)"),
            (listing(&filter(None, Some(Status::Succeeded))), "USING INDEX execution_changed"),
            (
                listing(&filter(None, Some(Status::Failed))),
                "USING INDEX execution_status (status=? AND changed<?)",
            ),
            (
                listing(&filter(Some("w"), None)),
                "USING INDEX execution_workflow (workflow=? AND changed<?)",
            ),
            (
                listing(&filter(Some("w"), Some(Status::Succeeded))),
                "USING INDEX execution_workflow (workflow=? AND changed<?)",
            ),
            (
                listing(&filter(Some("w"), Some(Status::Running))),
                "USING INDEX execution_workflow_status (workflow=? AND status=? AND changed<?)",
            ),
            (listing(&of_version), "USING INDEX execution_version (version=? AND changed<?)"),
            (listing(&of_alias), "USING INDEX execution_alias (alias=? AND changed<?)"),
        ] {
            let plan = plan(&connection, &sql);
            assert!(plan.contains(expected), "{sql}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        }
    }

    fn plan(connection: &Connection, sql: &str) -> String {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines: rusqlite::Result<Vec<String>> =
            explain.raw_query().mapped(|row| row.get("detail")).collect();
        lines.unwrap().join("\n")
    }
}
