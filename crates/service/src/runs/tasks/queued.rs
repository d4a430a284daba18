//! The tasks of a run that waits for a place among the runs of its pipeline.

use std::collections::BTreeMap;

use compasso_dispatch::Block;

use super::blocks::{block, needs, place};
use super::{TaskView, TaskViews, ids};
use crate::arns::MachineArn;
use crate::schedules::WaitingRun;
use crate::{Error, Service};

impl Service {
    /// Tells of the tasks of a run that waits for a place; `None` if it does not wait.
    pub(super) async fn tasks_of_queued(&self, run: &str) -> Result<Option<TaskViews>, Error> {
        let (version, waits) = (self.queued_version(run).await?, self.waiting_run(run));
        let (Some(version), Some(waits)) = (version, waits) else { return Ok(None) };
        let named = MachineArn::of_pipeline("pipeline", &version)?;
        let target = self.target_of(&version, named).await?;
        let compiled = self.compiled(&target.definition).await?;
        let Some(pipeline) = &compiled.pipeline else { return Ok(None) };
        let mut placed = BTreeMap::new();
        place(&pipeline.tasks, "", &mut placed);
        let mut items: Vec<_> = ids(pipeline).iter().map(TaskView::new).collect();
        for item in &mut items {
            let Some(found) = placed.get(&item.id).filter(|found| found.is_outermost()) else {
                continue;
            };
            item.state = "blocked";
            let first = needs(found, &placed, &|_| "none");
            item.blocked_by.push(first.unwrap_or_else(|| for_place(&waits)));
        }
        Ok(Some(TaskViews { items, generation: 1, ..TaskViews::default() }))
    }
}

/// Says what a run waits for.
fn for_place(waits: &WaitingRun) -> Block {
    if waits.is_paused {
        return block("paused", None, &[]);
    }
    let runs = waits.waits_for.iter().filter_map(|run| run.rsplit(':').next());
    let runs = runs.collect::<Vec<_>>().join(" ");
    let whom = if runs.is_empty() { String::new() } else { format!(" for {runs}") };
    let text = format!("number {} of those that wait{whom}", waits.position);
    block("concurrency", None, &[text])
}
