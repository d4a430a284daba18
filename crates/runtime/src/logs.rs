//! Output of tasks on its way to the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_store::{ExecutionKey, LogLine, LogStream};
use compasso_types::Timestamp;
use tokio::sync::Notify;
use tracing::warn;

use crate::core::Core;
use crate::limits;

/// Lines that wait to be written.
#[derive(Default)]
pub(crate) struct Logs {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    lines: HashMap<ExecutionKey, Vec<LogLine>>,
    count: usize,
    dropped: usize,
}

/// Which attempt of which task writes.
pub(crate) struct Source {
    pub(crate) execution: ExecutionKey,
    pub(crate) entry: u64,
    pub(crate) attempt: u32,
    pub(crate) state: Arc<str>,
}

impl Logs {
    /// Keeps a line; dropped if too many wait.
    pub(crate) fn keep(&self, at: Timestamp, source: &Source, stream: LogStream, line: &str) {
        let mut waiting = self.lock();
        if waiting.count >= limits::LOG_LINES_MAX {
            waiting.dropped += 1;
            return;
        }
        waiting.count += 1;
        let most = line.len().min(limits::LOG_LINE_BYTES_MAX);
        let end = (0..=most).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
        waiting.lines.entry(source.execution.clone()).or_default().push(LogLine {
            at,
            entry: source.entry,
            attempt: source.attempt,
            state: source.state.clone(),
            stream,
            text: line[..end].into(),
        });
        drop(waiting);
        self.arrived.notify_one();
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes lines until the runtime stops and none is left.
pub(crate) async fn run(core: Arc<Core>) {
    loop {
        let Waiting { lines, dropped, .. } = core.logs.take();
        if dropped > 0 {
            warn!(dropped, "lines of task output were dropped: too many at once");
        }
        if lines.is_empty() {
            if core.is_stopped() {
                return;
            }
            tokio::select! {
                () = core.logs.arrived.notified() => {}
                () = core.stopped() => {}
            }
            continue;
        }
        for (execution, lines) in lines {
            if let Err(error) = core.store.append_log(&execution, lines).await {
                warn!(%execution, %error, "task output cannot be kept");
            }
        }
    }
}
