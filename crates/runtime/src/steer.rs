//! Holding, releasing and skipping tasks of running executions.

use compasso_engine::{Input, NotSteerable, Rejected, Steer};
use compasso_store::ExecutionKey;

use crate::message::{Ask, Refusal};
use crate::{Runtime, RuntimeError};

/// A task was not steered; nothing happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SteerError {
    /// The execution is closed.
    #[error("execution is closed")]
    Closed,
    /// The task is not in a state to be steered.
    #[error(transparent)]
    NotSteerable(#[from] NotSteerable),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Refusal> for SteerError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Engine(Rejected::NotRunning) => Self::Closed,
            Refusal::Engine(Rejected::NotSteerable(why)) => Self::NotSteerable(why),
            other => Self::Runtime(other.into()),
        }
    }
}

impl Runtime {
    /// Asks something of a task that has not begun; durable when it returns.
    pub async fn steer(&self, key: &ExecutionKey, steer: Steer) -> Result<(), SteerError> {
        self.core.ask(key, Ask::Input(Input::Steer(steer))).await?;
        Ok(())
    }
}
