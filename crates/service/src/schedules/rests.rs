//! Pausing and resuming many schedules at once, and pauses that end by themselves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_scheduler::Pause;
use compasso_types::{Arn, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tracing::{info, warn};

use super::{PausePipeline, refused};
use crate::constraints::Constraints;
use crate::{Caller, Error, Service, Viewer};

const TEXT_CHARS_MAX: usize = 512;
/// Most schedules of one request.
const SCHEDULES_MAX: usize = 1_000;
/// Schedules read at once.
const PAGE: usize = 1_000;
/// The pause before what could not be resumed is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// All ARNs begin so.
const ARNS: &str = "arn:";
/// What stands in the ARN of a schedule of a state machine.
const OF_MACHINE: &str = ":schedule:";

/// When what rests goes on: the ARNs of pipelines and of schedules of state machines.
#[derive(Default)]
pub(crate) struct Rests {
    ends: Mutex<BTreeMap<Arc<str>, Timestamp>>,
    changed: Notify,
}

/// Asks that schedules rest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseSchedules {
    /// Their ARNs; of a pipeline, all that starts it rests.
    pub ids: Vec<String>,
    /// Why.
    pub reason: Option<String>,
    /// When they go on by themselves: RFC 3339.
    pub until: Option<String>,
    /// Who asks, on a server that cannot know.
    pub by: Option<Arc<str>>,
}

/// Asks that schedules go on.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumeSchedules {
    /// Their ARNs.
    pub ids: Vec<String>,
    /// Whether ticks that came meanwhile are treated as missed ones.
    #[serde(default)]
    pub catch_up: bool,
}

/// What became of each schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestedSchedules {
    /// In the order of the request.
    pub items: Vec<RestedSchedule>,
}

/// What became of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestedSchedule {
    /// Its ARN.
    pub id: String,
    /// Why it is as it was; absent if it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Rests {
    fn ends(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, Timestamp>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, id: &str, until: Option<Timestamp>) {
        match until {
            Some(until) => drop(self.ends().insert(id.into(), until)),
            None => drop(self.ends().remove(id)),
        }
        self.changed.notify_one();
    }

    /// Returns what goes on next, and when.
    fn first(&self) -> Option<(Arc<str>, Timestamp)> {
        let ends = self.ends();
        ends.iter().min_by_key(|(_, until)| **until).map(|(id, until)| (id.clone(), *until))
    }
}

impl Service {
    /// Lets schedules rest.
    ///
    /// # Errors
    /// The request is invalid; what is refused of a single schedule is told with it.
    pub async fn pause_schedules(
        &self,
        viewer: &Viewer,
        request: PauseSchedules,
    ) -> Result<RestedSchedules, Error> {
        check_count(request.ids.len())?;
        Constraints::default()
            .chars_if("reason", request.reason.as_deref(), 0..=TEXT_CHARS_MAX)
            .chars_if("by", request.by.as_deref(), 0..=TEXT_CHARS_MAX)
            .check()?;
        let until = request.until.as_deref().map(str::parse::<Timestamp>).transpose();
        let until = until.map_err(|error| Error::validation(format!("until: {error}")))?;
        self.check_until(until)?;
        let pause = Pause { since: self.now(), by: request.by, reason: request.reason, until };
        let mut items = Vec::new();
        for id in request.ids {
            let done = self.pause_one(viewer, &id, pause.clone()).await;
            items.push(RestedSchedule { refused: done.err().map(|error| error.to_string()), id });
        }
        Ok(RestedSchedules { items })
    }

    /// Lets schedules go on.
    ///
    /// # Errors
    /// As of [`Service::pause_schedules`].
    pub async fn resume_schedules(
        &self,
        viewer: &Viewer,
        request: ResumeSchedules,
    ) -> Result<RestedSchedules, Error> {
        check_count(request.ids.len())?;
        let mut items = Vec::new();
        for id in request.ids {
            let done = match viewer.check("ResumeSchedule", &id) {
                Ok(()) => self.resume_one(&id, request.catch_up).await,
                Err(error) => Err(error),
            };
            items.push(RestedSchedule { refused: done.err().map(|error| error.to_string()), id });
        }
        Ok(RestedSchedules { items })
    }

