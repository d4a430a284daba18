//! Runs that waited and do not begin. They stay, as runs that were stopped before anything of them ran.

use std::sync::Arc;

use compasso_engine::StopOrder;
use compasso_runtime::{RuntimeError, StartError};
use compasso_types::Timestamp;
use tokio::sync::oneshot;
use tracing::warn;

use super::serve::{STOP_CAUSE, STOP_ERROR};
use super::{SEAT, Seat};
use crate::limits::RETRY;
use crate::record::{self as records, Reason, TickRecord, TickState};
use crate::why;
use crate::{Scheduler, TargetError};

/// Why a run did not begin, if nobody says so.
const WITHDRAWN: &str = "it was stopped while it waited";

/// Why a run does not begin.
#[derive(Clone, Debug)]
pub(super) struct Withdrawal {
    pub(super) error: Option<Arc<str>>,
    pub(super) cause: Arc<str>,
    /// Who says so, if somebody does.
    pub(super) by: Option<Arc<str>>,
    /// What becomes of the tick that it is of.
    pub(super) tick: Fate,
}

/// What becomes of the tick of a run that does not begin.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Dropped,
    /// Another run has its place.
    Replaced,
    Failed,
}

impl Scheduler {
    /// Stops a run that waits, for an error and a cause; false if it does not wait. One that was to go on
    /// again stays as it is.
    ///
    /// # Errors
    /// The store does not answer; it waits again.
    pub async fn withdraw(
        &self,
        run: &Arc<str>,
        error: Option<Arc<str>>,
        cause: &str,
    ) -> Result<bool, RuntimeError> {
        self.withdraw_as(run, StopOrder { error, cause: Some(cause.into()), by: None }).await
    }

    /// Stops a run that waits as somebody asks; see [`Self::withdraw`].
    ///
    /// # Errors
    /// The store does not answer; it waits again.
    pub async fn withdraw_as(
        &self,
        run: &Arc<str>,
        order: StopOrder,
    ) -> Result<bool, RuntimeError> {
        let StopOrder { error, cause, by } = order;
        let cause = cause.unwrap_or_else(|| WITHDRAWN.into());
        let why = Withdrawal { error, cause, by, tick: Fate::Dropped };
        let (tell, told) = oneshot::channel();
        let (scheduler, run) = (self.clone(), run.clone());
        // A task of its own: the run waits or is stopped even if the caller hangs up.
        self.inner.runtime.spawn(async move {
            let _ = tell.send(scheduler.stop_waiting(&run, &why).await);
        });
        told.await.map_err(|_| RuntimeError::Unavailable("shutting down".into()))?
    }

    /// Stops a run whose place another has now.
    pub(super) fn give_way(&self, run: &Arc<str>) {
        let why = Withdrawal {
            error: Some(STOP_ERROR.into()),
            cause: STOP_CAUSE.into(),
            by: None,
            tick: Fate::Replaced,
        };
        let (scheduler, run) = (self.clone(), run.clone());
        self.inner.runtime.spawn(async move {
            while scheduler.inner.seats.change(|table| table.withdraw(&run)).is_none() {
                // One whose place is not durable yet is stopped once it is.
                if !scheduler.inner.seats.lock().is_settling(&run) || !scheduler.retries().await {
                    return;
                }
            }
            scheduler.keep_surely(&run, &why).await;
        });
    }

    /// Stores a run that was taken from those that wait as one that was stopped, again and again until that
    /// is durable: it never begins.
    pub(super) async fn keep_surely(&self, run: &Arc<str>, why: &Withdrawal) {
        while let Err(error) = self.keep_stopped(run, why).await {
            warn!(%run, %error, "run that does not begin is not kept yet");
            if !self.retries().await {
                return;
            }
        }
        self.inner.seats.change(|table| table.remove(run));
    }

    /// Waits until something is to be tried again; false if it is not, as the server stops.
    async fn retries(&self) -> bool {
        tokio::select! {
            () = self.inner.runtime.stopping() => false,
            () = self.sleep(RETRY) => true,
        }
    }

    async fn stop_waiting(&self, run: &Arc<str>, why: &Withdrawal) -> Result<bool, RuntimeError> {
        if self.inner.seats.change(|table| table.withdraw(run)).is_none() {
            return Ok(false);
        }
        let stopped = self.keep_stopped(run, why).await;
        self.inner
            .seats
            .change(|table| if stopped.is_ok() { table.remove(run) } else { table.line_up(run) });
        stopped.map(|()| true)
    }

    /// Stores a run that waited as one that was stopped, and frees its place.
    pub(super) async fn keep_stopped(
        &self,
        run: &Arc<str>,
        why: &Withdrawal,
    ) -> Result<(), RuntimeError> {
        let document = self.inner.runtime.store().document(SEAT, run).await?;
        let seat: Option<Seat> = document.as_ref().map(records::read).transpose()?;
        let (tick, order) = seat.map_or((None, None), |seat| (seat.tick, seat.order));
        let mut changes = vec![records::delete(SEAT, run.to_string())];
        changes.extend(tick.map(|tick| tick.put(|at| why.record(run, at, self.now()))));
        let order = match order {
            Some(order) => {
                let unavailable = |error: TargetError| RuntimeError::Unavailable(error.to_string());
                match self.targets().map_err(unavailable)?.unbegun(run, &order).await {
                    // Without its version nobody can say what it would have been.
                    Err(TargetError::Refused(_)) => None,
                    found => found.map_err(unavailable)?,
                }
            }
            None => None,
        };
        let Some(order) = order else { return self.write_all(changes).await };
        match self.inner.runtime.start_stopped(order, changes.clone(), why.order()).await {
            Ok(()) => Ok(()),
            // There is another run of this name.
            Err(StartError::Exists) => self.write_all(changes).await,
            Err(StartError::Runtime(error)) => Err(error),
            Err(other) => Err(RuntimeError::Unavailable(other.to_string())),
        }
    }
}

impl Withdrawal {
    fn order(&self) -> StopOrder {
        let Self { error, cause, by, .. } = self.clone();
        StopOrder { error, cause: Some(cause), by }
    }

    fn record(&self, run: &Arc<str>, at: Timestamp, now: Timestamp) -> TickRecord {
        let (detail, execution) = (Some(self.cause.to_string()), Some(run.clone()));
        match self.tick {
            Fate::Dropped => {
                TickRecord { detail, execution, ..TickRecord::new(at, TickState::Dropped, now) }
            }
            Fate::Replaced => TickRecord::skipped(at, Reason::Overlap, now).because(why::REPLACED),
            Fate::Failed => TickRecord { detail, ..TickRecord::new(at, TickState::Failed, now) },
        }
    }
}
