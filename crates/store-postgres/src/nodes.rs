//! The nodes that share the tables, over a connection of its own: renewals wait behind no commit.

use std::sync::Arc;
use std::time::Duration;

use compasso_store::{Answer, Epoch, Node, NodeIdentity, Nodes, ReadError, Roll};
use compasso_types::Timestamp;
use futures::{FutureExt, try_join};
use tokio_postgres::Row;

use crate::acknowledged::Acknowledged;
use crate::fence;
use crate::link::{Error, Link, Live, NoLink, Patience};
use crate::open::{self, OpenError, Options};
use crate::schema;
use crate::value::count;

/// Longest wait for an answer. A lease must not run out while one connection is silent.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// A renewal that is lost with the database's machine makes a lease shorter, which harms nobody. Taking
/// is durable. A take-over that waits for a commit lets renewals through in between.
const SETTINGS: &str = "
    SET synchronous_commit = off;
    SET statement_timeout = '2s';
    SET lock_timeout = '500ms'";

/// Those that have been silent for long are forgotten as well.
const JOIN: &str = "
    WITH gone AS (
        DELETE FROM node WHERE id <> $1
            AND (address = $2 AND host = $3 OR lease_until < clock_timestamp() - interval '1 day')
    )
    INSERT INTO node (id, address, host, build, joined, lease_until)
    VALUES ($1, $2, $3, $4, clock_timestamp(), clock_timestamp())
    ON CONFLICT (id) DO NOTHING";

const RENEW: &str = "
    INSERT INTO node (id, address, host, build, joined, lease_until)
    VALUES ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() + $5 * interval '1 millisecond')
    ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until";

const ROLL: &str = "
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, epoch, owner,
        commits, id, address, host, build,
        (extract(epoch FROM clock_timestamp() - joined) * 1000)::bigint AS age,
        (extract(epoch FROM lease_until - clock_timestamp()) * 1000)::bigint AS lease, aside
    FROM fence LEFT JOIN node ON true
    ORDER BY id";

const TAKE: &str = "
    UPDATE fence SET epoch = epoch + 1, owner = $1
    WHERE owner IS NULL OR owner = $1 OR NOT EXISTS (
        SELECT 1 FROM node WHERE id = fence.owner AND lease_until >= clock_timestamp())
    RETURNING epoch";

const HAND_OVER: &str = "UPDATE fence SET epoch = epoch + 1, owner = NULL WHERE owner = $1";

const STAND_ASIDE: &str = "UPDATE node SET aside = $2 WHERE id = $1";

const LEAVE: &str = "DELETE FROM node WHERE id = $1";

const AGREE: &str = "INSERT INTO agreed (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";

const AGREED: &str = "SELECT value FROM agreed WHERE name = $1";

/// What is old was an accident: a turn that ends the process does so again soon.
const NOTE_ENDED: &str = "
    WITH old AS (DELETE FROM ended_turn WHERE noted < clock_timestamp() - interval '1 day')
    INSERT INTO ended_turn (turn, process, noted)
    SELECT turn, $1, clock_timestamp() FROM unnest($2::text[]) AS ended (turn)
    ON CONFLICT DO NOTHING";

const FORGET_ENDED: &str = "DELETE FROM ended_turn WHERE process = $1 AND turn = ANY($2)";

const SUSPECTS: &str = "
    SELECT turn FROM ended_turn WHERE noted >= clock_timestamp() - interval '1 day'
    GROUP BY turn HAVING count(*) > 1";

/// The nodes of a database.
pub struct PostgresNodes {
    link: Link,
    /// Whether acknowledged commits may be lost with the database's machine.
    relaxed: bool,
    acknowledged: Acknowledged,
}

