//! Output of tasks on its way to a database: it waits a little for a commit to be written with.

use std::time::{Duration, Instant};

use futures::channel::oneshot;

use crate::{ExecutionKey, LogLine, ReadError};

/// How long a line waits for a commit to be written with.
const WAIT_MAX: Duration = Duration::from_millis(200);
/// From this size on, lines are written at once and appenders wait.
const BYTES_MAX: usize = 4 << 20;
/// What a line counts besides its text.
const LINE_BYTES: usize = 64;

/// Where it is told that lines were taken.
pub type Taken = oneshot::Sender<Result<(), ReadError>>;

/// Lines that are not written yet.
#[derive(Debug, Default)]
pub struct Pending {
    chunks: Vec<(ExecutionKey, Vec<LogLine>)>,
    bytes: usize,
    deadline: Option<Instant>,
    waiting: Vec<Taken>,
}

impl Pending {
    /// Takes lines; answers at once while there is room, otherwise when they are written.
    pub fn append(&mut self, key: ExecutionKey, lines: Vec<LogLine>, answer: Taken) {
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
    pub fn is_full(&self) -> bool {
        self.bytes >= BYTES_MAX
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Returns when the lines must be written at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns the lines, in the order they came.
    pub fn chunks(&self) -> &[(ExecutionKey, Vec<LogLine>)] {
        &self.chunks
    }

    /// Forgets the oldest chunks, which are durable.
    pub fn forget(&mut self, chunks: usize) {
        self.chunks.drain(..chunks);
    }

    /// Forgets the lines, which are durable.
    pub fn written(&mut self) {
        for answer in std::mem::take(self).waiting {
            let _ = answer.send(Ok(()));
        }
    }

    /// Keeps the lines for another attempt, unless there are too many; returns whether it did.
    pub fn failed(&mut self, reason: &str) -> bool {
        if !self.is_full() {
            self.deadline = Some(Instant::now() + WAIT_MAX);
            return true;
        }
        for answer in std::mem::take(self).waiting {
            let _ = answer.send(Err(ReadError::Unavailable(reason.to_owned())));
        }
        false
    }
}
