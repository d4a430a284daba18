//! Saying how tasks of running executions ended.

use compasso_engine::{Input, Mark, NotMarkable, Rejected};
use compasso_store::ExecutionKey;

use crate::message::{Ask, Refusal};
use crate::{Runtime, RuntimeError};

/// A task was not marked; nothing happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// The execution is closed: a rerun marks tasks of those.
    #[error("execution is closed")]
    Closed,
    /// The task is not in a state to be marked.
    #[error(transparent)]
    NotMarkable(#[from] NotMarkable),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Refusal> for MarkError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Engine(Rejected::NotRunning) => Self::Closed,
            Refusal::Engine(Rejected::NotMarkable(why)) => Self::NotMarkable(why),
            other => Self::Runtime(other.into()),
        }
    }
}

impl Runtime {
    /// Says how a task of an open execution ended; durable when it returns.
    pub async fn mark(&self, key: &ExecutionKey, mark: Mark) -> Result<(), MarkError> {
        self.core.ask(key, Ask::Input(Input::Mark(mark))).await?;
        Ok(())
    }
}
