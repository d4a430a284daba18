//! Creating jobs.

use std::sync::Arc;

use compasso_store::{DocumentChange, Expected};
use compasso_types::limits::JOBS_ACTIVE_MAX;
use serde::{Deserialize, Serialize};

use super::record::{Job, JobCounts, JobState, PART_RUNS, Part, PartRun, part_key};
use super::select::{check_count, filter};
use super::{ChosenRuns, JobAction, JobView};
use crate::constraints::Constraints;
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, put};
use crate::{Error, Service, Viewer};

const TEXT_CHARS_MAX: usize = 512;
/// Runs that a plan names.
const PLANNED_SHOWN: usize = 100;

/// A job to be. Either `ids` or `runs` says which runs it is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateJob {
    /// What is done with each run.
    pub action: JobAction,
    /// The ARNs of the runs.
    pub ids: Option<Vec<String>>,
    /// All runs that a listing shows.
    #[serde(default, deserialize_with = "filter")]
    pub runs: Option<ChosenRuns>,
    /// How many runs there are to be at most: as many as somebody saw and agreed to.
    pub expected: Option<usize>,
    /// Why.
    pub reason: Option<Arc<str>>,
    /// Who asks, on a server that cannot know.
    pub by: Option<Arc<str>>,
}

/// What a job would be about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedJob {
    /// How many runs.
    pub total: usize,
    /// The ARNs of the first of them.
    pub ids: Vec<Arc<str>>,
}

impl CreateJob {
    /// Refuses more names than a job may be about, before any is looked for.
    ///
    /// # Errors
    /// There are too many.
    pub fn check_names(&self) -> Result<(), Error> {
        check_count(self.ids.as_ref().map_or(0, Vec::len))
    }
}

impl Service {
    /// Says what a job would be about.
    ///
    /// # Errors
    /// As of [`Service::create_job`].
    pub async fn plan_job(
        &self,
        viewer: &Viewer,
        request: &CreateJob,
    ) -> Result<PlannedJob, Error> {
        let runs = self.runs_of_job(viewer, request).await?;
        let ids = runs.iter().take(PLANNED_SHOWN).map(|run| run.run.clone()).collect();
        Ok(PlannedJob { total: runs.len(), ids })
    }

    /// Creates a job of an account; it begins at once.
    ///
    /// # Errors
    /// The request is invalid, it is about no run or about more than were expected, or there are as
    /// many jobs under way as there may be.
    pub async fn create_job(
        &self,
        viewer: &Viewer,
        account: &str,
        request: CreateJob,
    ) -> Result<JobView, Error> {
        request.check_bound()?;
        let runs = self.runs_of_job(viewer, &request).await?;
        request.check_count(runs.len())?;
        if self.inner.jobs.count() >= JOBS_ACTIVE_MAX {
            return Err(Error::ServiceQuotaExceeded("There are too many jobs under way"));
        }
        let mut job = Job {
            id: Arc::default(),
            action: request.action,
            reason: request.reason,
            chosen: request.runs,
            created: self.now(),
            by: request.by,
            state: JobState::Running,
            ended: None,
            total: runs.len(),
            counts: JobCounts::default(),
        };
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            job.id = self.job_id();
            let key = super::drive::key_of(account, &job.id);
            if self.change(&key, documents(&key, &job, &runs)).await? == Change::Done {
                self.take_job_up(key, job.clone());
                return Ok(JobView::of(job));
            }
        }
        Err(Error::Overtaken { arn: job.id.to_string() })
    }

    async fn runs_of_job(
        &self,
        viewer: &Viewer,
        request: &CreateJob,
    ) -> Result<Vec<PartRun>, Error> {
        Constraints::default()
            .chars_if("reason", request.reason.as_deref(), 0..=TEXT_CHARS_MAX)
            .chars_if("by", request.by.as_deref(), 0..=TEXT_CHARS_MAX)
            .check()?;
        match (&request.ids, &request.runs) {
            (Some(ids), None) => self.named_runs(viewer, ids).await,
            (None, Some(chosen)) => self.chosen_runs(viewer, chosen, request.action).await,
            _ => Err(Error::validation("Write either 'ids' or 'runs'")),
        }
    }

    /// Names a job so that later ones are smaller.
    fn job_id(&self) -> Arc<str> {
        let age = u64::MAX - self.now().0.cast_unsigned();
        let [first, second, ..] = self.random();
        format!("j-{:011x}{first:02x}{second:02x}", age & 0xfff_ffff_ffff).into()
    }
}

impl CreateJob {
    /// Refuses to do something with all runs there are, unless it is said how many they are: a filter that
    /// came to nothing would choose them.
    fn check_bound(&self) -> Result<(), Error> {
        let is_all = self.runs.as_ref().is_some_and(ChosenRuns::is_all);
        if is_all && self.ids.is_none() && self.expected.is_none() {
            return Err(Error::validation(
                "An empty 'runs' means all runs there are: narrow it down, or say as 'expected' how many \
                 they are, which '?dryRun=true' tells",
            ));
        }
        Ok(())
    }

    fn check_count(&self, count: usize) -> Result<(), Error> {
        if count == 0 {
            return Err(Error::validation("There is no such run"));
        }
        match self.expected {
            Some(expected) if count > expected => Err(Error::Conflict(format!(
                "There are {count} such runs by now, not {expected}: look at them again"
            ))),
            Some(_) | None => Ok(()),
        }
    }
}

/// Returns all that is stored of a job that begins.
fn documents(key: &str, job: &Job, runs: &[PartRun]) -> Vec<DocumentChange> {
    let parts = runs.chunks(PART_RUNS).enumerate().map(|(number, runs)| {
        put(&part_key(key, number), Expected::Absent, &Part { runs: runs.to_vec() })
    });
    std::iter::once(put(key, Expected::Absent, job)).chain(parts).collect()
}
