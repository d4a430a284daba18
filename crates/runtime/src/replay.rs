//! Going through the whole journal of an execution.

use compasso_engine::Event;
use compasso_store::{ExecutionKey, JournalEntry, ReadError};

use crate::core::Core;
use crate::history::decode;
use crate::limits;

impl Core {
    /// Folds the events of an execution from number `next` on, those that history does not show
    /// included, into `state`.
    pub(crate) async fn fold<T: Send + 'static>(
        &self,
        key: &ExecutionKey,
        mut next: u64,
        mut state: T,
        step: fn(&mut T, &Event),
    ) -> Result<T, ReadError> {
        loop {
            let page = self.store.journal(key, next, limits::REPLAY_EVENTS).await?;
            let shown: u32 = page.iter().map(|row| row.events).sum();
            next += u64::from(shown);
            state = fold_page(state, page, step).await?;
            if (shown as usize) < limits::REPLAY_EVENTS {
                return Ok(state);
            }
        }
    }
}

/// Works on a thread where that may take its time. Events that do not fit each other make it
/// panic.
async fn fold_page<T: Send + 'static>(
    mut state: T,
    page: Vec<JournalEntry>,
    step: fn(&mut T, &Event),
) -> Result<T, ReadError> {
    let folded = tokio::task::spawn_blocking(move || {
        for row in &page {
            for event in decode(row)? {
                step(&mut state, &event);
            }
        }
        Ok(state)
    });
    folded.await.unwrap_or_else(|error| Err(ReadError::Corrupt(error.to_string())))
}
