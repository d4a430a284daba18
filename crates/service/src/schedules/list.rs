//! `ListSchedules` and `ListTicks`.

use std::sync::Arc;

use compasso_scheduler::{Described, Reason, TickRecord, TickState};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::describe::{SchedulePause, status};
use super::{arn, prefix};
use crate::constraints::Constraints;
use crate::dates::{seconds, seconds_if};
use crate::paging::{ask_for, page_bounds, page_items};
use crate::{Caller, Error, Service};

/// Asks for a page of schedules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct ListSchedules {
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

/// What `ListSchedules` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct SchedulePage {
    pub schedules: Vec<ScheduleItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A schedule in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct ScheduleItem {
    pub schedule_arn: String,
    pub name: Arc<str>,
    pub status: &'static str,
    #[serde(flatten)]
    pub pause: SchedulePause,
    pub state_machine_arn: Arc<str>,
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub next_tick: Option<Timestamp>,
}

/// Asks for a page of the records of a schedule's ticks.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct ListTicks {
    pub name: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

/// What `ListTicks` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct TickPage {
    pub ticks: Vec<TickItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// What became of a tick.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "docs/schedules.md has them")]
pub struct TickItem {
    #[serde(serialize_with = "seconds")]
    pub scheduled_at: Timestamp,
    pub state: TickState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_arn: Option<Arc<str>>,
    #[serde(serialize_with = "seconds")]
    pub handled_at: Timestamp,
    #[serde(serialize_with = "seconds_if", skip_serializing_if = "Option::is_none")]
    pub through: Option<Timestamp>,
}

impl Service {
    /// Lists the caller's schedules by name.
    ///
    /// # Errors
    /// The token or another member is invalid.
    pub async fn list_schedules(
        &self,
        caller: &Caller,
        request: ListSchedules,
    ) -> Result<SchedulePage, Error> {
        let token = request.next_token.as_deref();
        page_bounds(Constraints::default(), request.max_results, token).check()?;
        let (prefix, items) = (prefix(caller), page_items(request.max_results));
        let after = self.position(&prefix, token).await?;
        let (found, last) = self.inner.scheduler.list(&prefix, after.as_deref(), items).await?;
        let next_token = match last {
            Some(last) => Some(self.page_tokens().await?.seal(&prefix, &last, self.now())),
            None => None,
        };
        let schedules = found.into_iter().map(|(arn, described)| item(arn, described)).collect();
        Ok(SchedulePage { schedules, next_token })
    }

    /// Lists what became of the ticks of a caller's schedule, the newest first.
    ///
    /// # Errors
    /// There is no such schedule, or the token or another member is invalid.
    pub async fn list_ticks(&self, caller: &Caller, request: ListTicks) -> Result<TickPage, Error> {
        let token = request.next_token.as_deref();
        page_bounds(Constraints::default(), request.max_results, token).check()?;
        let (arn, items) = (arn(caller, &request.name), page_items(request.max_results));
        let scheduler = &self.inner.scheduler;
        if scheduler.describe(&arn).await.is_none() {
            return Err(Error::ResourceNotFound { arn: arn.to_string() });
        }
        let before = self.position(&arn, token).await?;
        let before = before.and_then(|before| before.parse().ok()).map(Timestamp);
        let found = scheduler.ticks(&arn, before, ask_for(items)).await?;
        let (found, next_token) =
            self.cut(found, items, &arn, |tick| tick.at.0.to_string()).await?;
        Ok(TickPage { ticks: found.into_iter().map(TickItem::from).collect(), next_token })
    }
}

fn item(arn: String, described: Described) -> ScheduleItem {
    let Described { record, next, .. } = described;
    let status = status(&record);
    ScheduleItem {
        schedule_arn: arn,
        name: record.name,
        status,
        pause: record.paused.map(SchedulePause::from).unwrap_or_default(),
        state_machine_arn: record.target.arn().clone(),
        next_tick: next,
    }
}

impl From<TickRecord> for TickItem {
    fn from(tick: TickRecord) -> Self {
        Self {
            scheduled_at: tick.at,
            state: tick.state,
            reason: tick.reason,
            detail: tick.detail,
            execution_arn: tick.execution,
            handled_at: tick.handled,
            through: tick.through,
        }
    }
}
