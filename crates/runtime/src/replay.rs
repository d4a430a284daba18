//! Going through the whole journal of an execution.

use compasso_engine::Event;
use compasso_store::{ExecutionKey, JournalEntry, ReadError};

use crate::core::Core;
use crate::history::decode;
use crate::limits;

impl Core {
    /// Folds the events of an execution from number `first` on, those that history does not show
    /// included, into `state`.
    pub(crate) async fn fold<T: Send + 'static>(
        &self,
        key: &ExecutionKey,
        first: u64,
        state: T,
        step: fn(&mut T, &Event),
    ) -> Result<T, ReadError> {
        self.fold_until(key, first, state, step, |_| false).await
    }

    /// Folds events as [`Self::fold`] does, until `is_done` says after some that it is enough.
    pub(crate) async fn fold_until<T: Send + 'static>(
        &self,
        key: &ExecutionKey,
        mut next: u64,
        mut state: T,
        step: fn(&mut T, &Event),
        is_done: fn(&T) -> bool,
    ) -> Result<T, ReadError> {
        loop {
            let page = self.store.journal(key, next, limits::REPLAY_EVENTS).await?;
            let shown: u32 = page.iter().map(|row| row.events).sum();
            // The first row may begin before the event that is asked for.
            next = page.last().map_or(next, |row| row.first_event + u64::from(row.events));
            state = fold_page(state, page, step).await?;
            if (shown as usize) < limits::REPLAY_EVENTS || is_done(&state) {
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
