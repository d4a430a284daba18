//! How far a run is with undoing what its tasks did, and undoing it by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compasso_engine::{Event, EventKind, NotUndoable};
use compasso_pipeline::is_of_compensation;
use compasso_runtime::{CompensateError, DefinitionRef};
use compasso_store::ExecutionKey;
use serde::Serialize;
use tracing::warn;

use super::actions::Beside;
use super::course::STEPS_EVENTS_MAX;
use super::{RunItem, Viewer};
use crate::arns::execution;
use crate::pipelines::is_pipeline;
use crate::{Error, Service};

/// What the block that undoes a run is called in its history.
pub(super) const COMPENSATION: &str = "(compensation)";
/// What stands in the ARN of a run of a pipeline.
const RUN: &str = ":run:";
/// How a run is that did not undo all it did.
const INCOMPLETE: &str = "incomplete";

/// How far a run is with undoing what its tasks did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompensationView {
    /// `compensating`, `complete` or `incomplete`.
    pub state: &'static str,
    /// The tasks that could not be undone, and when it is over those that were not: `task`, `group/task/key`.
    pub failed: BTreeSet<Arc<str>>,
}

/// What is beside the tasks of a run, and follows them.
#[derive(Debug, Default)]
pub(super) struct Aftermath {
    pub(super) compensation: Option<CompensationView>,
    pub(super) beside: Beside,
}

/// What the events of a run say of it.
#[derive(Debug, Default)]
struct Fold {
    state: Option<&'static str>,
    failed: BTreeSet<Arc<str>>,
    /// What is being undone, by the Map that does and its place there.
    under_way: BTreeMap<(Arc<str>, u32), Arc<str>>,
}

impl Service {
    /// Has what a closed run did undone, as far as it has not been; returns when that has begun.
    ///
    /// # Errors
    /// There is no such run of a pipeline, it is under way, it has no saga, there is nothing to undo,
    /// or its history has no room.
    pub async fn compensate_run(
        &self,
        viewer: &Viewer,
        run: &str,
        by: Option<Arc<str>>,
    ) -> Result<(), Error> {
        viewer.check("RedriveExecution", run)?;
        let key = ExecutionKey(execution("id", run)?.as_str().into());
        let compensated = self.runtime.compensate(&key, by).await;
        compensated.map_err(|error| match error {
            CompensateError::NotUndoable(why) => Error::Conflict(refused(run, why)),
            CompensateError::Runtime(error) => Error::about_execution(run, error),
            other => Error::Unavailable(other.to_string()),
        })
    }

    /// Tells how far a run of a pipeline with a saga is with undoing what it did, if it began to.
    pub(super) async fn compensation(
        &self,
        workflow: &str,
        run: &Arc<str>,
    ) -> Result<Option<CompensationView>, Error> {
        if !self.may_compensate(workflow, run).await? {
            return Ok(None);
        }
        let fold = self.fold_short(run, Fold::apply).await?;
        self.with_all_left(run, fold).await
    }

    /// Returns what is told of a fold; at the end with all that was not undone, of which some never began to be.
    async fn with_all_left(
        &self,
        run: &Arc<str>,
        fold: Fold,
    ) -> Result<Option<CompensationView>, Error> {
        let Some(view) = fold.view() else { return Ok(None) };
        if view.state != INCOMPLETE {
            return Ok(Some(view));
        }
        let _place = self.inner.folds.acquire().await.expect("nobody closes it");
        let left = self.runtime.left_to_undo(&ExecutionKey(run.clone())).await?;
        Ok(Some(CompensationView { failed: left, ..view }))
    }

