//! Deadlines that a run missed before it began, and where what they say was done.

use std::sync::Arc;

use compasso_pipeline::Pipeline;
use compasso_types::Json;
use serde::Serialize;

use crate::pipelines::execution_telling;

/// A deadline that a run missed before it began.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissedDeadline {
    /// Its place among those of the pipeline, from 1 on.
    pub number: u32,
    /// The ARNs of the executions that do what it says, with logs and histories of their own; in its order.
    pub executions: Vec<Arc<str>>,
}

/// Returns the deadlines with these numbers of a run.
pub(super) fn missed(
    run: &str,
    pipeline: &Pipeline,
    numbers: impl IntoIterator<Item = u32>,
) -> Vec<MissedDeadline> {
    let missed = numbers.into_iter().filter_map(|number| {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        let actions = 1..=pipeline.deadlines.get(place)?.actions.len();
        let executions = actions.map(|action| execution_telling(run, number, action).into());
        Some(MissedDeadline { number, executions: executions.collect() })
    });
    missed.collect()
}

/// Returns the numbers of the deadlines that were over when a run began, by its input.
pub(super) fn told(input: &Json) -> Vec<u32> {
    let told = input.get("deadlines").and_then(|deadlines| deadlines.get("told"));
    let told = told.and_then(Json::as_array).map(|told| told.iter());
    told.into_iter().flatten().filter_map(|number| u32::try_from(number.as_i64()?).ok()).collect()
}
