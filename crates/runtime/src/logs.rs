//! Output of tasks on its way to the store.
//!
//! **Invariant:** lines a task wrote before it reported its end are with the store before that end
//! is: whoever sees the end can read them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_store::{Answer, ExecutionKey, LogLine, LogStream, Store};
use compasso_types::Timestamp;
use futures::future::join_all;
use tokio::sync::Notify;
use tracing::warn;

use crate::core::Core;
use crate::limits;

/// Lines that wait to be written.
#[derive(Default)]
pub(crate) struct Logs {
    waiting: Mutex<Waiting>,
    arrived: Notify,
    handed_over: Notify,
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

    /// Waits until most of the room is free.
    pub(crate) async fn room(&self) {
        loop {
            let handed_over = self.handed_over.notified();
            if self.lock().count < limits::LOG_LINES_MAX / 4 {
                return;
            }
            handed_over.await;
        }
    }

    /// Gives the store what waits. Stores take calls in their order, so what is committed after
    /// this is not durable before these lines are; the lock keeps two callers in that order too.
    pub(crate) fn hand_over<'a>(&self, store: &'a dyn Store) -> HandedOver<'a> {
        let mut waiting = self.lock();
        if waiting.dropped > 0 {
            warn!(dropped = waiting.dropped, "lines of task output were dropped: too many at once");
        }
        let Waiting { lines, .. } = std::mem::take(&mut *waiting);
        let answers = lines.into_iter().map(|(execution, lines)| {
            let answer = store.append_log(&execution, lines);
            (execution, answer)
        });
        let answers = answers.collect();
        drop(waiting);
        self.handed_over.notify_waiters();
        HandedOver(answers)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics under the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lines that the store was given.
pub(crate) struct HandedOver<'a>(Vec<(ExecutionKey, Answer<'a, ()>)>);

impl HandedOver<'_> {
    /// Waits until the store has taken them.
    pub(crate) async fn settle(self, core: &Core) {
        let (executions, answers): (Vec<_>, Vec<_>) = self.0.into_iter().unzip();
        for (execution, answer) in executions.iter().zip(join_all(answers).await) {
            if let Err(error) = answer {
                warn!(%execution, %error, "task output cannot be kept");
                core.notice(&error);
            }
        }
    }
}

/// Gives lines to the store that no commit takes along, until the runtime stops and none is left.
pub(crate) async fn run(core: Arc<Core>) {
    loop {
        let handed_over = core.logs.hand_over(core.store.as_ref());
        if !handed_over.0.is_empty() {
            handed_over.settle(&core).await;
            continue;
        }
        if core.is_stopped() {
            return;
        }
        tokio::select! {
            biased;
            () = core.logs.arrived.notified() => {}
            () = core.stopped() => {}
        }
    }
}
