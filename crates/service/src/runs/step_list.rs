//! Steps over runs: what became of the states and tasks of the runs that a listing finds.
//!
//! A page looks into a bounded number of runs, so that it costs the same wherever it stands.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_store::ExecutionKey;
use compasso_types::Timestamp;
use futures::{StreamExt as _, stream};
use serde::Serialize;
use tracing::warn;

use super::course::Course;
use super::{ListRuns, RunItem, StepView, TaskView, Viewer};
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::pipelines::is_pipeline;
use crate::{Error, Service};

/// Runs that a page looks into.
const RUNS: i64 = 20;
/// Runs with more events are not looked into.
pub(super) const EVENTS_MAX: u64 = 20_000;
/// Runs read at once.
pub(super) const AT_ONCE: usize = 4;
const NAME_CHARS_MAX: usize = 256;
const ERROR_CHARS_MAX: usize = 256;
/// Bytes that a step takes in memory beside its texts.
const STEP_BYTES: usize = 256;
/// What is asked for by steps that ask people.
pub(super) const APPROVAL: &str = "approval";
/// What a step may have become, and what is asked for by.
const STATES: [&str; 11] = [
    "failed",
    "timed_out",
    APPROVAL,
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
    /// Only those in this state; `approval`: those that ask people.
    pub state: Option<String>,
    /// Only those with this in their names.
    pub name: Option<String>,
    /// Only those that ended with this error.
    pub error: Option<String>,
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
    /// Whether it waits for people to decide.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asks: bool,
    /// Whether other steps of the same run happen in it.
    #[serde(skip)]
    pub(super) holds_others: bool,
    /// The event that entered a state last; of a task 0.
    #[serde(skip)]
    entry_event: u64,
}

/// The steps of one run that have begun; `None` if they cannot be read.
pub(crate) type StepItems = Option<Arc<[StepItem]>>;

/// Some steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepPage {
    /// The steps, run by run as runs are listed.
    pub items: Vec<StepItem>,
    /// How many runs were left out, because they have too many events or cannot be read.
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
        let read = |run| async move { self.steps_of(viewer, &run, EVENTS_MAX).await };
        let reads = runs.items.into_iter().map(read);
        let mut found = stream::iter(reads).buffered(AT_ONCE);
        let now = self.now();
        let (mut items, mut omitted_runs) = (Vec::new(), 0);
        while let Some(steps) = found.next().await {
            match steps? {
                Some(steps) => {
                    items.extend(steps.iter().filter(|it| request.picks(it, now)).cloned());
                }
                None => omitted_runs += 1,
            }
        }
        Ok(StepPage { items, omitted_runs, next: runs.next })
    }

    /// Returns the steps of a run that have begun, unless there are too many events or they cannot be read.
    /// Those of a closed run are read once.
    pub(super) async fn steps_of(
        &self,
        viewer: &Viewer,
        run: &RunItem,
        events_max: u64,
    ) -> Result<StepItems, Error> {
        let last_event = self.runtime.last_event(&ExecutionKey(run.id.clone())).await?.unwrap_or(0);
        if last_event > events_max {
            return Ok(None);
        }
        if run.stopped.is_none() {
            return self.read_steps(viewer, run).await;
        }
        // Another run may have had the same name.
        let key = format!("{}#{}#{last_event}", run.id, run.started.0);
        let generation = match self.inner.steps.get(&key) {
            Ok(steps) => return Ok(steps),
            Err(generation) => generation,
        };
        let steps = self.read_steps(viewer, run).await?;
        let bytes = steps.iter().flat_map(|steps| &**steps).map(StepItem::bytes).sum();
        self.inner.steps.add(generation, &key, steps.clone(), bytes);
        Ok(steps)
    }

    async fn read_steps(&self, viewer: &Viewer, run: &RunItem) -> Result<StepItems, Error> {
        let steps = if is_pipeline(&run.workflow) {
            self.run_tasks(viewer, &run.id, None).await.map(|tasks| {
                let groups: BTreeSet<Arc<str>> = tasks.items.iter().filter_map(group_of).collect();
                let of_task = |task| StepItem::of_task(run, task, &groups);
                tasks.items.into_iter().filter_map(of_task).collect()
            })
        } else {
            self.course(viewer, &run.id, Course::default()).await.map(|course| {
                let views = course.by_state().map(|(state, step)| StepView::of(state, step));
                views.map(|step| StepItem::of_state(run, step)).collect()
            })
        };
        match steps {
            // It was removed since it was listed.
            Err(Error::ExecutionDoesNotExist { .. }) => Ok(Some([].into())),
            Err(Error::Internal(why)) => {
                warn!(run = %run.id, why, "its steps cannot be read");
                Ok(None)
            }
            other => other.map(Some),
        }
    }
}