impl PostgresNodes {
    /// Opens the database as [`crate::PostgresStore::open`] does, with the tables. What is asked later
    /// goes on in the runtime that asks.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(address: &str, options: &Options) -> Result<Self, OpenError> {
        let server = open::open(address, options).await?;
        let relaxed = options.relaxed;
        // What it sets itself would not pass another look.
        let patience = Patience {
            connect: ANSWER_MAX,
            settings: SETTINGS,
            relaxed,
            checked_for: Duration::MAX,
            once: false,
        };
        let acknowledged = options.acknowledged.clone();
        Ok(Self { link: Link::patient(server, patience), relaxed, acknowledged })
    }

    /// Returns the same with no connection yet: one that is made later lives in the runtime that asks.
    pub fn afresh(&self) -> Self {
        let (relaxed, acknowledged) = (self.relaxed, self.acknowledged.clone());
        Self { link: self.link.afresh(), relaxed, acknowledged }
    }

    /// Has all nodes know which turns were under way when a process ended, or are under way for so long that it
    /// may end by them.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn note_ended(&self, process: &str, turns: &[String]) -> Result<(), ReadError> {
        let noted = self.ask(|live| async move {
            let note = live.prepare(NOTE_ENDED).await?;
            live.client.execute(&note, &[&process, &turns]).await
        });
        noted.await.map(drop)
    }

    /// Has all nodes know that turns which were under way for long have not ended the process.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_ended(&self, process: &str, turns: &[String]) -> Result<(), ReadError> {
        let forgotten = self.ask(|live| async move {
            let forget = live.prepare(FORGET_ENDED).await?;
            live.client.execute(&forget, &[&process, &turns]).await
        });
        forgotten.await.map(drop)
    }

    /// Returns the turns that were under way when two processes ended.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn suspects(&self) -> Result<Vec<String>, ReadError> {
        self.ask(|live| async move {
            live.client.query(SUSPECTS, &[]).await?.iter().map(|row| row.try_get(0)).collect()
        })
        .await
    }

    /// Looks, over a connection of its own, whether the database may lose what is committed; returns what is wrong and
    /// the way out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn danger(&self) -> Result<Option<String>, ReadError> {
        if self.relaxed {
            return Ok(None);
        }
        match self.link.look().await {
            Ok(()) => Ok(None),
            Err(error @ NoLink::Unsafe { .. }) => Ok(Some(error.to_string())),
            Err(error) => Err(ReadError::Unavailable(error.to_string())),
        }
    }

    /// Asks over the connection, and gives it up if it is silent.
    async fn ask<T, W>(&self, question: impl FnOnce(Arc<Live>) -> W) -> Result<T, ReadError>
    where
        W: Future<Output = Result<T, Error>>,
    {
        let unavailable = |why: String| Err(ReadError::Unavailable(why));
        let live = match self.link.live().await {
            Ok(live) => live,
            Err(error) => return unavailable(error.to_string()),
        };
        match tokio::time::timeout(ANSWER_MAX, question(live)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => unavailable(compasso_sql::described(&error)),
            Err(_) => {
                self.link.drop_live().await;
                unavailable("the database does not answer".to_owned())
            }
        }
    }
}

impl Nodes for PostgresNodes {
    fn join<'a>(&'a self, node: &'a NodeIdentity) -> Answer<'a, ()> {
        let NodeIdentity { id, address, host, build } = node;
        let joined = self.ask(move |live| async move {
            let join = live.prepare(JOIN).await?;
            live.client.execute(&join, &[&&**id, &&**address, &&**host, &&**build]).await
        });
        joined.map(|joined| joined.map(drop)).boxed()
    }

    fn renew<'a>(&'a self, node: &'a NodeIdentity, lease: Duration) -> Answer<'a, Roll> {
        let NodeIdentity { id, address, host, build } = node;
        let lease = lease.as_millis() as f64;
        let keeps_all = !self.relaxed;
        // Both are sent together; the second one sees what the first one did.
        let rows = self.ask(move |live| async move {
            let (renew, roll) = (live.prepare(RENEW).await?, live.prepare(ROLL).await?);
            let (id, address, host, build) = (&**id, &**address, &**host, &**build);
            let renewed = async {
                live.client.execute(&renew, &[&id, &address, &host, &build, &lease]).await
            };
            let read = async { live.client.query(&roll, &[]).await };
            let (_, rows) = try_join!(renewed, read)?;
            roll_of(&rows, keeps_all)
        });
        rows.boxed()
    }

