//! The actions that change schedules.

use std::sync::Arc;

use compasso_scheduler::{Change, NewSchedule, Pause};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{NamedSchedule, ScheduleSpec, arn, refused};
use crate::constraints::Constraints;
use crate::dates::seconds;
use crate::{Caller, Error, Service};

const TEXT_CHARS_MAX: usize = 512;

/// A schedule to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct CreateSchedule {
    pub name: String,
    pub description: Option<String>,
    pub state_machine_arn: String,
    pub input: Option<String>,
    pub spec: ScheduleSpec,
    #[serde(default)]
    pub paused: bool,
}

/// What is to change of a schedule; what is absent stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct UpdateSchedule {
    pub name: String,
    pub description: Option<String>,
    pub state_machine_arn: Option<String>,
    pub input: Option<String>,
    pub spec: Option<ScheduleSpec>,
}

/// Asks that a schedule rest.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct PauseSchedule {
    pub name: String,
    pub reason: Option<String>,
}

/// Asks that a schedule go on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct ResumeSchedule {
    pub name: String,
    #[serde(default)]
    pub catch_up: bool,
}

/// What `CreateSchedule` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct CreatedSchedule {
    pub schedule_arn: Arc<str>,
    #[serde(serialize_with = "seconds")]
    pub creation_date: Timestamp,
}

/// What the other actions that change a schedule answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct ChangedSchedule {
    #[serde(serialize_with = "seconds")]
    pub update_date: Timestamp,
}

impl Service {
    /// Creates a schedule of the caller.
    ///
    /// # Errors
    /// Something in the request cannot be used, or there is a schedule of this name.
    pub async fn create_schedule(
        &self,
        caller: &Caller,
        request: CreateSchedule,
    ) -> Result<CreatedSchedule, Error> {
        check_text("description", request.description.as_deref())?;
        let arn = arn(caller, &request.name);
        let target = self.schedule_target(caller, &request.state_machine_arn).await?;
        let new = NewSchedule {
            name: request.name.into(),
            description: request.description,
            target,
            input: self.schedule_input(request.input)?,
            condition: None,
            spec: request.spec,
            paused: request.paused.then(|| Pause {
                since: self.now(),
                by: None,
                reason: None,
                until: None,
            }),
            since: None,
        };
        let created = self.inner.scheduler.create(&arn, new).await;
        created.map_err(|error| refused(&arn, error))?;
        Ok(CreatedSchedule { schedule_arn: arn, creation_date: self.now() })
    }

    /// Changes a schedule of the caller.
    ///
    /// # Errors
    /// Something in the request cannot be used, or there is no such schedule.
    pub async fn update_schedule(
        &self,
        caller: &Caller,
        request: UpdateSchedule,
    ) -> Result<ChangedSchedule, Error> {
        check_text("description", request.description.as_deref())?;
        let arn = arn(caller, &request.name);
        let target = match &request.state_machine_arn {
            Some(machine) => Some(self.schedule_target(caller, machine).await?),
            None => None,
        };
        let change = Change {
            description: request.description,
            target,
            input: self.schedule_input(request.input)?,
            spec: request.spec,
        };
        let updated = self.inner.scheduler.update(&arn, change).await;
        updated.map_err(|error| refused(&arn, error))?;
        Ok(ChangedSchedule { update_date: self.now() })
    }

    /// Lets a schedule of the caller rest.
    ///
    /// # Errors
    /// There is no such schedule.
    pub async fn pause_schedule(
        &self,
        caller: &Caller,
        request: PauseSchedule,
    ) -> Result<ChangedSchedule, Error> {
        check_text("reason", request.reason.as_deref())?;
        let arn = arn(caller, &request.name);
        let pause = Pause { since: self.now(), by: None, reason: request.reason, until: None };
        let paused = self.inner.scheduler.pause(&arn, pause).await;
        paused.map_err(|error| refused(&arn, error))?;
        Ok(ChangedSchedule { update_date: self.now() })
    }

    /// Lets a schedule of the caller go on.
    ///
    /// # Errors
    /// There is no such schedule.
    pub async fn resume_schedule(
        &self,
        caller: &Caller,
        request: ResumeSchedule,
    ) -> Result<ChangedSchedule, Error> {
        let arn = arn(caller, &request.name);
        let resumed = self.inner.scheduler.resume(&arn, request.catch_up).await;
        resumed.map_err(|error| refused(&arn, error))?;
        Ok(ChangedSchedule { update_date: self.now() })
    }

    /// Deletes a schedule of the caller; its executions go on.
    ///
    /// # Errors
    /// There is no such schedule.
    pub async fn delete_schedule(
        &self,
        caller: &Caller,
        request: NamedSchedule,
    ) -> Result<ChangedSchedule, Error> {
        let arn = arn(caller, &request.name);
        let deleted = self.inner.scheduler.delete(&arn).await;
        deleted.map_err(|error| refused(&arn, error))?;
        Ok(ChangedSchedule { update_date: self.now() })
    }
}

fn check_text(member: &'static str, text: Option<&str>) -> Result<(), Error> {
    Constraints::default().chars_if(member, text, 0..=TEXT_CHARS_MAX).check()
}
