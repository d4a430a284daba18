//! One transaction: the fence, what is read, what is written.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_store::seal::Seal;
use compasso_store::{Epoch, ReadError, Revision, Write, large};
use futures::{join, try_join};
use tokio_postgres::Statement;

use super::logs::{self, Lines};
use super::plan::{Found, Known, Place, Plan, plan};
use super::rows;
use super::undone::Undone;
use crate::fence;
use crate::link::{Error, Link, Live};
use crate::schema;
use crate::value::{count, stored};

/// Longest wait for the end of a transaction; then its connection is given up.
const TRANSACTION_MAX: Duration = Duration::from_secs(60);
const SILENT: &str = "the database does not answer";

/// A node raises the epoch only while it is the owner; whoever is no node takes the store from all. A database
/// that has lost what was acknowledged is nobody's.
const RAISE: &str = "
    UPDATE fence SET epoch = epoch + 1, owner = $1
    WHERE ($1::text IS NULL OR owner = $1) AND ($2::bigint IS NULL OR epoch = $2) AND commits >= $3
    RETURNING epoch, commits";

/// Locks the fence until the end, so that nobody else writes meanwhile; numbers new executions.
const FENCE: &str = "
    UPDATE fence SET commits = commits + 1, next = next + $2 WHERE epoch = $1 AND commits >= $3
    RETURNING next - $2, commits";

/// Lets nobody raise the epoch until the end, and other parts pass meanwhile.
const LANE: &str = "SELECT epoch FROM fence_lane WHERE epoch = $1 AND lane = $2 FOR UPDATE";

const EXECUTIONS: &str =
    "SELECT key, id, revision, status IN (0, 5), seal FROM execution WHERE key = ANY($1)";

const DOCUMENTS: &str = "
    SELECT place.number, revision
    FROM unnest($1::text[], $2::text[], $3::bigint[]) AS place (kind, key, number)
    JOIN document ON document.kind = place.kind AND document.key = place.key";

/// What whoever writes knows of the fence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) epoch: Epoch,
    /// The number of the last commit that was acknowledged.
    pub(super) commits: u64,
}

/// Raises the epoch, if it is the one that is held, and returns it with the number of the last commit. What
/// is given up is undone, so that it fences off nobody later. Tables of a later release are for those who hold
/// them already.
pub(super) async fn acquire(
    link: &Link,
    node: Option<&str>,
    held: Option<Epoch>,
    acknowledged: u64,
) -> Result<(Epoch, u64), ReadError> {
    let (held, least) = (held.map(|epoch| stored(epoch.0)), stored(acknowledged));
    let acquired = transact(link, |live| async move {
        if held.is_none()
            && let Some(newer) = schema::newer(&live.client).await?
        {
            return Ok(Err(ReadError::Newer(newer)));
        }
        if let Some(flaw) = fence::hold(&live.client).await? {
            return Ok(Err(ReadError::Unavailable(flaw.told())));
        }
        let raised = live.client.query_opt(RAISE, &[&node, &held, &least]).await?;
        let row = raised.ok_or(Undone::Fenced)?;
        Ok(Ok((Epoch(count(&row, 0)?), count(&row, 1)?)))
    });
    acquired.await?
}

/// What one transaction writes of a batch.
pub(super) struct Part<'a> {
    pub(super) hold: Hold,
    pub(super) writes: Vec<&'a Write>,
    /// The ids of new executions, unless it numbers them itself.
    pub(super) ids: Vec<i64>,
    pub(super) pass: Pass,
}

/// How a transaction passes the fence.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pass {
    /// It counts the commit, and takes the ids of new executions and of so many more from the fence.
    Numbering {
        /// How many more.
        reserved: i64,
    },
    /// It counts the commit.
    Lead,
    /// It is written beside the one that counts the commit.
    Beside {
        /// The number of its row, from 1 on.
        lane: i32,
    },
}

/// A batch, or a part of one, that is durable.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The indexes of what conflicted.
    pub(super) conflicts: Vec<usize>,
    /// The number of the commit, if it was counted.
    pub(super) commits: u64,
    /// The ids that were reserved: the first, and that after the last.
    pub(super) reserved: Option<(i64, i64)>,
}

