//! What happened to pipelines, told to those who act on what is stored.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver, Sender};

use crate::Service;

/// Changes that wait for the slowest listener; one further behind is told that it missed some.
const WAITING_MAX: usize = 1_024;

/// A pipeline is different now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipelineChange {
    /// Its ARN.
    pub id: Arc<str>,
    /// What happened.
    pub news: PipelineNews,
}

/// What happened to a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipelineNews {
    /// It has a new version, or is new itself.
    Pushed,
    /// It is gone, or goes once its runs have ended.
    Deleted,
    /// No trigger starts it any more.
    Paused,
    /// Triggers start it again.
    Resumed,
}

/// Somebody who listens to changes of pipelines.
pub struct PipelineChanges(Receiver<PipelineChange>);

impl PipelineChanges {
    /// Waits for the next change. `Ok(None)` says that some were missed: everything is to be read
    /// again.
    ///
    /// # Errors
    /// The server is stopping; nothing more will come.
    pub async fn next(&mut self) -> Result<Option<PipelineChange>, Closed> {
        match self.0.recv().await {
            Ok(change) => Ok(Some(change)),
            Err(RecvError::Lagged(_)) => Ok(None),
            Err(RecvError::Closed) => Err(Closed),
        }
    }
}

/// Nothing more will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server is stopping")]
pub struct Closed;

/// Tells of changes of pipelines.
pub(crate) struct Teller(Mutex<Sender<PipelineChange>>);

impl Default for Teller {
    fn default() -> Self {
        Self(Mutex::new(broadcast::channel(WAITING_MAX).0))
    }
}

impl Service {
    /// Begins to listen to changes of pipelines. Who listens before it reads misses nothing.
    pub fn pipeline_changes(&self) -> PipelineChanges {
        let sender = self.inner.pipelines_told.0.lock().unwrap_or_else(PoisonError::into_inner);
        PipelineChanges(sender.subscribe())
    }

    /// Tells of a change that is durable.
    pub(crate) fn tell_of_pipeline(&self, id: &str, news: PipelineNews) {
        let sender = self.inner.pipelines_told.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody may be there to hear it.
        let _ = sender.send(PipelineChange { id: id.into(), news });
    }
}
