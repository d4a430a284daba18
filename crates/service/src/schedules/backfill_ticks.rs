//! What became of each tick of a backfill.

use std::sync::Arc;

use compasso_scheduler::{BackfillTick, BackfillTickState};
use compasso_types::Timestamp;
use serde::Serialize;

use crate::constraints::Constraints;
use crate::dates::iso;
use crate::executions::status_name;
use crate::paging::{ask_for, page_items};
use crate::{Caller, Error, Service};

const TICKS_MAX: i64 = 1_000;
const TOKEN_CHARS_MAX: usize = 1_024;

/// Some ticks of a backfill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackfillTickPage {
    /// In the order of the backfill.
    pub items: Vec<BackfillTickView>,
    /// Where the next page starts; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A tick of a backfill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackfillTickView {
    /// Its instant.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// The part of the data that it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// What the backfill did with it.
    pub state: BackfillTickState,
    /// The ARN of its run, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Arc<str>>,
    /// How that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Why its run could not begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Service {
    /// Tells what became of the ticks of a backfill of a pipeline.
    ///
    /// # Errors
    /// There is none, or the page is invalid.
    pub async fn backfill_ticks(
        &self,
        caller: &Caller,
        name: &str,
        id: &str,
        limit: Option<i64>,
        next: Option<&str>,
    ) -> Result<BackfillTickPage, Error> {
        Constraints::default()
            .number_if("limit", limit, 1..=TICKS_MAX)
            .chars_if("next", next, 1..=TOKEN_CHARS_MAX)
            .check()?;
        let arn = self.lasting_pipeline(caller, name).await?;
        let listing = format!("{}/backfills/{id}/ticks", arn.as_str());
        let after = self.position(&listing, next).await?;
        let first = after.map_or(Ok(0), |after| after.parse::<usize>());
        let first = first.map_err(|_| Error::InvalidToken)?;
        let items = page_items(limit);
        let found =
            self.inner.scheduler.backfill_ticks(arn.as_str(), id, first, ask_for(items)).await?;
        let missing = || Error::ResourceNotFound { arn: format!("{}/{id}", arn.as_str()) };
        let placed: Vec<(usize, BackfillTick)> =
            (first + 1..).zip(found.ok_or_else(missing)?).collect();
        let (found, next) =
            self.cut(placed, items, &listing, |(behind, _)| behind.to_string()).await?;
        let items = found.into_iter().map(|(_, tick)| BackfillTickView::of(tick)).collect();
        Ok(BackfillTickPage { items, next })
    }
}

impl BackfillTickView {
    fn of(tick: BackfillTick) -> Self {
        let BackfillTick { at, partition, state, run, status, why } = tick;
        Self { at, partition, state, run, status: status.map(status_name), why }
    }
}
