//! What became of each tick of a backfill.

use std::sync::Arc;

use compasso_runtime::RuntimeError;
use compasso_schedule::{Schedule, Tick};
use compasso_store::{ExecutionKey, Status};
use compasso_types::Timestamp;
use serde::Serialize;

use super::Backfill;
use crate::Scheduler;
use crate::limits::BACKFILL_TICKS_MAX;
use crate::record::{self, TICK, TickRecord, TickState};

/// A tick of a backfill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillTick {
    /// Its instant.
    pub at: Timestamp,
    /// The part of the data that it stands for.
    pub partition: Option<String>,
    /// What the backfill did with it.
    pub state: BackfillTickState,
    /// The ARN of its run, if there is one.
    pub run: Option<Arc<str>>,
    /// How that is.
    pub status: Option<Status>,
    /// Why its run could not begin.
    pub why: Option<String>,
}

/// What a backfill did with a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillTickState {
    /// It has not come to it.
    Pending,
    /// It began its run, or had it run again.
    Run,
    /// It left the run that there is.
    Left,
    /// The calendar closes its day, or the condition does not hold.
    Skipped,
    /// Its run could not begin.
    Refused,
}

impl Scheduler {
    /// Tells what became of ticks of a backfill of a pipeline, in its order: up to `limit` of them, from
    /// the one at `first` on.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn backfill_ticks(
        &self,
        pipeline: &str,
        id: &str,
        first: usize,
        limit: usize,
    ) -> Result<Option<Vec<BackfillTick>>, RuntimeError> {
        let Some(backfill) = self.backfill(pipeline, id).await? else { return Ok(None) };
        // Without the calendar of its schedule nobody knows its ticks.
        let calendars = self.calendars(&backfill.schedule_arn());
        let Ok(schedule) = backfill.schedule(&calendars) else { return Ok(Some(Vec::new())) };
        let ticks = backfill.ticks(&schedule, BACKFILL_TICKS_MAX).into_iter();
        let mut told = Vec::new();
        for (place, tick) in ticks.enumerate().skip(first).take(limit) {
            let is_pending = place >= backfill.done;
            told.push(self.backfill_tick(&backfill, &schedule, tick, is_pending).await?);
        }
        Ok(Some(told))
    }

    async fn backfill_tick(
        &self,
        backfill: &Backfill,
        schedule: &Schedule,
        tick: Tick,
        is_pending: bool,
    ) -> Result<BackfillTick, RuntimeError> {
        let store = self.inner.runtime.store();
        let run = backfill.run_of(tick.at);
        let row = store.execution(&ExecutionKey(run.clone())).await?;
        let key = record::tick_key(&backfill.schedule_arn(), tick.at);
        let record = store.document(TICK, &key).await?;
        let record = record.as_ref().map(record::read::<TickRecord>).transpose()?;
        let of_this = format!("backfill {}", backfill.id);
        let said = record.and_then(|record| Some((record.state, record.detail?)));
        let said = said.filter(|(_, detail)| detail.starts_with(&of_this));
        let state = match &said {
            _ if is_pending => BackfillTickState::Pending,
            Some((TickState::Failed, _)) => BackfillTickState::Refused,
            Some(_) => BackfillTickState::Run,
            None if tick.closed || row.is_none() => BackfillTickState::Skipped,
            None => BackfillTickState::Left,
        };
        let why = said.filter(|_| state == BackfillTickState::Refused);
        let why = why.and_then(|(_, detail)| Some(detail.split_once(": ")?.1.to_owned()));
        Ok(BackfillTick {
            at: tick.at,
            partition: schedule.partition(schedule.interval(tick.at)),
            state,
            run: row.is_some().then_some(run),
            status: row.map(|row| row.header.status),
            why,
        })
    }
}