/// Returns the step that a run failed for: what failed inside of what failed, the first one.
pub(super) fn failed_step(steps: &[StepItem]) -> Option<&StepItem> {
    let failed = steps.iter().filter(|it| it.has_failed());
    failed.max_by_key(|it| (it.entry_event, Reverse(it.ended), it.step.matches('.').count()))
}

impl ListSteps {
    fn check(&self) -> Result<(), Error> {
        Constraints::default()
            .one_of("state", self.state.as_deref(), &STATES)
            .chars_if("name", self.name.as_deref(), 1..=NAME_CHARS_MAX)
            .chars_if("error", self.error.as_deref(), 1..=ERROR_CHARS_MAX)
            .number_if("longerMs", self.longer_ms, 0..=i64::MAX)
            .check()
    }

    fn picks(&self, item: &StepItem, now: Timestamp) -> bool {
        let took = item.ended.unwrap_or(now).since(item.started).as_millis();
        self.state.as_deref().is_none_or(|state| item.is(state))
            && self.name.as_deref().is_none_or(|name| item.step.contains(name))
            && self.error.as_deref().is_none_or(|error| item.error.as_deref() == Some(error))
            && self
                .longer_ms
                .is_none_or(|least| i128::try_from(took).is_ok_and(|it| it >= least.into()))
    }
}

impl StepItem {
    fn of_state(run: &RunItem, step: StepView) -> Self {
        Self {
            // The iterations of a distributed Map are runs of their own.
            holds_others: step.kind == "Parallel" || (step.kind == "Map" && step.map_run.is_none()),
            step: step.state,
            state: step.status,
            started: step.entered,
            ended: step.left,
            attempts: step.attempts,
            error: step.error,
            cause: step.cause,
            entry_event: step.entry_event,
            ..Self::new(run)
        }
    }

    /// Whether it is under way, and is not what others happen in.
    pub(super) fn is_under_way(&self) -> bool {
        self.ended.is_none() && !self.holds_others
    }

    /// How it stands: one that asks people needs them.
    pub(super) fn stand(&self) -> &'static str {
        if self.asks { APPROVAL } else { self.state }
    }

    /// Whether it ended with an error that nothing in it caught.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.state, "failed" | "timed_out")
    }

    /// Whether it is in a state, as they are asked for.
    fn is(&self, state: &str) -> bool {
        if state == APPROVAL { self.asks } else { state == self.state }
    }

    fn bytes(&self) -> usize {
        let text = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        STEP_BYTES + self.step.len() + text(&self.error) + text(&self.cause)
    }

    /// A task that has not begun is no step yet.
    fn of_task(run: &RunItem, task: TaskView, groups: &BTreeSet<Arc<str>>) -> Option<Self> {
        let started = task.started.or(task.ready).or(task.ended)?;
        Some(Self {
            asks: task.blocked_by.iter().any(|block| block.kind == APPROVAL),
            holds_others: groups.contains(&task.id),
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
            asks: false,
            holds_others: false,
            entry_event: 0,
        }
    }
}

/// Returns the group that a task is in.
fn group_of(task: &TaskView) -> Option<Arc<str>> {
    task.id.rsplit_once('.').map(|(group, _)| group.into())
}
