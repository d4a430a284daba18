//! The tables, and how a file of an older release gets them.

use std::cmp::Ordering;

use rusqlite::{Connection, TransactionBehavior};

use crate::open::OpenError;

/// Marks the file as ours (`file(1)` and SQLite show it): "CPSS".
const APPLICATION_ID: i32 = 0x4350_5353;

/// Each brings the file one version forward; their number is the version this build writes.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
    include_str!("schema/7.sql"),
    include_str!("schema/8.sql"),
    include_str!("schema/9.sql"),
    include_str!("schema/10.sql"),
    include_str!("schema/11.sql"),
    include_str!("schema/12.sql"),
];

/// Brings the file to this build's version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    migrate_by(connection, MIGRATIONS)
}

fn migrate_by(connection: &mut Connection, migrations: &[&str]) -> Result<(), OpenError> {
    let found = version(connection)?;
    if found > migrations.len() {
        return Err(OpenError::Newer { found, supported: migrations.len() });
    }
    for (version, migration) in (1..).zip(migrations).skip(found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Demands that the file has this build's version.
pub(crate) fn check(connection: &Connection) -> Result<(), OpenError> {
    let (found, needed) = (version(connection)?, MIGRATIONS.len());
    match found.cmp(&needed) {
        Ordering::Less => Err(OpenError::Older { found, needed }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::Newer { found, supported: needed }),
    }
}

/// Returns the version of the file, 0 for a new one; refuses files of other programs.
fn version(connection: &Connection) -> Result<usize, OpenError> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && (version != 0 || tables != 0) {
        return Err(OpenError::Foreign);
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_brought_forward_once_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        let first = "CREATE TABLE a (x); INSERT INTO a VALUES (1);";
        migrate_by(&mut connection, &[first]).unwrap();
        for _ in 0..2 {
            migrate_by(&mut connection, &[first, "ALTER TABLE a ADD COLUMN y DEFAULT 2"]).unwrap();
        }
        let row = connection.query_row("SELECT x, y FROM a", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(row.unwrap(), (1, 2));
        assert_eq!(version(&connection).unwrap(), 2);
    }

    #[test]
    fn a_failed_step_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        let broken = "CREATE TABLE b (x); CREATE TABLE a (x);";
        assert!(migrate_by(&mut connection, &["CREATE TABLE a (x)", broken]).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        assert!(connection.query_row("SELECT count(*) FROM b", [], |_| Ok(())).is_err());
    }

    #[test]
    fn files_of_other_programs_are_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert!(matches!(migrate(&mut connection), Err(OpenError::Foreign)));
    }
}
