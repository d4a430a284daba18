//! Running many tasks of many runs again, or saying how they ended.
//!
//! What is asked is planned first, by the engine and for each run as a whole; what was refused then is
//! not tried. Runs are changed one after another: what cannot be done of one changes nothing for others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::MarkState;
use compasso_schedule::Overlap;
use serde::{Deserialize, Serialize};

use super::plan::Planned;
use crate::constraints::Constraints;
use crate::runs::{RerunTasks, Viewer};
use crate::schedules::WaitingRun;
use crate::{Caller, Error, Service};

/// Most tasks of runs that are changed at once.
const CELLS_MAX: usize = 1_000;
/// Most characters of the name of who asks, and of a reason.
const NAME_CHARS_MAX: usize = 512;
const REASON_CHARS_MAX: usize = 1_000;

/// A task of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The run's ARN.
    pub run: Arc<str>,
    /// The task's id, as in [`MarkTask`].
    pub task: Arc<str>,
}

/// Changes tasks of runs of one pipeline.
#[derive(Clone, Debug)]
pub struct ChangeCells {
    /// Which tasks of which runs.
    pub cells: Vec<Cell>,
    /// What becomes of them.
    pub change: CellChange,
    /// Who asks.
    pub by: Arc<str>,
    /// What happens instead of what the pipeline says when a run is closed and it has as many runs as it
    /// may.
    pub overlap: Option<Overlap>,
}

/// What becomes of tasks of runs.
#[derive(Clone, Debug)]
pub enum CellChange {
    /// They run again.
    Rerun {
        /// And all that comes after them.
        downstream: bool,
    },
    /// They ended so.
    Mark {
        /// How.
        state: MarkState,
        /// Why somebody says so.
        reason: Option<Arc<str>>,
    },
}

/// What became of tasks of runs, or would.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedCells {
    /// Each that was named, in the order of the request.
    pub items: Vec<ChangedCell>,
    /// What else runs again because of them, or is looked at again. A group stands for all tasks in it.
    pub affected: Vec<Cell>,
}

/// What became of a task of a run, or would.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedCell {
    /// The task.
    #[serde(flatten)]
    pub cell: Cell,
    /// Why nothing is done with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// In which generation a closed run goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// The run's place among those that wait, if it waits to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitingRun>,
}

/// What was done with a task, or why nothing was.
type Done = Result<Begun, String>;

/// How a closed run goes on for a task.
#[derive(Clone, Debug, Default)]
struct Begun {
    generation: Option<u32>,
    waiting: Option<WaitingRun>,
}

impl Service {
    /// Says what would become of tasks of runs of a pipeline; nothing happens.
    ///
    /// # Errors
    /// There is no such pipeline, or too many tasks or none are named. What cannot be done with a single
    /// one is told in the answer.
    pub async fn plan_cells(
        &self,
        viewer: &Viewer,
        caller: &Caller,
        name: &str,
        request: &ChangeCells,
    ) -> Result<ChangedCells, Error> {
        let planned = self.planned_cells(viewer, caller, name, request).await?;
        let cells = planned.iter().flat_map(Planned::cells);
        let ends = cells.map(|(cell, plan)| (cell, plan.map(|()| Begun::default()))).collect();
        Ok(request.answer(&planned, &ends))
    }

    /// Has tasks of runs of a pipeline run again, or says how they ended.
    ///
    /// # Errors
    /// As of [`Self::plan_cells`].
    pub async fn change_cells(
        &self,
        viewer: &Viewer,
        caller: &Caller,
        name: &str,
        request: &ChangeCells,
    ) -> Result<ChangedCells, Error> {
        let planned = self.planned_cells(viewer, caller, name, request).await?;
        let mut ends = BTreeMap::new();
        for of_run in &planned {
            let mut possible = Vec::new();
            for (cell, plan) in of_run.cells() {
                match plan {
                    Ok(()) => possible.push(cell),
                    Err(why) => drop(ends.insert(cell, Err(why))),
                }
            }
            match &request.change {
                _ if possible.is_empty() => {}
                CellChange::Rerun { downstream } => {
                    let end = self.rerun_cells(viewer, request, &possible, *downstream).await;
                    ends.extend(possible.into_iter().map(|cell| (cell, end.clone())));
                }
                CellChange::Mark { state, reason } => {
                    let said = (*state, reason);
                    ends.extend(self.mark_cells(viewer, request, possible, said).await);
                }
            }
        }
        Ok(request.answer(&planned, &ends))
    }

