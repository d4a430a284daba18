//! Files that go before the runs that left them: each has a term, which begins when its run ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use compasso_runtime::Job;
use compasso_store::{Document, DocumentChange, Expected, ReadError};
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use crate::dispatcher::Dispatcher;
use crate::errors::WorkerError;
use crate::holding::{GONE, HELD, HERE, HOLDER, LEFT, change};
use crate::place::account_of;

/// The kind of documents that say how long a run holds a file; a key is `{run} {sha256}`.
pub(crate) const TERM: &str = "artifact-term";
/// What a task wants for its files, in milliseconds.
const WANTED: &str = "artifacts_ms";

/// A term as it is stored.
#[derive(Serialize, Deserialize)]
struct Record {
    kept_ms: u64,
    /// When the file was left; its run ends later.
    since: Timestamp,
}

/// A file that goes before the run that left it.
#[derive(Clone, Debug)]
pub struct ArtifactTerm {
    /// The ARN of the run.
    pub run: Arc<str>,
    /// How long the file is kept after the end of the run.
    pub kept: Duration,
    /// When it was left.
    pub since: Timestamp,
    document: Document,
}

impl Dispatcher {
    /// Says how long files are kept after the end of their runs if nothing else says so; absent: as long
    /// as the runs.
    pub fn keep_artifacts_for(&self, kept: Option<Duration>) {
        self.lock().artifacts_kept = kept;
    }

    /// Returns how long the files of a job are kept after the end of its run, if not as long as that.
    pub(crate) fn kept_for(&self, job: &Job) -> Option<Duration> {
        let wanted = job.offer.placement.as_ref().and_then(|wants| wants.get(WANTED));
        let wanted = wanted.and_then(Json::as_i64).and_then(|wanted| u64::try_from(wanted).ok());
        wanted.map(Duration::from_millis).or_else(|| self.lock().artifacts_kept)
    }

    /// Returns what the term of a file becomes that its run holds for another reason: the longest counts.
    pub(crate) async fn term(
        &self,
        held: &str,
        kept: Option<Duration>,
    ) -> Result<DocumentChange, WorkerError> {
        let unavailable = |error: ReadError| WorkerError::Unavailable(error.to_string());
        let Some(kept) = kept else { return Ok(change(TERM, held.to_owned(), None)) };
        let store = self.runtime().store();
        let before = store.document(TERM, held).await.map_err(unavailable)?;
        let is_held = store.document(HELD, held).await.map_err(unavailable)?;
        let before = match (before, is_held) {
            (Some(document), _) => read(&document).map_or(0, |record| record.kept_ms),
            // Another task left the same file to be kept as long as the run.
            (None, Some(document)) if document.body == HERE => {
                return Ok(change(TERM, held.to_owned(), None));
            }
            (None, _) => 0,
        };
        let kept_ms = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX).max(before);
        let record = Record { kept_ms, since: self.now() };
        let body = serde_json::to_vec(&record).expect("a term is plain data");
        Ok(change(TERM, held.to_owned(), Some(Bytes::from(body))))
    }

    /// Returns a page of the terms there are, and where the next one begins.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn artifact_terms(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<ArtifactTerm>, Option<String>), ReadError> {
        let page = self.runtime().store().documents(TERM, "", after, limit).await?;
        let next = page.last().map(|last| last.key.clone());
        let terms = page.into_iter().filter_map(|document| {
            let Record { kept_ms, since } = read(&document)?;
            let run = document.key.rsplit_once(' ')?.0.into();
            Some(ArtifactTerm { run, kept: Duration::from_millis(kept_ms), since, document })
        });
        Ok((terms.collect(), next))
    }

    /// Returns what changes when a term is over: the run knows that it had the file, and holds it no more.
    /// Nothing does if the file was left again meanwhile.
    pub fn end_of_term(term: &ArtifactTerm) -> Vec<DocumentChange> {
        let ArtifactTerm { run, document, .. } = term;
        let sha256 = document.key.rsplit(' ').next().unwrap_or_default();
        let expected = Expected::Revision(document.revision);
        vec![
            DocumentChange { expected, ..change(TERM, document.key.clone(), None) },
            change(HOLDER, format!("{sha256}/{}/{run}", account_of(run)), Some(GONE)),
            change(HELD, document.key.clone(), Some(GONE)),
            change(LEFT, sha256.to_owned(), Some(HERE)),
        ]
    }
}

fn read(document: &Document) -> Option<Record> {
    serde_json::from_slice(&document.body).ok()
}
