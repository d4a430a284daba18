//! A place that was given to a run and is not durable yet.

use compasso_store::DocumentChange;
use compasso_types::Json;

use super::table::{Reserve, Reserved};
use super::{Candidate, Seat};
use crate::Scheduler;

/// What a candidate gets.
pub(crate) enum Seating {
    /// It begins.
    Begins(Reservation),
    /// It waits.
    Waits(Reservation),
    /// It has a seat already.
    Known,
    /// It does not run.
    Skipped,
    /// There is no room.
    Dropped,
}

/// A place; given back when it is dropped without having been kept.
pub(crate) struct Reservation {
    scheduler: Scheduler,
    /// `None` once it was kept.
    reserve: Option<Box<Reserve>>,
    /// How the run begins.
    order: Json,
}

impl Scheduler {
    /// Gives a run a place, if there is one.
    pub(crate) fn seat(&self, candidate: Candidate) -> Seating {
        let order = candidate.order.clone();
        let now = self.now();
        let reserve = match self.inner.seats.lock().reserve(candidate, now) {
            Reserved::Kept(reserve) => reserve,
            Reserved::Known => return Seating::Known,
            Reserved::Skipped => return Seating::Skipped,
            Reserved::Dropped => return Seating::Dropped,
        };
        let waits = reserve.waits;
        let reservation = Reservation { scheduler: self.clone(), reserve: Some(reserve), order };
        if waits { Seating::Waits(reservation) } else { Seating::Begins(reservation) }
    }
}

impl Reservation {
    /// Returns whose it is.
    pub(crate) fn run(&self) -> &str {
        self.reserve.as_ref().map_or("", |reserve| &reserve.run)
    }

    /// Returns what is to be written with it.
    pub(crate) fn changes(&self) -> Vec<DocumentChange> {
        let Some(reserve) = &self.reserve else { return Vec::new() };
        let order = reserve.waits.then(|| self.order.clone());
        let mut changes = vec![Seat { order, ..reserve.seat.clone() }.put(&reserve.run)];
        changes.extend(reserve.stops.iter().map(|(run, seat)| seat.put(run)));
        changes
    }

    /// Takes note that it is durable, and does what follows.
    pub(crate) fn keep(mut self) {
        let Some(reserve) = self.reserve.take() else { return };
        self.scheduler.inner.seats.change(|table| table.settle(&reserve.run));
        if reserve.waits {
            self.scheduler.watch_waiting(&reserve.run, &reserve.seat.deadlines);
        } else {
            self.scheduler.follow_seat(&reserve.run);
        }
        if let Some((run, seat)) = &reserve.stops
            && let Some(leaving) = seat.leaving
        {
            self.scheduler.send_away(run, leaving);
        }
        if let Some(run) = &reserve.replaces {
            self.scheduler.give_way(run);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(reserve) = self.reserve.take() {
            self.scheduler.inner.seats.change(|table| table.give_back(&reserve));
        }
    }
}
