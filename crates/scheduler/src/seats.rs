//! How many runs there are at once: a run of a pipeline has a seat, or waits for one.
//!
//! All runs of a lane (a pipeline, a group, a backfill) count together. A seat is a document that is
//! written with the start of its run and goes after its end: it is no counter and cannot leak. What
//! waits is a document too, which knows how its run begins.

mod again;
mod record;
mod reservation;
mod serve;
mod table;
mod withdraw;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_runtime::{RuntimeError, StartError, StartOrder};
use compasso_schedule::Entrance;
use compasso_types::{Json, Timestamp};
use tokio::sync::{Notify, oneshot};
use tracing::warn;

pub use self::again::SeatedAgain;
pub use self::record::TickOf;
pub(crate) use self::record::{Leaving, SEAT, Seat, Stage};
pub(crate) use self::reservation::{Reservation, Seating};
pub(crate) use self::serve::STOP_ERROR;
use self::table::Table;
use crate::advance::Later;
use crate::limits::RETRY;
use crate::record::{self as records, TickRecord};
use crate::{Deadline, Scheduler};

/// What limits how many runs there are at once.
#[derive(Clone, Debug)]
pub struct Concurrency {
    /// Among which runs one counts: the ARN of a pipeline or of a backfill, or a group.
    pub lane: Arc<str>,
    /// How many there may be, and what happens then.
    pub entrance: Entrance,
}

/// A run that is to begin.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its ARN.
    pub run: Arc<str>,
    /// Its pipeline's ARN.
    pub pipeline: Arc<str>,
    /// What limits it.
    pub concurrency: Concurrency,
    /// How it begins if it has to wait, for [`crate::Targets::resume`].
    pub order: Json,
    /// The tick it is the run of.
    pub tick: Option<TickOf>,
    /// Its deadlines that are known before it begins.
    pub deadlines: Vec<Deadline>,
}

/// What became of a run that was to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seated {
    /// It began.
    Started(Timestamp),
    /// It waits for the ends of others.
    Buffered,
    /// It does not run, because others do.
    Skipped,
    /// It would have waited, but there is no room.
    Dropped,
}

/// Where a run that waits is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its ARN.
    pub run: Arc<str>,
    /// 1 for the one that begins next.
    pub position: usize,
    /// Since when it waits.
    pub since: Timestamp,
    /// The ARNs of the runs that are under way.
    pub waits_for: Vec<Arc<str>>,
    /// Whether it waits because its pipeline is paused.
    pub is_paused: bool,
}

/// A run that waits, as listings show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its ARN.
    pub run: Arc<str>,
    /// The ARN of its pipeline.
    pub pipeline: Arc<str>,
    /// Since when it waits.
    pub since: Timestamp,
}

/// The seats in memory.
#[derive(Default)]
pub(crate) struct Seats {
    table: Mutex<Table>,
    /// Told when a run that waits may be able to begin.
    stirred: Notify,
}

impl Seats {
    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing panics under the lock.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Table) -> T) -> T {
        let changed = change(&mut self.lock());
        self.stirred.notify_one();
        changed
    }
}

impl Scheduler {
    /// Begins a run, or lets it wait; durable when it returns.
    ///
    /// # Errors
    /// As of a start. One that waits under this name already [exists](StartError::Exists).
    pub async fn start_seated(
        &self,
        candidate: Candidate,
        order: StartOrder,
    ) -> Result<Seated, StartError> {
        let (tell, told) = oneshot::channel();
        let scheduler = self.clone();
        // A task of its own: a place is kept or given back even if the caller hangs up.
        self.inner.runtime.spawn(async move {
            let _ = tell.send(scheduler.take_seat(candidate, order).await);
        });
        told.await.map_err(|_| RuntimeError::Unavailable("shutting down".into()))?
    }

