//! Jobs and their runs, for people.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use super::drive::key_of;
use super::record::{Job, JobCounts, PART_RUNS, Part, PartRun, part_key};
use super::{ChosenRuns, JobAction, JobState, RunEnd};
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::paging::{ask_for, page_items};
use crate::shelf::{Shelf, read_once};
use crate::{Error, Service};

const ITEMS_MAX: i64 = 1_000;
const TOKEN_CHARS_MAX: usize = 1_024;
/// How a run stands to which the job has not come.
const PENDING: &str = "pending";
/// The states of runs.
const STATES: [&str; 4] = [PENDING, "done", "already", "refused"];

/// A job and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// Its id.
    pub id: Arc<str>,
    /// What it does with each of its runs.
    pub action: JobAction,
    /// `running`, `cancelled` or `finished`.
    pub state: JobState,
    /// Why, as its author says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// How its runs were chosen; absent if each was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<ChosenRuns>,
    /// When it was created.
    #[serde(serialize_with = "iso")]
    pub created: Timestamp,
    /// Who created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// When it was over.
    #[serde(serialize_with = "iso_if", skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// How many runs it is about.
    pub total: usize,
    /// How many it has not come to.
    pub pending: usize,
    /// What became of the others.
    pub counts: JobCounts,
}

/// Some jobs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobPage {
    /// The newest first.
    pub items: Vec<JobView>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A run of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobRun {
    /// Its ARN.
    pub id: Arc<str>,
    /// `pending`, `done`, `already` or `refused`.
    pub state: &'static str,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Arc<str>>,
    /// The ARN of the run that was started instead, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<Arc<str>>,
}

/// Some runs of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobRunPage {
    /// In the order in which the job comes to them.
    pub items: Vec<JobRun>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Asks for a page of the runs of a job.
#[derive(Clone, Debug, Default)]
pub struct ListJobRuns {
    /// Only those in this state.
    pub state: Option<String>,
    /// Most runs on the page.
    pub limit: Option<i64>,
    /// Where an earlier page said that the next one starts.
    pub next: Option<String>,
}

impl Service {
    /// Lists the jobs of an account, the newest first.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn list_jobs(
        &self,
        account: &str,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<JobPage, Error> {
        Constraints::default()
            .number_if("limit", limit, 1..=ITEMS_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let (prefix, items) = (key_of(account, ""), page_items(limit));
        let listing = format!("jobs {account}");
        let after = self.position(&listing, next).await?;
        let found =
            Shelf::<Job>::list(&self.runtime, &prefix, after.as_deref(), ask_for(items)).await?;
        let (found, next) = self.cut(found, items, &listing, |(key, _)| key.clone()).await?;
        let items = found.into_iter().map(|(_, job)| JobView::of(Job::clone(&job))).collect();
        Ok(JobPage { items, next })
    }

    /// Describes a job of an account.
    ///
    /// # Errors
    /// There is none.
    pub async fn job_view(&self, account: &str, id: &str) -> Result<JobView, Error> {
        let stored = self.stored_job(&key_of(account, id)).await?;
        Ok(JobView::of(Job::clone(&stored.value)))
    }

    /// Lists the runs of a job of an account. A page may hold fewer than asked for and still not be
    /// the last.
    ///
    /// # Errors
    /// There is no such job, or the request is invalid.
    pub async fn job_runs(
        &self,
        account: &str,
        id: &str,
        request: ListJobRuns,
    ) -> Result<JobRunPage, Error> {
        let ListJobRuns { state, limit, next } = request;
        Constraints::default()
            .one_of("state", state.as_deref(), &STATES)
            .number_if("limit", limit, 1..=ITEMS_MAX)
            .chars_if("next", next.as_deref(), 1..=TOKEN_CHARS_MAX)
            .check()?;
        let key = key_of(account, id);
        let job = self.stored_job(&key).await?.value;
        let listing = format!("runs of {key} {state:?}");
        let after = self.position(&listing, next.as_deref()).await?;
        let after = after.map_or(Ok(0), |after| after.parse()).map_err(|_| Error::InvalidToken)?;
        let is_wanted = |run: &PartRun| state.as_deref().is_none_or(|state| state == word_of(run));
        let (items, mut found) = (page_items(limit), Vec::new());
        for number in after / PART_RUNS..job.parts() {
            let part = read_once::<Part>(&self.runtime, &part_key(&key, number)).await?;
            let places = number * PART_RUNS..;
            let runs = places.zip(part.map(|part| part.runs).unwrap_or_default());
            found.extend(runs.filter(|(place, run)| *place >= after && is_wanted(run)));
            if found.len() > items {
                break;
            }
        }
        let (found, next) =
            self.cut(found, items, &listing, |(place, _)| (place + 1).to_string()).await?;
        Ok(JobRunPage { items: found.into_iter().map(|(_, run)| JobRun::of(run)).collect(), next })
    }
}

impl JobView {
    pub(super) fn of(job: Job) -> Self {
        Self {
            pending: job.total - job.counts.all().min(job.total),
            id: job.id,
            action: job.action,
            state: job.state,
            reason: job.reason,
            runs: job.chosen,
            created: job.created,
            by: job.by,
            ended: job.ended,
            total: job.total,
            counts: job.counts,
        }
    }
}

impl JobRun {
    fn of(run: PartRun) -> Self {
        let state = word_of(&run);
        let (why, made) = match run.end {
            Some(RunEnd::Done { made }) => (None, made),
            Some(RunEnd::Refused { why }) => (Some(why), None),
            Some(RunEnd::Already) | None => (None, None),
        };
        Self { id: run.run, state, why, made }
    }
}

fn word_of(run: &PartRun) -> &'static str {
    run.end.as_ref().map_or(PENDING, RunEnd::word)
}
