//! What a backfill does with a tick.

use std::sync::Arc;

use compasso_engine::Closed;
use compasso_runtime::{Description, RuntimeError};
use compasso_schedule::{Schedule, Tick};
use compasso_store::{ExecutionKey, Status};
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::{Backfill, Reprocess};
use crate::advance::{Later, run_name};
use crate::ready::run_order;
use crate::seats::TickOf;
use crate::{Input, OfBackfill, PreparedRun, RunAgain, Scheduler, TargetError};

/// A tick of a backfill to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The tick.
    pub at: Timestamp,
    /// The part of the data that it stands for.
    pub partition: Option<String>,
    /// The name of its run.
    pub run: String,
    /// What would happen.
    pub fate: PlannedFate,
    /// How the run is that there is.
    pub present: Option<Status>,
    /// Why its run could not begin.
    pub why: Option<String>,
}

/// What would happen to a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedFate {
    /// It would run.
    Runs,
    /// Its run would run again.
    RunsAgain,
    /// Its run would stay as it is.
    Left,
    /// The calendar closes its day, or the condition does not hold.
    Skipped,
    /// Its run could not begin.
    Refused,
}

/// What a backfill does with a tick.
pub(super) enum Fate {
    /// It begins a run.
    Begins(Box<PreparedRun>),
    /// It has a run go on or run again.
    Again(Arc<str>, Box<RunAgain>),
    /// It leaves the run that there is.
    Left,
    /// The tick does not run.
    Skipped,
    /// Its run cannot begin.
    Refused(String),
}

impl Scheduler {
    /// Decides what is done with a tick.
    pub(super) async fn fate(
        &self,
        backfill: &Backfill,
        schedule: &Schedule,
        input: &Input,
        tick: Tick,
    ) -> Result<Fate, Later> {
        if tick.closed {
            return Ok(Fate::Skipped);
        }
        let seen = input.seen(schedule, &backfill.pipeline, tick.at);
        let params = match input.params(&seen, tick.at) {
            Ok(Some(params)) => params,
            Ok(None) => return Ok(Fate::Skipped),
            Err(error) => return Ok(Fate::Refused(format!("trigger: {error}"))),
        };
        let params = match &backfill.params {
            Some(given) => merged(&params, given),
            None => params,
        };
        let of_tick = TickOf { schedule: backfill.schedule_arn(), at: tick.at };
        let of_backfill = OfBackfill {
            id: backfill.id.clone(),
            version: backfill.version,
            emit_assets: backfill.emit_assets,
        };
        let order =
            run_order(&backfill.pipeline, schedule, of_tick, &seen, params, Some(of_backfill));
        let later = |error: TargetError| Later(error.to_string());
        let prepared = match self.targets().map_err(later)?.prepare_run(order).await {
            Ok(prepared) => prepared,
            Err(TargetError::Refused(why)) => return Ok(Fate::Refused(why)),
            Err(error @ TargetError::Unavailable(_)) => return Err(later(error)),
        };
        let run = prepared.order.start.id.clone();
        let present = self.run_of(&run).await.map_err(|error| Later(error.to_string()))?;
        let is_waiting = self.place(&run).is_some();
        Ok(match present {
            None if is_waiting || !backfill.tasks.is_empty() => Fate::Left,
            None => Fate::Begins(Box::new(prepared)),
            Some(present) if again(&present, backfill.reprocess) => {
                let again = RunAgain {
                    after: present.redriven.map_or(0, |redriven| redriven.count),
                    all: backfill.reprocess == Reprocess::All,
                    tasks: backfill.tasks.clone(),
                    params: backfill.params.clone(),
                };
                Fate::Again(run, Box::new(again))
            }
            Some(_) => Fate::Left,
        })
    }

    /// Says what would happen to the ticks of a backfill, the first `most` of them, and how many
    /// there are.
    ///
    /// # Errors
    /// As of a start.
    pub(super) async fn planned(
        &self,
        backfill: &Backfill,
        schedule: &Schedule,
        ticks: &[Tick],
        most: usize,
    ) -> Result<Vec<Planned>, Later> {
        let input = Input::of_pipeline(backfill.condition.as_ref(), backfill.input.as_ref());
        let input = input.map_err(|error| Later(error.to_string()))?;
        let mut planned = Vec::new();
        for tick in ticks.iter().take(most) {
            let (fate, why) = match self.fate(backfill, schedule, &input, *tick).await? {
                Fate::Begins(_) => (PlannedFate::Runs, None),
                Fate::Again(..) => (PlannedFate::RunsAgain, None),
                Fate::Left => (PlannedFate::Left, None),
                Fate::Skipped => (PlannedFate::Skipped, None),
                Fate::Refused(why) => (PlannedFate::Refused, Some(why)),
            };
            let run = backfill.run_of(tick.at);
            let present = self.inner.runtime.store().execution(&ExecutionKey(run.clone())).await;
            let present = present.map_err(|error| Later(error.to_string()))?;
            planned.push(Planned {
                at: tick.at,
                partition: schedule.partition(schedule.interval(tick.at)),
                run: run_name(&backfill.trigger, tick.at),
                fate,
                present: present.map(|row| row.header.status),
                why,
            });
        }
        Ok(planned)
    }

    async fn run_of(&self, run: &Arc<str>) -> Result<Option<Description>, RuntimeError> {
        self.inner.runtime.describe(&ExecutionKey(run.clone())).await
    }
}

/// Returns params, some of which are given otherwise.
fn merged(params: &Json, given: &Json) -> Json {
    let members = [params, given].into_iter().filter_map(Json::as_object);
    let members = members.flat_map(|it| it.iter().map(|(name, it)| (name.clone(), it.clone())));
    Json::object(members.collect::<Vec<_>>())
}

/// Says if a run ended well.
pub(super) fn has_succeeded(closed: &Closed) -> bool {
    matches!(closed, Closed::Succeeded { .. })
}

/// Says if a run that there is runs again.
fn again(present: &Description, reprocess: Reprocess) -> bool {
    match (&present.closed, reprocess) {
        (None, _) | (_, Reprocess::None | Reprocess::Missing) => false,
        (Some(_), Reprocess::All) => true,
        (Some(closed), Reprocess::Failed) => !has_succeeded(closed),
    }
}