    async fn take_seat(
        &self,
        candidate: Candidate,
        order: StartOrder,
    ) -> Result<Seated, StartError> {
        match self.seat(candidate) {
            Seating::Known => Err(StartError::Exists),
            Seating::Skipped => Ok(Seated::Skipped),
            Seating::Dropped => Ok(Seated::Dropped),
            Seating::Begins(reservation) => {
                let changes = reservation.changes();
                let started = self.inner.runtime.start_with(order, changes).await;
                self.settle(reservation, started, self.now()).await.map(Seated::Started)
            }
            Seating::Waits(reservation) => {
                let written = self.write_all(reservation.changes()).await;
                let written = written.map_err(StartError::from);
                self.settle(reservation, written, ()).await.map(|()| Seated::Buffered)
            }
        }
    }

    /// Keeps a place that became durable, and gives it back otherwise. Where nobody knows, the
    /// store is asked; `found` is the answer if it has the place.
    pub(crate) async fn settle<T>(
        &self,
        reservation: Reservation,
        written: Result<T, StartError>,
        found: T,
    ) -> Result<T, StartError> {
        let written = match written {
            Err(StartError::Runtime(RuntimeError::Unavailable(why))) => {
                if !self.has_seat(reservation.run()).await {
                    return Err(RuntimeError::Unavailable(why).into());
                }
                found
            }
            other => other?,
        };
        reservation.keep();
        Ok(written)
    }

    /// Says whether the place of a run is stored; false as well when the runtime stops.
    async fn has_seat(&self, run: &str) -> bool {
        let runtime = &self.inner.runtime;
        loop {
            match runtime.store().document(SEAT, run).await {
                Ok(found) => return found.is_some(),
                Err(error) => warn!(run, %error, "seat cannot be read"),
            }
            tokio::select! {
                () = runtime.stopping() => return false,
                () = self.sleep(RETRY) => {}
            }
        }
    }

    /// Returns the runs that are under way and have all places among which one would wait that begins
    /// now; `None` if it would not wait.
    pub fn in_the_way(&self, concurrency: &Concurrency) -> Option<Vec<Arc<str>>> {
        self.inner.seats.lock().in_the_way(concurrency)
    }

    /// Says where a run that waits is; `None` if it does not wait.
    pub fn place(&self, run: &str) -> Option<Place> {
        self.inner.seats.lock().place(run)
    }

    /// Says whether a run has a seat, or waits for one.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn is_seated(&self, run: &str) -> Result<bool, RuntimeError> {
        Ok(self.inner.runtime.store().document(SEAT, run).await?.is_some())
    }

    /// Returns how a run that waits begins; `None` if it does not wait.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn waiting_order(&self, run: &str) -> Result<Option<Json>, RuntimeError> {
        let found = self.inner.runtime.store().document(SEAT, run).await?;
        let seat: Option<Seat> = found.as_ref().map(records::read).transpose()?;
        Ok(seat.and_then(|seat| seat.order))
    }

    /// Returns the runs of a pipeline that wait, in their order, and how many are under way.
    pub fn waiting_runs(&self, pipeline: &str) -> (Vec<Place>, usize) {
        let table = self.inner.seats.lock();
        let (waiting, active) = table.of(pipeline);
        (waiting.iter().filter_map(|run| table.place(run)).collect(), active)
    }

    /// Returns all runs that wait, the latest first.
    pub fn queued(&self) -> Vec<Queued> {
        let mut queued = self.inner.seats.lock().queued();
        queued.sort_unstable_by(|one, other| (other.since, &other.run).cmp(&(one.since, &one.run)));
        queued
    }

    /// Says whether the runs of a pipeline that wait go on waiting.
    pub fn hold_waiting(&self, pipeline: &Arc<str>, is_paused: bool) {
        self.inner.seats.change(|table| table.pause(pipeline, is_paused));
    }

    /// Returns when a run does not wait for a seat, or no longer; cancel by dropping.
    pub async fn left_waiting(&self, run: &str) {
        let told = self.inner.seats.lock().left(run);
        if let Some(told) = told {
            // A sender that is gone has told as well.
            let _ = told.await;
        }
    }
}

impl TickOf {
    /// Orders that what became of the tick be written.
    pub(crate) fn put(
        &self,
        record: impl FnOnce(Timestamp) -> TickRecord,
    ) -> compasso_store::DocumentChange {
        records::put_tick(&self.schedule, &record(self.at))
    }
}

impl From<Later> for StartError {
    fn from(later: Later) -> Self {
        RuntimeError::from(later).into()
    }
}
