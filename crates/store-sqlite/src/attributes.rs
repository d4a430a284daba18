//! What executions are searched by: a row for each value, and all of them as JSON in the row of the
//! execution.
//!
//! A value is SQLite text, a real number, or, for true and false, a blob: values of different kinds
//! are never equal, and those of one kind stand in their order.

use compasso_store::{AttributeValue, Attributes, Turn, attributes};
use rusqlite::types::{FromSqlError, Type, Value, ValueRef};
use rusqlite::{Connection, params};

const ADD: &str = "INSERT INTO attribute (name, value, changed, execution) VALUES (?, ?, ?, ?)";

const REMOVE: &str = "
    DELETE FROM attribute WHERE name = ? AND value = ? AND changed = ? AND execution = ?";

const MOVE: &str = "
    UPDATE attribute SET changed = ?
    WHERE name = ? AND value = ? AND changed = ? AND execution = ?";

/// Adds the rows of a new execution.
pub(crate) fn add(connection: &Connection, turn: &Turn, id: i64) -> rusqlite::Result<()> {
    if turn.attributes.is_empty() {
        return Ok(());
    }
    let mut add = connection.prepare_cached(ADD)?;
    for (name, value) in &turn.attributes {
        add.execute(params![&**name, stored(value), changed(turn), id])?;
    }
    Ok(())
}

/// Moves the rows of an execution whose place in listings was at `from`.
pub(crate) fn follow(
    connection: &Connection,
    attributes: &Attributes,
    turn: &Turn,
    id: i64,
    from: i64,
) -> rusqlite::Result<()> {
    if attributes.is_empty() {
        return Ok(());
    }
    let mut change = connection.prepare_cached(MOVE)?;
    for (name, value) in attributes {
        change.execute(params![changed(turn), &**name, stored(value), from, id])?;
    }
    Ok(())
}

/// Removes the rows of an execution whose place in listings is at `changed`.
pub(crate) fn remove(
    connection: &Connection,
    attributes: &Attributes,
    id: i64,
    changed: i64,
) -> rusqlite::Result<()> {
    let mut remove = connection.prepare_cached(REMOVE)?;
    for (name, value) in attributes {
        remove.execute(params![&**name, stored(value), changed, id])?;
    }
    Ok(())
}

/// Returns the place in listings after a turn, as the column `changed` of executions has it.
fn changed(turn: &Turn) -> i64 {
    let redriven = turn.redriven.map(|redriven| redriven.at);
    turn.stopped.or(redriven).unwrap_or(turn.started).0
}

/// Returns a value as it is stored.
pub(crate) fn stored(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Text(text) => Value::Text(text.to_string()),
        // A negative zero would be another number in JSON.
        AttributeValue::Number(number) => Value::Real(number + 0.0),
        AttributeValue::Bool(value) => Value::Blob(vec![u8::from(*value)]),
    }
}

/// Reads the column of all attributes.
pub(crate) fn read(column: ValueRef<'_>) -> rusqlite::Result<Attributes> {
    let corrupt = || {
        let error = FromSqlError::InvalidType;
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into())
    };
    if matches!(column, ValueRef::Null) {
        return Ok(Attributes::new());
    }
    let text = column.as_str().map_err(|_| corrupt())?;
    attributes::read(text).ok_or_else(corrupt)
}
