//! Opening a closed execution again. Of a closed one the row no longer says where it stood, so it
//! is rebuilt from its journal before the turn that redrives it.

use std::sync::Arc;

use compasso_engine::{Event, Execution, NotRedrivable, Rejected};
use compasso_ir::Definition;
use compasso_store::{Execution as Row, ExecutionKey, JournalEntry, ReadError};
use compasso_types::Timestamp;

use crate::core::Core;
use crate::history::decode;
use crate::message::{Ask, Refusal};
use crate::slots::Live;
use crate::{RuntimeError, StartRecord, limits};

/// An execution was not redriven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedriveError {
    /// It is not in a state to be redriven.
    #[error(transparent)]
    NotRedrivable(#[from] NotRedrivable),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Refusal> for RedriveError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Engine(Rejected::NotRedrivable(why)) => Self::NotRedrivable(why),
            other => Self::Runtime(other.into()),
        }
    }
}

impl Core {
    /// Redrives an execution and returns when; asking again with the same token changes nothing
    /// and answers the same.
    pub(crate) async fn redrive(
        self: &Arc<Self>,
        key: &ExecutionKey,
        token: Option<Arc<str>>,
    ) -> Result<Timestamp, Refusal> {
        let mut rebuilt = None;
        for _ in 0..limits::REDRIVE_READS_MAX {
            let ask = Ask::Redrive { token: token.clone(), rebuilt: rebuilt.take() };
            match self.ask(key, ask).await {
                Ok(done) => {
                    let redrive = done.redrive.expect("a redriven execution says so");
                    let asked = token.and_then(|token| redrive.asked_with(&token, self.now()));
                    return Ok(asked.unwrap_or(redrive.at));
                }
                Err(Refusal::NotRebuilt) => rebuilt = self.rebuild(key).await?,
                Err(other) => return Err(other),
            }
        }
        Err(RuntimeError::Overloaded.into())
    }

    /// Rebuilds a closed execution from its journal; `None` if it is open by now.
    async fn rebuild(&self, key: &ExecutionKey) -> Result<Option<Arc<Live>>, RuntimeError> {
        let row = self.store.execution(key).await?.ok_or(RuntimeError::NoExecution)?;
        if row.header.status.is_open() {
            return Ok(None);
        }
        let record = Arc::new(StartRecord::read(&row.start)?);
        let definition = self.check_open()?.definitions.load(&record.definition).await?;
        let execution = self.replay(key, definition).await?;
        Ok(Some(Arc::new(closed(&row, record, execution))))
    }

    async fn replay(
        &self,
        key: &ExecutionKey,
        definition: Arc<Definition>,
    ) -> Result<Execution, ReadError> {
        let mut execution = Execution::new(definition);
        let mut next = 1;
        loop {
            let page = self.store.journal(key, next, limits::REPLAY_EVENTS).await?;
            let shown: u32 = page.iter().map(|row| row.events).sum();
            next += u64::from(shown);
            execution = apply_all(execution, page).await?;
            if (shown as usize) < limits::REPLAY_EVENTS {
                return Ok(execution);
            }
        }
    }
}

/// Applies events on a thread where that may take its time. Events that do not fit each other
/// make it panic.
async fn apply_all(
    mut execution: Execution,
    page: Vec<JournalEntry>,
) -> Result<Execution, ReadError> {
    let applied = tokio::task::spawn_blocking(move || {
        for row in &page {
            let events: Vec<Event> = decode(row)?;
            for event in &events {
                execution.apply(event);
            }
        }
        Ok(execution)
    });
    applied.await.unwrap_or_else(|error| Err(ReadError::Corrupt(error.to_string())))
}

fn closed(row: &Row, record: Arc<StartRecord>, execution: Execution) -> Live {
    Live {
        execution,
        revision: row.revision,
        record,
        started: row.header.started,
        stopped: row.header.stopped,
        quarantined: false,
        bytes: 0,
    }
}
