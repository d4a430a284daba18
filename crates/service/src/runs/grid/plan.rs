//! What would become of tasks of one run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::{Chosen, Mark, MarkState, Rerun, RerunOrder, Selection};
use compasso_pipeline::Pipeline;
use compasso_store::ExecutionKey;
use compasso_types::Arn;

use super::change::{Cell, CellChange, ChangeCells};
use crate::arns::execution;
use crate::runs::Viewer;
use crate::runs::rerun::{about, check_tasks};
use crate::{Error, Service};

/// The paths of what would run again, or be looked at again.
type Plan = Result<BTreeSet<Arc<str>>, String>;

/// What would become of tasks of one run.
pub(super) struct Planned {
    run: Arc<str>,
    /// What would run again because of each, in the order in which they are changed.
    tasks: Vec<(Arc<str>, Plan)>,
}

impl Planned {
    /// Returns the tasks in the order in which they are changed, and why one cannot be.
    pub(super) fn cells(&self) -> impl Iterator<Item = (Cell, Result<(), String>)> {
        self.tasks.iter().map(|(task, plan)| (self.cell(task), plan.clone().map(drop)))
    }

    /// Returns what would run again, or be looked at again.
    pub(super) fn affected(&self) -> impl Iterator<Item = Cell> {
        self.tasks
            .iter()
            .filter_map(|(_, plan)| plan.as_ref().ok())
            .flatten()
            .map(|it| self.cell(it))
    }

    fn cell(&self, task: &Arc<str>) -> Cell {
        Cell { run: self.run.clone(), task: task.clone() }
    }
}

impl Service {
    /// Says what would become of tasks of a run; an error if the store does not answer.
    pub(super) async fn planned_run(
        &self,
        viewer: &Viewer,
        pipeline: &Arn,
        request: &ChangeCells,
        (run, tasks): (Arc<str>, Vec<Arc<str>>),
    ) -> Result<Planned, Error> {
        let plans = match self.plans_of_run(viewer, pipeline, request, (&run, &tasks)).await {
            Ok(plans) => plans,
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Err(error) => vec![Err(error.to_string()); tasks.len()],
        };
        let mut tasks: Vec<_> = tasks.into_iter().zip(plans).collect();
        // Fewer come after what comes later: that is marked before something else lets it run.
        tasks.sort_by_key(|(_, plan)| plan.as_ref().map_or(0, BTreeSet::len));
        Ok(Planned { run, tasks })
    }

    async fn plans_of_run(
        &self,
        viewer: &Viewer,
        pipeline: &Arn,
        request: &ChangeCells,
        (run, tasks): (&Arc<str>, &[Arc<str>]),
    ) -> Result<Vec<Plan>, Error> {
        viewer.check("RerunTasks", run)?;
        let arn = execution("run", run)?;
        if self.waiting_run(run).is_some() {
            let message = "The run waits for others to end: change its tasks once it goes on";
            return Err(Error::Conflict(message.into()));
        }
        let description = self.description(&arn).await?;
        let compiled = self.compiled(&description.record.definition).await?;
        let is_of = *description.record.start.workflow == *pipeline.as_str();
        let Some(found) = compiled.pipeline.as_ref().filter(|_| is_of) else {
            let message = format!("'{run}' is no run of {}", pipeline.as_str());
            return Err(Error::validation(message));
        };
        let wrong = self.wrong_cells(viewer, run, found, tasks).await?;
        let right: Vec<_> = tasks.iter().filter(|task| !wrong.contains_key(*task)).collect();
        let orders = if right.is_empty() { Vec::new() } else { request.orders(&right) };
        let plans = self.runtime.plan_reruns(&ExecutionKey(run.clone()), &orders).await;
        let plans = plans.map_err(|error| Error::about_execution(run, error))?.into_iter();
        let plans = plans.map(|plan| match plan {
            Ok(rerun) => Ok(paths(&rerun)),
            Err(why) => Err(about(run, why).to_string()),
        });
        // What runs again does so together: one plan is that of all.
        let mut plans: Vec<_> = match &request.change {
            CellChange::Rerun { .. } => plans.flat_map(|it| vec![it; right.len()]).collect(),
            CellChange::Mark { .. } => plans.collect(),
        };
        let mut plans = plans.drain(..);
        let plan_of = |task| match wrong.get(task) {
            Some(why) => Err(why.clone()),
            None => plans.next().expect("what is right was planned"),
        };
        Ok(tasks.iter().map(plan_of).collect())
    }

    /// Says of tasks and instances that a run does not have that it has not.
    async fn wrong_cells(
        &self,
        viewer: &Viewer,
        run: &Arc<str>,
        pipeline: &Pipeline,
        tasks: &[Arc<str>],
    ) -> Result<BTreeMap<Arc<str>, String>, Error> {
        let (mut wrong, mut right, mut chosen) = (BTreeMap::new(), Vec::new(), Vec::new());
        for task in tasks {
            match check_tasks(pipeline, &[task.to_string()]) {
                Ok(()) => {
                    right.push(task);
                    chosen.push(Chosen::parse(task));
                }
                Err(error) => drop(wrong.insert(task.clone(), error.to_string())),
            }
        }
        let keys = self.wrong_keys(viewer, run, pipeline, &chosen).await?;
        wrong.extend(keys.into_iter().map(|(place, why)| (right[place].clone(), why)));
        Ok(wrong)
    }
}

impl ChangeCells {
    /// Makes one order for all tasks that run again, or one for each that is marked.
    fn orders(&self, tasks: &[&Arc<str>]) -> Vec<RerunOrder> {
        let chosen = || tasks.iter().map(|task| Chosen::parse(task)).collect();
        let by = Some(self.by.clone());
        let selections = match &self.change {
            CellChange::Rerun { downstream: true } => vec![Selection::From(chosen())],
            CellChange::Rerun { downstream: false } => vec![Selection::Only(chosen())],
            CellChange::Mark { state, reason } => {
                let mark = |task: &Arc<str>| self.mark(task, (*state, reason));
                tasks.iter().map(|task| Selection::Marks(vec![mark(task)])).collect()
            }
        };
        let order = |selection| RerunOrder { selection, input: None, by: by.clone() };
        selections.into_iter().map(order).collect()
    }

    pub(super) fn mark(
        &self,
        task: &Arc<str>,
        (state, reason): (MarkState, &Option<Arc<str>>),
    ) -> Mark {
        let (reason, by) = (reason.clone(), Some(self.by.clone()));
        Mark { task: task.clone(), state, output: None, reason, by }
    }
}

/// Returns the paths of all that a rerun clears.
fn paths(rerun: &Rerun) -> BTreeSet<Arc<str>> {
    let inside = rerun.instances.iter().flat_map(|instance| {
        let inner = paths(&instance.rerun).into_iter();
        inner.map(move |path| format!("{}[{}].{path}", instance.task, instance.key).into())
    });
    rerun.cleared.iter().cloned().chain(inside).collect()
}