    fn acknowledged(&self) -> u64 {
        if self.relaxed { 0 } else { self.acknowledged.get() }
    }

    fn take<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Epoch>> {
        let taken = self.ask(move |live| async move {
            durably(&live, async {
                if let Some(newer) = schema::newer(&live.client).await? {
                    return Ok(Err(ReadError::Newer(newer)));
                }
                if let Some(flaw) = fence::hold(&live.client).await? {
                    return Ok(Err(ReadError::Unavailable(flaw.told())));
                }
                let row = live.client.query_opt(TAKE, &[&id]).await?;
                Ok(Ok(row.map(|row| count(&row, 0)).transpose()?.map(Epoch)))
            })
            .await
        });
        async move { taken.await? }.boxed()
    }

    fn hand_over<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        let handed_over = self.ask(move |live| async move {
            durably(&live, live.client.execute(HAND_OVER, &[&id])).await.map(drop)
        });
        handed_over.boxed()
    }

    fn stand_aside<'a>(&'a self, id: &'a str, why: &'a str) -> Answer<'a, ()> {
        let stood = self
            .ask(move |live| async move { live.client.execute(STAND_ASIDE, &[&id, &why]).await });
        stood.map(|stood| stood.map(drop)).boxed()
    }

    fn leave<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        let left = self.ask(move |live| async move { live.client.execute(LEAVE, &[&id]).await });
        left.map(|left| left.map(drop)).boxed()
    }

    fn agree<'a>(&'a self, name: &'a str, value: &'a str) -> Answer<'a, String> {
        let agreed = self.ask(move |live| async move {
            live.client.execute(AGREE, &[&name, &value]).await?;
            live.client.query_one(AGREED, &[&name]).await?.try_get(0)
        });
        agreed.boxed()
    }
}

/// Changes the owner. The epoch must not fall back with the database's machine: that would give two
/// owners one epoch.
async fn durably<T>(
    live: &Live,
    change: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    live.client.batch_execute("BEGIN; SET LOCAL synchronous_commit TO DEFAULT").await?;
    let changed = change.await;
    let end = if changed.is_ok() { "COMMIT" } else { "ROLLBACK" };
    live.client.batch_execute(end).await?;
    changed
}

/// Reads the roll. The number of the last commit may fall back unless the database `keeps_all`.
fn roll_of(rows: &[Row], keeps_all: bool) -> Result<Roll, Error> {
    let mut roll =
        Roll { now: Timestamp(0), epoch: Epoch(0), commits: 0, owner: None, nodes: Vec::new() };
    for row in rows {
        roll.now = Timestamp(row.try_get(0)?);
        roll.epoch = Epoch(count(row, 1)?);
        roll.owner = row.try_get::<_, Option<&str>>(2)?.map(Into::into);
        roll.commits = if keeps_all { count(row, 3)? } else { 0 };
        if let Some(id) = row.try_get::<_, Option<&str>>(4)? {
            roll.nodes.push(node(id, row)?);
        }
    }
    Ok(roll)
}

fn node(id: &str, row: &Row) -> Result<Node, Error> {
    let text = |at: usize| row.try_get::<_, &str>(at).map(Into::into);
    let span = |at: usize| Ok(u64::try_from(row.try_get::<_, i64>(at)?).ok());
    let identity =
        NodeIdentity { id: id.into(), address: text(5)?, host: text(6)?, build: text(7)? };
    let age = Duration::from_millis(span(8)?.unwrap_or_default());
    let lease = span(9)?.map(Duration::from_millis);
    let aside = row.try_get::<_, Option<&str>>(10)?.map(Into::into);
    Ok(Node { identity, age, lease, aside })
}
