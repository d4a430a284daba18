//! Steps over runs: what became of the states and tasks of the runs that a listing finds.
//!
//! A page looks into a bounded number of runs, so that it costs the same wherever it stands.

use std::sync::Arc;

use compasso_store::ExecutionKey;
use compasso_types::Timestamp;
use futures::{StreamExt as _, stream};
use serde::Serialize;

use super::course::Course;
use super::{ListRuns, RunItem, StepView, TaskView, Viewer};
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::pipelines::is_pipeline;
use crate::{Error, Service};

/// Runs that a page looks into.
const RUNS: i64 = 20;
/// Runs with more events are not looked into.
const EVENTS_MAX: u64 = 20_000;
/// Runs read at once.
const AT_ONCE: usize = 4;
const NAME_CHARS_MAX: usize = 256;
/// What a step may have become, and what is asked for by.
const STATES: [&str; 10] = [
    "failed",
    "timed_out",
    "running",
    "retrying",
    "waiting",
    "queued",
    "aborted",
    "caught",
    "succeeded",
    "skipped",
];

/// Asks for a page of steps.
#[derive(Clone, Debug, Default)]
pub struct ListSteps {
    /// The runs they belong to; their `limit` is not looked at.
    pub runs: ListRuns,
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those with this in their names.
    pub name: Option<String>,
    /// Only those that took this long or longer, in milliseconds.
    pub longer_ms: Option<i64>,
}

/// A step of a run: a state, or a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepItem {
    /// The ARN of its run.
    pub run: Arc<str>,
    /// The name of its run.
    pub run_name: String,
    /// The ARN of the workflow.
    pub workflow: Arc<str>,
    /// The name of the workflow.
    pub workflow_name: String,
    /// The name of the state; of a task its id.
    pub step: Arc<str>,
    /// What became of it: of several entries the worst.
    pub state: &'static str,
    /// When it began.
    #[serde(serialize_with = "iso")]
    pub started: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub ended: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// The error it ended with, or the last one of its attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
}

/// Some steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepPage {
    /// The steps, run by run as runs are listed.
    pub items: Vec<StepItem>,
    /// How many runs were left out, because they have too many events.
    pub omitted_runs: usize,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Lists steps of the runs that a listing finds. A page may be empty and yet be followed by
    /// another: each looks into a bounded number of runs.
    ///
    /// # Errors
    /// The request is invalid, or there is no such workflow.
    pub async fn list_steps(&self, viewer: &Viewer, request: ListSteps) -> Result<StepPage, Error> {
        request.check()?;
        let listing = ListRuns { limit: Some(RUNS), ..request.runs.clone() };
        let runs = self.list_runs(viewer, listing).await?;
        let reads =
            runs.items.into_iter().map(|run| async move { self.steps_of(viewer, &run).await });
        let mut found = stream::iter(reads).buffered(AT_ONCE);
        let now = self.now();
        let (mut items, mut omitted_runs) = (Vec::new(), 0);
        while let Some(steps) = found.next().await {
            match steps? {
                Some(steps) => items.extend(steps.into_iter().filter(|it| request.picks(it, now))),
                None => omitted_runs += 1,
            }
        }
        Ok(StepPage { items, omitted_runs, next: runs.next })
    }

    /// Returns the steps of a run that have begun, unless there are too many events.
    async fn steps_of(
        &self,
        viewer: &Viewer,
        run: &RunItem,
    ) -> Result<Option<Vec<StepItem>>, Error> {
        let last_event = self.runtime.last_event(&ExecutionKey(run.id.clone())).await?;
        if last_event.unwrap_or(0) > EVENTS_MAX {
            return Ok(None);
        }
        let steps = if is_pipeline(&run.workflow) {
            self.run_tasks(viewer, &run.id).await.map(|tasks| {
                tasks.items.into_iter().filter_map(|task| StepItem::of_task(run, task)).collect()
            })
        } else {
            self.course(viewer, &run.id, Course::default()).await.map(|course| {
                let views = course.by_state().map(|(state, step)| StepView::of(state, step));
                views.map(|step| StepItem::of_state(run, step)).collect()
            })
        };
        match steps {
            // It was removed since it was listed.
            Err(Error::ExecutionDoesNotExist { .. }) => Ok(Some(Vec::new())),
            other => other.map(Some),
        }
    }
}

impl ListSteps {
    fn check(&self) -> Result<(), Error> {
        Constraints::default()
            .one_of("state", self.state.as_deref(), &STATES)
            .chars_if("name", self.name.as_deref(), 1..=NAME_CHARS_MAX)
            .number_if("longerMs", self.longer_ms, 0..=i64::MAX)
            .check()
    }

    fn picks(&self, item: &StepItem, now: Timestamp) -> bool {
        let took = item.ended.unwrap_or(now).since(item.started).as_millis();
        self.state.as_deref().is_none_or(|state| state == item.state)
            && self.name.as_deref().is_none_or(|name| item.step.contains(name))
            && self
                .longer_ms
                .is_none_or(|least| i128::try_from(took).is_ok_and(|it| it >= least.into()))
    }
}

impl StepItem {
    fn of_state(run: &RunItem, step: StepView) -> Self {
        Self {
            step: step.state,
            state: step.status,
            started: step.entered,
            ended: step.left,
            attempts: step.attempts,
            error: step.error,
            cause: step.cause,
            ..Self::new(run)
        }
    }

    /// A task that has not begun is no step yet.
    fn of_task(run: &RunItem, task: TaskView) -> Option<Self> {
        let started = task.started.or(task.ended)?;
        Some(Self {
            step: task.id,
            state: match task.state {
                "success" => "succeeded",
                "cancelled" => "aborted",
                "upstream_failed" => "skipped",
                other => other,
            },
            started,
            ended: task.ended,
            attempts: task.attempts,
            error: task.error,
            cause: task.cause,
            ..Self::new(run)
        })
    }

    fn new(run: &RunItem) -> Self {
        Self {
            run: run.id.clone(),
            run_name: run.name.clone(),
            workflow: run.workflow.clone(),
            workflow_name: run.workflow_name.clone(),
            step: "".into(),
            state: "queued",
            started: run.started,
            ended: None,
            attempts: 0,
            error: None,
            cause: None,
        }
    }
}
