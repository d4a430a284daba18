//! Failures that somebody looked at and set aside: they ask for nobody's attention any more.
//!
//! What is dismissed is that a run failed at that time. One that fails again asks for attention again,
//! and so does another run that fails alike.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use compasso_store::{Document, ExecutionHeader, ExecutionKey, Expected, Status};
use compasso_types::Timestamp;
use compasso_types::limits::DISMISSED_RUNS_MAX;
use serde::{Deserialize, Serialize};

use super::{FailedStep, Viewer, is_shown};
use crate::constraints::Constraints;
use crate::dates::iso;
use crate::jobs::{ChosenRuns, filter};
use crate::records::Record;
use crate::shelf::{Change, Shelf, delete, put, read_once};
use crate::{Error, Service};

/// Most runs that one dismissal names: as many as are looked at together for why they failed.
const RUNS_MAX: usize = 1_000;
const REASON_CHARS_MAX: usize = 1_024;
/// Hexadecimal digits of an id.
const ID_CHARS: usize = 16;

/// A dismissal as it is stored; the key is its id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DismissalRecord {
    at: Timestamp,
    by: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Arc<str>>,
    workflows: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Arc<str>>,
    runs: Vec<FailedRun>,
}

/// That a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct FailedRun {
    run: Arc<str>,
    /// When it did.
    at: Timestamp,
}

impl Record for DismissalRecord {
    const KIND: &'static str = "dismissal";
}

/// Which failures are dismissed, and why.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DismissFailures {
    /// The ARNs of the runs that failed.
    #[serde(default)]
    pub runs: Vec<String>,
    /// Or all that these match, failed and are not dismissed.
    #[serde(default, deserialize_with = "filter")]
    pub matching: Option<ChosenRuns>,
    /// How many that is; if it is another number by now, none is dismissed.
    pub count: Option<usize>,
    /// Why they need nobody.
    pub reason: Option<Arc<str>>,
}

/// Failures that were dismissed together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DismissalView {
    /// Its id.
    pub id: String,
    /// When it was.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// Who did it.
    pub by: Arc<str>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// The names of the workflows whose runs failed.
    pub workflows: BTreeSet<String>,
    /// The step that the first one failed for, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Arc<str>>,
    /// The error that it ended with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// What the error says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// The ARNs of the runs.
    pub runs: Vec<Arc<str>>,
}

/// What was dismissed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dismissals {
    /// The latest first; their number is bounded, so they are one page.
    pub items: Vec<DismissalView>,
}

/// All failures that were dismissed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dismissed(HashSet<FailedRun>);

impl Dismissed {
    /// Says whether a run failed and nobody has dismissed that.
    pub(crate) fn leaves_open(&self, header: &ExecutionHeader) -> bool {
        has_failed(header) && !self.has(header)
    }

    pub(super) fn has(&self, header: &ExecutionHeader) -> bool {
        !self.0.is_empty() && self.0.contains(&FailedRun::of(header))
    }
}

impl DismissFailures {
    /// Refuses more names than one dismissal may have, before any is looked for.
    ///
    /// # Errors
    /// There are too many.
    pub fn check_names(&self) -> Result<(), Error> {
        if self.runs.len() > RUNS_MAX { Err(wrong_count()) } else { Ok(()) }
    }
}

