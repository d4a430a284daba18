//! Task output on its way to the database.

use std::collections::HashMap;

use compasso_store::chunk::{self, SMALL_BYTES, filling};
use compasso_store::{ExecutionKey, LogLine, Pending, Taken};

use super::undone::Undone;
use crate::link::Live;

const LAST: &str = "
    SELECT key, id, first, last, lines
    FROM execution LEFT JOIN LATERAL (
        SELECT first, last, lines FROM log_chunk
        WHERE log_chunk.execution = execution.id ORDER BY first DESC LIMIT 1
    ) AS latest ON TRUE
    WHERE key = ANY($1)";

const PUT: &str = "
    INSERT INTO log_chunk (execution, first, last, lines)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])
    ON CONFLICT (execution, first) DO UPDATE SET last = excluded.last, lines = excluded.lines";

/// Lines that are not written yet, some of which may be.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pending: Pending,
    doubt: Option<Doubt>,
}

/// Lines of a transaction that may have been written.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    /// So many of the oldest chunks.
    chunks: usize,
    /// The number of the commit before: if there is another beside the present one, that was it.
    after: u64,
}

impl Lines {
    pub(super) fn pending(&self) -> &Pending {
        &self.pending
    }

    /// See [`Pending::append`].
    pub(super) fn append(&mut self, key: ExecutionKey, lines: Vec<LogLine>, answer: Taken) {
        self.pending.append(key, lines, answer);
    }

    /// Forgets the lines, which are durable.
    pub(super) fn written(&mut self) {
        self.pending.written();
        self.doubt = None;
    }

    /// Remembers that the lines may have been written: by the commit that follows number `after`.
    pub(super) fn doubtful(&mut self, after: u64) {
        self.doubt.get_or_insert(Doubt { chunks: self.pending.chunks().len(), after });
    }

    /// Hears the number of a commit that these lines have no part in.
    pub(super) fn passed(&mut self, commits: u64) {
        self.pending.forget(self.landed(commits));
        self.doubt = None;
    }

    /// Returns how many chunks are written already, as the commit of this number, which is under way,
    /// can tell: it waited for the end of the one in doubt.
    fn landed(&self, commits: u64) -> usize {
        self.doubt.filter(|doubt| commits > doubt.after + 1).map_or(0, |doubt| doubt.chunks)
    }

    /// Keeps the lines for another attempt, unless there are too many.
    pub(super) fn failed(&mut self, reason: &str) {
        if !self.pending.failed(reason) {
            self.doubt = None;
        }
    }
}

/// Writes lines with the commit of this number, numbered on from the last of their execution, in two
/// statements however many executions they are of. The caller holds the fence, so that nobody else numbers
/// lines meanwhile.
pub(super) async fn write(live: &Live, waiting: &Lines, commits: u64) -> Result<(), Undone> {
    let mut lines = HashMap::<&str, Vec<LogLine>>::new();
    for (key, some) in &waiting.pending.chunks()[waiting.landed(commits)..] {
        lines.entry(&key.0).or_default().extend_from_slice(some);
    }
    let keys: Vec<&str> = lines.keys().copied().collect();
    let last = live.prepare(LAST).await?;
    let mut chunks = Chunks::default();
    for row in live.client.query(&last, &[&keys]).await? {
        let latest = Latest {
            first: row.try_get::<_, Option<i64>>(2)?.unwrap_or(1),
            last: row.try_get::<_, Option<i64>>(3)?.unwrap_or(0),
            lines: row.try_get::<_, Option<&[u8]>>(4)?.unwrap_or_default(),
        };
        if let Some(lines) = lines.get(row.try_get::<_, &str>(0)?) {
            chunks.add(row.try_get(1)?, &latest, lines);
        }
    }
    if !chunks.executions.is_empty() {
        let Chunks { executions, firsts, lasts, lines } = &chunks;
        let put = live.prepare(PUT).await?;
        live.client.execute(&put, &[executions, firsts, lasts, lines]).await?;
    }
    Ok(())
}

/// The last chunk of an execution; empty if there is none.
struct Latest<'a> {
    first: i64,
    last: i64,
    lines: &'a [u8],
}

impl Latest<'_> {
    /// Returns its lines if more are to be added; one that cannot be read is left as it is.
    fn begun(&self) -> Vec<LogLine> {
        if self.lines.len() > SMALL_BYTES {
            return Vec::new();
        }
        chunk::read(self.lines).unwrap_or_default()
    }
}

/// Rows to write, one array a column.
#[derive(Default)]
struct Chunks {
    executions: Vec<i64>,
    firsts: Vec<i64>,
    lasts: Vec<i64>,
    lines: Vec<Vec<u8>>,
}

impl Chunks {
    /// Adds lines of an execution, to its latest chunk while that is small.
    fn add(&mut self, execution: i64, latest: &Latest<'_>, mut lines: &[LogLine]) {
        let mut whole = latest.begun();
        let mut first = if whole.is_empty() { latest.last + 1 } else { latest.first };
        while !lines.is_empty() {
            let (these, rest) = lines.split_at(filling(&whole, lines));
            if !these.is_empty() {
                whole.extend_from_slice(these);
                self.executions.push(execution);
                self.firsts.push(first);
                self.lasts.push(first + whole.len() as i64 - 1);
                self.lines.push(chunk::write(&whole));
            }
            first += whole.len() as i64;
            whole.clear();
            lines = rest;
        }
    }
}
