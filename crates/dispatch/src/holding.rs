//! Which runs hold which files that tasks left: who may fetch one, and when it may go.
//!
//! A run holds a file by two documents, one to find by the file and one by the run. They are durable
//! before the task that left the file has ended. A file that is to go before its run has a term as well.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_store::{DocumentChange, Expected, Outcome, ReadError, Store};
use compasso_types::Json;

use crate::dispatcher::Dispatcher;
use crate::errors::WorkerError;
use crate::place::account_of;
use crate::terms::TERM;

/// The kind of documents by file; a key is `{sha256}/{account}/{run}`.
pub(crate) const HOLDER: &str = "artifact-holder";
/// The kind of documents by run; a key is `{run} {sha256}`.
pub(crate) const HELD: &str = "artifact-held";
/// The kind of documents that say which files may go, because a run that held them holds them no more;
/// the key is the digest.
pub(crate) const LEFT: &str = "artifact-left";
/// What such documents say; those of a file that was removed before its run say [`GONE`].
pub(crate) const HERE: Bytes = Bytes::from_static(b"{}");
pub(crate) const GONE: Bytes = Bytes::from_static(br#"{"gone":true}"#);
/// Documents read at once.
const PAGE: usize = 100;
/// How often it is written that a run holds a file, while nobody can tell whether it was.
const HOLD_TRIES: usize = 3;
/// A younger file may be of a task that has not ended and holds it only then.
const YOUNG: Duration = Duration::from_secs(3_600);

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A run holds it.
    Held,
    /// Runs held it, and it was removed before they are.
    Removed,
    /// Runs held it, and none does any more: it is removed before long.
    Left,
    /// No run that may be seen knows it.
    Unknown,
}

/// Tells the digest of each file that runs hold in a store, once; returns how many there are.
///
/// # Errors
/// The store does not answer.
pub async fn held_files(store: &dyn Store, mut tell: impl FnMut(&str)) -> Result<u64, ReadError> {
    let (mut count, mut last) = (0, String::new());
    let mut after = None::<String>;
    loop {
        let page = store.documents(HOLDER, "", after.as_deref(), PAGE).await?;
        let Some(end) = page.last() else { return Ok(count) };
        after = Some(end.key.clone());
        for document in page.iter().filter(|document| document.body == HERE) {
            let sha256 = document.key.split('/').next().unwrap_or_default();
            if sha256 != last {
                count += 1;
                tell(sha256);
                sha256.clone_into(&mut last);
            }
        }
    }
}

impl Dispatcher {
    /// Has a run hold a file, for so long after the run's end if a time is given; durable when it
    /// returns.
    ///
    /// # Errors
    /// It cannot be stored now.
    pub(crate) async fn note_holder(
        &self,
        run: &str,
        sha256: &str,
        kept: Option<Duration>,
    ) -> Result<(), WorkerError> {
        let held = format!("{run} {sha256}");
        let changes = vec![
            self.term(&held, kept).await?,
            change(HOLDER, format!("{sha256}/{}/{run}", account_of(run)), Some(HERE)),
            change(HELD, held, Some(HERE)),
        ];
        for tried in 1.. {
            match self.runtime().write(changes.clone()).await {
                Outcome::Committed { .. } => break,
                // To be written twice does no harm.
                Outcome::Unknown { .. } if tried < HOLD_TRIES => {}
                Outcome::Rejected { reason } | Outcome::Unknown { reason } => {
                    return Err(WorkerError::Unavailable(reason));
                }
                Outcome::Fenced => return Err(WorkerError::Ending),
            }
        }
        Ok(())
    }

    /// Has the run of a job hold what its result lists; a result whose files it cannot hold is none.
    pub(crate) async fn hold_all(&self, job: &Job, result: TaskResult) -> TaskResult {
        let output = result?;
        let kept = self.kept_for(job);
        for sha256 in listed(output.value()) {
            let held = self.note_holder(&job.execution.0, sha256, kept).await;
            held.map_err(|error| TaskError::new("Artifact", error.to_string()))?;
        }
        Ok(output)
    }

    /// Says whether all files that a result lists are there.
    pub(crate) async fn has_all(&self, output: &Json) -> bool {
        for sha256 in listed(output) {
            if !matches!(self.artifact(sha256).await, Ok(Some(_))) {
                return false;
            }
        }
        true
    }

    /// Returns what is known of a file among the runs of an account, or of all.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn standing(
        &self,
        account: Option<&str>,
        sha256: &str,
    ) -> Result<Standing, ReadError> {
        let prefix = match account {
            Some(account) => format!("{sha256}/{account}/"),
            None => format!("{sha256}/"),
        };
        let (mut found, mut after) = (Standing::Unknown, None::<String>);
        loop {
            let store = self.runtime().store();
            let page = store.documents(HOLDER, &prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            if page.iter().any(|document| document.body == HERE) {
                return Ok(Standing::Held);
            }
            found = Standing::Removed;
        }
        if found == Standing::Unknown
            && !self.runtime().store().documents(LEFT, sha256, None, 1).await?.is_empty()
        {
            found = Standing::Left;
        }
        Ok(found)
    }

    /// Returns what changes when a run is removed: it holds nothing any more.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn removal(&self, run: &str) -> Result<Vec<DocumentChange>, ReadError> {
        let prefix = format!("{run} ");
        let (mut changes, mut after) = (Vec::new(), None::<String>);
        loop {
            let store = self.runtime().store();
            let page = store.documents(HELD, &prefix, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(changes) };
            after = Some(last.key.clone());
            for document in page {
                let sha256 = document.key[prefix.len()..].to_owned();
                let holder = format!("{sha256}/{}/{run}", account_of(run));
                changes.push(change(HOLDER, holder, None));
                changes.push(change(TERM, document.key.clone(), None));
                changes.push(change(HELD, document.key, None));
                changes.push(change(LEFT, sha256, Some(HERE)));
            }
        }
    }

    /// Removes files that runs do not hold any more, and that no other one holds; returns how many.
    ///
    /// # Errors
    /// The store does not answer, or a file cannot be removed.
    pub async fn free_artifacts(&self) -> Result<u64, WorkerError> {
        let unavailable = |error: ReadError| WorkerError::Unavailable(error.to_string());
        let (mut count, mut after) = (0, None::<String>);
        loop {
            let store = self.runtime().store();
            let page = store.documents(LEFT, "", after.as_deref(), PAGE).await;
            let page = page.map_err(unavailable)?;
            let Some(last) = page.last() else { return Ok(count) };
            after = Some(last.key.clone());
            for document in page {
                let standing = self.standing(None, &document.key).await.map_err(unavailable)?;
                if standing != Standing::Held {
                    let before = SystemTime::now() - YOUNG;
                    let removed = self.artifacts()?.remove(&document.key, before).await;
                    if !removed.map_err(|error| WorkerError::Unavailable(error.to_string()))? {
                        // It is looked at again later.
                        continue;
                    }
                    count += 1;
                }
                let _ = self.runtime().write(vec![change(LEFT, document.key, None)]).await;
            }
        }
    }
}

/// Returns the digests of the files that the result of a script lists.
fn listed(output: &Json) -> impl Iterator<Item = &str> {
    let listed = output.get("artifacts").and_then(Json::as_array);
    let files = listed.into_iter().flat_map(|files| files.iter());
    files.filter_map(|file| file.get("sha256")?.as_str())
}

pub(crate) fn change(kind: &'static str, key: String, body: Option<Bytes>) -> DocumentChange {
    DocumentChange { kind, key, expected: Expected::Any, body }
}
