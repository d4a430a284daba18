//! Deadlines of runs that have not begun: those that wait for a place, and ticks that wait for the
//! end of another run of their schedule.
//!
//! A run that has begun watches its own. What a deadline says is done once: it has a name that
//! follows from the run and the deadline, so that doing it again after a crash changes nothing; and a
//! run that begins is told which ones are done. Those that are over by then are done first.

use std::sync::Arc;

use compasso_runtime::RuntimeError;
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::advance::Later;
use crate::limits::RETRY;
use crate::plan::Step;
use crate::ready::run_order;
use crate::record::{self as records, TickRecord, TickState};
use crate::seats::{SEAT, Seat, TickOf};
use crate::slots::Entry;
use crate::{RunOrder, Scheduler, Target, TargetError};

/// Why a run is given up that has not begun.
pub(crate) const MISSED_ERROR: &str = "DeadlineMissed";
/// The same in words.
pub(crate) const MISSED: &str = "DeadlineMissed: the run missed a deadline before it began";

/// A deadline of a run, if it is known before the run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Its place among those of the pipeline, from 1 on.
    pub number: u32,
    /// When it is.
    pub at: Timestamp,
}

/// A run that has not begun.
pub enum Unstarted<'a> {
    /// It waits for a place, and begins as [`crate::Candidate::order`] says.
    Waiting(&'a Json),
    /// It is that of a tick.
    Tick(&'a RunOrder),
}

/// What is over of the deadlines of a run.
pub(crate) enum Told {
    /// These are, and what they say is done.
    Numbers(Vec<u32>),
    /// One is that gives the run up.
    GivesUp,
}

impl Scheduler {
    /// Does what those deadlines say that are over.
    pub(crate) async fn tell_missed(
        &self,
        run: &Unstarted<'_>,
        deadlines: &[Deadline],
    ) -> Result<Told, TargetError> {
        let now = self.now();
        let (mut numbers, mut gives_up) = (Vec::new(), false);
        for deadline in deadlines.iter().filter(|deadline| deadline.at <= now) {
            gives_up |= self.targets()?.missed(run, deadline.number).await?;
            numbers.push(deadline.number);
        }
        Ok(if gives_up { Told::GivesUp } else { Told::Numbers(numbers) })
    }

    /// Watches the deadlines of a run as long as it waits for a place.
    pub(crate) fn watch_waiting(&self, run: &Arc<str>, deadlines: &[Deadline]) {
        let mut next = deadlines.iter().map(|deadline| deadline.at).min();
        if next.is_none() {
            return;
        }
        let (scheduler, run) = (self.clone(), run.clone());
        self.inner.runtime.spawn(async move {
            let runtime = &scheduler.inner.runtime;
            while let Some(at) = next {
                tokio::select! {
                    () = runtime.clock().sleep_until(at) => {}
                    () = scheduler.left_waiting(&run) => return,
                    () = runtime.stopping() => return,
                }
                next = match scheduler.waiting_missed(&run).await {
                    Ok(next) => next,
                    Err(error) => {
                        warn!(%run, %error, "deadline is put off");
                        Some(scheduler.now().after(RETRY))
                    }
                };
            }
        });
    }

    /// Returns the numbers of the deadlines that are over of a run that waits for a place.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn missed_by_waiting(&self, run: &Arc<str>) -> Result<Vec<u32>, RuntimeError> {
        let Some(document) = self.inner.runtime.store().document(SEAT, run).await? else {
            return Ok(Vec::new());
        };
        let seat: Seat = records::read(&document)?;
        let is_over = |deadline: &&Deadline| deadline.at <= self.now();
        Ok(seat.deadlines.iter().filter(is_over).map(|deadline| deadline.number).collect())
    }

    /// Does what is due of the deadlines of a run that waits; returns when the next one is.
    async fn waiting_missed(&self, run: &Arc<str>) -> Result<Option<Timestamp>, RuntimeError> {
        let Some(document) = self.inner.runtime.store().document(SEAT, run).await? else {
            return Ok(None);
        };
        let seat: Seat = records::read(&document)?;
        let Some(order) = &seat.order else { return Ok(None) };
        let told = self.tell_missed(&Unstarted::Waiting(order), &seat.deadlines).await;
        let told = told.map_err(|error| RuntimeError::Unavailable(error.to_string()))?;
        if matches!(told, Told::GivesUp) {
            // One that begins at this moment is given up by who lets it begin.
            self.withdraw(run, Some(MISSED_ERROR.into()), MISSED).await?;
            return Ok(None);
        }
        Ok(next_of(&seat.deadlines, self.now()))
    }

    /// Watches the deadlines of a tick as long as it waits for the end of another run.
    pub(crate) fn watch_tick(&self, arn: &Arc<str>, at: Timestamp) {
        let (scheduler, arn) = (self.clone(), arn.clone());
        self.inner.runtime.spawn(async move {
            let runtime = &scheduler.inner.runtime;
            loop {
                let next = match scheduler.tick_missed(&arn, at).await {
                    Ok(next) => next,
                    Err(error) => {
                        warn!(schedule = %arn, %at, %error, "deadline is put off");
                        Some(scheduler.now().after(RETRY))
                    }
                };
                let Some(next) = next else { return };
                tokio::select! {
                    () = runtime.clock().sleep_until(next) => {}
                    () = runtime.stopping() => return,
                }
            }
        });
    }

    /// Does what is due of the deadlines of a tick that waits; returns when the next one is.
    async fn tick_missed(&self, arn: &Arc<str>, at: Timestamp) -> Result<Option<Timestamp>, Later> {
        let Some(slot) = self.inner.slots.get(arn) else { return Ok(None) };
        // Held so that the tick does not begin meanwhile.
        let mut held = slot.lock().await;
        let Some(entry) = held.as_mut() else { return Ok(None) };
        if !entry.record.lane.waiting.contains(&at) {
            return Ok(None);
        }
        let Some(order) = order_of_tick(arn, entry, at) else { return Ok(None) };
        let later = |error: TargetError| Later(error.to_string());
        let deadlines = self.targets().map_err(later)?.deadlines(&order).await.map_err(later)?;
        let told = self.tell_missed(&Unstarted::Tick(&order), &deadlines).await.map_err(later)?;
        if matches!(told, Told::GivesUp) {
            let mut step = Step::new(entry.record.clone());
            step.record.lane.waiting.retain(|waiting| *waiting != at);
            let detail = Some(MISSED.to_owned());
            let record = TickRecord::new(at, TickState::Failed, self.now());
            step.ticks.push(TickRecord { detail, ..record });
            self.carry_out(arn, entry, step).await?;
            return Ok(None);
        }
        Ok(next_of(&deadlines, self.now()))
    }
}

/// Returns how the run of a tick would begin; `None` if it would not.
fn order_of_tick(arn: &Arc<str>, entry: &Entry, at: Timestamp) -> Option<RunOrder> {
    let Target::Pipeline(pipeline) = &entry.record.target else { return None };
    let seen = entry.input.seen(&entry.schedule, pipeline, at);
    let params = entry.input.params(&seen, at).ok()??;
    let tick = TickOf { schedule: arn.clone(), at };
    Some(run_order(pipeline, &entry.schedule, tick, &seen, params, None))
}

/// Returns when the next deadline is.
fn next_of(deadlines: &[Deadline], now: Timestamp) -> Option<Timestamp> {
    deadlines.iter().map(|deadline| deadline.at).filter(|at| *at > now).min()
}
