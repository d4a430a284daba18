//! How triggers start runs.

use std::sync::Arc;

use compasso_dispatch::{QueueView, Secrets};
use compasso_engine::Closed;
use compasso_runtime::Description;
use compasso_store::ExecutionKey;
use compasso_triggers::{ABOUT, QueueAge, RunEnd, Start, StartError, Starts, WorkerThere};
use compasso_types::{Arn, Json};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::pipelines::Interval;
use crate::{Caller, Error, RunKind, Service, StartPipeline};

impl Starts for Service {
    fn start(&self, start: Start) -> BoxFuture<'_, Result<(), StartError>> {
        async move {
            let caller = owner(&start.pipeline)?;
            let about = start.about;
            let interval = about.as_ref().map(|it| Interval { start: it.start, end: it.end });
            let (replay_of, by) = start.replay.map_or((None, None), |it| (Some(it.of), it.by));
            let (date, partition) = about.map_or((None, None), |it| (it.date, it.partition));
            let request = StartPipeline {
                interval,
                date,
                partition,
                name: Some(start.name.to_string()),
                kind: RunKind::Event,
                by,
                replay_of: replay_of.map(|of| of.to_string().into()),
                trigger_id: Some(start.trigger_id),
                trigger: start.trigger,
                params: start.params,
                // Events of paused pipelines do not come so far; those that came before do.
                force: true,
                ..StartPipeline::of(&*start.pipeline)
            };
            match Box::pin(self.start_pipeline(&caller, request)).await {
                // The names of such runs are made of their events: it is this one's.
                Ok(_) | Err(Error::ExecutionAlreadyExists { .. }) => Ok(()),
                Err(Error::Conflict(why)) => Err(StartError::NoRoom(why)),
                Err(error) => Err(error.into()),
            }
        }
        .boxed()
    }

    fn given<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Option<Json>, StartError>> {
        async move {
            let key = ExecutionKey(run.into());
            let input = match self.runtime.describe(&key).await.map_err(Error::from)? {
                Some(found) => Some(found.record.start.input.clone()),
                None => self.waiting_input(run).await?,
            };
            Ok(input.and_then(|input| input.value().get("trigger").cloned()))
        }
        .boxed()
    }

    fn ended<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Result<Option<RunEnd>, StartError>> {
        async move {
            self.inner.scheduler.left_waiting(run).await;
            let key = ExecutionKey(run.into());
            let closed = self.runtime.closed(&key).await.map_err(Error::from)?;
            Ok(closed.as_ref().and_then(ended_run))
        }
        .boxed()
    }

    fn listing<'a>(
        &'a self,
        pipeline: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StartError>> {
        async move {
            let arn = pipeline.parse().map_err(|_| StartError::Refused("no ARN".into()))?;
            let found = self.machine_if_any(&arn).await?;
            Ok(found.map(|machine| machine.value.listing(&arn)))
        }
        .boxed()
    }

    fn workers(&self, account: &str) -> Vec<WorkerThere> {
        let there = self.dispatcher().workers_for(account).into_iter();
        let there = there.filter(|worker| worker.state == "online");
        there.map(|worker| WorkerThere { name: worker.name, tags: worker.tags }).collect()
    }

    fn queues(&self, account: &str) -> Vec<QueueAge> {
        let age = |queue: QueueView| {
            let oldest = queue.oldest.as_ref()?.parse().ok()?;
            let tags: Vec<&str> = queue.tags.iter().map(|tag| &**tag).collect();
            let what = queue.handler.as_deref().unwrap_or(queue.kind);
            let name = if tags.is_empty() {
                what.to_owned()
            } else {
                format!("{what} [{}]", tags.join(","))
            };
            Some(QueueAge { name, tags: queue.tags, waiting: queue.waiting, oldest })
        };
        self.dispatcher().queues(Some(account)).into_iter().filter_map(age).collect()
    }

    fn seal(&self, pipeline: &str, plain: &Json) -> Result<String, String> {
        Secrets::seal(self, pipeline.split(':').nth(4).unwrap_or_default(), plain)
    }

    fn open(&self, pipeline: &str, sealed: &str) -> Result<Json, String> {
        Secrets::open(self, pipeline.split(':').nth(4).unwrap_or_default(), sealed)
    }

    fn secret<'a>(
        &'a self,
        pipeline: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, StartError>> {
        async move {
            let account = pipeline.split(':').nth(4).unwrap_or_default();
            Ok(self.secret_value(account, name).await?.map(Into::into))
        }
        .boxed()
    }
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        match error {
            // There is room again when other executions have closed.
            Error::Unavailable(_) | Error::Throttled | Error::ExecutionLimitExceeded(_) => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Refused(error.to_string()),
        }
    }
}

/// Returns whose pipeline it is.
fn owner(pipeline: &str) -> Result<Caller, StartError> {
    let arn: Arn = pipeline.parse().map_err(|_| StartError::Refused("no ARN".into()))?;
    Ok(Caller { account: arn.account().into(), region: arn.region().into() })
}

/// Returns how a run ended and which time it is about; `None` if it has not.
pub(crate) fn ended_run(run: &Description) -> Option<RunEnd> {
    let end = run.closed.as_ref().map(run_end)?;
    let of_run = run.input().value().get("run");
    let known = ABOUT.into_iter().filter_map(|name| Some((name, of_run?.get(name)?.clone())));
    Some(RunEnd { about: Json::object(known.collect::<Vec<_>>()), ..end })
}

/// Returns how a run ended, in the words of pipelines.
pub(crate) fn run_end(closed: &Closed) -> RunEnd {
    let error = |name: &Option<Arc<str>>, cause: &Option<Arc<str>>| {
        let text = |text: &Option<Arc<str>>| text.as_deref().map(Json::from);
        let members = [("name", text(name)), ("cause", text(cause))];
        Json::object(members.into_iter().filter_map(|(name, text)| Some((name, text?))))
    };
    let (state, output, error) = match closed {
        Closed::Succeeded { output } => ("success", output.value().clone(), Json::Null),
        Closed::Failed { error: name, cause } => ("failed", Json::Null, error(name, cause)),
        Closed::TimedOut => ("failed", Json::Null, error(&Some("RunTimeout".into()), &None)),
        Closed::Aborted { error: name, cause, .. } => ("cancelled", Json::Null, error(name, cause)),
    };
    RunEnd { state, output, error, about: Json::Null }
}
