//! Listing approvals.

use std::sync::Arc;

use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize, Serializer};

use super::{ApprovalRecord, CLOSED, Decision, ENDING, OPEN};
use crate::constraints::Constraints;
use crate::dates::{iso, iso_if};
use crate::paging::page_items;
use crate::shelf::Shelf;
use crate::{Error, Service, Viewer};

/// Most approvals on a page.
const APPROVALS_MAX: i64 = 1_000;
const TOKEN_CHARS_MAX: usize = 1_024;
const LISTING: &str = "approvals";

/// Asks for a page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListApprovals {
    /// Only those of this run: its ARN, `PIPELINE:RUN`, or the name alone, which runs of several pipelines may have.
    pub run: Option<String>,
    /// `open`, if nothing is said, or `closed`.
    pub state: Option<String>,
    /// How many.
    pub limit: Option<i64>,
    /// Where the page starts.
    pub next: Option<String>,
}

/// An approval in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApprovalItem {
    /// Its id.
    pub id: String,
    /// The run's ARN.
    pub run: Arc<str>,
    /// What is asked: `task`, `by`, `count`, `message` and `form`.
    #[serde(flatten)]
    pub asked: Json,
    /// When it was asked.
    #[serde(serialize_with = "iso")]
    pub opened: Timestamp,
    /// When what its pipeline says of silence happens, if it says when.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub due: Option<Timestamp>,
    /// `open`, `approved`, `rejected`, or `over` if the task ended otherwise.
    pub state: Arc<str>,
    /// What was decided so far.
    #[serde(serialize_with = "dated")]
    pub decisions: Vec<Decision>,
}

/// A decision as it is listed; the one that is kept counts milliseconds.
#[derive(Serialize)]
struct Dated<'a> {
    by: &'a str,
    decision: &'a str,
    #[serde(serialize_with = "iso")]
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    form: &'a Json,
}

/// Some approvals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApprovalPage {
    /// The approvals, in the order of their ids.
    pub items: Vec<ApprovalItem>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Service {
    /// Lists approvals. A page may hold fewer than asked for and still not be the last.
    ///
    /// # Errors
    /// The token or the page size is invalid.
    pub async fn list_approvals(
        &self,
        viewer: &Viewer,
        request: ListApprovals,
    ) -> Result<ApprovalPage, Error> {
        let ListApprovals { run, state, limit, next } = request;
        Constraints::default()
            .number_if("limit", limit, 1..=APPROVALS_MAX)
            .chars_if("next", next.as_deref(), 1..=TOKEN_CHARS_MAX)
            .check()?;
        let prefix = match state.as_deref() {
            None | Some("open") => OPEN,
            Some("closed") => CLOSED,
            Some(other) => {
                let message = format!("there is no state '{other}'; it is 'open' or 'closed'");
                return Err(Error::Validation { message, reason: None });
            }
        };
        let after = self.position(LISTING, next.as_deref()).await?;
        let wanted = page_items(limit);
        let found =
            Shelf::<ApprovalRecord>::list(&self.runtime, prefix, after.as_deref(), wanted + 1)
                .await?;
        let next = match found.get(wanted) {
            Some(_) => {
                let last = found.get(wanted - 1).map_or("", |(key, _)| key.as_str());
                Some(self.page_tokens().await?.seal(LISTING, last, self.now()))
            }
            None => None,
        };
        let mut items = Vec::new();
        for (key, record) in found.into_iter().take(wanted) {
            let is_meant = run.as_deref().is_none_or(|run| is_of(&record.run, run));
            if !viewer.sees(&record.run) || !is_meant {
                continue;
            }
            if prefix == OPEN && self.close_if_over(&key, &record).await? {
                continue;
            }
            items.push(item(&key, &record));
        }
        Ok(ApprovalPage { items, next })
    }

    /// Returns the runs that ask people something, each as often as it does.
    pub(crate) async fn runs_that_ask(&self) -> Result<Vec<Arc<str>>, Error> {
        let (mut runs, mut after) = (Vec::new(), None::<String>);
        loop {
            let after_key = after.as_deref();
            let page = page_items(Some(APPROVALS_MAX));
            let found = Shelf::<ApprovalRecord>::list(&self.runtime, OPEN, after_key, page).await?;
            let is_last = found.len() < page;
            after = found.last().map(|(key, _)| key.clone());
            runs.extend(found.into_iter().map(|(_, record)| record.run.clone()));
            if is_last {
                return Ok(runs);
            }
        }
    }
}

fn dated<S: Serializer>(decisions: &[Decision], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(decisions.iter().map(|it| Dated {
        by: &it.by,
        decision: &it.decision,
        at: it.at,
        comment: it.comment.as_deref(),
        form: &it.form,
    }))
}

/// Returns whether `run` names the run with this ARN.
fn is_of(arn: &str, run: &str) -> bool {
    arn.strip_suffix(run).is_some_and(|before| before.is_empty() || before.ends_with(':'))
}

/// Returns a record as it is listed.
pub(super) fn item(key: &str, record: &ApprovalRecord) -> ApprovalItem {
    let id = [OPEN, ENDING, CLOSED].iter().find_map(|prefix| key.strip_prefix(prefix));
    ApprovalItem {
        id: id.unwrap_or(key).to_owned(),
        run: record.run.clone(),
        asked: record.asked.clone(),
        opened: record.opened,
        due: due(record),
        state: record.end.clone().unwrap_or_else(|| "open".into()),
        decisions: record.decisions.clone(),
    }
}

/// Returns when an approval is over if nobody decides.
fn due(record: &ApprovalRecord) -> Option<Timestamp> {
    let seconds = record.asked.get("timeout")?.as_number()?.as_f64();
    Some(Timestamp(record.opened.0.saturating_add((seconds * 1_000.0) as i64)))
}
