//! What a run sees of the run before it: `run.previous`.
//!
//! For the run of a tick, and for whatever is about the same tick, it is the run of the last tick of
//! the same schedule before it; for all others the run of the pipeline that began last. It is looked
//! for where an expression may read it, as outputs can be large, and again when a run begins that
//! waited: others have ended meanwhile.

use std::sync::Arc;

use compasso_pipeline::Pipeline;
use compasso_scheduler::pipeline_schedule;
use compasso_store::{ExecutionFilter, ExecutionHeader, ExecutionKey};
use compasso_types::{Arn, Json, Timestamp};

use super::run_input;
use crate::targets::Target;
use crate::triggers::run_end;
use crate::{Error, Service};

/// Runs that are looked at at once, and how often.
const PAGE: usize = 50;
const PAGES_MAX: usize = 20;

impl Service {
    /// Returns the input of a run to be, with what it sees of the run before. `listing` is that of the
    /// pipeline's runs.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) async fn with_previous(
        &self,
        arn: &Arn,
        listing: Arc<str>,
        pipeline: &Pipeline,
        input: Json,
    ) -> Result<Json, Error> {
        if !pipeline.reads_previous {
            return Ok(input);
        }
        let run = input.get("run");
        let text = |name: &str| run.and_then(|run| run.get(name)).and_then(Json::as_str);
        let tick = text("scheduled_at").and_then(|at| at.parse::<Timestamp>().ok());
        let key = match text("trigger_id").zip(tick) {
            Some((trigger, at)) => {
                let schedule = pipeline_schedule(arn.as_str(), trigger);
                self.run_of_tick_before(&schedule, at).await?.map(ExecutionKey)
            }
            None => self.last_run(listing).await?,
        };
        let previous = match key {
            Some(key) => self.shown_as_previous(&key).await?,
            None => None,
        };
        Ok(run_input::following(&input, previous))
    }

    /// Returns the input of a run that waited, with what it sees now of the run before.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) async fn with_present_previous(
        &self,
        target: &Target,
        input: Json,
    ) -> Result<Json, Error> {
        let compiled = self.compiled(&target.definition).await?;
        let Some(pipeline) = &compiled.pipeline else { return Ok(input) };
        let listing = target.machine.value.listing(&target.arn);
        self.with_previous(&target.arn, listing, pipeline, input).await
    }

    /// Returns the run that began last of those that are listed.
    async fn last_run(&self, listing: Arc<str>) -> Result<Option<ExecutionKey>, Error> {
        let filter = ExecutionFilter { workflow: Some(listing), ..ExecutionFilter::default() };
        let store = self.runtime.store();
        let (mut last, mut after) = (None::<ExecutionHeader>, None);
        for _ in 0..PAGES_MAX {
            let page = store.executions(filter.clone(), after, PAGE).await?;
            // They come by their last change, and none began after that.
            let end = page.items.last().map(ExecutionHeader::changed);
            last = last.into_iter().chain(page.items).max_by_key(|header| header.started);
            after = page.next;
            let is_last = last.as_ref().is_none_or(|last| end.is_some_and(|it| it < last.started));
            if is_last || after.is_none() {
                break;
            }
        }
        Ok(last.map(|last| last.key))
    }

    /// Returns what a run sees of the one before: `{id, state, output, scheduled_at}`.
    async fn shown_as_previous(&self, key: &ExecutionKey) -> Result<Option<Json>, Error> {
        let (input, state, output) = match self.runtime.describe(key).await? {
            Some(found) => {
                let end = found.closed.as_ref().map(run_end);
                let (state, output) =
                    end.map_or(("running", Json::Null), |end| (end.state, end.output));
                (found.input().clone(), state, output)
            }
            None => match self.waiting_input(&key.0).await? {
                Some(input) => (input, "queued", Json::Null),
                None => return Ok(None),
            },
        };
        let known = |name| Some((name, input.value().get("run")?.get(name)?.clone()));
        let ended = [("state", Json::from(state)), ("output", output)];
        let members = known("id").into_iter().chain(ended).chain(known("scheduled_at"));
        Ok(Some(Json::object(members.collect::<Vec<_>>())))
    }
}