/// Writes a part of a batch, and output of tasks with it. It takes the answers of two rounds: the fence with
/// what is read, then all that is written with the end of the transaction.
pub(super) async fn commit(
    link: &Link,
    part: &Part<'_>,
    values: &large::Values,
    lines: Option<&Lines>,
) -> Result<Written, Undone> {
    let live = link.live().await.map_err(|error| Undone::Surely(error.to_string()))?;
    let (plan, passed) = match bounded(begin(&live, part, values, lines)).await {
        Ok(begun) => begun,
        Err(undone) => {
            roll_back(link, &live).await;
            return Err(undone);
        }
    };
    let ended = tokio::time::timeout(TRANSACTION_MAX, end(&live, &plan)).await;
    match ended.unwrap_or_else(|_| Err(Undone::Perhaps(SILENT.to_owned()))) {
        Ok(()) => Ok(Written { conflicts: plan.conflicts, ..passed }),
        Err(undone) => {
            if undone.is_doubtful() {
                link.drop_live().await;
            }
            Err(undone)
        }
    }
}

/// Does all that needs answers before the end; returns what is to be written, and what is to be said of it then.
pub(super) async fn begin<'a>(
    live: &Live,
    part: &Part<'a>,
    values: &large::Values,
    lines: Option<&Lines>,
) -> Result<(Plan<'a>, Written), Undone> {
    rows::prepare(live).await?;
    let (known, passed) = known(live, part).await?;
    let plan = plan(&part.writes, known);
    rows::forget(live, &plan).await?;
    super::large::write(live, &plan, values).await?;
    if let Some(lines) = lines {
        logs::write(live, lines, passed.commits).await?;
    }
    Ok((plan, passed))
}

/// Writes a plan and ends the transaction, without waiting in between: what is refused undoes all.
async fn end(live: &Live, plan: &Plan<'_>) -> Result<(), Undone> {
    let (written, ended) = join!(rows::write(live, plan), live.client.batch_execute("COMMIT"));
    match (written, ended) {
        (Ok(()), Ok(())) => Ok(()),
        (Ok(()), Err(error)) => Err(Undone::at_end(error)),
        (Err(refused), Ok(())) if refused.as_db_error().is_some() => Err(refused.into()),
        (Err(error), _) => Err(Undone::Perhaps(compasso_sql::described(&error))),
    }
}

/// Writes output of tasks, and returns the number of the commit. Another owner adds to the same rows, so
/// this passes the fence as well.
pub(super) async fn write_logs(link: &Link, hold: Hold, lines: &Lines) -> Result<u64, Undone> {
    pass(link, hold, |live, commits| async move {
        logs::write(&live, lines, commits).await?;
        Ok(commits)
    })
    .await
}

/// Passes the fence and does `work` in a transaction, given the number of the commit.
pub(super) async fn pass<T, W>(
    link: &Link,
    hold: Hold,
    work: impl FnOnce(Arc<Live>, u64) -> W,
) -> Result<T, Undone>
where
    W: Future<Output = Result<T, Undone>>,
{
    transact(link, |live| async move {
        let fence = live.prepare(FENCE).await?;
        let (epoch, least) = (stored(hold.epoch.0), stored(hold.commits));
        let passed = live.client.query_opt(&fence, &[&epoch, &0_i64, &least]).await?;
        let commits = count(&passed.ok_or(Undone::Fenced)?, 1)?;
        work(live, commits).await
    })
    .await
}

/// Does `work` in a transaction. What fails before the end of it is sent was certainly not written.
async fn transact<T, W>(link: &Link, work: impl FnOnce(Arc<Live>) -> W) -> Result<T, Undone>
where
    W: Future<Output = Result<T, Undone>>,
{
    let live = link.live().await.map_err(|error| Undone::Surely(error.to_string()))?;
    let worked = bounded(async {
        live.client.batch_execute("BEGIN").await?;
        work(live.clone()).await
    });
    let done = match worked.await {
        Ok(done) => done,
        Err(undone) => {
            roll_back(link, &live).await;
            return Err(undone);
        }
    };
    finish(link, &live).await.map(|()| done)
}

/// Ends a transaction of which everything is written. What fails now may have been written.
pub(super) async fn finish(link: &Link, live: &Live) -> Result<(), Undone> {
    let ended = tokio::time::timeout(TRANSACTION_MAX, live.client.batch_execute("COMMIT")).await;
    let undone = match ended {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => Undone::at_end(error),
        Err(_) => Undone::Perhaps(SILENT.to_owned()),
    };
    if undone.is_doubtful() {
        link.drop_live().await;
    }
    Err(undone)
}

/// Undoes a transaction. One that nobody ends is undone with its connection.
pub(super) async fn roll_back(link: &Link, live: &Live) {
    let rollback = bounded(async { Ok(live.client.batch_execute("ROLLBACK").await?) });
    if rollback.await.is_err() {
        link.drop_live().await;
    }
}

pub(super) async fn bounded<T>(work: impl Future<Output = Result<T, Undone>>) -> Result<T, Undone> {
    let silent = || Err(Undone::Surely(SILENT.to_owned()));
    tokio::time::timeout(TRANSACTION_MAX, work).await.unwrap_or_else(|_| silent())
}

