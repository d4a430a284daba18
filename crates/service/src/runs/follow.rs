//! Following a run: what changed since one looked last.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::Step;
use serde::Serialize;

use super::course::Course;
use super::{Run, StepView, Viewer};
use crate::{Error, Service};

/// Follows one run.
pub struct RunFollower {
    service: Service,
    viewer: Viewer,
    id: Arc<str>,
    course: Course,
    /// What was told of them.
    told: BTreeMap<Arc<str>, Step>,
    run: Option<Run>,
}

/// What changed of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The run, without input and output.
    pub run: Run,
    /// The steps that changed, whole.
    pub steps: Vec<StepView>,
    /// Whether there are too many events to tell the steps.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub steps_omitted: bool,
    /// The number of the last event.
    pub last_event: u64,
}

impl Service {
    /// Begins to follow a run.
    pub fn follow_run(&self, viewer: &Viewer, id: &str) -> RunFollower {
        RunFollower {
            service: self.clone(),
            viewer: viewer.clone(),
            id: id.into(),
            course: Course::default(),
            told: BTreeMap::new(),
            run: None,
        }
    }
}

impl RunFollower {
    /// Returns the run that is followed.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tells what changed since it was asked last; at first everything. `None` if nothing did.
    ///
    /// # Errors
    /// There is no such Standard execution, or it belongs to another account.
    pub async fn advance(&mut self) -> Result<Option<Progress>, Error> {
        let seen = self.course.last_event();
        self.catch_up().await?;
        let run = self.service.run(&self.id, false).await?;
        let changed: Vec<_> = self
            .course
            .by_state()
            .filter(|(state, step)| self.told.get(*state) != Some(step))
            .map(|(state, step)| (state.clone(), step.clone()))
            .collect();
        let has_gone_on = self.course.is_omitted() && self.course.last_event() > seen;
        if changed.is_empty() && !has_gone_on && self.run.as_ref() == Some(&run) {
            return Ok(None);
        }
        self.run = Some(run.clone());
        let steps = changed.iter().map(|(state, step)| StepView::of(state, step)).collect();
        self.told.extend(changed);
        let (steps_omitted, last_event) = (self.course.is_omitted(), self.course.last_event());
        Ok(Some(Progress { run, steps, steps_omitted, last_event }))
    }

    /// Takes it that everything up to the event `seen` was told: what changed later is told next.
    /// Returns whether there is such an event.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub async fn skip_to(&mut self, seen: u64) -> Result<bool, Error> {
        self.catch_up().await?;
        let before = self.course.by_state().filter(|(_, step)| step.changed < seen);
        self.told = before.map(|(state, step)| (state.clone(), step.clone())).collect();
        Ok(seen <= self.course.last_event())
    }

    async fn catch_up(&mut self) -> Result<(), Error> {
        let known = std::mem::take(&mut self.course);
        self.course = self.service.course(&self.viewer, &self.id, known).await?;
        Ok(())
    }
}
