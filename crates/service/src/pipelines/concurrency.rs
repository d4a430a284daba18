//! How many runs of a pipeline there are at once: which seat a run needs, and how one that waited
//! begins.

use std::sync::Arc;

use compasso_pipeline::Pipeline;
use compasso_runtime::StartOrder;
use compasso_schedule::{Entrance, Overlap};
use compasso_scheduler::{Candidate, Concurrency, Deadline, InputError, TickOf, text_of};
use compasso_types::{Arn, Json, Payload};
use serde::{Deserialize, Serialize};

use super::run_input;
use crate::arns::MachineArn;
use crate::executions::{DataDetails, Order};
use crate::runs::goes_on;
use crate::schedules::WaitingRun;
use crate::{DescribedExecution, Error, Service};

/// The status of a run that waits for a seat.
pub(crate) const QUEUED: &str = "QUEUED";
/// Longest name of a group, characters.
const GROUP_CHARS_MAX: usize = 512;

/// How a run begins that waits.
#[derive(Serialize, Deserialize)]
struct Waiting {
    /// The ARN of the version that it runs.
    version: Arc<str>,
    name: Arc<str>,
    input: Json,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Arc<str>>,
    /// Whether its tasks are held when it begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hold: bool,
}

/// What a seat depends on.
pub(super) struct Asking<'a> {
    pub(super) arn: &'a Arn,
    pub(super) version: &'a Arc<str>,
    pub(super) pipeline: &'a Pipeline,
    pub(super) order: &'a StartOrder,
    /// What happens instead of what the pipeline says when there are too many.
    pub(super) overlap: Option<Overlap>,
    /// The tick it is the run of.
    pub(super) tick: Option<TickOf>,
    /// Its deadlines that are known before it begins.
    pub(super) deadlines: Vec<Deadline>,
}

impl Service {
    /// Says which seat a run needs.
    pub(super) fn candidate(&self, asking: Asking<'_>) -> Result<Candidate, Error> {
        let Asking { arn, version, pipeline, order, overlap, tick, deadlines } = asking;
        let start = &order.start;
        let waiting = Waiting {
            version: version.clone(),
            name: start.name.clone(),
            input: start.input.value().clone(),
            parent: order.parent.clone(),
            hold: start.is_held,
        };
        let stored = serde_json::to_value(&waiting).and_then(serde_json::from_value);
        Ok(Candidate {
            run: start.id.clone(),
            pipeline: arn.as_str().into(),
            concurrency: self.concurrency(arn, pipeline, &start.input, overlap)?,
            order: stored.map_err(|error| Error::Internal(error.to_string()))?,
            tick,
            deadlines,
        })
    }

    /// Says what limits a run of this input.
    pub(crate) fn concurrency(
        &self,
        arn: &Arn,
        pipeline: &Pipeline,
        input: &Payload,
        overlap: Option<Overlap>,
    ) -> Result<Concurrency, Error> {
        let concurrency = &pipeline.concurrency;
        Ok(Concurrency {
            lane: self.lane(arn, pipeline, input)?,
            entrance: Entrance {
                most: concurrency.max_runs as usize,
                overlap: overlap.unwrap_or(concurrency.overlap),
                room: concurrency.buffer as usize,
            },
        })
    }

    /// Says among which runs one counts: those of its pipeline, or of its group.
    fn lane(&self, arn: &Arn, pipeline: &Pipeline, input: &Payload) -> Result<Arc<str>, Error> {
        let Some(group) = &pipeline.concurrency.group else { return Ok(arn.as_str().into()) };
        let wrong = |why: String| Error::validation(format!("concurrency.group: {why}"));
        let found = text_of(&group.template(), input.value(), self.now());
        let group = found.map_err(|InputError(why)| wrong(why))?.unwrap_or_default();
        if group.chars().count() > GROUP_CHARS_MAX {
            return Err(wrong(format!("it has more than {GROUP_CHARS_MAX} characters")));
        }
        let (region, account) = (arn.region(), arn.account());
        Ok(format!("arn:aws:states:{region}:{account}:group:{group}").into())
    }