    async fn pause_one(&self, viewer: &Viewer, id: &str, pause: Pause) -> Result<(), Error> {
        viewer.check("PauseSchedule", id)?;
        if id.contains(OF_MACHINE) {
            let until = pause.until;
            let paused = self.inner.scheduler.pause(&id.into(), pause).await;
            paused.map_err(|error| refused(id, error))?;
            self.rest_until(id, until);
            return Ok(());
        }
        let (caller, pipeline) = pipeline_of(id)?;
        let Pause { by, reason, until, .. } = pause;
        let reason = reason.map(Into::into);
        let pause = PausePipeline { by, reason, until, ..PausePipeline::default() };
        self.pause_pipeline(&caller, pipeline, pause).await.map(drop)
    }

    async fn resume_one(&self, id: &str, catch_up: bool) -> Result<(), Error> {
        if id.contains(OF_MACHINE) {
            let resumed = self.inner.scheduler.resume(&id.into(), catch_up).await;
            resumed.map_err(|error| refused(id, error))?;
            self.rest_until(id, None);
            return Ok(());
        }
        let (caller, pipeline) = pipeline_of(id)?;
        self.resume_pipeline(&caller, pipeline, catch_up).await
    }

    /// Refuses an end of a rest that is over already.
    pub(super) fn check_until(&self, until: Option<Timestamp>) -> Result<(), Error> {
        if until.is_some_and(|until| until <= self.now()) {
            return Err(Error::validation("until: it is over already"));
        }
        Ok(())
    }

    /// Takes note of when something that rests goes on by itself.
    pub(super) fn rest_until(&self, id: &str, until: Option<Timestamp>) {
        self.inner.rests.set(id, until);
    }

    /// Finds all that rests and goes on by itself.
    pub(super) async fn read_rests(&self) -> Result<(), Error> {
        for id in self.pipeline_ids().await? {
            let machine = self.inner.machines.get(&self.runtime, &id).await?;
            let paused = machine.and_then(|machine| machine.value.paused.clone());
            self.note_rest(&id, paused.and_then(|paused| paused.until));
        }
        let (scheduler, mut after) = (&self.inner.scheduler, None::<String>);
        loop {
            let (page, last) = scheduler.list(ARNS, after.as_deref(), PAGE).await?;
            for (id, described) in page.into_iter().filter(|(id, _)| id.contains(OF_MACHINE)) {
                self.note_rest(&id, described.record.paused.and_then(|pause| pause.until));
            }
            after = last;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn note_rest(&self, id: &str, until: Option<Timestamp>) {
        if until.is_some() {
            self.rest_until(id, until);
        }
    }

    /// Resumes what rests when its time has come, until the server stops.
    pub(super) async fn end_rests(self) {
        loop {
            let first = self.inner.rests.first();
            let due = async {
                match &first {
                    Some((_, until)) => self.runtime.clock().sleep_until(*until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.runtime.stopping() => return,
                () = self.inner.rests.changed.notified() => continue,
                () = due => {}
            }
            let Some((id, _)) = first else { continue };
            match self.resume_one(&id, false).await {
                Ok(()) => info!(%id, "goes on after its pause"),
                Err(Error::Unavailable(error)) => {
                    warn!(%id, error, "still rests");
                    self.rest_until(&id, Some(self.now().after(RETRY)));
                }
                // Somebody deleted it.
                Err(_) => self.rest_until(&id, None),
            }
        }
    }
}

/// Returns whose the pipeline of a schedule is, and its ARN.
fn pipeline_of(id: &str) -> Result<(Caller, &str), Error> {
    let invalid = || Error::InvalidArn(id.to_owned());
    let pipeline = id.rsplit_once('/').map_or(id, |(pipeline, _)| pipeline);
    let arn: Arn = pipeline.parse().map_err(|_| invalid())?;
    let caller = Caller { account: arn.account().into(), region: arn.region().into() };
    Ok((caller, pipeline))
}

fn check_count(count: usize) -> Result<(), Error> {
    if (1..=SCHEDULES_MAX).contains(&count) {
        return Ok(());
    }
    Err(Error::validation(format!("ids: write 1 to {SCHEDULES_MAX}")))
}
