//! What is stored of a map run: documents, as JSON with a format.

use std::sync::Arc;

use bytes::Bytes;
use compasso_engine::{MapRun, TaskId, TaskResult};
use compasso_runtime::MapRunJob;
use compasso_store::{DocumentChange, Expected, ReadError};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Counts;

/// The kind of the records; the key is the run's ARN.
pub(crate) const RUN: &str = "map-run";
/// The kind of the documents that say which runs are not over; the key is the run's ARN.
pub(crate) const OPEN: &str = "map-run-open";
/// The kind of the documents that say which runs an execution has, newest first; see [`order_key`].
pub(crate) const OF_EXECUTION: &str = "map-run-of-execution";

/// The format of the records.
const FORMAT: u32 = 1;

/// A map run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    v: u32,
    /// The execution whose Map state it is.
    pub(crate) execution: Arc<str>,
    /// The attempt of that state.
    pub(crate) task: TaskId,
    pub(crate) status: Status,
    pub(crate) started: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<Timestamp>,
    pub(crate) settings: Settings,
    /// Whether children may have more than one item.
    pub(crate) batched: bool,
    pub(crate) progress: Progress,
    /// That it was redriven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) redrive: Option<Redrive>,
    /// What the state is told; present once the run has ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) result: Option<TaskResult>,
}

/// How a run was redriven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redrive {
    /// How often.
    pub(crate) count: u32,
    /// When last.
    pub(crate) at: Timestamp,
    /// What had been counted when it ended the time before.
    pub(crate) before: Progress,
}

/// How far a map run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Children run or are to run.
    Running,
    /// It gave a result.
    Succeeded,
    /// It gave an error.
    Failed,
    /// It was given up because its execution no longer waits for it.
    Aborted,
}

/// What can be changed while a run is under way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// 0: no limit.
    pub(crate) max_concurrency: u64,
    pub(crate) tolerated_failure_count: u64,
    pub(crate) tolerated_failure_percentage: f64,
}

/// The children, in order, that have closed and need not be looked at again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// How many they are.
    pub(crate) children: u64,
    /// How their items ended.
    pub(crate) items: Counts,
    /// How they ended.
    pub(crate) executions: Counts,
}

impl Status {
    /// Returns the API's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }
}

impl Record {
    pub(crate) fn new(job: &MapRunJob) -> Self {
        let MapRun {
            max_concurrency,
            tolerated_failure_count,
            tolerated_failure_percentage,
            batch,
            ..
        } = &job.offer.run;
        Self {
            v: FORMAT,
            execution: job.execution.0.clone(),
            task: job.offer.task,
            status: Status::Running,
            started: job.offer.started,
            stopped: None,
            settings: Settings {
                max_concurrency: *max_concurrency,
                tolerated_failure_count: *tolerated_failure_count,
                tolerated_failure_percentage: *tolerated_failure_percentage,
            },
            batched: batch.is_some(),
            progress: Progress::default(),
            redrive: None,
            result: None,
        }
    }

    /// Opens it again for the redrive that `job` asks for, unless that was done before. All of its
    /// children are looked at again.
    pub(crate) fn reopen(&mut self, job: &MapRunJob, now: Timestamp) -> bool {
        let count = job.offer.redrives;
        if self.redrive.map_or(0, |redrive| redrive.count) >= count {
            return false;
        }
        self.redrive = Some(Redrive { count, at: now, before: self.progress });
        self.task = job.offer.task;
        self.status = Status::Running;
        self.stopped = None;
        self.progress = Progress::default();
        self.result = None;
        true
    }

    pub(crate) fn read(bytes: &Bytes) -> Result<Self, ReadError> {
        let record: Self =
            serde_json::from_slice(bytes).map_err(|error| ReadError::Corrupt(error.to_string()))?;
        if record.v != FORMAT {
            return Err(ReadError::Corrupt(format!("format {} is not known", record.v)));
        }
        Ok(record)
    }

    /// Returns the changes that store it.
    pub(crate) fn changes(&self, arn: &str) -> Vec<DocumentChange> {
        self.changes_to(arn, Expected::Any)
    }

    /// Returns the changes that store it if what is stored is as expected.
    pub(crate) fn changes_to(&self, arn: &str, expected: Expected) -> Vec<DocumentChange> {
        let run = put(RUN, arn.to_owned(), write(self));
        let mut changes = vec![DocumentChange { expected, ..run }];
        let is_open = self.status == Status::Running;
        let body = is_open.then(|| Bytes::from_static(b"{}"));
        changes.push(change(OPEN, arn.to_owned(), body));
        changes
    }

    /// Returns the changes that store it for the first time.
    pub(crate) fn opening(&self, arn: &str) -> Vec<DocumentChange> {
        let mut changes = self.changes(arn);
        changes.push(put(OF_EXECUTION, order_key(&self.execution, self.task), write(&arn)));
        changes
    }
}

/// Returns a key that sorts the runs of an execution, the newest one first.
fn order_key(execution: &str, TaskId { entry, attempt }: TaskId) -> String {
    format!("{}{:020}.{:010}", prefix(execution), u64::MAX - entry, u32::MAX - attempt)
}

/// Returns what the keys of an execution's runs begin with.
pub(crate) fn prefix(execution: &str) -> String {
    // ARNs have no blanks.
    format!("{execution} ")
}

fn write(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("records have text keys only").into()
}

fn put(kind: &'static str, key: String, body: Bytes) -> DocumentChange {
    change(kind, key, Some(body))
}

fn change(kind: &'static str, key: String, body: Option<Bytes>) -> DocumentChange {
    DocumentChange { kind, key, expected: Expected::Any, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_stored_in_this_form_for_ever() {
        let golden = r#"{"v":1,"execution":"e","task":{"entry":2,"attempt":0},"status":"FAILED","started":1000,"stopped":2000,"settings":{"max_concurrency":0,"tolerated_failure_count":1,"tolerated_failure_percentage":0.5},"batched":false,"progress":{"children":1,"items":{"pending":0,"running":0,"succeeded":1,"failed":0,"timed_out":0,"aborted":0,"total":1,"results_written":0},"executions":{"pending":0,"running":0,"succeeded":1,"failed":0,"timed_out":0,"aborted":0,"total":1,"results_written":0}},"result":{"Err":{"error":"E","cause":"c"}}}"#;
        let record = Record::read(&Bytes::from_static(golden.as_bytes())).unwrap();
        assert_eq!(write(&record), golden);
    }

    #[test]
    fn the_newest_run_comes_first() {
        let key = |entry, attempt| order_key("e", TaskId { entry, attempt });
        assert!(key(7, 1) < key(7, 0));
        assert!(key(7, 0) < key(6, 3));
    }
}
