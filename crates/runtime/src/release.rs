//! Letting executions go on that were set aside, once what kept them from it is mended.

use compasso_engine::Rejected;
use compasso_store::ExecutionKey;

use crate::message::{Ask, Refusal};
use crate::{Runtime, RuntimeError};

/// An execution was not released; nothing happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// It was not set aside.
    #[error("execution is not quarantined")]
    NotSetAside,
    /// It still cannot go on: what is stored of it is damaged, for example.
    #[error("execution cannot go on: {0}")]
    StillBroken(String),
    /// See [`RuntimeError`].
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl From<Refusal> for ReleaseError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Engine(Rejected::WrongPhase | Rejected::NotRunning) => Self::NotSetAside,
            Refusal::Runtime(RuntimeError::Quarantined(why)) => Self::StillBroken(why),
            other => Self::Runtime(other.into()),
        }
    }
}

impl Runtime {
    /// Lets an execution go on that was set aside; durable when it returns. Its tasks are offered again, as
    /// after a restart. What still makes a turn of it fail sets it aside again.
    ///
    /// # Errors
    /// It was not set aside, or cannot even be read.
    pub async fn release(&self, key: &ExecutionKey) -> Result<(), ReleaseError> {
        self.core.ask(key, Ask::Release).await?;
        Ok(())
    }
}
