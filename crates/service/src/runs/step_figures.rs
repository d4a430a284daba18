//! How the steps of the latest runs went, in figures: how often each failed and why, and how long it
//! took.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use serde::Serialize;

use super::failures::fingerprint;
use super::step_list::{AT_ONCE, EVENTS_MAX};
use super::{Durations, ListRuns, StepItem, Viewer};
use crate::constraints::Constraints;
use crate::{Error, Service};

/// Runs that are looked into, unless it is said.
const RUNS: i64 = 50;
const RUNS_MAX: i64 = 100;
/// Most kinds of failures that are told of one step.
const FAILURES_MAX: usize = 10;

/// How the steps of some runs went.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepFigures {
    /// How many runs were looked into.
    pub runs: usize,
    /// How many were left out, because they have too many events or cannot be read.
    pub omitted_runs: usize,
    /// The steps, by their workflows and names.
    pub items: Vec<StepFigure>,
}

/// How one step went in all of the runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepFigure {
    /// The ARN of the workflow.
    pub workflow: Arc<str>,
    /// The name of the workflow.
    pub workflow_name: String,
    /// The name of the state; of a task its id.
    pub step: Arc<str>,
    /// In how many runs it has each state; that of several entries is the worst.
    pub counts: BTreeMap<&'static str, usize>,
    /// In how many runs it was tried more than once.
    pub retried: usize,
    /// How long it took where it succeeded; absent if it never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durations: Option<Durations>,
    /// Why it failed, the most frequent first.
    pub failures: Vec<StepFailure>,
}

/// Runs in which a step failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepFailure {
    /// The error it ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself in the latest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// `failed` or `timed_out`.
    pub state: &'static str,
    /// How many runs there are.
    pub count: usize,
    /// The ARN of the latest one.
    pub run: Arc<str>,
}

/// What tells a step from others: its workflow and its name.
type Step = (Arc<str>, Arc<str>);
/// What tells failures apart: the state, the error, and what its causes have in common.
type Print = (&'static str, Option<Arc<str>>, String);

/// What is gathered of one step.
#[derive(Default)]
struct Gathered {
    workflow_name: String,
    counts: BTreeMap<&'static str, usize>,
    retried: usize,
    took_ms: Vec<u64>,
    failures: BTreeMap<Print, StepFailure>,
}

impl Service {
    /// Measures the steps of the latest runs that a listing finds; its `limit` is how many runs are
    /// looked into.
    ///
    /// # Errors
    /// The request is invalid, or there is no such workflow.
    pub async fn step_figures(
        &self,
        viewer: &Viewer,
        request: ListRuns,
    ) -> Result<StepFigures, Error> {
        Constraints::default().number_if("runs", request.limit, 1..=RUNS_MAX).check()?;
        let listing = ListRuns { limit: request.limit.or(Some(RUNS)), next: None, ..request };
        let found = self.list_runs(viewer, listing).await?.items;
        let read = |run| async move { self.steps_of(viewer, &run, EVENTS_MAX).await };
        let mut reads = stream::iter(found.into_iter().map(read)).buffered(AT_ONCE);
        let mut gathered = BTreeMap::<Step, Gathered>::new();
        let (mut runs, mut omitted_runs) = (0, 0);
        while let Some(steps) = reads.next().await {
            let Some(steps) = steps? else {
                omitted_runs += 1;
                continue;
            };
            runs += 1;
            for item in steps.iter() {
                let step = (item.workflow.clone(), item.step.clone());
                gathered.entry(step).or_default().add(item);
            }
        }
        let items = gathered.into_iter().map(|(step, gathered)| gathered.figure(step)).collect();
        Ok(StepFigures { runs, omitted_runs, items })
    }
}

impl Gathered {
    /// Adds the step of another run, an earlier one than those before.
    fn add(&mut self, item: &StepItem) {
        self.workflow_name.clone_from(&item.workflow_name);
        *self.counts.entry(item.state).or_default() += 1;
        self.retried += usize::from(item.attempts > 1);
        if let Some(ended) = item.ended.filter(|_| item.state == "succeeded") {
            self.took_ms.push(ended.0.abs_diff(item.started.0));
        }
        if !item.has_failed() {
            return;
        }
        let cause = fingerprint(item.cause.as_deref().unwrap_or_default());
        let failure = self.failures.entry((item.state, item.error.clone(), cause));
        failure.or_insert_with(|| StepFailure::of(item)).count += 1;
    }

    fn figure(self, (workflow, step): Step) -> StepFigure {
        let Self { workflow_name, counts, retried, took_ms, failures } = self;
        let mut failures: Vec<_> = failures.into_values().collect();
        failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
        failures.truncate(FAILURES_MAX);
        let durations = Durations::of_ms(took_ms);
        StepFigure { workflow, workflow_name, step, counts, retried, durations, failures }
    }
}

impl StepFailure {
    fn of(item: &StepItem) -> Self {
        Self {
            error: item.error.clone(),
            cause: item.cause.clone(),
            state: item.state,
            count: 0,
            run: item.run.clone(),
        }
    }
}
