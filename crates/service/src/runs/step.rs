//! Steps, as the REST interface writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::{StateKind, Step, StepStatus};
use compasso_types::Timestamp;
use serde::Serialize;

use crate::dates::{iso, iso_if};

/// What became of a state.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// The state's name.
    pub state: Arc<str>,
    /// Its kind.
    pub kind: &'static str,
    /// Its status; of several entries the worst.
    pub status: &'static str,
    /// How many entries have each status.
    pub counts: BTreeMap<&'static str, u32>,
    /// When it was entered first.
    #[serde(serialize_with = "iso")]
    pub entered: Timestamp,
    /// When it was left last, unless an entry is under way.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub left: Option<Timestamp>,
    /// How often the latest entry tried its task.
    pub attempts: u32,
    /// When the latest entry goes on, if it waits for an instant.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub until: Option<Timestamp>,
    /// The last error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the last error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// The states that followed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub followers: BTreeSet<Arc<str>>,
    /// The iterations of an inline Map, by what became of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<IterationCounts>,
    /// The ARN of the map run of a distributed Map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run: Option<Arc<str>>,
    /// The run that its task started last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child: Option<Arc<str>>,
    /// The latest event of its entry.
    pub entry_event: u64,
    /// The latest event of its exit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_event: Option<u64>,
}

/// How many iterations of a Map state there are by what became of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IterationCounts {
    /// Not begun.
    pub pending: u32,
    /// At work.
    pub running: u32,
    /// Ended well.
    pub succeeded: u32,
    /// Ended by an error.
    pub failed: u32,
    /// Given up because another one failed, or all of the run.
    pub aborted: u32,
}

impl IterationCounts {
    fn of(Step { kind, iterations, map_run, .. }: &Step) -> Option<Self> {
        (*kind == StateKind::Map && map_run.is_none()).then(|| Self {
            pending: iterations.pending(),
            running: iterations.running(),
            succeeded: iterations.succeeded,
            failed: iterations.failed,
            aborted: iterations.aborted,
        })
    }
}

impl StepView {
    pub(super) fn of(state: &Arc<str>, step: &Step) -> Self {
        let is_over = step.counts.keys().all(|status| status.is_over());
        Self {
            state: state.clone(),
            kind: step.kind.name(),
            status: step.status().map_or("not_reached", word),
            counts: step.counts.iter().map(|(status, count)| (word(*status), *count)).collect(),
            entered: step.entered,
            left: step.left.filter(|_| is_over),
            attempts: step.attempts,
            until: step.until,
            error: step.error.clone(),
            cause: step.cause.clone(),
            followers: step.followers.clone(),
            iterations: IterationCounts::of(step),
            map_run: step.map_run.clone(),
            child: step.child.clone(),
            entry_event: step.entry_event,
            exit_event: step.exit_event,
        }
    }
}

fn word(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Failed => "failed",
        StepStatus::TimedOut => "timed_out",
        StepStatus::Running => "running",
        StepStatus::Retrying => "retrying",
        StepStatus::Waiting => "waiting",
        StepStatus::Queued => "queued",
        StepStatus::Aborted => "aborted",
        StepStatus::Caught => "caught",
        StepStatus::Succeeded => "succeeded",
    }
}
