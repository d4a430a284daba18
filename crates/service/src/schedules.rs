//! Schedules: what starts executions by the clock. AWS keeps such things in another service; the
//! words here are our own, their form is that of the Step Functions API.

mod all;
mod backfill_plan;
mod backfill_ticks;
mod backfills;
mod calendars;
mod change;
mod describe;
mod editor;
mod follow;
mod list;
mod past;
mod pause;
mod rests;
mod targets;
mod timeline;
mod views;

use std::sync::Arc;

use compasso_scheduler::{ChangeError, Target};
use compasso_types::Json;
use serde::Deserialize;

pub use all::{ScheduleView, ScheduleViews};
pub use backfill_plan::{PlannedBackfill, PlannedTick};
pub use backfill_ticks::{BackfillTickPage, BackfillTickView};
pub use backfills::{BackfillChange, BackfillPage, BackfillView, CreateBackfill};
pub use calendars::{CalendarView, Calendars, PutCalendar};
pub use change::{
    ChangedSchedule, CreateSchedule, CreatedSchedule, PauseSchedule, ResumeSchedule, UpdateSchedule,
};
pub use compasso_schedule::{Overlap, Spec as ScheduleSpec};
pub use describe::DescribedSchedule;
pub use editor::{EditableSchedule, PreviewSchedule, PreviewedSchedule};
pub(crate) use follow::Following;
pub use list::{ListSchedules, ListTicks, ScheduleItem, SchedulePage, TickItem, TickPage};
pub use pause::PausePipeline;
pub(crate) use rests::Rests;
pub use rests::{PauseSchedules, RestedSchedule, RestedSchedules, ResumeSchedules};
pub use timeline::{Timeline, TimelineLane, TimelineTick};
pub use views::{
    ListPipelineTicks, PauseView, PipelineQueue, PipelineScheduleView, PipelineSchedules,
    PipelineTick, PipelineTicks, WaitingRun,
};

use crate::constraints::Constraints;
use crate::{Caller, Error, Service, json_text};

/// Names a schedule of the caller.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct NamedSchedule {
    pub name: String,
}

impl Service {
    /// Begins to run schedules: those of pipelines, and those of state machines if
    /// `with_machines`.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn run_schedules(&self, with_machines: bool) -> Result<(), Error> {
        // Who listens before it reads misses nothing.
        let changes = self.pipeline_changes();
        self.inner.scheduler.begin(Arc::new(self.clone()), with_machines).await?;
        self.runtime.spawn(self.clone().follow_pipelines(changes));
        self.read_rests().await?;
        self.runtime.spawn(self.clone().end_rests());
        Ok(())
    }

    /// Reads the input of a schedule, whose expressions are not evaluated yet.
    fn schedule_input(&self, text: Option<String>) -> Result<Option<Json>, Error> {
        let bytes = text.as_ref().map_or(0, String::len);
        let bounds = Constraints::default();
        bounds.sensitive("input", bytes, 0..=self.inner.quotas.payload_bytes_max).check()?;
        let parsed =
            text.map(json_text::parse).transpose().map_err(Error::InvalidExecutionInput)?;
        Ok(parsed.map(|payload| payload.value().clone()))
    }

    /// Checks that a caller may have a schedule start something that exists.
    async fn schedule_target(&self, caller: &Caller, machine: &str) -> Result<Target, Error> {
        let target = self.target("stateMachineArn", machine).await?;
        if target.arn.account() != &*caller.account {
            let (account, action) = (caller.account.to_string(), "StartExecution".to_owned());
            return Err(Error::AccessDenied { account, action, arn: machine.to_owned() });
        }
        Ok(Target::StateMachine(machine.into()))
    }
}

/// Returns the ARN of a caller's schedule.
fn arn(caller: &Caller, name: &str) -> Arc<str> {
    format!("{}{name}", prefix(caller)).into()
}

/// Returns what the ARNs of a caller's schedules begin with.
fn prefix(caller: &Caller) -> String {
    format!("arn:aws:states:{}:{}:schedule:", caller.region, caller.account)
}

fn refused(arn: &str, error: ChangeError) -> Error {
    match error {
        ChangeError::NoSchedule => Error::ResourceNotFound { arn: arn.to_owned() },
        ChangeError::Exists => Error::Conflict(format!("Schedule already exists: '{arn}'")),
        ChangeError::TooMany => Error::ServiceQuotaExceeded("There are too many schedules"),
        ChangeError::Name(_) | ChangeError::Spec(_) | ChangeError::Input(_) => {
            Error::validation(error.to_string())
        }
        ChangeError::Runtime(error) => error.into(),
        other => Error::Unavailable(other.to_string()),
    }
}
