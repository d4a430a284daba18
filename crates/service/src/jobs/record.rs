//! What is stored of a job.

use std::sync::Arc;

use compasso_store::Document;
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::ChosenRuns;
use crate::records::Record;

/// The kind of documents that are jobs; the key is the account and the id.
pub(crate) const JOB: &str = "job";
/// The kind of documents that hold the runs of jobs; the key is the job's and a number.
pub(crate) const JOB_PART: &str = "job-part";
/// Runs in a part.
pub(super) const PART_RUNS: usize = 100;

/// One action on many runs, and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Its id: later ones are smaller.
    pub(super) id: Arc<str>,
    pub(super) action: JobAction,
    /// Why, as its author says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Arc<str>>,
    /// How its runs were chosen; absent if each was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) chosen: Option<ChosenRuns>,
    pub(super) created: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<Arc<str>>,
    pub(super) state: JobState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Timestamp>,
    /// How many runs it is about.
    pub(super) total: usize,
    pub(super) counts: JobCounts,
}

/// Some of the runs of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(super) runs: Vec<PartRun>,
}

/// A run of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PartRun {
    /// Its ARN.
    pub(super) run: Arc<str>,
    /// How often it had been opened again when it was chosen.
    #[serde(default)]
    pub(super) redrives: u32,
    /// What became of it; absent until the job came to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<RunEnd>,
}

/// What a job does with each of its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobAction {
    /// It ends at once.
    Stop,
    /// It is given up: what runs is asked to end, and what cleans up runs.
    Cancel,
    /// It goes on from where it failed.
    Redrive,
    /// All of it runs again: of a pipeline in another generation, else as another run with its input.
    Rerun,
    /// What is kept of it goes.
    Delete,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It goes on.
    Running,
    /// The rest of its runs is left as it is.
    Cancelled,
    /// It came to all of its runs.
    Finished,
}

/// What became of a run of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunEnd {
    /// The action was done.
    Done {
        /// The ARN of the run that was started instead, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made: Option<Arc<str>>,
    },
    /// There was nothing to do: somebody did it before.
    Already,
    /// The action cannot be done.
    Refused {
        /// Why.
        why: Arc<str>,
    },
}

/// How many runs of a job ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobCounts {
    /// Those with which it was done.
    pub done: usize,
    /// Those with which there was nothing to do.
    pub already: usize,
    /// Those with which it cannot be done.
    pub refused: usize,
}

impl Record for Job {
    const KIND: &'static str = JOB;
}

impl Record for Part {
    const KIND: &'static str = JOB_PART;
}

impl Job {
    /// Returns how many parts its runs stand in.
    pub(super) fn parts(&self) -> usize {
        self.total.div_ceil(PART_RUNS)
    }
}

impl JobState {
    /// Says if nothing more comes of it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Finished)
    }
}

impl JobCounts {
    /// Counts one more run.
    pub(super) fn add(&mut self, end: &RunEnd) {
        match end {
            RunEnd::Done { .. } => self.done += 1,
            RunEnd::Already => self.already += 1,
            RunEnd::Refused { .. } => self.refused += 1,
        }
    }

    /// Returns to how many runs the job came.
    pub(super) fn all(&self) -> usize {
        self.done + self.already + self.refused
    }
}

impl RunEnd {
    /// Returns the word for it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Already => "already",
            Self::Refused { .. } => "refused",
        }
    }
}

/// Returns the key of a part.
pub(super) fn part_key(job: &str, number: usize) -> String {
    format!("{job}/{number:05}")
}

/// Says if a stored job was over before `old`.
pub(crate) fn is_over_since(document: &Document, old: Option<Timestamp>) -> bool {
    let job = serde_json::from_slice::<Job>(&document.body).ok();
    let ended = job.and_then(|job| job.ended);
    ended.zip(old).is_some_and(|(ended, old)| ended <= old)
}
