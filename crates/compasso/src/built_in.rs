//! The worker that the server has built in: scripts on its own machine.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use compasso_artifacts::Artifacts;
use compasso_dispatch::{BuiltIn, Delivery, Dispatcher, KeptArtifact as Kept, LEASE, Scripts};
use compasso_engine::{TaskError, TaskResult};
use compasso_executor::{
    Attempt, Executor, ExecutorSettings, Failure, Held, KeptArtifact, LogSink, Outside, Work,
};
use compasso_runtime::Reporter;
use compasso_store::LogStream;
use compasso_types::{Json, Payload};
use futures::future::BoxFuture;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;

use crate::host;

/// Longest time that a silent worker keeps its tasks.
const LEASE_SECONDS_MAX: u32 = 3_600;
/// How long a node of a cluster that is asked to stop waits for its scripts, if nothing is said.
const DRAIN: Duration = Duration::from_secs(3);
/// Longest time that it may wait.
const DRAIN_SECONDS_MAX: u32 = 3_600;
/// How much later than its time-out an attempt is ended here. The server ends it in time, unless its clock
/// was set back.
const LATE: Duration = Duration::from_secs(5);
/// Where the directories of scripts are made, in the data directory.
const WORKSPACES: &str = "workspaces";

/// `[worker]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WorkerSettings {
    /// Whether the server runs scripts itself.
    enabled: bool,
    /// How many at once.
    slots: Option<u32>,
    /// Variables of the server's environment that scripts see.
    pass_env: Vec<String>,
    /// How long remote workers may be silent before their tasks are lost, in seconds.
    lease: Option<u32>,
    /// How long a node of a cluster that is asked to stop waits for its scripts, in seconds.
    drain: Option<u32>,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self { enabled: true, slots: None, pass_env: Vec::new(), lease: None, drain: None }
    }
}

impl WorkerSettings {
    /// Returns how long a lease of a remote worker is good.
    pub(crate) fn lease(&self) -> anyhow::Result<Duration> {
        match self.lease {
            None => Ok(LEASE),
            Some(seconds @ 1..=LEASE_SECONDS_MAX) => Ok(Duration::from_secs(seconds.into())),
            Some(_) => bail!("'lease' of [worker] is 1 to {LEASE_SECONDS_MAX} seconds"),
        }
    }

    /// Returns how long a node that is asked to stop waits for its scripts.
    pub(crate) fn drain(&self) -> anyhow::Result<Duration> {
        match self.drain {
            None => Ok(DRAIN),
            Some(seconds @ 0..=DRAIN_SECONDS_MAX) => Ok(Duration::from_secs(seconds.into())),
            Some(_) => bail!("'drain' of [worker] is 0 to {DRAIN_SECONDS_MAX} seconds"),
        }
    }

    /// Returns how many scripts run at once.
    pub(crate) fn slots(&self) -> u32 {
        self.slots.unwrap_or_else(|| host::slots().try_into().unwrap_or(u32::MAX))
    }

    /// Makes what runs scripts, if the server does; workspaces are in `directory`, which is this
    /// process's own from now on.
    pub(crate) fn executor(&self, directory: &Path) -> anyhow::Result<Option<Executor>> {
        if !self.enabled {
            return Ok(None);
        }
        let workspaces = directory.join(WORKSPACES);
        let settings =
            ExecutorSettings { workspaces: workspaces.clone(), pass_env: self.pass_env.clone() };
        Executor::new(settings).map(Some).map_err(|error| {
            // Who has the workspaces has the whole directory.
            let busy = error.kind() == ErrorKind::ResourceBusy;
            let place = if busy { directory } else { &workspaces };
            let message = format!("{} cannot be used", place.display());
            anyhow::Error::new(error).context(message)
        })
    }

    /// Makes the worker; `url` is where the server is reached.
    pub(crate) fn open(&self, executor: Executor, url: String, artifacts: Artifacts) -> BuiltIn {
        BuiltIn {
            scripts: Arc::new(Here { executor, url, artifacts }),
            slots: self.slots(),
            host: host::name().into(),
        }
    }
}

/// Runs scripts on this machine.
#[derive(Clone)]
struct Here {
    executor: Executor,
    url: String,
    artifacts: Artifacts,
}