impl Pass {
    /// Passes the fence.
    async fn through(
        self,
        live: &Live,
        fence: &Statement,
        part: &Part<'_>,
    ) -> Result<Passed, Error> {
        let (epoch, least) = (stored(part.hold.epoch.0), stored(part.hold.commits));
        let created = creations(part.writes.iter().copied());
        let claimed = match self {
            Self::Numbering { reserved } => created + reserved,
            Self::Lead => 0,
            Self::Beside { lane } => {
                let row = live.client.query_opt(fence, &[&epoch, &lane]).await?;
                return Ok(row.map(|_| (part.ids.clone(), Written::default())));
            }
        };
        let Some(row) = live.client.query_opt(fence, &[&epoch, &claimed, &least]).await? else {
            return Ok(None);
        };
        let commits = count(&row, 1)?;
        if matches!(self, Self::Lead) {
            return Ok(Some((part.ids.clone(), Written { commits, ..Written::default() })));
        }
        let before: i64 = row.try_get(0)?;
        let reserved = Some((before + created, before + claimed));
        let written = Written { commits, reserved, ..Written::default() };
        Ok(Some(((before..before + created).collect(), written)))
    }

    fn statement(self) -> &'static str {
        match self {
            Self::Numbering { .. } | Self::Lead => FENCE,
            Self::Beside { .. } => LANE,
        }
    }
}

/// The ids of new executions, and what is to be said of the transaction once it is durable; nothing if it is
/// fenced off.
type Passed = Option<(Vec<i64>, Written)>;

/// Begins a transaction, passes the fence and reads what a part is about. The statements are sent together: each sees what
/// those before it did, so what is read can no longer change.
async fn known<'a>(live: &Live, part: &Part<'a>) -> Result<(Known<'a>, Written), Undone> {
    let (keys, places) = subjects(&part.writes);
    let (kinds, names): (Vec<_>, Vec<_>) = places.iter().copied().unzip();
    let numbers: Vec<i64> = (0..).take(places.len()).collect();
    let fence = live.prepare(part.pass.statement()).await?;
    let executions = live.prepare(EXECUTIONS).await?;
    let documents = live.prepare(DOCUMENTS).await?;
    let begun = live.client.batch_execute("BEGIN");
    let fenced = part.pass.through(live, &fence, part);
    let found = async {
        if keys.is_empty() {
            Ok(Vec::new())
        } else {
            live.client.query(&executions, &[&keys]).await
        }
    };
    let placed = async {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        live.client.query(&documents, &[&kinds, &names, &numbers]).await
    };
    let ((), fenced, found, placed) = try_join!(begun, fenced, found, placed)?;
    let (ids, written) = fenced.ok_or(Undone::Fenced)?;
    let mut known = Known { ids: ids.into_iter(), ..Known::default() };
    let by_key: HashMap<&str, &'a str> = keys.iter().map(|key| (*key, *key)).collect();
    for row in &found {
        if let Some(key) = by_key.get(row.try_get::<_, &str>(0)?) {
            let (id, revision) = (row.try_get(1)?, Revision(count(row, 2)?));
            let seal = row.try_get::<_, Option<i64>>(4)?.map(Seal::from_stored);
            known.executions.insert(key, Found { id, revision, is_open: row.try_get(3)?, seal });
        }
    }
    for row in &placed {
        let number = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(usize::MAX);
        if let Some(place) = places.get(number) {
            known.documents.insert(*place, count(row, 1)?);
        }
    }
    Ok((known, written))
}

/// Returns the keys of the executions and the places of the documents that writes are about.
fn subjects<'a>(writes: &[&'a Write]) -> (Vec<&'a str>, Vec<Place<'a>>) {
    let mut keys = Vec::new();
    let mut places = Vec::new();
    for write in writes {
        let changes = match write {
            Write::Turn(turn) => {
                keys.push(&*turn.key.0);
                &turn.documents
            }
            Write::Documents(changes) => changes,
            Write::Removal(removal) => {
                keys.push(&*removal.key.0);
                &removal.documents
            }
        };
        places.extend(changes.iter().map(|change| (change.kind, &*change.key)));
    }
    keys.sort_unstable();
    keys.dedup();
    places.sort_unstable();
    places.dedup();
    (keys, places)
}

/// Returns how many executions writes would create.
pub(super) fn creations<'a>(writes: impl Iterator<Item = &'a Write>) -> i64 {
    writes.filter(|write| creates(write)).count() as i64
}

/// Says whether a write would create an execution.
pub(super) fn creates(write: &Write) -> bool {
    matches!(write, Write::Turn(turn) if turn.base.is_none())
}
