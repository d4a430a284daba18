//! The tables, and how older ones become these.

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
    loop {
        client.batch_execute("BEGIN").await?;
        match step(client).await {
            Ok(true) => client.batch_execute("COMMIT").await?,
            Ok(false) => {
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

/// Takes one step, if one is left. The lock makes others that start at the same time wait.
async fn step(client: &Client) -> Result<bool, OpenError> {
    let row = client.query_one("SELECT format FROM compasso_format FOR UPDATE", &[]).await?;
    let (found, supported) = (format_of(&row)?, MIGRATIONS.len());
    if found > supported {
        return Err(OpenError::Newer { found, supported });
    }
    let Some(migration) = MIGRATIONS.get(found) else { return Ok(false) };
    client.batch_execute(migration).await?;
    client.batch_execute("UPDATE compasso_format SET format = format + 1").await?;
    Ok(true)
}
