//! What deadlines say of runs that have not begun.
//!
//! It is done by an execution of its own, of the version that the run will have and with its input,
//! which begins where the deadline says. Its name follows from the run and the deadline, so that it is
//! done once. No listing shows it.

use compasso_pipeline::tree::{DeadlineFrom, Due};
use compasso_pipeline::{Moments, Pipeline, known_deadlines};
use compasso_runtime::{StartError, StartOrder};
use compasso_scheduler::{Deadline, RunOrder, Unstarted};
use compasso_types::{Arn, Json, Payload};

use super::{StartPipeline, run_input};
use crate::{Caller, Error, Service};

/// Part of what lists an execution that does what a deadline says.
pub(crate) const LISTING: &str = ":deadline:";
/// Hexadecimal digits of a name.
const NAME_CHARS: usize = 32;

/// Returns the deadlines of a run that are known before it begins.
pub(super) fn deadlines(pipeline: &Pipeline, moments: &Moments<'_>) -> Vec<Deadline> {
    let known = known_deadlines(pipeline, moments).into_iter();
    known.map(|(number, at)| Deadline { number, at }).collect()
}

/// Returns the ARN of the execution that does an action, by its place from 1 on, of a deadline that a run missed before
/// it began.
pub(crate) fn execution_telling(run: &str, number: u32, action: usize) -> String {
    let digest = blake3::hash(format!("{run}\n{}", which(number, action)).as_bytes());
    let name = format!("deadline-{}", &digest.to_hex()[..NAME_CHARS]);
    match run.rsplit_once(':') {
        Some((pipeline, _)) => format!("{pipeline}:{name}"),
        None => name,
    }
}

/// Names an action of a deadline.
fn which(number: u32, action: usize) -> String {
    format!("{number}.{action}")
}

impl Service {
    /// Returns the deadlines of the run of a tick that are known before it begins.
    ///
    /// # Errors
    /// There is no such pipeline.
    pub(crate) async fn deadlines_of_tick(
        &self,
        order: &RunOrder,
        request: &StartPipeline,
    ) -> Result<Vec<Deadline>, Error> {
        let stored = self.stored_pipeline(&order.pipeline).await?;
        let stored = stored
            .ok_or_else(|| Error::PipelineDoesNotExist { name: order.pipeline.to_string() })?;
        // When it will be asked for is not known as long as it waits.
        let counted = |deadline: &Deadline| {
            let place = deadline.number as usize - 1;
            let due = stored.pipeline.deadlines.get(place).map(|it| it.due);
            !matches!(due, Some(Due::After(_, DeadlineFrom::Queued)))
        };
        let all = deadlines(&stored.pipeline, &request.moments(self.now()));
        Ok(all.into_iter().filter(counted).collect())
    }

    /// Does what a deadline says of a run that has not begun; doing it again changes nothing. Returns
    /// whether the run is given up.
    ///
    /// # Errors
    /// Its pipeline is not there any more, or nothing can be stored now.
    pub(crate) async fn tell_missed(
        &self,
        run: &Unstarted<'_>,
        request: Option<StartPipeline>,
        number: u32,
    ) -> Result<bool, Error> {
        let order = match (run, request) {
            (Unstarted::Waiting(order), _) => self.order_of_waiting(order, Json::clone).await?,
            (Unstarted::Tick(of), request) => {
                let arn: Arn =
                    of.pipeline.parse().map_err(|_| Error::validation("this is no ARN"))?;
                let caller = Caller { account: arn.account().into(), region: arn.region().into() };
                let request = request.unwrap_or_else(|| StartPipeline::of(&*of.pipeline));
                Box::pin(self.prepare_pipeline(&caller, request, None)).await?.order
            }
        };
        let compiled = self.compiled(&order.definition).await?;
        let pipeline = compiled.pipeline.as_ref();
        let deadline = pipeline.and_then(|it| it.deadlines.get(number as usize - 1));
        let Some(deadline) = deadline else { return Ok(false) };
        let mut is_new = deadline.actions.is_empty();
        for place in 1..=deadline.actions.len() {
            is_new |= self.start_telling(&order, number, place).await?;
        }
        if is_new {
            tracing::info!(run = %order.start.id, deadline = number, "deadline missed before the run");
        }
        Ok(deadline.fails)
    }

    /// Starts what does an action of a deadline; returns whether that was not started before.
    async fn start_telling(
        &self,
        of: &StartOrder,
        number: u32,
        action: usize,
    ) -> Result<bool, Error> {
        let mut order = of.clone();
        let input = run_input::telling(order.start.input.value(), which(number, action));
        order.start.input = Payload::from(input);
        let id = execution_telling(&of.start.id, number, action);
        order.start.name = id.rsplit(':').next().unwrap_or_default().into();
        order.start.id = id.into();
        order.listing = format!("{}{LISTING}", order.listing).into();
        order.parent = None;
        match self.runtime.start_with(order, Vec::new()).await {
            Ok(_) => Ok(true),
            Err(StartError::Exists) => Ok(false),
            Err(StartError::Runtime(error)) => Err(error.into()),
            Err(other) => Err(Error::Unavailable(other.to_string())),
        }
    }
}
