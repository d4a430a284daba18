//! How a run went so far: its steps, unless there is too much to fold.

use std::sync::Arc;

use compasso_engine::{Event, Step, Steps};
use compasso_store::ExecutionKey;

use super::Viewer;
use crate::arns::execution_or_child;
use crate::{Error, Service};

/// Most events that are folded into the steps of a run.
pub(super) const STEPS_EVENTS_MAX: u64 = 200_000;

/// How a run went, up to its last event.
#[derive(Debug)]
pub(super) enum Course {
    /// Step by step.
    Steps(Steps),
    /// Without steps: there are too many events.
    Omitted { last_event: u64 },
}

impl Default for Course {
    fn default() -> Self {
        Self::Steps(Steps::default())
    }
}

impl Course {
    /// Returns the steps, by their states.
    pub(super) fn by_state(&self) -> impl Iterator<Item = (&Arc<str>, &Step)> {
        let steps = match self {
            Self::Steps(steps) => Some(steps.by_state()),
            Self::Omitted { .. } => None,
        };
        steps.into_iter().flatten()
    }

    /// Leaves the steps out if they are to go on for too long.
    fn up_to(self, last_event: u64) -> Self {
        match self {
            Self::Steps(steps) if last_event <= STEPS_EVENTS_MAX => Self::Steps(steps),
            Self::Steps(_) | Self::Omitted { .. } => Self::Omitted { last_event },
        }
    }

    pub(super) fn is_omitted(&self) -> bool {
        matches!(self, Self::Omitted { .. })
    }

    /// Returns the number of the last event.
    pub(super) fn last_event(&self) -> u64 {
        match self {
            Self::Steps(steps) => steps.last_event(),
            Self::Omitted { last_event } => *last_event,
        }
    }
}

impl Service {
    /// Brings the course of a run up to date.
    pub(super) async fn course(
        &self,
        viewer: &Viewer,
        id: &str,
        known: Course,
    ) -> Result<Course, Error> {
        viewer.check("DescribeExecution", id)?;
        let key = ExecutionKey(execution_or_child("id", id)?.as_str().into());
        let last_event = self.runtime.last_event(&key).await?.unwrap_or(0);
        let steps = match known.up_to(last_event) {
            Course::Steps(steps) => steps,
            omitted @ Course::Omitted { .. } => return Ok(omitted),
        };
        let _place = self.inner.folds.acquire().await.expect("nobody closes it");
        let apply = |steps: &mut Steps, event: &Event| steps.apply(event);
        let steps = self.runtime.fold(&key, steps.last_event() + 1, steps, apply).await?;
        Ok(Course::Steps(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_too_many_events_are_left_out_for_good() {
        let course = Course::default().up_to(STEPS_EVENTS_MAX);
        assert!(!course.is_omitted());
        let course = course.up_to(STEPS_EVENTS_MAX + 1);
        assert!(course.is_omitted());
        assert_eq!(course.last_event(), STEPS_EVENTS_MAX + 1);
        assert_eq!(course.by_state().count(), 0);
        assert_eq!(course.up_to(STEPS_EVENTS_MAX + 2).last_event(), STEPS_EVENTS_MAX + 2);
    }
}