impl Service {
    /// Lists what was dismissed.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn dismissals(&self, viewer: &Viewer) -> Result<Dismissals, Error> {
        let records = self.dismissal_records(viewer).await?;
        let mut items: Vec<_> =
            records.into_iter().map(|(id, record)| DismissalView::of(id, &record)).collect();
        items.sort_by_key(|dismissal| Reverse(dismissal.at));
        Ok(Dismissals { items })
    }

    /// Dismisses that runs failed.
    ///
    /// # Errors
    /// Something in the request cannot be used, one of the runs has not failed, or too many are dismissed.
    pub async fn dismiss_failures(
        &self,
        viewer: &Viewer,
        by: &Arc<str>,
        request: DismissFailures,
    ) -> Result<DismissalView, Error> {
        let DismissFailures { runs, matching, count, reason } = request;
        Constraints::default()
            .chars_if("reason", reason.as_deref(), 1..=REASON_CHARS_MAX)
            .check()?;
        let headers = match matching {
            Some(_) if !runs.is_empty() => {
                return Err(Error::validation("Failures are named by 'runs' or by 'matching'"));
            }
            Some(matching) => self.matching_failures(viewer, matching).await?,
            None => self.failed_headers(viewer, &runs).await?,
        };
        if count.is_some_and(|count| count != headers.len()) {
            let message = format!("There are {} failures by now: look again", headers.len());
            return Err(Error::Conflict(message));
        }
        let known = self.dismissed(viewer).await?.0.len();
        if known + headers.len() > DISMISSED_RUNS_MAX {
            let message =
                "Too many failures are dismissed: take some dismissals back, or remove old runs";
            return Err(Error::ServiceQuotaExceeded(message));
        }
        let failure = match headers.first() {
            Some(header) => self.failed(viewer, header.clone()).await?.map(|(_, failure)| failure),
            None => None,
        };
        let failure = failure.unwrap_or_default();
        let name = |header: &ExecutionHeader| header.key.0.split(':').nth(6).map(str::to_owned);
        let record = DismissalRecord {
            at: self.now(),
            by: by.clone(),
            reason,
            workflows: headers.iter().filter_map(name).collect(),
            step: failure.step.map(|FailedStep { name, .. }| name),
            error: failure.error,
            cause: failure.cause,
            runs: headers.iter().map(FailedRun::of).collect(),
        };
        let id = &blake3::hash(&self.random()).to_hex()[..ID_CHARS];
        match self.change(id, vec![put(id, Expected::Absent, &record)]).await? {
            Change::Done => Ok(DismissalView::of(id.to_owned(), &record)),
            Change::Overtaken => Err(Error::Overtaken { arn: id.to_owned() }),
        }
    }

    /// Takes a dismissal back: its failures ask for attention again.
    ///
    /// # Errors
    /// There is none.
    pub async fn take_dismissal_back(&self, viewer: &Viewer, id: &str) -> Result<(), Error> {
        let found = read_once::<DismissalRecord>(&self.runtime, id).await?;
        if !found.is_some_and(|record| record.is_of(viewer)) {
            return Err(Error::ResourceNotFound { arn: id.to_owned() });
        }
        match self.change(id, vec![delete::<DismissalRecord>(id)]).await? {
            Change::Done | Change::Overtaken => Ok(()),
        }
    }

    /// Returns the failures that were dismissed.
    pub(crate) async fn dismissed(&self, viewer: &Viewer) -> Result<Dismissed, Error> {
        let records = self.dismissal_records(viewer).await?;
        let runs = records.iter().flat_map(|(_, record)| record.runs.iter().cloned());
        Ok(Dismissed(runs.collect()))
    }

    async fn dismissal_records(
        &self,
        viewer: &Viewer,
    ) -> Result<Vec<(String, Arc<DismissalRecord>)>, Error> {
        // Each is about at least one run.
        let mut found = Shelf::list(&self.runtime, "", None, DISMISSED_RUNS_MAX).await?;
        found.retain(|(_, record): &(String, Arc<DismissalRecord>)| record.is_of(viewer));
        Ok(found)
    }

    /// Finds the runs that failed and nobody dismissed among those that are chosen.
    async fn matching_failures(
        &self,
        viewer: &Viewer,
        chosen: ChosenRuns,
    ) -> Result<Vec<ExecutionHeader>, Error> {
        let open = ChosenRuns { open: true, ..chosen };
        let found = self.chosen_headers(viewer, &open, DISMISSED_RUNS_MAX).await?;
        if found.is_empty() {
            let message = "None of these runs has failed without being dismissed";
            return Err(Error::Conflict(message.to_owned()));
        }
        Ok(found)
    }

    /// Finds runs that failed by their names, each once.
    async fn failed_headers(
        &self,
        viewer: &Viewer,
        runs: &[String],
    ) -> Result<Vec<ExecutionHeader>, Error> {
        if runs.is_empty() || runs.len() > RUNS_MAX {
            return Err(wrong_count());
        }
        let (mut found, mut known) = (Vec::new(), HashSet::new());
        for run in runs.iter().filter(|run| known.insert(run.as_str())) {
            let row = self.runtime.store().execution(&ExecutionKey(run.as_str().into())).await?;
            let header = row.map(|row| row.header).filter(|header| is_shown(viewer, header));
            let header = header.ok_or_else(|| Error::ExecutionDoesNotExist { arn: run.clone() })?;
            if !has_failed(&header) {
                let message = format!("{run} has not failed: there is nothing to dismiss");
                return Err(Error::Conflict(message));
            }
            found.push(header);
        }
        Ok(found)
    }

    /// Says whether a dismissal that was made before `old` is of no use any more: all its runs are gone.
    pub(crate) async fn is_dismissal_stale(
        &self,
        document: &Document,
        old: Option<Timestamp>,
    ) -> Result<bool, Error> {
        let Ok(record) = serde_json::from_slice::<DismissalRecord>(&document.body) else {
            return Ok(false);
        };
        if old.is_none_or(|old| record.at > old) {
            return Ok(false);
        }
        for FailedRun { run, .. } in record.runs {
            if self.runtime.describe(&ExecutionKey(run)).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn wrong_count() -> Error {
    Error::validation(format!("'runs' has 1 to {RUNS_MAX} ARNs of runs"))
}

/// Says whether a run ended with an error.
pub(super) fn has_failed(header: &ExecutionHeader) -> bool {
    matches!(header.status, Status::Failed | Status::TimedOut)
}

impl FailedRun {
    fn of(header: &ExecutionHeader) -> Self {
        Self { run: header.key.0.clone(), at: header.changed() }
    }
}

impl DismissalRecord {
    /// Says whether it is about runs that somebody sees: all of one account.
    fn is_of(&self, viewer: &Viewer) -> bool {
        self.runs.first().is_some_and(|first| viewer.sees(&first.run))
    }
}

impl DismissalView {
    fn of(id: String, record: &DismissalRecord) -> Self {
        let DismissalRecord { at, by, reason, workflows, step, error, cause, runs } =
            record.clone();
        let runs = runs.into_iter().map(|failed| failed.run).collect();
        Self { id, at, by, reason, workflows, step, error, cause, runs }
    }
}