    /// Prepares a run that waited. `told`: the deadlines that were missed meanwhile, and what they
    /// say is done.
    ///
    /// # Errors
    /// Its version is not there any more.
    pub(crate) async fn resume_run(&self, order: &Json, told: &[u32]) -> Result<StartOrder, Error> {
        let order = self.order_of_waiting(order, |input| run_input::begun(input, self.now(), told));
        let order = order.await?;
        self.check_room_for_execution().await?;
        Ok(order)
    }

    /// Returns how a run that waits begins, with another input.
    pub(crate) async fn order_of_waiting(
        &self,
        order: &Json,
        input: impl FnOnce(&Json) -> Json,
    ) -> Result<StartOrder, Error> {
        let stored = serde_json::to_value(order).and_then(serde_json::from_value);
        let waiting: Waiting = stored.map_err(|error| Error::Internal(error.to_string()))?;
        let named = MachineArn::of_pipeline("pipeline", &waiting.version)?;
        let target = self.target_of(&waiting.version, named).await?;
        let input = self.with_present_previous(&target, input(&waiting.input)).await?;
        let order = Order {
            machine: &waiting.version,
            name: &waiting.name,
            input: Payload::from(input),
            trace_header: None,
            parent: waiting.parent,
        };
        let (_, mut order) = Box::pin(self.order_of(target, None, order)).await?;
        order.start.is_held = waiting.hold;
        order.caller = Some(order.start.workflow.clone());
        Ok(order)
    }

    /// Returns the input of a run that waits to begin; `None` if it does not.
    pub(crate) async fn waiting_input(&self, run: &str) -> Result<Option<Payload>, Error> {
        Ok(self.waiting(run).await?.map(|waiting| Payload::from(waiting.input)))
    }

    /// Returns the ARN of the version that a run will run which waits to begin; `None` if it does not.
    pub(crate) async fn queued_version(&self, run: &str) -> Result<Option<Arc<str>>, Error> {
        Ok(self.waiting(run).await?.map(|waiting| waiting.version))
    }

    /// Returns the ARN of the version that a run will run which waits to begin, and its labels, null if it
    /// has none; `None` if it does not wait.
    pub(crate) async fn queued_version_and_labels(
        &self,
        run: &str,
    ) -> Result<Option<(Arc<str>, Json)>, Error> {
        let Some(Waiting { version, input, .. }) = self.waiting(run).await? else {
            return Ok(None);
        };
        let labels = input.get("run").and_then(|run| run.get("labels")).cloned();
        Ok(Some((version, labels.unwrap_or_default())))
    }

    async fn waiting(&self, run: &str) -> Result<Option<Waiting>, Error> {
        let Some(order) = self.inner.scheduler.waiting_order(run).await? else { return Ok(None) };
        if goes_on(&order) {
            return Ok(None);
        }
        let stored = serde_json::to_value(&order).and_then(serde_json::from_value);
        stored.map(Some).map_err(|error| Error::Internal(error.to_string()))
    }

    /// Describes a run that waits to begin; `None` if it does not.
    pub(crate) async fn describe_waiting(
        &self,
        run: &str,
        with_data: bool,
    ) -> Result<Option<DescribedExecution>, Error> {
        let Some(waiting) = self.waiting(run).await? else { return Ok(None) };
        let place = self.waiting_run(run);
        let pipeline = waiting.version.rsplit_once(':').map_or("", |(pipeline, _)| pipeline);
        Ok(Some(DescribedExecution {
            execution_arn: run.into(),
            state_machine_arn: pipeline.into(),
            name: waiting.name,
            status: QUEUED,
            start_date: place.as_ref().map_or_else(|| self.now(), |place| place.since),
            stop_date: None,
            input: with_data.then(|| Payload::from(waiting.input)),
            input_details: DataDetails { included: with_data },
            output: None,
            output_details: None,
            trace_header: None,
            map_run_arn: None,
            error: None,
            cause: place.map(|place| place.why().into()),
            state_machine_version_arn: Some(waiting.version),
            state_machine_alias_arn: None,
            redrive_count: 0,
            redrive_date: None,
            redrive_status: "NOT_REDRIVABLE",
            redrive_status_reason: Some("It has not begun"),
        }))
    }
}

impl WaitingRun {
    /// Says for what it waits.
    pub(crate) fn why(&self) -> String {
        if self.is_paused {
            return "it waits until its pipeline is resumed".to_owned();
        }
        format!(
            "it is number {} of those that wait for {}",
            self.position,
            self.waits_for.join(", ")
        )
    }
}
