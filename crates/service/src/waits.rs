//! What tasks of runs wait for.
//!
//! Events and updates of assets are told: see `compasso_triggers::Waiter`. Objects and the ends of
//! runs of other pipelines are looked at again and again. A look lists a bucket, reads the runs that
//! ended since an instant, or finds one run by its name or by the interval that it is about; and what it
//! finds is stored already, so that none is missed between two looks.

use std::sync::Arc;
use std::time::Duration;

use compasso_pipeline::tree::TriggerKind;
use compasso_scheduler::run_name;
use compasso_store::ExecutionKey;
use compasso_triggers::{Awaited, NoLook, NoWait, Waiter, run_arn};
use compasso_types::{Arn, Json, Timestamp};

use crate::pipelines::whole;
use crate::triggers::ended_run;
use crate::{Caller, Error, Service};

/// Most objects that a look returns.
const OBJECTS_MAX: usize = 1_000;

impl Service {
    /// Keeps a task of a run until what it waits for is told, `limit` at most; durable when it
    /// returns. `key` tells it from other tasks of the run; the same one again changes nothing.
    ///
    /// # Errors
    /// See [`NoWait`].
    pub async fn keep_waiter(
        &self,
        (run, key, token): (&Arc<str>, &str, &Arc<str>),
        limit: Duration,
        awaited: Awaited,
    ) -> Result<(), NoWait> {
        let account = run.split(':').nth(4).unwrap_or_default().into();
        let until = self.now().after(limit);
        let waiter = Waiter { account, run: run.clone(), token: token.clone(), until, awaited };
        self.triggers().keep_waiter(key, waiter).await
    }

    /// Looks once for objects whose keys fit a pattern: `s3://bucket/in/*.csv`. Returns those that
    /// there are, up to 1,000, each as object triggers see it.
    ///
    /// # Errors
    /// It is no such URL, or the store does not answer.
    pub async fn objects(&self, url: &str) -> Result<Vec<Json>, NoLook> {
        self.triggers().objects(url, OBJECTS_MAX).await
    }

    /// Returns the last run of a pipeline that ended as `state` says (`success`, `failed` or
    /// `finished`) at an instant or later, as pipeline triggers see it. `beside` is the run that
    /// asks, whose account and region the pipeline has.
    ///
    /// # Errors
    /// It is no name of a pipeline, or the store does not answer.
    pub async fn ended_since(
        &self,
        beside: &str,
        pipeline: &str,
        state: &str,
        since: Timestamp,
    ) -> Result<Option<Json>, Error> {
        let pipeline = whole(&neighbour(beside)?, pipeline)?;
        Ok(self.triggers().ended_since(&pipeline, state, since).await?)
    }

    /// Returns the run of a pipeline that is about the interval from `start` to `end`, if it ended as
    /// `state` says: that of a tick or of a backfill, or the last one that something else started.
    ///
    /// # Errors
    /// It is no name of a pipeline, or the store does not answer.
    pub async fn ended_about(
        &self,
        beside: &str,
        pipeline: &str,
        state: &str,
        (start, end): (Timestamp, Timestamp),
    ) -> Result<Option<Json>, Error> {
        let arn = whole(&neighbour(beside)?, pipeline)?;
        let Some(stored) = self.stored_pipeline(arn.as_str()).await? else { return Ok(None) };
        let triggers = stored.pipeline.triggers.list.iter();
        for trigger in triggers.filter(|it| matches!(it.kind, TriggerKind::Schedule(_))) {
            // Interval and tick belong together: a run about it is that of the tick at its end.
            let name = run_name(&trigger.id, end);
            let run = run_arn(arn.as_str(), &name);
            let found = self.runtime.describe(&ExecutionKey(run.clone())).await?;
            let Some(found) = found else { continue };
            let Some(ended) = ended_run(&found) else { continue };
            let input = found.input().value();
            let began =
                input.get("run").and_then(|run| run.get("interval")?.get("start")?.as_str());
            if began == Some(&*start.to_string()) && (state == "finished" || state == ended.state) {
                return Ok(Some(ended.shown(&run, arn.rest(), found.started)));
            }
        }
        Ok(self.triggers().ended_about(&arn, state, (start, end)).await?)
    }
}

/// Returns in whose name something is asked beside a run.
fn neighbour(run: &str) -> Result<Caller, Error> {
    let arn: Arn = run.parse().map_err(|_| Error::validation("this is no ARN of a run"))?;
    Ok(Caller { account: arn.account().into(), region: arn.region().into() })
}
