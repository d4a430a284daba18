//! How a job goes on, until it came to all of its runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use compasso_store::Expected;
use futures::future::join_all;
use tokio::sync::Mutex as AsyncMutex;
use tracing::warn;

use super::JobView;
use super::record::{Job, JobState, PART_RUNS, Part, RunEnd, part_key};
use crate::shelf::{Change, Shelf, Stored, put, read_stored};
use crate::{Error, Service};

/// Runs of a job that get its action at once.
const AT_ONCE: usize = 8;
/// The pause after a write that failed.
const RETRY: Duration = Duration::from_secs(1);
/// Jobs read at once.
const PAGE: usize = 100;

/// The jobs under way, by key.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<HashMap<Arc<str>, Arc<Held>>>);

/// A job under way. Who writes it holds its lock.
struct Held {
    key: Arc<str>,
    changing: AsyncMutex<()>,
}

impl Jobs {
    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn get(&self, key: &str) -> Option<Arc<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, held: Arc<Held>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(held.key.clone(), held);
    }

    fn remove(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// Returns the key of a job; later ones of an account come first.
pub(super) fn key_of(account: &str, id: &str) -> Arc<str> {
    format!("{account}/{id}").into()
}

/// What a step left to do.
enum Step {
    /// More runs of the same part.
    Part,
    /// The next part.
    Next,
    /// Nothing.
    Over,
}

impl Service {
    /// Goes on with all jobs that are not over.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn run_jobs(&self) -> Result<(), Error> {
        let mut after: Option<String> = None;
        loop {
            let page = Shelf::<Job>::list(&self.runtime, "", after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            for (key, job) in page.into_iter().filter(|(_, job)| !job.state.is_over()) {
                self.take_job_up(key.into(), Job::clone(&job));
            }
        }
    }

    pub(super) fn take_job_up(&self, key: Arc<str>, job: Job) {
        let held = Arc::new(Held { key, changing: AsyncMutex::default() });
        self.inner.jobs.put(held.clone());
        let service = self.clone();
        self.runtime.spawn(async move { service.drive_job(&held, &job).await });
    }

    async fn drive_job(&self, held: &Held, job: &Job) {
        let mut number = 0;
        loop {
            let step = tokio::select! {
                () = self.runtime.stopping() => return,
                step = self.step_of_job(held, job, number) => step,
            };
            match step {
                Ok(Step::Part) => {}
                Ok(Step::Next) => number += 1,
                Ok(Step::Over) => break,
                Err(error) => {
                    warn!(job = %held.key, %error, "job is put off");
                    tokio::select! {
                        () = self.runtime.stopping() => return,
                        () = self.runtime.clock().sleep_until(self.now().after(RETRY)) => {}
                    }
                }
            }
        }
        self.inner.jobs.remove(&held.key);
    }

    /// Gives a few runs of a part of a job its action.
    async fn step_of_job(&self, held: &Held, job: &Job, number: usize) -> Result<Step, Error> {
        if self.stored_job(&held.key).await?.value.state.is_over() {
            return Ok(Step::Over);
        }
        if number == job.parts() {
            self.end_job(held, JobState::Finished).await?;
            return Ok(Step::Over);
        }
        let key = part_key(&held.key, number);
        let part = read_stored::<Part>(&self.runtime, &key).await?;
        let part = part.ok_or_else(|| Error::Internal(format!("{key} is gone")))?;
        let pending = part.value.runs.iter().enumerate().filter(|(_, run)| run.end.is_none());
        let pending: Vec<usize> = pending.map(|(at, _)| at).take(AT_ONCE).collect();
        if pending.is_empty() {
            return Ok(Step::Next);
        }
        let runs = pending.iter().filter_map(|at| Some((*at, part.value.runs.get(*at)?)));
        let acts = runs.map(|(at, run)| async move {
            (at, self.act_on(job, number * PART_RUNS + at, run).await)
        });
        let ends = join_all(acts).await;
        self.note_ends(held, &key, &part, ends).await?;
        Ok(Step::Part)
    }

    /// Keeps what became of some runs of a part.
    async fn note_ends(
        &self,
        held: &Held,
        key: &str,
        part: &Stored<Part>,
        ends: Vec<(usize, RunEnd)>,
    ) -> Result<(), Error> {
        let _changing = held.changing.lock().await;
        let stored = self.stored_job(&held.key).await?;
        let (mut job, mut next) = (Job::clone(&stored.value), Part::clone(&part.value));
        for (at, end) in ends {
            job.counts.add(&end);
            if let Some(run) = next.runs.get_mut(at) {
                run.end = Some(end);
            }
        }
        let changes = vec![
            put(&held.key, Expected::Revision(stored.revision), &job),
            put(key, Expected::Revision(part.revision), &next),
        ];
        match self.change(&held.key, changes).await? {
            Change::Done => Ok(()),
            Change::Overtaken => Err(Error::Overtaken { arn: held.key.to_string() }),
        }
    }

    /// Cancels a job of an account: the runs to which it has not come stay as they are.
    ///
    /// # Errors
    /// There is none, or it is over.
    pub async fn cancel_job(&self, account: &str, id: &str) -> Result<JobView, Error> {
        let key = key_of(account, id);
        let job = match self.inner.jobs.get(&key) {
            Some(held) => self.end_job(&held, JobState::Cancelled).await?,
            None => Job::clone(&self.stored_job(&key).await?.value),
        };
        match job.state {
            JobState::Finished => Err(Error::Conflict("The job is over".into())),
            JobState::Running | JobState::Cancelled => Ok(JobView::of(job)),
        }
    }

    /// Ends a job, unless it has ended.
    async fn end_job(&self, held: &Held, state: JobState) -> Result<Job, Error> {
        let _changing = held.changing.lock().await;
        let stored = self.stored_job(&held.key).await?;
        if stored.value.state.is_over() {
            return Ok(Job::clone(&stored.value));
        }
        let over = Job { state, ended: Some(self.now()), ..Job::clone(&stored.value) };
        let change = put(&held.key, Expected::Revision(stored.revision), &over);
        match self.change(&held.key, vec![change]).await? {
            Change::Done => Ok(over),
            Change::Overtaken => Err(Error::Overtaken { arn: held.key.to_string() }),
        }
    }

    /// Reads a job.
    pub(super) async fn stored_job(&self, key: &str) -> Result<Stored<Job>, Error> {
        let found = read_stored::<Job>(&self.runtime, key).await?;
        found.ok_or_else(|| Error::ResourceNotFound { arn: key.to_owned() })
    }
}
