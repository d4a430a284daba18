//! What the layer above knows: how a run of a pipeline begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_types::{Json, Timestamp};
use futures::future::BoxFuture;

use crate::record::Replay;

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
    /// The time it is about, if its trigger says so.
    pub about: Option<About>,
    /// Which delivery it repeats, and who asked for that, if it does.
    pub replay: Option<Replay>,
}

/// The time that a run is about: that of the run whose end started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The first instant of its interval.
    pub start: Timestamp,
    /// The instant behind the last one.
    pub end: Timestamp,
    /// The date.
    pub date: Option<Arc<str>>,
    /// The partition.
    pub partition: Option<Arc<str>>,
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
    /// What of its input says which time it is about, as an object.
    pub about: Json,
}

/// What of `run` in the input of a run says which time it is about.
pub const ABOUT: [&str; 4] = ["scheduled_at", "interval", "date", "partition"];

impl About {
    /// Reads what an event says of the run that ended, if that is about a time.
    pub(crate) fn of(event: &Json) -> Option<Self> {
        let run = event.get("run")?;
        let bound = |name: &str| run.get("interval")?.get(name)?.as_str()?.parse().ok();
        let text = |name: &str| run.get(name).and_then(Json::as_str).map(Arc::from);
        let (date, partition) = (text("date"), text("partition"));
        Some(Self { start: bound("start")?, end: bound("end")?, date, partition })
    }
}

impl RunEnd {
    /// Returns what expressions see of a run that ended: `{run, output}`.
    pub fn shown(self, id: &str, pipeline: &str, started: Timestamp) -> Json {
        let known = [
            ("id", Json::from(id)),
            ("pipeline", Json::from(pipeline)),
            ("state", Json::from(self.state)),
            ("started_at", Json::from(started.to_string())),
            ("error", self.error),
        ];
        let known = known.into_iter().map(|(name, value)| (Arc::from(name), value));
        let about = self.about.as_object().into_iter().flat_map(|members| members.iter());
        let about = about.map(|(name, value)| (name.clone(), value.clone()));
        let run = Json::object(known.chain(about).collect::<Vec<_>>());
        Json::object([("run", run), ("output", self.output)])
    }
}

/// A worker that is there.
#[derive(Clone, Debug)]
pub struct WorkerThere {
    /// Its name.
    pub name: Arc<str>,
    /// Its tags.
    pub tags: BTreeSet<Arc<str>>,
}

/// A queue in which tasks wait.
#[derive(Clone, Debug)]
pub struct QueueAge {
    /// What it is called.
    pub name: String,
    /// The tags that it asks for.
    pub tags: BTreeSet<Arc<str>>,
    /// How many wait.
    pub waiting: usize,
    /// Since when the oldest waits.
    pub oldest: Timestamp,
}

/// Starts runs and knows what became of them.
pub trait Starts: Send + Sync + 'static {
    /// Starts a run. Starting one of the same name again answers the same, whatever it was given.
    fn start(&self, start: Start) -> BoxFuture<'_, Result<(), StartError>>;

    /// Returns what a run that is kept, or waits for its beginning, has as `trigger`.
    fn given<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Option<Json>, StartError>>;

    /// Waits until a run has ended; cancel by dropping. `None`: there is no such run.
    fn ended<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Option<RunEnd>, StartError>>;

    /// Returns the name of the listing of a pipeline's runs; `None` if there is no such pipeline.
    fn listing<'a>(
        &'a self,
        pipeline: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StartError>>;

    /// Lists the remote workers that are there for an account.
    fn workers(&self, account: &str) -> Vec<WorkerThere>;

    /// Lists the queues in which tasks of an account wait.
    fn queues(&self, account: &str) -> Vec<QueueAge>;

    /// Seals a value that a run of a pipeline is given for a secret param.
    ///
    /// # Errors
    /// Why it cannot be: this server keeps no secrets.
    fn seal(&self, pipeline: &str, plain: &Json) -> Result<String, String>;

    /// Opens what was sealed so.
    ///
    /// # Errors
    /// Why it cannot be.
    fn open(&self, pipeline: &str, sealed: &str) -> Result<Json, String>;

    /// Returns a secret of the account of a pipeline; `None` if there is none of this name.
    fn secret<'a>(
        &'a self,
        pipeline: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StartError>>;
}
