//! Listing executions.

use std::fmt::{Arguments, Write as _};

use compasso_store::{Cursor, ExecutionFilter, ExecutionHeader, Order, Page, SearchBounds, Status};
use compasso_types::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Rows, params_from_iter};

use super::executions::{header, one_more};
use crate::attributes::stored;
use crate::value::Content;

const COLUMNS: &str = "
    SELECT execution.id, key, (SELECT name FROM workflow WHERE workflow.id = execution.workflow),
        (SELECT name FROM workflow WHERE workflow.id = execution.version),
        (SELECT name FROM workflow WHERE workflow.id = execution.alias),
        status, started, stopped, redrives, redriven, attributes, execution.changed";

/// How those ended that did not succeed, if that is asked for.
const FAILURE: &str = ", CASE WHEN status IN (2, 3, 4) THEN outcome END AS failure";
const NO_FAILURE: &str = ", NULL AS failure";

const BY_ATTRIBUTE: &str = "
    FROM attribute CROSS JOIN execution ON execution.id = attribute.execution
    WHERE attribute.name = ? AND attribute.value = ? AND";

/// Lists executions.
pub(crate) fn list(
    connection: &Connection,
    filter: &ExecutionFilter,
    after: Option<Cursor>,
    limit: usize,
) -> rusqlite::Result<Page<ExecutionHeader>> {
    let bounds = SearchBounds { items: limit, rows: limit };
    pick(connection, filter, |_| true, after, bounds)
}

/// Lists the executions that `wanted` picks.
pub(crate) fn search(
    connection: &Connection,
    filter: &ExecutionFilter,
    wanted: impl Fn(&ExecutionHeader) -> bool,
    after: Option<Cursor>,
    bounds: SearchBounds,
) -> rusqlite::Result<Page<ExecutionHeader>> {
    let wanted = |header: &ExecutionHeader| filter.fits(header) && wanted(header);
    // SQLite would pass over rows that the rest leaves out without counting them.
    pick(connection, &filter.indexed(), wanted, after, bounds)
}

fn pick(
    connection: &Connection,
    filter: &ExecutionFilter,
    wanted: impl Fn(&ExecutionHeader) -> bool,
    after: Option<Cursor>,
    bounds: SearchBounds,
) -> rusqlite::Result<Page<ExecutionHeader>> {
    let mut listing = Listing::new(filter, after);
    listing.parameters.push(one_more(bounds.rows).into());
    let mut statement = connection.prepare_cached(&listing.sql)?;
    let rows = statement.query(params_from_iter(listing.parameters))?;
    let cursor =
        |row: &Row<'_>| Ok(Cursor { changed: Timestamp(row.get("changed")?), row: row.get("id")? });
    let shown = |row: &Row<'_>| {
        let failure = row.get::<_, Option<Content>>("failure")?.map(|content| content.0);
        Ok(ExecutionHeader { failure, ..header(row)? })
    };
    page(rows, bounds, cursor, shown, wanted)
}

/// A question for rows in order; the last parameter is how many.
struct Listing {
    sql: String,
    parameters: Vec<Value>,
}

impl Listing {
    fn new(filter: &ExecutionFilter, after: Option<Cursor>) -> Self {
        let failure = if filter.with_failures { FAILURE } else { NO_FAILURE };
        let mut listing = Self { sql: format!("{COLUMNS}{failure}"), parameters: Vec::new() };
        let [changed, id] = match &filter.attribute {
            None => {
                listing.ask(format_args!(" FROM execution INDEXED BY {} WHERE", index(filter)));
                ["execution.changed", "execution.id"]
            }
            Some((name, value)) => {
                listing.sql.push_str(BY_ATTRIBUTE);
                listing.parameters.extend([Value::Text(name.to_string()), stored(value)]);
                ["attribute.changed", "attribute.execution"]
            }
        };
        listing.within(filter, after, changed, id);
        listing.of(filter);
        let direction = match filter.order {
            Order::LatestFirst => "DESC",
            Order::EarliestFirst => "ASC",
        };
        listing.ask(format_args!(" ORDER BY {changed} {direction}, {id} {direction} LIMIT ?"));
        listing
    }

    fn ask(&mut self, text: Arguments<'_>) {
        self.sql.write_fmt(text).expect("a string takes every text");
    }

    /// Goes on behind `after`, and stays within the time asked for.
    fn within(&mut self, filter: &ExecutionFilter, after: Option<Cursor>, changed: &str, id: &str) {
        let since = filter.since.map_or(i64::MIN, |at| at.0);
        let until = filter.until.map_or(i64::MAX, |at| at.0);
        let cursor = after.map(|cursor| (cursor.changed.0, cursor.row as i64));
        let (sign, (at, row), far, last) = match filter.order {
            Order::LatestFirst => ('<', cursor.unwrap_or((until, i64::MAX)), ">=", since),
            Order::EarliestFirst => ('>', cursor.unwrap_or((since, i64::MIN)), "<=", until),
        };
        self.ask(format_args!(" ({changed}, {id}) {sign} (?, ?) AND {changed} {far} ?"));
        self.parameters.extend([at.into(), row.into(), last.into()]);
    }

