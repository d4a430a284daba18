//! Undoing by hand what a closed execution did; it goes on from the image it closed with, or from its
//! journal, as one that is redriven.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_engine::{Execution, NotUndoable, Rejected};
use compasso_store::ExecutionKey;

use crate::images::restore_apart;
use crate::message::{Ask, Refusal};
use crate::{Runtime, RuntimeError, StartRecord, limits};

/// Nothing is undone; nothing happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompensateError {
    /// There is nothing to undo, or not now.
    #[error(transparent)]
    NotUndoable(#[from] NotUndoable),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Refusal> for CompensateError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Engine(Rejected::NotUndoable(why)) => Self::NotUndoable(why),
            other => Self::Runtime(other.into()),
        }
    }
}

impl Runtime {
    /// Has what a closed execution did undone; durable when it returns, which is before it is.
    pub async fn compensate(
        &self,
        key: &ExecutionKey,
        by: Option<Arc<str>>,
    ) -> Result<(), CompensateError> {
        let mut rebuilt = None;
        for _ in 0..limits::REDRIVE_READS_MAX {
            let ask = Ask::Compensate { by: by.clone(), rebuilt: rebuilt.take() };
            match self.core.ask(key, ask).await {
                Ok(_) => return Ok(()),
                Err(Refusal::NotRebuilt) => rebuilt = self.core.rebuild(key, false).await?,
                Err(other) => return Err(other.into()),
            }
        }
        Err(RuntimeError::Overloaded.into())
    }

    /// Names what an execution did that can be undone and was not: `task`, `group/task/key`. One that has no
    /// image is read from its first event on.
    pub async fn left_to_undo(
        &self,
        key: &ExecutionKey,
    ) -> Result<BTreeSet<Arc<str>>, RuntimeError> {
        let core = &self.core;
        for _ in 0..limits::IMAGE_READS_MAX {
            let row = core.store.execution(key).await?.ok_or(RuntimeError::NoExecution)?;
            let record = StartRecord::read(&row.start)?;
            let definition = core.check_open()?.definitions.load(&record.definition).await?;
            if row.image.is_empty() {
                let empty = Execution::remembering(definition);
                return Ok(core.fold(key, 1, empty, Execution::apply).await?.left_to_undo());
            }
            let Some(tail) = core.tail_if_still(&row).await? else { continue };
            let restored = restore_apart(definition, record.start, row.image, tail).await?;
            return Ok(restored.left_to_undo());
        }
        Err(RuntimeError::Overloaded)
    }
}
