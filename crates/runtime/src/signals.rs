//! Signals to running executions.

use compasso_engine::{Input, Rejected, Signal};
use compasso_store::ExecutionKey;

use crate::message::{Ask, Refusal};
use crate::{Runtime, RuntimeError};

/// A signal was refused; nothing happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// The execution is closed.
    #[error("execution is closed")]
    Closed,
    /// Nobody waits for it, and as many as can be kept are.
    #[error("too many signals are kept")]
    TooMany,
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Refusal> for SignalError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Engine(Rejected::NotRunning) => Self::Closed,
            Refusal::Engine(Rejected::TooManySignals) => Self::TooMany,
            other => Self::Runtime(other.into()),
        }
    }
}

impl Runtime {
    /// Gives a running execution a signal; durable when it returns.
    pub async fn signal(&self, key: &ExecutionKey, signal: Signal) -> Result<(), SignalError> {
        self.core.ask(key, Ask::Input(Input::Signal(signal))).await?;
        Ok(())
    }
}