    async fn planned_cells(
        &self,
        viewer: &Viewer,
        caller: &Caller,
        name: &str,
        request: &ChangeCells,
    ) -> Result<Vec<Planned>, Error> {
        let pipeline = self.lasting_pipeline(caller, name).await?;
        request.check()?;
        let mut planned = Vec::new();
        for (run, tasks) in request.by_run() {
            planned.push(self.planned_run(viewer, &pipeline, request, (run, tasks)).await?);
        }
        Ok(planned)
    }

    /// Has tasks of one run run again, together.
    async fn rerun_cells(
        &self,
        viewer: &Viewer,
        request: &ChangeCells,
        cells: &[Cell],
        downstream: bool,
    ) -> Done {
        let names = cells.iter().map(|cell| cell.task.to_string()).collect();
        let (from, tasks) = if downstream { (names, Vec::new()) } else { (Vec::new(), names) };
        let order = RerunTasks { from, tasks, ..RerunTasks::default() };
        let run = &cells[0].run;
        let begun = self.rerun(viewer, &request.by, run, order, request.overlap).await;
        let begun = begun.map_err(|error| error.to_string())?;
        Ok(Begun { generation: Some(begun.generation), waiting: begun.waiting })
    }

    /// Says how tasks of one run ended: of one that is closed, together.
    async fn mark_cells(
        &self,
        viewer: &Viewer,
        request: &ChangeCells,
        cells: Vec<Cell>,
        said: (MarkState, &Option<Arc<str>>),
    ) -> Vec<(Cell, Done)> {
        let run = cells[0].run.clone();
        let (mut ends, mut closed) = (Vec::new(), Vec::new());
        for cell in cells {
            let mark = request.mark(&cell.task, said);
            match self.mark_in_open(viewer, &run, &mark).await {
                Ok(true) => ends.push((cell, Ok(Begun::default()))),
                Ok(false) => closed.push((cell, mark)),
                Err(error) => ends.push((cell, Err(error.to_string()))),
            }
        }
        if closed.is_empty() {
            return ends;
        }
        let (cells, marks): (Vec<_>, Vec<_>) = closed.into_iter().unzip();
        let marked = self.mark_in_closed(&run, &request.by, marks, request.overlap).await;
        let end = marked
            .map_err(|error| error.to_string())
            .map(|marked| Begun { generation: marked.generation, waiting: marked.waiting });
        ends.extend(cells.into_iter().map(|cell| (cell, end.clone())));
        ends
    }
}

impl ChangeCells {
    /// Refuses what cannot be used whatever runs there are.
    ///
    /// # Errors
    /// Too many tasks or none are named, or a name or the reason is too long.
    pub fn check(&self) -> Result<(), Error> {
        let count = self.cells.len();
        if !(1..=CELLS_MAX).contains(&count) {
            let message = format!("cells: name 1 to {CELLS_MAX} tasks of runs, not {count}");
            return Err(Error::validation(message));
        }
        let reason = match &self.change {
            CellChange::Rerun { .. } => None,
            CellChange::Mark { reason, .. } => reason.as_deref(),
        };
        Constraints::default()
            .chars_if("by", Some(&self.by), 0..=NAME_CHARS_MAX)
            .chars_if("reason", reason, 1..=REASON_CHARS_MAX)
            .check()
    }

    /// Returns the runs in the order in which they are named, and their tasks, each once.
    fn by_run(&self) -> Vec<(Arc<str>, Vec<Arc<str>>)> {
        let mut runs: Vec<(Arc<str>, Vec<Arc<str>>)> = Vec::new();
        let mut places = BTreeMap::new();
        let mut known = BTreeSet::new();
        for cell in self.cells.iter().filter(|cell| known.insert(*cell)) {
            let place = *places.entry(&cell.run).or_insert(runs.len());
            if place == runs.len() {
                runs.push((cell.run.clone(), Vec::new()));
            }
            runs[place].1.push(cell.task.clone());
        }
        runs
    }

    fn answer(&self, planned: &[Planned], ends: &BTreeMap<Cell, Done>) -> ChangedCells {
        let named: BTreeSet<&Cell> = self.cells.iter().collect();
        let affected: BTreeSet<Cell> = planned.iter().flat_map(Planned::affected).collect();
        let affected = affected.into_iter().filter(|cell| !named.contains(cell)).collect();
        let items = self.cells.iter().map(|cell| {
            let (begun, refused) = match &ends[cell] {
                Ok(begun) => (begun.clone(), None),
                Err(why) => (Begun::default(), Some(why.clone())),
            };
            let Begun { generation, waiting } = begun;
            ChangedCell { cell: cell.clone(), refused, generation, waiting }
        });
        ChangedCells { items: items.collect(), affected }
    }
}