impl Scripts for Here {
    fn run(
        &self,
        dispatcher: &Dispatcher,
        delivery: Arc<Delivery>,
        reporter: Reporter,
        held: Held,
    ) -> BoxFuture<'static, TaskResult> {
        let Self { executor, url, artifacts } = self.clone();
        let dispatcher = dispatcher.clone();
        Box::pin(async move {
            let order = delivery.work.as_ref().map_or("null", |work| work.get());
            let order = Json::parse(order)
                .map_err(|error| TaskError::new("Rejected", format!("no work order: {error}")))?;
            let attempt = attempt_of(&delivery, url);
            let limit = delivery.timeout_ms.map(Duration::from_millis);
            let outside = Arc::new(Server { dispatcher, reporter, artifacts, delivery });
            let running = executor.run(Work { order, attempt, held: Some(held) }, outside);
            let ended = within(limit, LATE, running).await;
            ended.map(Payload::from).map_err(|failure| TaskError {
                retry_after_ms: failure.retry_after.map(millis),
                ..TaskError::new(failure.error, failure.cause)
            })
        })
    }
}

/// Ends work that takes `late` longer than it may, whatever clocks show.
async fn within(
    limit: Option<Duration>,
    late: Duration,
    working: impl Future<Output = Result<Json, Failure>>,
) -> Result<Json, Failure> {
    let Some(limit) = limit else { return working.await };
    let ended = tokio::time::timeout(limit.saturating_add(late), working).await;
    ended.unwrap_or_else(|_| {
        let cause = format!("The task ran longer than {} s.", limit.as_secs_f64());
        Err(Failure::new("Timeout", cause))
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn attempt_of(delivery: &Delivery, url: String) -> Attempt {
    Attempt {
        run: delivery.run.to_string(),
        pipeline: delivery.pipeline.to_string(),
        task: delivery.task.to_string(),
        key: delivery.key.as_ref().map(ToString::to_string),
        attempt: delivery.attempt,
        idempotency_key: delivery.idempotency_key.to_string(),
        traceparent: delivery.traceparent.as_ref().map(ToString::to_string),
        url: Some(url),
        token: Some(delivery.lease.to_string()),
        masks: delivery.masks.clone(),
        output_bytes_max: delivery.output_bytes_max,
    }
}

/// The server, as a script sees it that runs beside it.
struct Server {
    dispatcher: Dispatcher,
    reporter: Reporter,
    artifacts: Artifacts,
    delivery: Arc<Delivery>,
}

impl LogSink for Server {
    fn line(&self, stream: LogStream, text: &str) {
        self.reporter.log(stream, text);
    }

    fn room(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.reporter.log_room())
    }
}

impl Outside for Server {
    fn keep_artifact<'a>(
        &'a self,
        name: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<KeptArtifact, String>> {
        Box::pin(async move {
            let kept = self.artifacts.keep(path).await.map_err(|error| error.to_string())?;
            let Kept { uri, size, sha256 } = Kept::new(&self.delivery, name, kept);
            Ok(KeptArtifact { uri, size, sha256 })
        })
    }

    fn act(&self, step: usize, arguments: Json) -> BoxFuture<'_, Result<Json, Failure>> {
        Box::pin(async move {
            let (lease, arguments) = (&self.delivery.lease, Payload::from(arguments));
            let acted = self.dispatcher.act(lease, None, step, arguments).await;
            let acted = acted.map_err(|error| Failure::new("Rejected", error.to_string()))?;
            acted.map(|output| output.value().clone()).map_err(|error| Failure {
                retry_after: error.retry_after_ms.map(Duration::from_millis),
                ..Failure::new(
                    error.error.as_deref().unwrap_or("Rejected"),
                    error.cause.as_deref().unwrap_or_default(),
                )
            })
        })
    }

    fn fetch_artifact<'a>(
        &'a self,
        sha256: &'a str,
        path: &'a Path,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let found = self.artifacts.find(sha256).await.map_err(|error| error.to_string())?;
            let Some((mut from, _)) = found else {
                return Err(self.dispatcher.why_missing(sha256).await);
            };
            let copied = async {
                let mut to = tokio::fs::File::create(path).await?;
                tokio::io::copy(&mut from, &mut to).await?;
                to.flush().await
            };
            copied.await.map_err(|error| error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn work_ends_by_the_time_that_passes_if_no_clock_ends_it() {
        let limit = Some(Duration::ZERO);
        let failed = within(limit, Duration::ZERO, pending()).await.unwrap_err();
        assert_eq!((&*failed.error, &*failed.cause), ("Timeout", "The task ran longer than 0 s."));
        let done = || ready(Ok(Json::Null));
        assert!(within(None, LATE, done()).await.is_ok());
        assert!(within(limit, LATE, done()).await.is_ok());
    }
}
