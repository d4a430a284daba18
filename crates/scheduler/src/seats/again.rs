//! Runs that ended and go on again take a seat like those that start.

use std::sync::Arc;

use compasso_runtime::RuntimeError;
use compasso_store::ExecutionKey;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tracing::warn;

use super::{Candidate, Reservation, SEAT, Seating};
use crate::Scheduler;
use crate::record as records;

/// What became of a run that is to go on again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatedAgain<T> {
    /// It goes on.
    Begun(T),
    /// It waits for the ends of others.
    Buffered,
    /// It waits already.
    Waiting,
    /// It is under way.
    Open,
    /// It does not go on, because others are under way.
    Skipped,
    /// It would have waited, but there is no room.
    Dropped,
}

impl Scheduler {
    /// Has a closed run go on by `open`, or lets it wait, until [`crate::Targets::resume`] has it go
    /// on. The seat is durable before `open` runs; if nothing comes of it, the seat is free again, and
    /// a crash in between leaves a seat of a closed run, which is freed.
    ///
    /// # Errors
    /// As of `open`, or the store does not answer.
    pub async fn seat_again<T, E>(
        &self,
        candidate: Candidate,
        open: BoxFuture<'static, Result<T, E>>,
    ) -> Result<SeatedAgain<T>, E>
    where
        T: Send + 'static,
        E: From<RuntimeError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let scheduler = self.clone();
        // A task of its own: a place is kept or given back even if the caller hangs up.
        self.inner.runtime.spawn(async move {
            let _ = tell.send(scheduler.take_seat_again(candidate, open).await);
        });
        let stopped = |_| E::from(RuntimeError::Unavailable("shutting down".into()));
        told.await.map_err(stopped)?
    }

    async fn take_seat_again<T, E: From<RuntimeError>>(
        &self,
        candidate: Candidate,
        open: BoxFuture<'static, Result<T, E>>,
    ) -> Result<SeatedAgain<T>, E> {
        let reservation = loop {
            match self.seat(candidate.clone()) {
                Seating::Skipped => return Ok(SeatedAgain::Skipped),
                Seating::Dropped => return Ok(SeatedAgain::Dropped),
                Seating::Known if self.place(&candidate.run).is_some() => {
                    return Ok(SeatedAgain::Waiting);
                }
                Seating::Known => {
                    let key = ExecutionKey(candidate.run.clone());
                    let found = self.inner.runtime.describe(&key).await?;
                    if found.is_none_or(|found| found.closed.is_none()) {
                        return Ok(SeatedAgain::Open);
                    }
                    if self.inner.seats.lock().go_on(&candidate.run) {
                        return self.keep_seat(&candidate.run, open).await;
                    }
                    // It has just ended, and its seat is about to be free.
                    self.left_seat(&candidate.run).await;
                }
                Seating::Waits(reservation) => {
                    self.write_all(reservation.changes()).await?;
                    reservation.keep();
                    return Ok(SeatedAgain::Buffered);
                }
                Seating::Begins(reservation) => break reservation,
            }
        };
        self.write_all(reservation.changes()).await?;
        match open.await {
            Ok(opened) => {
                reservation.keep();
                Ok(SeatedAgain::Begun(opened))
            }
            Err(error) => {
                self.take_back(reservation).await;
                Err(error)
            }
        }
    }

    /// Has a run go on that is over and has its seat still.
    async fn keep_seat<T, E: From<RuntimeError>>(
        &self,
        run: &Arc<str>,
        open: BoxFuture<'static, Result<T, E>>,
    ) -> Result<SeatedAgain<T>, E> {
        let opened = open.await;
        // If nothing comes of it, it is over as before.
        self.follow_seat(run);
        Ok(SeatedAgain::Begun(opened?))
    }

    /// Returns when the seat that a run has is free, or is another one.
    async fn left_seat(&self, run: &str) {
        let told = self.inner.seats.lock().freed(run);
        if let Some(told) = told {
            // A sender that is gone has told as well.
            let _ = told.await;
        }
    }

    /// Frees a place of which nothing came. What cannot be deleted now is freed by the next start,
    /// as its run is closed.
    async fn take_back(&self, reservation: Reservation) {
        let run: Arc<str> = reservation.run().into();
        let freed = self.write_all(vec![records::delete(SEAT, run.to_string())]).await;
        if let Err(error) = freed {
            warn!(%run, %error, "seat is not freed");
        }
    }
}
