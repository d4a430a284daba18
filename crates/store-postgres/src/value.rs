//! Between our values and PostgreSQL's.

use std::sync::Arc;

use bytes::Bytes;
use compasso_store::seal::Broken;
use compasso_store::{AttributeValue, ExecutionHeader, ExecutionKey, ReadError, Redriven, Status};
use compasso_types::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use crate::link::{Error, NoLink};

/// A read that came to nothing.
#[derive(Debug)]
pub(crate) enum ReadFailure {
    Link(NoLink),
    Database(Error),
    Corrupt(String),
}

impl From<NoLink> for ReadFailure {
    fn from(error: NoLink) -> Self {
        Self::Link(error)
    }
}

impl From<Error> for ReadFailure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Broken> for ReadFailure {
    fn from(broken: Broken) -> Self {
        Self::Corrupt(broken.to_string())
    }
}

impl From<ReadFailure> for ReadError {
    fn from(failure: ReadFailure) -> Self {
        match failure {
            ReadFailure::Link(error) => Self::Unavailable(error.to_string()),
            ReadFailure::Database(error) if is_damage(&error) => {
                Self::Corrupt(compasso_sql::described(&error))
            }
            ReadFailure::Database(error) => Self::Unavailable(compasso_sql::described(&error)),
            ReadFailure::Corrupt(what) => Self::Corrupt(what),
        }
    }
}

/// Says whether the database itself found that something is damaged, which no other try mends.
fn is_damage(error: &Error) -> bool {
    error
        .code()
        .is_some_and(|code| [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code))
}

/// The columns that [`header`] reads, in its order, from the first.
pub(crate) const HEADER: &str = "
    execution.id, key, workflow, version, alias, status, started, stopped, redrives, redriven,
    attributes";

/// Which of them is the key.
pub(crate) const KEY_COLUMN: usize = 1;

/// How many columns [`HEADER`] has.
pub(crate) const HEADER_COLUMNS: usize = 11;

/// Reads what listings show.
pub(crate) fn header(row: &Row) -> Result<ExecutionHeader, ReadFailure> {
    let status: i32 = row.try_get(5)?;
    let corrupt = |what: &str| ReadFailure::Corrupt(what.to_owned());
    let attributes: Option<&str> = row.try_get(10)?;
    let attributes = attributes.map(|text| {
        compasso_store::attributes::read(text).ok_or_else(|| corrupt("attributes of an execution"))
    });
    Ok(ExecutionHeader {
        key: ExecutionKey(text(row, KEY_COLUMN)?),
        workflow: text(row, 2)?,
        version: text_if(row, 3)?,
        alias: text_if(row, 4)?,
        status: Status::stored(status.into()).ok_or_else(|| corrupt("status of an execution"))?,
        started: Timestamp(row.try_get(6)?),
        stopped: row.try_get::<_, Option<i64>>(7)?.map(Timestamp),
        redriven: redriven(row.try_get(8)?, row.try_get(9)?),
        attributes: attributes.transpose()?.unwrap_or_default(),
        failure: None,
    })
}

fn redriven(count: i64, at: Option<i64>) -> Option<Redriven> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    at.map(|at| Redriven { count, at: Timestamp(at) })
}

pub(crate) fn text(row: &Row, column: usize) -> Result<Arc<str>, Error> {
    row.try_get::<_, &str>(column).map(Into::into)
}

fn text_if(row: &Row, column: usize) -> Result<Option<Arc<str>>, Error> {
    Ok(row.try_get::<_, Option<&str>>(column)?.map(Into::into))
}

pub(crate) fn bytes(row: &Row, column: usize) -> Result<Bytes, Error> {
    row.try_get::<_, &[u8]>(column).map(Bytes::copy_from_slice)
}

pub(crate) fn bytes_if(row: &Row, column: usize) -> Result<Option<Bytes>, Error> {
    Ok(row.try_get::<_, Option<&[u8]>>(column)?.map(Bytes::copy_from_slice))
}

/// Reads a number that is never negative.
pub(crate) fn count(row: &Row, column: usize) -> Result<u64, Error> {
    Ok(row.try_get::<_, i64>(column)?.unsigned_abs())
}

/// Returns a number as it is stored; those that are too large never come up.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Returns how many rows are asked for.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Returns a searched value as it is stored: equal texts for equal values of a kind, others for others.
/// The database takes no text with a NUL in it.
pub(crate) fn attribute(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) if text.contains('\0') => {
            format!("z{}", text.replace('\\', r"\\").replace('\0', r"\0"))
        }
        AttributeValue::Text(text) => format!("t{text}"),
        // A negative zero would be another number in JSON.
        AttributeValue::Number(number) => format!("n{}", number + 0.0),
        AttributeValue::Bool(value) => format!("b{value}"),
    }
}
