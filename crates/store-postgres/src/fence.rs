//! Whether the tables hold what fences nodes off. One that is filled while nodes are at work, as by `pg_restore`, may
//! come to be without: an owner that wrote meanwhile keeps a key from being made.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::OpenError;
use crate::link::Error;

/// Returns a table that is not there yet, or lacks a unique index. They come last when a database is restored.
const UNFINISHED: &str = "
    SELECT needed.name FROM (VALUES
        ('agreed', 1), ('attribute', 1), ('compasso_format', 1), ('document', 1), ('ended_turn', 1), ('execution', 2),
        ('fence', 2), ('fence_lane', 1), ('journal', 1), ('large_value', 1), ('log_chunk', 1), ('node', 1), ('pack', 1),
        ('packing', 1), ('removal', 1)) AS needed (name, uniques)
    WHERE needed.uniques > (
        SELECT count(*) FROM pg_index
        WHERE indrelid = to_regclass(needed.name) AND indisunique AND indisvalid)
    ORDER BY needed.name LIMIT 1";

/// Says whether the fence has its row, and its lanes follow it.
const HELD: &str = "
    SELECT (SELECT count(*) FROM fence) = 1,
        (SELECT count(*) FROM fence_lane JOIN fence USING (epoch) WHERE lane IN (1, 2, 3)) = 3 AND EXISTS (
            SELECT 1 FROM pg_constraint
            WHERE conrelid = to_regclass('fence_lane') AND confrelid = to_regclass('fence')
                AND contype = 'f' AND confupdtype = 'c' AND convalidated)";

/// Has the lanes follow the fence again. The locks wait for all who write, and let nobody raise the epoch.
const MEND: &str = "
    LOCK TABLE fence IN SHARE ROW EXCLUSIVE MODE;
    LOCK TABLE fence_lane IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE fence_lane DROP CONSTRAINT IF EXISTS fence_lane_epoch_fkey;
    DELETE FROM fence_lane;
    INSERT INTO fence_lane (lane, epoch)
        SELECT lane, epoch FROM fence, (VALUES (1), (2), (3)) AS lanes (lane);
    ALTER TABLE fence_lane ADD CONSTRAINT fence_lane_epoch_fkey
        FOREIGN KEY (epoch) REFERENCES fence (epoch) ON UPDATE CASCADE";

/// What is wrong with a fence that [`MEND`] mends, for people.
const LANES: &str = "fence_lane does not follow fence, as after a restore while servers were at work: \
    what an owner that is late writes would not be kept out";

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A table is not as it must be.
    Unfinished(String),
    /// The lanes do not follow the fence.
    Lanes,
}

impl Flaw {
    /// Says what is wrong, and the way out.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Unfinished(table) => format!(
                "the table {table} is not there, or not whole: while a restore is under way wait for its end, \
                 otherwise one did not come to its end, or servers were at work. Stop them, and restore into a new database"
            ),
            Self::Lanes => {
                let mend = MEND.split_whitespace().collect::<Vec<_>>().join(" ");
                format!(
                    "{LANES}. A start of a server or 'compasso migrate' mends it, or: BEGIN; {mend}; COMMIT"
                )
            }
        }
    }
}

/// Looks at tables that have this build's format.
pub(crate) async fn flaw(client: &Client) -> Result<Option<Flaw>, Error> {
    if let Some(row) = client.query_opt(UNFINISHED, &[]).await? {
        return Ok(Some(Flaw::Unfinished(row.try_get(0)?)));
    }
    let row = client.query_one(HELD, &[]).await?;
    Ok(match (row.try_get(0)?, row.try_get(1)?) {
        (false, _) => Some(Flaw::Unfinished("fence".to_owned())),
        (true, false) => Some(Flaw::Lanes),
        (true, true) => None,
    })
}

/// Mends the fence within a transaction, if it must be; says what it is that cannot be mended.
pub(crate) async fn hold(client: &Client) -> Result<Option<Flaw>, Error> {
    match flaw(client).await? {
        Some(Flaw::Lanes) => match client.batch_execute(MEND).await {
            Ok(()) => {
                tracing::warn!("{LANES}; it is mended");
                Ok(None)
            }
            // The tables are somebody else's.
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                Ok(Some(Flaw::Lanes))
            }
            Err(error) => Err(error),
        },
        other => Ok(other),
    }
}

/// Demands that the fence holds, and mends it if it must be.
pub(crate) async fn secure(client: &Client) -> Result<(), OpenError> {
    match flaw(client).await? {
        None => return Ok(()),
        Some(Flaw::Lanes) => {}
        Some(flaw) => return Err(OpenError::Unavailable(flaw.told())),
    }
    client.batch_execute("BEGIN").await?;
    let held = hold(client).await;
    let end = if held.is_ok() { "COMMIT" } else { "ROLLBACK" };
    client.batch_execute(end).await?;
    match held? {
        None => Ok(()),
        Some(flaw) => Err(OpenError::Unavailable(flaw.told())),
    }
}
