//! What the rows of a listing cannot tell: it stands in the journals of the runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_runtime::Description;
use compasso_store::{ExecutionHeader, ExecutionKey, Status};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

use super::step_list::APPROVAL;
use super::tasks::ids;
use super::{RunItem, StepItem, Viewer, is_shown};
use crate::executions::status_name;
use crate::pipelines::is_pipeline;
use crate::{Error, RunKind, Service};

/// Most runs that are asked about at once.
const RUNS_MAX: usize = 200;
/// Runs read at once.
const AT_ONCE: usize = 8;
/// Of runs with more events nobody counts the steps.
const EVENTS_MAX: u64 = 2_000;
/// How steps stand that wait, the most urgent first.
const WAITS: [&str; 4] = [APPROVAL, "retrying", "waiting", "queued"];

/// About which runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskFacts {
    /// Their ARNs.
    pub ids: Vec<Arc<str>>,
}

/// What is known of some runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunFactsPage {
    /// In the order in which they were asked for; those that are gone are missing.
    pub items: Vec<RunFacts>,
}

/// What is known of a run beside what listings show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunFacts {
    /// Its ARN.
    pub id: Arc<str>,
    /// What started it, if that is known: `manual`, `scheduled`, `backfill`, `event`, `api` or `child`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Arc<str>>,
    /// How far it is; absent if it has too many events to count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<StepsDone>,
    /// What it waits for, if it is under way and nothing in it runs: `approval`, `retrying`, `waiting`,
    /// `queued` (for a worker, or for room) or `blocked`, the most urgent; absent if it has too many events
    /// to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<&'static str>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StepsDone {
    /// How many of its states or tasks have ended.
    pub done: usize,
    /// How many its definition has. Not all are on the way of every run.
    pub of: usize,
}

impl Service {
    /// Tells of runs what listings do not.
    ///
    /// # Errors
    /// There are too many, or the store does not answer.
    pub async fn run_facts(
        &self,
        viewer: &Viewer,
        AskFacts { ids }: AskFacts,
    ) -> Result<RunFactsPage, Error> {
        if ids.len() > RUNS_MAX {
            let message = format!("'ids' has at most {RUNS_MAX} ARNs of runs");
            return Err(Error::validation(message));
        }
        let mut known = BTreeSet::new();
        let asked = ids.into_iter().filter(|id| known.insert(id.clone()));
        let reads: Vec<_> = asked.map(|id| self.facts_of(viewer, id)).collect();
        let found: Vec<Option<RunFacts>> =
            stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        Ok(RunFactsPage { items: found.into_iter().flatten().collect() })
    }

    async fn facts_of(&self, viewer: &Viewer, id: Arc<str>) -> Result<Option<RunFacts>, Error> {
        let key = ExecutionKey(id.clone());
        let row = self.runtime.store().execution(&key).await?;
        let header = row.map(|row| row.header).filter(|header| is_shown(viewer, header));
        let (Some(header), Some(found)) = (header, self.runtime.describe(&key).await?) else {
            return Ok(None);
        };
        let trigger = trigger_of(&header, &found);
        let run = RunItem::of(header);
        let steps = self.steps_of(viewer, &run, EVENTS_MAX).await?;
        let Some(steps) = steps else {
            return Ok(Some(RunFacts { id, trigger, progress: None, waits: None }));
        };
        let progress = self.steps_done(&steps, &found).await?;
        let waits = wait_of(&run, &steps, progress.of);
        Ok(Some(RunFacts { id, trigger, progress: Some(progress), waits }))
    }

    async fn steps_done(
        &self,
        steps: &[StepItem],
        found: &Description,
    ) -> Result<StepsDone, Error> {
        let compiled = self.compiled(&found.record.definition).await?;
        let of = match &compiled.pipeline {
            Some(pipeline) => ids(pipeline).len(),
            None => compiled.definition.states().len(),
        };
        let done = steps.iter().filter(|step| step.ended.is_some()).count();
        Ok(StepsDone { done, of })
    }
}

/// Returns what a run waits for that is under way and does nothing. What holds other steps does what these do.
fn wait_of(run: &RunItem, steps: &[StepItem], of: usize) -> Option<&'static str> {
    if run.status != status_name(Status::Running) || run.is_quarantined {
        return None;
    }
    let open: Vec<&str> =
        steps.iter().filter(|it| it.is_under_way()).map(StepItem::stand).collect();
    if open.contains(&"running") {
        return None;
    }
    // Tasks that have not begun are no steps yet.
    let blocked = (is_pipeline(&run.workflow) && steps.len() < of).then_some("blocked");
    WAITS.into_iter().find(|wait| open.contains(wait)).or(blocked)
}

/// Returns what started a run: pipelines are told, and what waits for another one's end is known by that.
fn trigger_of(header: &ExecutionHeader, found: &Description) -> Option<Arc<str>> {
    if found.record.parent.is_some() {
        return Some(RunKind::Child.name().into());
    }
    if !is_pipeline(&header.workflow) {
        return None;
    }
    let kind = found.input().value().get("run")?.get("type")?.as_str()?;
    Some(kind.into())
}
