//! The tables, and how older ones become these.

use std::borrow::Cow;
use std::cmp::Ordering;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use crate::OpenError;
use crate::fence::Flaw;
use crate::link::Error;

/// Each brings the tables from the format before it to the next.
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
];

/// What is said of tables of a format for the sake of speed alone, where the database knows of it.
const HINTS: &[(usize, &str)] = &[
    // Packs are compressed already.
    (6, "ALTER TABLE pack ALTER COLUMN body SET STORAGE EXTERNAL"),
];

/// Has names compared byte by byte.
const BY_BYTES: &str = " COLLATE \"C\"";
/// What a database calls itself that compares all texts like that, and lets no column say so.
const ALWAYS_BY_BYTES: &str = "CockroachDB";

/// The number of the format; whoever changes it holds a lock on its row.
const FORMAT: &str = "
    CREATE TABLE IF NOT EXISTS compasso_format (single INT PRIMARY KEY, format BIGINT NOT NULL);
    INSERT INTO compasso_format (single, format) VALUES (1, 0) ON CONFLICT DO NOTHING";

/// Says whether there are tables and no number, which is made before them.
const HALF_RESTORED: &str = "
    SELECT to_regclass('agreed') IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM pg_index WHERE indrelid = to_regclass('compasso_format') AND indisprimary)";

/// How often it is tried to make the table with the number, while others make it.
const FORMAT_TRIES: usize = 5;

/// Brings the tables to this build's format.
pub(crate) async fn migrate(client: &Client) -> Result<(), OpenError> {
    // It takes as long as it takes.
    client.batch_execute("SET statement_timeout = 0").await?;
    if client.query_one(HALF_RESTORED, &[]).await?.try_get(0)? {
        return Err(OpenError::Unavailable(Flaw::Unfinished("compasso_format".to_owned()).told()));
    }
    number(client).await?;
    let version: String = client.query_one("SELECT version()", &[]).await?.try_get(0)?;
    loop {
        client.batch_execute("BEGIN").await?;
        match step(client, &version).await {
            Ok(Some(reached)) => {
                client.batch_execute("COMMIT").await?;
                hint(client, reached).await?;
            }
            Ok(None) => {
                client.batch_execute("ROLLBACK").await?;
                return Ok(());
            }
            Err(error) => {
                // It is undone when the connection goes, too.
                let _ = client.batch_execute("ROLLBACK").await;
                return Err(error);
            }
        }
    }
}

/// Says what is wrong with the tables if a later release made them, and lets nobody change their format until
/// the transaction ends.
pub(crate) async fn newer(client: &Client) -> Result<Option<String>, Error> {
    let row = client.query_one("SELECT format FROM compasso_format FOR SHARE", &[]).await?;
    let (found, supported) = (format_of(&row)?, MIGRATIONS.len());
    Ok((found > supported).then(|| OpenError::Newer { found, supported }.to_string()))
}

/// Demands that the tables have this build's format.
pub(crate) async fn check(client: &Client) -> Result<(), OpenError> {
    let needed = MIGRATIONS.len();
    let there = client.query_one("SELECT to_regclass('compasso_format') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Err(OpenError::Older { found: 0, needed });
    }
    let found = format_of(&client.query_one("SELECT format FROM compasso_format", &[]).await?)?;
    match found.cmp(&needed) {
        Ordering::Less => Err(OpenError::Older { found, needed }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::Newer { found, supported: needed }),
    }
}

fn format_of(row: &Row) -> Result<usize, Error> {
    Ok(usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(usize::MAX))
}

/// Makes the table with the number. Of several that make it at once all but one are refused, even though
/// they ask for it only if it is not there.
async fn number(client: &Client) -> Result<(), Error> {
    let mut tries = 1;
    loop {
        match client.batch_execute(FORMAT).await {
            Err(error) if tries < FORMAT_TRIES && was_made_meanwhile(&error) => tries += 1,
            done => return done,
        }
    }
}

fn was_made_meanwhile(error: &Error) -> bool {
    let codes = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
    error.code().is_some_and(|code| codes.contains(code))
}

/// Takes one step, if one is left, and returns the format that the tables have then. The lock makes others that
/// start at the same time wait.
async fn step(client: &Client, version: &str) -> Result<Option<usize>, OpenError> {
    let row = client.query_one("SELECT format FROM compasso_format FOR UPDATE", &[]).await?;
    let (found, supported) = (format_of(&row)?, MIGRATIONS.len());
    if found > supported {
        return Err(OpenError::Newer { found, supported });
    }
    let Some(migration) = MIGRATIONS.get(found) else { return Ok(None) };
    client.batch_execute(&spoken(migration, version)).await?;
    client.batch_execute("UPDATE compasso_format SET format = format + 1").await?;
    Ok(Some(found + 1))
}

/// Says a migration as a database understands it, by what it calls itself.
fn spoken<'a>(migration: &'a str, version: &str) -> Cow<'a, str> {
    if version.contains(ALWAYS_BY_BYTES) {
        migration.replace(BY_BYTES, "").into()
    } else {
        migration.into()
    }
}

/// Gives the hints for tables of a format; a database that does not know of one is right without it.
async fn hint(client: &Client, reached: usize) -> Result<(), OpenError> {
    for (_, hint) in HINTS.iter().filter(|(format, _)| *format == reached) {
        match client.batch_execute(hint).await {
            Err(error) if error.code().is_none() => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of PostgreSQL alone, or of what other databases that speak like it are slow at.
    const OURS_ALONE: [&str; 12] = [
        "advisory",
        "ctid",
        "generated",
        "inherits",
        "listen",
        "nextval",
        "notify",
        "plpgsql",
        "sequence",
        "serial",
        "skip locked",
        "storage",
    ];

    #[test]
    fn tables_are_made_in_words_that_other_databases_know() {
        for migration in MIGRATIONS {
            let statements = migration.lines().filter(|line| !line.trim_start().starts_with("--"));
            let spoken = statements.collect::<Vec<_>>().join("\n").to_lowercase();
            for word in OURS_ALONE {
                assert!(!spoken.contains(word), "{word}: {migration}");
            }
        }
    }

    #[test]
    fn a_database_that_always_compares_bytes_is_not_told_to() {
        let cockroach = "CockroachDB CCL v24.3.1 (x86_64-pc-linux-gnu, built …)";
        for migration in MIGRATIONS {
            assert!(!spoken(migration, cockroach).contains("COLLATE"));
            assert_eq!(spoken(migration, "PostgreSQL 15.14 on x86_64-pc-linux-gnu"), *migration);
        }
    }
}
