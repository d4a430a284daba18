//! Task output on its way to the file.

use std::time::{Duration, Instant};

use compasso_store::chunk::{self, SMALL_BYTES, filling};
use compasso_store::{ExecutionKey, LogLine, ReadError};
use futures::channel::oneshot;
use rusqlite::{Connection, OptionalExtension, params};

use crate::value::key_hash;

/// How long a line waits for a commit to be written with.
const WAIT_MAX: Duration = Duration::from_millis(200);

/// From this size on, lines are written at once and appenders wait.
const BYTES_MAX: usize = 4 << 20;

/// What a line counts besides its text.
const LINE_BYTES: usize = 64;

const LAST: &str = "
    SELECT id, max(
        coalesce((SELECT max(number) FROM log WHERE log.execution = execution.id), 0),
        coalesce((SELECT max(last) FROM log_chunk WHERE log_chunk.execution = execution.id), 0)
    )
    FROM execution WHERE key_hash = ? AND key = ?";

const CHUNK: &str = "
    SELECT rowid, lines FROM log_chunk
    WHERE execution = ? AND last = ? AND length(lines) <= ?";

const REPLACE: &str = "UPDATE log_chunk SET last = ?, lines = ? WHERE rowid = ?";

const APPEND: &str = "INSERT INTO log_chunk (execution, first, last, lines) VALUES (?, ?, ?, ?)";

type Sender = oneshot::Sender<Result<(), ReadError>>;

/// Lines that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    chunks: Vec<(ExecutionKey, Vec<LogLine>)>,
    bytes: usize,
    deadline: Option<Instant>,
    waiting: Vec<Sender>,
}

impl Pending {
    /// Takes lines; answers at once while there is room, otherwise when they are written.
    pub(super) fn append(&mut self, key: ExecutionKey, lines: Vec<LogLine>, answer: Sender) {
        self.bytes += lines.iter().map(|line| LINE_BYTES + line.text.len()).sum::<usize>();
        if !lines.is_empty() {
            self.chunks.push((key, lines));
            self.deadline.get_or_insert_with(|| Instant::now() + WAIT_MAX);
        }
        if self.is_full() {
            self.waiting.push(answer);
        } else {
            // The caller may have stopped waiting.
            let _ = answer.send(Ok(()));
        }
    }

    /// Says whether lines must be written at once.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Returns when the lines must be written at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Writes all lines, numbered on from the last of their execution.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut last = connection.prepare_cached(LAST)?;
        for (key, lines) in &self.chunks {
            let found: Option<(i64, i64)> = last
                .query_row(params![key_hash(key), &*key.0], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((execution, last)) = found {
                write_lines(connection, execution, last, lines)?;
            }
        }
        Ok(())
    }

    /// Forgets the lines, which are durable.
    pub(super) fn written(&mut self) {
        for answer in std::mem::take(self).waiting {
            let _ = answer.send(Ok(()));
        }
    }

    /// Keeps the lines for another attempt, unless there are too many.
    pub(super) fn failed(&mut self, reason: &str) {
        if !self.is_full() {
            self.deadline = Some(Instant::now() + WAIT_MAX);
            return;
        }
        for answer in std::mem::take(self).waiting {
            let _ = answer.send(Err(ReadError::Unavailable(reason.to_owned())));
        }
    }
}

/// Writes lines of an execution whose last one has the number `last`.
fn write_lines(
    connection: &Connection,
    execution: i64,
    mut last: i64,
    mut lines: &[LogLine],
) -> rusqlite::Result<()> {
    if let Some((row, mut whole)) = small_chunk(connection, execution, last)? {
        let (begun, added) = (whole.len(), filling(&whole, lines));
        whole.extend_from_slice(&lines[..added]);
        if whole.len() > begun {
            last += added as i64;
            lines = &lines[added..];
            let mut replace = connection.prepare_cached(REPLACE)?;
            replace.execute(params![last, chunk::write(&whole), row])?;
        }
    }
    let mut append = connection.prepare_cached(APPEND)?;
    while !lines.is_empty() {
        let (these, rest) = lines.split_at(filling(&[], lines));
        let first = last + 1;
        last += these.len() as i64;
        append.execute(params![execution, first, last, chunk::write(these)])?;
        lines = rest;
    }
    Ok(())
}

/// Returns the last chunk of an execution with its row, if it is small; one that cannot be read is
/// left as it is.
fn small_chunk(
    connection: &Connection,
    execution: i64,
    last: i64,
) -> rusqlite::Result<Option<(i64, Vec<LogLine>)>> {
    let mut statement = connection.prepare_cached(CHUNK)?;
    let found = statement
        .query_row(params![execution, last, SMALL_BYTES as i64], |row| {
            Ok((row.get::<_, i64>(0)?, chunk::read(row.get_ref(1)?.as_blob()?).ok()))
        })
        .optional()?;
    Ok(found.and_then(|(row, lines)| Some((row, lines?))))
}