    /// Takes only those of the names and of the status asked for. The status stands in the text as a
    /// number, because SQLite decides about partial indexes when it reads that.
    fn of(&mut self, filter: &ExecutionFilter) {
        let names = [
            ("alias", &filter.alias),
            ("version", &filter.version),
            ("workflow", &filter.workflow),
        ];
        for (column, name) in names {
            if let Some(name) = name {
                self.ask(format_args!(" AND {column} = (SELECT id FROM workflow WHERE name = ?)"));
                self.parameters.push(Value::Text(name.to_string()));
            }
        }
        match filter.status {
            None => {}
            Some(Status::Succeeded) => self.sql += " AND status = 1",
            Some(status) => {
                self.ask(format_args!(" AND status <> 1 AND status = {}", status as u8));
            }
        }
    }
}

/// Returns the index that holds the fewest executions besides those asked for. SQLite is told,
/// because it would weigh them by guesses.
fn index(filter: &ExecutionFilter) -> &'static str {
    let is_rare = filter.status.is_some_and(|status| status != Status::Succeeded);
    match filter {
        ExecutionFilter { alias: Some(_), .. } => "execution_alias",
        ExecutionFilter { version: Some(_), .. } => "execution_version",
        ExecutionFilter { workflow: Some(_), .. } if is_rare => "execution_workflow_status",
        ExecutionFilter { workflow: Some(_), .. } => "execution_workflow",
        _ if is_rare => "execution_status",
        _ => "execution_changed",
    }
}

/// Takes a page of the rows that are wanted; `cursor` says where a listing goes on behind one.
pub(super) fn page<T>(
    mut rows: Rows<'_>,
    bounds: SearchBounds,
    cursor: impl Fn(&Row<'_>) -> rusqlite::Result<Cursor>,
    item: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    wanted: impl Fn(&T) -> bool,
) -> rusqlite::Result<Page<T>> {
    let mut items = Vec::new();
    let mut last = None;
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        if items.len() == bounds.items || seen == bounds.rows {
            return Ok(Page { items, next: last });
        }
        seen += 1;
        last = Some(cursor(row)?);
        let item = item(row)?;
        items.extend(wanted(&item).then_some(item));
    }
    Ok(Page { items, next: None })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use compasso_store::AttributeValue;

    use super::*;
    use crate::reader::executions::{DUE, ONE, OPEN, OWING};
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
        let sql = |filter: &ExecutionFilter| Listing::new(filter, None).sql;
        let attribute = Some(("name".into(), AttributeValue::Bool(true)));
        let of_attribute =
            ExecutionFilter { attribute, ..filter(Some("w"), Some(Status::Running)) };
        let earliest = ExecutionFilter { order: Order::EarliestFirst, ..filter(Some("w"), None) };
        for (sql, expected) in [
            (ONE.to_owned(), "USING INDEX execution_key_hash (key_hash=?)"),
            (DUE.to_owned(), "USING INDEX execution_wake_at (wake_at>? AND wake_at<?)"),
            (OPEN.to_owned(), "USING COVERING INDEX execution_status (status=?)"),
            (OWING.to_owned(), "USING INDEX execution_owes (owes=? AND rowid>?)"),
            (sql(&filter(None, None)), "USING INDEX execution_changed (changed>? AND changed<?)"),
            (sql(&filter(None, Some(Status::Succeeded))), "USING INDEX execution_changed"),
            (
                sql(&filter(None, Some(Status::Failed))),
                "USING INDEX execution_status (status=? AND changed>? AND changed<?)",
            ),
            (
                sql(&filter(Some("w"), None)),
                "USING INDEX execution_workflow (workflow=? AND changed>? AND changed<?)",
            ),
            (
                sql(&filter(Some("w"), Some(Status::Succeeded))),
                "USING INDEX execution_workflow (workflow=? AND changed>? AND changed<?)",
            ),
            (
                sql(&filter(Some("w"), Some(Status::Running))),
                "USING INDEX execution_workflow_status (workflow=? AND status=? AND changed>? AND changed<?)",
            ),
            (
                sql(&of_attribute),
                "SEARCH attribute USING PRIMARY KEY (name=? AND value=? AND changed>? AND (changed,execution)<(?,?))",
            ),
            (sql(&earliest), "USING INDEX execution_workflow (workflow=? AND changed>?"),
            (
                sql(&of_version),
                "USING INDEX execution_version (version=? AND changed>? AND changed<?)",
            ),
            (sql(&of_alias), "USING INDEX execution_alias (alias=? AND changed>? AND changed<?)"),
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
