//! Lines of a task on their way to the server, in batches.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use compasso_store::LogStream;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::backoff::Backoff;
use crate::protocol::{Line, Lines};
use crate::server::{CallError, Server};

/// How long a line may wait for others.
const LINGER: Duration = Duration::from_millis(150);
/// Most lines of a batch.
const BATCH_LINES_MAX: usize = 1_000;
/// Lines that wait, beyond which the program is not read on.
const WAITING_LINES_MAX: usize = 2_000;

/// The lines of one task.
#[derive(Default)]
pub(crate) struct LogBatches {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    taken: Notify,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<Line>,
    is_closed: bool,
}

impl LogBatches {
    /// Adds a line.
    pub(crate) fn push(&self, stream: LogStream, text: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let stream = match stream {
            LogStream::Stdout => "stdout",
            LogStream::Stderr => "stderr",
        };
        self.lock().lines.push(Line { at, stream, text: text.to_owned() });
        self.arrived.notify_one();
    }

    /// Waits until there is room for more lines.
    pub(crate) async fn room(&self) {
        loop {
            let taken = self.taken.notified();
            if self.lock().lines.len() < WAITING_LINES_MAX {
                return;
            }
            taken.await;
        }
    }

    /// Says that no more lines come.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.arrived.notify_one();
    }

    /// Sends lines until it is closed and all are sent. An error says that the task is not ours any
    /// more.
    pub(crate) async fn send(&self, server: &Server, lease: &str) -> Result<(), CallError> {
        loop {
            let (batch, is_closed) = self.take();
            if batch.is_empty() && is_closed {
                return Ok(());
            }
            if batch.is_empty() {
                self.arrived.notified().await;
                // Others may come at once: one call takes them all.
                if !self.lock().is_closed {
                    tokio::select! {
                        () = sleep(LINGER) => {}
                        () = self.until_closed() => {}
                    }
                }
                continue;
            }
            deliver(server, lease, &batch).await?;
        }
    }

    async fn until_closed(&self) {
        while !self.lock().is_closed {
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> (Vec<Line>, bool) {
        let mut waiting = self.lock();
        let count = waiting.lines.len().min(BATCH_LINES_MAX);
        let batch = waiting.lines.drain(..count).collect();
        let is_closed = waiting.is_closed;
        drop(waiting);
        self.taken.notify_waiters();
        (batch, is_closed)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn deliver(server: &Server, lease: &str, batch: &[Line]) -> Result<(), CallError> {
    let mut backoff = Backoff::new();
    loop {
        let sent = server.post(&["leases", lease, "logs"], &Lines { lines: batch }).await;
        match sent.map(|_: serde_json::Value| ()) {
            Err(CallError::Away(why)) => {
                tracing::debug!(why, "lines wait for the server");
                backoff.pause().await;
            }
            Err(CallError::Refused(why)) => {
                tracing::warn!(why, "the server does not take lines of a task");
                return Ok(());
            }
            ended => return ended,
        }
    }
}
