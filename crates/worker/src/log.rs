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
/// Most bytes of a batch, as it is sent.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a line that are not its text, at most.
const LINE_BYTES: usize = 64;
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
    /// Whether nobody sends them any more.
    is_forgotten: bool,
}

impl LogBatches {
    /// Adds a line.
    pub(crate) fn push(&self, stream: LogStream, text: &str) {
        let mut waiting = self.lock();
        if waiting.is_forgotten {
            return;
        }
        waiting.lines.push(line(stream, text.to_owned()));
        drop(waiting);
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

    /// Says that lines are sent no more: those that wait and those that come are dropped.
    pub(crate) fn forget(&self) {
        let mut waiting = self.lock();
        waiting.is_forgotten = true;
        waiting.lines.clear();
        drop(waiting);
        self.taken.notify_waiters();
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
        let count = count_of_batch(&waiting.lines);
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

fn line(stream: LogStream, text: String) -> Line {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let stream = match stream {
        LogStream::Stdout => "stdout",
        LogStream::Stderr => "stderr",
    };
    Line { at, stream, text }
}

/// Returns how many of the first lines go into one batch; one always does.
fn count_of_batch(lines: &[Line]) -> usize {
    let mut bytes = 0;
    let fit = lines.iter().take(BATCH_LINES_MAX).take_while(|line| {
        bytes += sent_bytes(&line.text);
        bytes <= BATCH_BYTES_MAX
    });
    fit.count().max(lines.len().min(1))
}

/// Returns how many bytes a line has in JSON, at most.
fn sent_bytes(text: &str) -> usize {
    let escaped = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => "\\u0000".len(),
        _ => 1,
    });
    LINE_BYTES + escaped.sum::<usize>()
}

/// Sends a batch, and if it is refused, each half of it once; a half that is refused again leaves a
/// line that says so.
async fn deliver(server: &Server, lease: &str, batch: &[Line]) -> Result<(), CallError> {
    if offer(server, lease, batch).await?.is_none() {
        return Ok(());
    }
    let (first, second) = batch.split_at(batch.len() / 2);
    for half in [first, second].into_iter().filter(|half| !half.is_empty()) {
        let Some(why) = offer(server, lease, half).await? else { continue };
        tracing::warn!(why, "the server does not take lines of a task");
        let text = format!("({} lines are missing here: {why})", half.len());
        offer(server, lease, &[line(LogStream::Stderr, text)]).await?;
    }
    Ok(())
}

/// Sends lines, as often as it takes; returns why they are refused, if they are.
async fn offer(server: &Server, lease: &str, lines: &[Line]) -> Result<Option<String>, CallError> {
    let mut backoff = Backoff::new();
    loop {
        let sent = server.post(&["leases", lease, "logs"], &Lines { lines }).await;
        match sent.map(|_: serde_json::Value| ()) {
            Err(CallError::Away(why)) => {
                tracing::debug!(why, "lines wait for the server");
                backoff.pause().await;
            }
            Err(CallError::Refused(why)) => return Ok(Some(why)),
            ended => return ended.map(|()| None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_bounded_as_it_is_sent() {
        for text in ["x".repeat(8_192), "\u{1}\"\\é".repeat(1_000)] {
            let lines = vec![line(LogStream::Stdout, text); BATCH_LINES_MAX];
            let batch = &lines[..count_of_batch(&lines)];
            let sent = serde_json::to_vec(&Lines { lines: batch }).unwrap().len();
            assert!((BATCH_BYTES_MAX / 2..BATCH_BYTES_MAX + LINE_BYTES).contains(&sent), "{sent}");
        }
    }

    #[test]
    fn a_line_that_is_larger_than_a_batch_goes_alone() {
        let lines = vec![line(LogStream::Stdout, "x".repeat(2 * BATCH_BYTES_MAX)); 2];
        assert_eq!(count_of_batch(&lines), 1);
        assert_eq!(count_of_batch(&[]), 0);
    }
}
