//! Which turns are being decided, remembered over an abrupt end of the process.

use std::fmt::Debug;
use std::sync::Arc;

use compasso_store::ExecutionKey;

use crate::slots::{Known, Work};

/// Remembers turns while they are decided. A turn that was found under way at two starts in a row ends the
/// process each time: by using up memory or stack, which nobody can catch.
pub trait TurnMarks: Debug + Send + Sync + 'static {
    /// A thread begins to decide a turn, which is named by its execution and what was stored of it.
    fn enter(&self, thread: usize, turn: &str);

    /// The thread has decided it.
    fn leave(&self, thread: usize);

    /// Says whether the turn was under way when the process ended, twice.
    fn is_suspect(&self, turn: &str) -> bool;
}

/// Why an execution is set aside whose turn is suspect.
pub(crate) const SUSPECT: &str = "the server ended twice while it decided this turn";

/// A mark that is there until this is dropped.
pub(crate) struct Mark {
    marks: Arc<dyn TurnMarks>,
    thread: usize,
}

impl Mark {
    /// Marks a turn; says nothing but whether it is suspect if it is.
    pub(crate) fn set(
        marks: Option<&Arc<dyn TurnMarks>>,
        thread: usize,
        work: &Work,
    ) -> Result<Option<Self>, &'static str> {
        let Some(marks) = marks else { return Ok(None) };
        let turn = name(&work.key, &work.known);
        if marks.is_suspect(&turn) {
            return Err(SUSPECT);
        }
        marks.enter(thread, &turn);
        Ok(Some(Self { marks: marks.clone(), thread }))
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.marks.leave(self.thread);
    }
}

/// Names a turn: another one of the same execution has another name.
fn name(key: &ExecutionKey, known: &Known) -> String {
    let revision = match known {
        Known::Stored(stored) => stored.row.revision.0,
        Known::Live(live) => live.revision.0,
        Known::Unread | Known::Absent | Known::Express(_) => 0,
    };
    format!("{key} {revision}")
}
