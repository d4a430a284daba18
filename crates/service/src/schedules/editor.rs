//! Schedules of state machines as people edit them, and what one would mean before it is stored.

use std::sync::Arc;

use compasso_schedule::describe;
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{NamedSchedule, ScheduleSpec, arn};
use crate::dates::isos;
use crate::{Caller, Error, Service};

/// Next ticks that are told.
const NEXT_SHOWN: usize = 10;

/// A schedule to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewSchedule {
    /// Its name, from which `H` and jitter follow.
    #[serde(default)]
    pub name: String,
    /// When it is due.
    pub spec: ScheduleSpec,
}

/// What a schedule would mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PreviewedSchedule {
    /// It in plain words.
    pub words: String,
    /// The name of its time zone.
    pub timezone: String,
    /// Its next ticks.
    #[serde(serialize_with = "isos")]
    pub next: Vec<Timestamp>,
    /// All that cannot be used of it; the rest says nothing then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A schedule of a state machine, all of which can be changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditableSchedule {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What people say about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The ARN of what it starts.
    pub workflow: Arc<str>,
    /// The input, JSON text with expressions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// When it is due.
    pub spec: ScheduleSpec,
}

impl Service {
    /// Shows a schedule of the caller to whoever wants to change it.
    ///
    /// # Errors
    /// There is no such schedule.
    pub async fn editable_schedule(
        &self,
        caller: &Caller,
        request: NamedSchedule,
    ) -> Result<EditableSchedule, Error> {
        let described = self.describe_schedule(caller, request).await?;
        Ok(EditableSchedule {
            arn: described.schedule_arn,
            name: described.name,
            description: described.description,
            workflow: described.state_machine_arn,
            input: described.input,
            spec: described.spec,
        })
    }

    /// Says what a schedule of the caller would mean, or what is wrong with it: one that is still
    /// being written is no mistake.
    pub fn preview_schedule(
        &self,
        caller: &Caller,
        request: &PreviewSchedule,
    ) -> PreviewedSchedule {
        let arn = arn(caller, &request.name);
        let words = describe(&request.spec);
        let schedule = match self.inner.scheduler.meaning(&arn, &request.name, &request.spec) {
            Ok(schedule) => schedule,
            Err(error) => {
                let (timezone, problem) = (String::new(), Some(error.to_string()));
                return PreviewedSchedule { words, timezone, next: Vec::new(), problem };
            }
        };
        PreviewedSchedule {
            words,
            timezone: schedule.zone().name().to_owned(),
            next: schedule.upcoming(self.now(), NEXT_SHOWN),
            problem: None,
        }
    }
}
