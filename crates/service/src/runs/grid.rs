//! Runs of a pipeline by tasks: what became of each task in each of the latest runs.

mod change;
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_store::ExecutionKey;
use serde::Serialize;

pub use self::change::{Cell, CellChange, ChangeCells, ChangedCell, ChangedCells};
use super::{ListRuns, RunItem, TaskView, Viewer};
use crate::constraints::Constraints;
use crate::{Caller, Error, Service};

/// Most runs of a grid, and how many there are if nobody says.
const COLUMNS_MAX: i64 = 48;
const COLUMNS_DEFAULT: i64 = 24;
/// Most events of a run whose tasks are told: many runs are looked at for one answer.
const EVENTS_MAX: u64 = 20_000;

/// The latest runs of a pipeline, by tasks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunGrid {
    /// The ids of the tasks: those of the latest run in the order of its file, then those that only
    /// earlier runs have.
    pub tasks: Vec<Arc<str>>,
    /// The runs, the latest change first.
    pub runs: Vec<GridRun>,
    /// Where earlier runs start; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A run of a grid.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GridRun {
    /// The run.
    #[serde(flatten)]
    pub run: RunItem,
    /// The states of its tasks by their ids, in the words of `TaskView`; none if it has more than
    /// 20,000 events.
    pub states: BTreeMap<Arc<str>, &'static str>,
}

impl Service {
    /// Shows what became of each task in the latest runs of a pipeline.
    ///
    /// # Errors
    /// There is no such pipeline, or the page is invalid.
    pub async fn run_grid(
        &self,
        viewer: &Viewer,
        caller: &Caller,
        name: &str,
        limit: Option<i64>,
        next: Option<String>,
    ) -> Result<RunGrid, Error> {
        Constraints::default().number_if("runs", limit, 1..=COLUMNS_MAX).check()?;
        let arn = self.lasting_pipeline(caller, name).await?;
        let wanted = ListRuns {
            workflow: Some(arn.as_str().to_owned()),
            limit: Some(limit.unwrap_or(COLUMNS_DEFAULT)),
            next,
            ..ListRuns::default()
        };
        let page = self.list_runs(viewer, wanted).await?;
        let mut grid = RunGrid { tasks: Vec::new(), runs: Vec::new(), next: page.next };
        for run in page.items {
            let tasks = self.few_tasks(viewer, &run.id).await?;
            let unknown = tasks.iter().map(|task| &task.id).filter(|id| !grid.tasks.contains(id));
            let unknown: Vec<_> = unknown.cloned().collect();
            grid.tasks.extend(unknown);
            let states = tasks.into_iter().map(|task| (task.id, task.state)).collect();
            grid.runs.push(GridRun { run, states });
        }
        Ok(grid)
    }

    /// Tells what became of the tasks of a run that is not too long.
    async fn few_tasks(&self, viewer: &Viewer, id: &Arc<str>) -> Result<Vec<TaskView>, Error> {
        let events = self.runtime.last_event(&ExecutionKey(id.clone())).await?;
        if events.is_some_and(|events| events > EVENTS_MAX) {
            return Ok(Vec::new());
        }
        Ok(self.run_tasks(viewer, id, None).await?.items)
    }
}