    /// Tells how far a run is with undoing what it did, as [`Self::compensation`], and what is known
    /// of its hooks and of what undoes its tasks.
    pub(super) async fn aftermath(
        &self,
        definition: &DefinitionRef,
        workflow: &str,
        run: &Arc<str>,
    ) -> Result<Aftermath, Error> {
        let may_compensate = self.may_compensate(workflow, run).await?;
        let has_hooks = is_pipeline(workflow) && self.has_hooks(definition).await?;
        if !may_compensate && !has_hooks {
            return Ok(Aftermath::default());
        }
        let apply = |(fold, beside): &mut (Fold, Beside), event: &Event| {
            fold.apply(event);
            beside.apply(event);
        };
        let (fold, beside) = self.fold_short(run, apply).await?;
        let compensation = if may_compensate { self.with_all_left(run, fold).await? } else { None };
        Ok(Aftermath { compensation, beside })
    }

    /// Folds the events of a run from the first; one with very many is left out.
    async fn fold_short<T: Default + Send + 'static>(
        &self,
        run: &Arc<str>,
        apply: fn(&mut T, &Event),
    ) -> Result<T, Error> {
        let key = ExecutionKey(run.clone());
        if self.runtime.last_event(&key).await?.unwrap_or(0) > STEPS_EVENTS_MAX {
            return Ok(T::default());
        }
        let _place = self.inner.folds.acquire().await.expect("nobody closes it");
        Ok(self.runtime.fold(&key, 1, T::default(), apply).await?)
    }

    async fn may_compensate(&self, workflow: &str, run: &str) -> Result<bool, Error> {
        Ok(run.contains(RUN) && self.has_saga(workflow).await?)
    }

    /// Adds to runs in a listing how far they are with undoing what they did. One that cannot be read is
    /// listed without.
    pub(super) async fn add_compensations(&self, items: &mut [RunItem]) -> Result<(), Error> {
        for item in items {
            item.compensation = match self.compensation(&item.workflow, &item.id).await {
                Err(Error::Internal(why)) => {
                    warn!(run = %item.id, why, "what a run undid cannot be read");
                    None
                }
                told => told?,
            };
        }
        Ok(())
    }

    async fn has_saga(&self, pipeline: &str) -> Result<bool, Error> {
        let stored = self.stored_pipeline(pipeline).await?;
        Ok(stored.is_some_and(|stored| stored.pipeline.saga.is_some()))
    }
}

impl Fold {
    fn view(self) -> Option<CompensationView> {
        let Self { state, failed, .. } = self;
        state.map(|state| CompensationView { state, failed })
    }

    fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::GraphJudged { compensates: true, .. } => {
                self.state = Some("compensating");
            }
            EventKind::CompensationAsked { .. } => {
                self.state = Some("compensating");
                self.under_way.clear();
            }
            EventKind::ExecutionRedriven { .. } => *self = Self::default(),
            EventKind::MapIterationStarted { name, index, key: Some(key), .. }
                if is_of_compensation(name) =>
            {
                self.under_way.insert((name.clone(), *index), key.clone());
            }
            EventKind::MapIterationSucceeded { name, index, .. } => {
                if let Some(key) = self.under_way.remove(&(name.clone(), *index)) {
                    self.failed.remove(&key);
                }
            }
            EventKind::MapIterationFailed { name, index, .. }
            | EventKind::MapIterationAborted { name, index } => {
                self.failed.extend(self.under_way.remove(&(name.clone(), *index)));
            }
            EventKind::AsideExited { aside, failure, .. } if **aside == *COMPENSATION => {
                let is_complete = self.failed.is_empty() && failure.is_none();
                self.state = Some(if is_complete { "complete" } else { INCOMPLETE });
            }
            // What was left when the run was stopped is not undone.
            EventKind::ExecutionAborted { .. } if self.state == Some("compensating") => {
                self.state = Some(INCOMPLETE);
            }
            _ => {}
        }
    }
}

fn refused(run: &str, why: NotUndoable) -> String {
    match why {
        NotUndoable::Running => {
            format!("The run is under way: stop it with --cancel, and its saga undoes it: '{run}'")
        }
        NotUndoable::NoSaga | NotUndoable::Nothing => format!(
            "There is nothing to undo: of the tasks with 'compensate' of a pipeline with 'saga' none \
             was done, or all were undone: '{run}'"
        ),
        other => format!("The run cannot be undone: {other}: '{run}'"),
    }
}
