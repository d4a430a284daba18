//! What the layer above knows: how a run of a pipeline begins.

use std::sync::Arc;

use compasso_types::{Json, Timestamp};
use futures::future::BoxFuture;

/// A run to be.
#[derive(Clone, Debug)]
pub struct Start {
    /// The ARN of its pipeline.
    pub pipeline: Arc<str>,
    /// Its name: the same for every delivery of the same event.
    pub name: Arc<str>,
    /// What starts it.
    pub trigger_id: Arc<str>,
    /// What expressions see as `trigger`.
    pub trigger: Json,
    /// Its params.
    pub params: Json,
}

/// A run was not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Trying again would not help, such as when its params are not what the pipeline takes.
    #[error("{0}")]
    Refused(String),
    /// The pipeline says that there are as many runs as there may be.
    #[error("{0}")]
    NoRoom(String),
    /// Try again later.
    #[error("{0}")]
    Unavailable(String),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// `success`, `failed` or `cancelled`.
    pub state: &'static str,
    /// Its output; null if there is none.
    pub output: Json,
    /// Its error, with `name` and `cause`; null if it has none.
    pub error: Json,
}

impl RunEnd {
    /// Returns what expressions see of a run that ended: `{run, output}`.
    pub fn shown(self, id: &str, pipeline: &str, started: Timestamp) -> Json {
        let run = Json::object([
            ("id", Json::from(id)),
            ("pipeline", Json::from(pipeline)),
            ("state", Json::from(self.state)),
            ("started_at", Json::from(started.to_string())),
            ("error", self.error),
        ]);
        Json::object([("run", run), ("output", self.output)])
    }
}

/// Starts runs and knows what became of them.
pub trait Starts: Send + Sync + 'static {
    /// Starts a run. Starting one of the same name again answers the same, whatever it was given.
    fn start(&self, start: Start) -> BoxFuture<'_, Result<(), StartError>>;

    /// Waits until a run has ended; cancel by dropping. `None`: there is no such run.
    fn ended<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Option<RunEnd>, StartError>>;

    /// Returns the name of the listing of a pipeline's runs; `None` if there is no such pipeline.
    fn listing<'a>(
        &'a self,
        pipeline: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StartError>>;

    /// Returns a secret of the account of a pipeline; `None` if there is none of this name.
    fn secret<'a>(
        &'a self,
        pipeline: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StartError>>;
}
