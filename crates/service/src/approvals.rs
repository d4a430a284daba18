//! Approvals: what people are asked by tasks of runs, and what they decide.
//!
//! An open approval is a document until enough people have decided. Its end is durable before the
//! task hears of it, and is told again after a crash, so a decision counts once.

mod decide;
mod links;
mod list;

use std::sync::Arc;

use compasso_store::{Document, DocumentChange, Expected};
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};

pub use decide::{Decide, Decider};
pub use links::{LinkPage, LinkState};
pub use list::{ApprovalItem, ApprovalPage, ListApprovals};

use crate::records::Record;
use crate::shelf::{Change, put};
use crate::{Error, Service};

/// Where approvals are kept that are open, whose end the task has not heard of, and that are closed.
const OPEN: &str = "open/";
const ENDING: &str = "ending/";
pub(crate) const CLOSED: &str = "closed/";
/// Hexadecimal digits of an id.
const ID_CHARS: usize = 24;

/// What people are asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskApproval {
    /// Tells it from others of the run.
    pub key: Arc<str>,
    /// The run's ARN.
    pub run: Arc<str>,
    /// Ends the task.
    pub token: Arc<str>,
    /// Where the task stands in its run, by which links find it.
    pub place: Option<Arc<str>>,
    /// `task`, `by`, `count`, `message` and `form`.
    pub asked: Json,
}

/// An approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ApprovalRecord {
    run: Arc<str>,
    token: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Arc<str>>,
    asked: Json,
    opened: Timestamp,
    decisions: Vec<Decision>,
    /// How it ended: `approved`, `rejected`, or `over` if the task ended otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Arc<str>>,
}

/// What somebody decided, for ever part of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Who: the name of an access key, or `anonymous` on a server without keys.
    pub by: Arc<str>,
    /// `approve` or `reject`.
    pub decision: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// What they said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Arc<str>>,
    /// What they answered.
    pub form: Json,
}

impl Record for ApprovalRecord {
    const KIND: &'static str = "approval";
}

impl Service {
    /// Keeps a question until people have decided. The same one again changes nothing.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn ask_approval(&self, ask: AskApproval) -> Result<(), Error> {
        let AskApproval { key, run, token, place, asked } = ask;
        let id = id_of(&run, &key);
        let record = ApprovalRecord {
            run,
            token,
            place,
            asked,
            opened: self.now(),
            decisions: Vec::new(),
            end: None,
        };
        let key = format!("{OPEN}{id}");
        let mut changes = vec![put(&key, Expected::Absent, &record)];
        changes
            .extend(record.place.as_deref().map(|place| links::found_by(&record.run, place, &id)));
        match self.change(&key, changes).await? {
            Change::Done | Change::Overtaken => {}
        }
        self.inner.approval_asked.notify_waiters();
        Ok(())
    }
}

/// Returns the run of a closed approval that was decided before `old`, and what goes with it; `None` if it
/// stays.
pub(crate) fn closed_run(
    document: &Document,
    old: Option<Timestamp>,
) -> Option<(Arc<str>, Option<DocumentChange>)> {
    let record: ApprovalRecord = serde_json::from_slice(&document.body).ok()?;
    let last = record.decisions.last().map_or(record.opened, |decision| decision.at);
    let place = record.place.as_deref().map(|place| links::forgotten(&record.run, place));
    (last <= old?).then_some((record.run, place))
}

fn id_of(run: &str, key: &str) -> String {
    let digest = blake3::hash(format!("{run}\n{key}").as_bytes());
    digest.to_hex()[..ID_CHARS].to_owned()
}
