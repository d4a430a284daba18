//! Writing documents.

use compasso_store::{DocumentChange, Expected};
use rusqlite::{Connection, params};

use super::batch::Written;
use crate::value::Body;

const PUT: &str = "
    INSERT INTO document (kind, key, revision, body) VALUES (?, ?, 1, ?)
    ON CONFLICT (kind, key) DO UPDATE SET revision = revision + 1, body = excluded.body";

const ADD: &str = "
    INSERT INTO document (kind, key, revision, body) VALUES (?, ?, 1, ?)
    ON CONFLICT (kind, key) DO NOTHING";

const REPLACE: &str = "
    UPDATE document SET revision = revision + 1, body = ?3
    WHERE kind = ?1 AND key = ?2 AND revision = ?4";

const REMOVE: &str = "DELETE FROM document WHERE kind = ? AND key = ?";

const REMOVE_REVISION: &str = "DELETE FROM document WHERE kind = ? AND key = ? AND revision = ?";

const EXISTS: &str = "SELECT 1 FROM document WHERE kind = ? AND key = ?";

/// Makes the changes in their order, up to the first that conflicts.
pub(super) fn change_all(
    connection: &Connection,
    changes: &[DocumentChange],
) -> rusqlite::Result<Written> {
    for one in changes {
        if change(connection, one)? == Written::Conflict {
            return Ok(Written::Conflict);
        }
    }
    Ok(Written::Yes)
}

/// Changes one document if it is as expected.
pub(super) fn change(
    connection: &Connection,
    change: &DocumentChange,
) -> rusqlite::Result<Written> {
    let DocumentChange { kind, key, expected, body } = change;
    let run = |sql, params: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params))
    };
    let fits = match (expected, body.as_deref().map(Body)) {
        (Expected::Any, Some(body)) => run(PUT, params![kind, key, body])? == 1,
        (Expected::Absent, Some(body)) => run(ADD, params![kind, key, body])? == 1,
        (Expected::Revision(revision), Some(body)) => {
            run(REPLACE, params![kind, key, body, revision.0])? == 1
        }
        (Expected::Any, None) => {
            run(REMOVE, params![kind, key])?;
            true
        }
        (Expected::Absent, None) => {
            !connection.prepare_cached(EXISTS)?.exists(params![kind, key])?
        }
        (Expected::Revision(revision), None) => {
            run(REMOVE_REVISION, params![kind, key, revision.0])? == 1
        }
    };
    Ok(if fits { Written::Yes } else { Written::Conflict })
}
