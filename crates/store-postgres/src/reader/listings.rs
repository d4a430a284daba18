//! Listing executions.

use std::fmt::{Arguments, Write as _};

use compasso_store::{
    Cursor, ExecutionFilter, ExecutionHeader, Order, Page, SearchBounds, Status, Wanted,
};
use compasso_types::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::link::Live;
use crate::value::{
    HEADER, HEADER_COLUMNS, ReadFailure, attribute, bytes_if, count, header, limit, stored,
};

/// Most rows that are asked for at once.
const ROWS_MAX: usize = 1_000;

/// How those ended that did not succeed, if that is asked for.
const FAILURE: &str = "CASE WHEN status IN (2, 3, 4) THEN outcome END";
const NO_FAILURE: &str = "NULL::bytea";

/// Lists executions.
pub(crate) async fn list(
    live: &Live,
    filter: &ExecutionFilter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page<ExecutionHeader>, ReadFailure> {
    let bounds = SearchBounds { items: limit, rows: limit };
    pick(live, filter, |_| true, after, bounds).await
}

/// Lists the executions that `wanted` picks.
pub(crate) async fn search(
    live: &Live,
    filter: &ExecutionFilter,
    wanted: Wanted,
    after: Option<Cursor>,
    bounds: SearchBounds,
) -> Result<Page<ExecutionHeader>, ReadFailure> {
    let wanted = |header: &ExecutionHeader| filter.fits(header) && wanted(header);
    pick(live, &filter.indexed(), wanted, after, bounds).await
}

async fn pick(
    live: &Live,
    filter: &ExecutionFilter,
    wanted: impl Fn(&ExecutionHeader) -> bool,
    after: Option<Cursor>,
    bounds: SearchBounds,
) -> Result<Page<ExecutionHeader>, ReadFailure> {
    // One row more than the page shows tells whether there is another page.
    let at_once = bounds.items.min(bounds.rows).saturating_add(1).min(ROWS_MAX);
    let mut items = Vec::new();
    let mut last = after;
    let mut seen = 0;
    loop {
        let rows = Listing::new(filter, last, limit(at_once)).rows(live).await?;
        for row in &rows {
            if items.len() == bounds.items || seen == bounds.rows {
                return Ok(Page { items, next: last });
            }
            seen += 1;
            let changed = Timestamp(row.try_get(HEADER_COLUMNS)?);
            last = Some(Cursor { changed, row: count(row, 0)? });
            let failure = bytes_if(row, HEADER_COLUMNS + 1)?;
            let item = ExecutionHeader { failure, ..header(row)? };
            items.extend(wanted(&item).then_some(item));
        }
        if rows.len() < at_once {
            return Ok(Page { items, next: None });
        }
    }
}

/// A question for rows in order.
struct Listing {
    sql: String,
    parameters: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Listing {
    fn new(filter: &ExecutionFilter, after: Option<Cursor>, most: i64) -> Self {
        let failure = if filter.with_failures { FAILURE } else { NO_FAILURE };
        let by = if filter.attribute.is_some() { "attribute" } else { "execution" };
        let mut listing = Self {
            sql: format!("SELECT {HEADER}, {by}.changed, {failure} FROM execution"),
            parameters: Vec::new(),
        };
        let id = match &filter.attribute {
            None => "execution.id",
            Some((name, value)) => {
                listing.sql += " JOIN attribute ON attribute.execution = execution.id";
                listing.both("name", name.to_string());
                listing.both("value", attribute(value));
                "attribute.execution"
            }
        };
        listing.within(filter, after, &format!("{by}.changed"), id);
        listing.of(filter);
        let direction = match filter.order {
            Order::LatestFirst => "DESC",
            Order::EarliestFirst => "ASC",
        };
        let most = listing.take(most);
        listing.ask(format_args!(
            " ORDER BY {by}.changed {direction}, {id} {direction} LIMIT ${most}"
        ));
        listing
    }

    async fn rows(&self, live: &Live) -> Result<Vec<Row>, ReadFailure> {
        let statement = live.prepare(&self.sql).await?;
        let parameters: Vec<_> =
            self.parameters.iter().map(|one| &**one as &(dyn ToSql + Sync)).collect();
        Ok(live.client.query(&statement, &parameters).await?)
    }

    fn ask(&mut self, text: Arguments<'_>) {
        self.sql.write_fmt(text).expect("a string takes every text");
    }

    /// Takes a parameter and returns its number.
    fn take(&mut self, value: impl ToSql + Sync + Send + 'static) -> usize {
        self.parameters.push(Box::new(value));
        self.parameters.len()
    }

    /// Takes only those whose attribute has this in a column.
    fn both(&mut self, column: &str, value: String) {
        let number = self.take(value);
        self.ask(format_args!(" AND attribute.{column} = ${number}"));
    }

    /// Goes on behind `after`, and stays within the time asked for.
    fn within(&mut self, filter: &ExecutionFilter, after: Option<Cursor>, changed: &str, id: &str) {
        let since = filter.since.map_or(i64::MIN, |at| at.0);
        let until = filter.until.map_or(i64::MAX, |at| at.0);
        let cursor = after.map(|cursor| (cursor.changed.0, stored(cursor.row)));
        let (sign, (at, row), far, end) = match filter.order {
            Order::LatestFirst => ('<', cursor.unwrap_or((until, i64::MAX)), ">=", since),
            Order::EarliestFirst => ('>', cursor.unwrap_or((since, i64::MIN)), "<=", until),
        };
        let [at, row, end] = [self.take(at), self.take(row), self.take(end)];
        self.ask(format_args!(
            " WHERE ({changed}, {id}) {sign} (${at}, ${row}) AND {changed} {far} ${end}"
        ));
    }

    /// Takes only those of the names and of the status asked for. The status stands in the text as a
    /// number: the indexes are partial.
    fn of(&mut self, filter: &ExecutionFilter) {
        let names = [
            ("alias", &filter.alias),
            ("version", &filter.version),
            ("workflow", &filter.workflow),
        ];
        for (column, name) in names {
            if let Some(name) = name {
                let number = self.take(name.to_string());
                self.ask(format_args!(" AND {column} = ${number}"));
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
