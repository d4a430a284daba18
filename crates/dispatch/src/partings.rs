//! Leases that were taken back while their workers may still be at work on them.
//!
//! A worker that is told to give a task up names its lease in its signs of life until nothing of the
//! work goes on. **Invariant:** until then, or until its worker is taken for gone, the task keeps all
//! that it holds, also after a restart of the server (see `kept`).

mod kept;

use std::sync::Arc;

use compasso_runtime::Reporter;
use compasso_types::Timestamp;

pub(crate) use self::kept::Unwritten;
use crate::board::{Ending, Id};
use crate::desk::Desk;
use crate::leases::Lease;
use crate::limits;
use crate::place::Place;

/// A task that was given up and may still be at work.
pub(crate) struct Parting {
    id: Id,
    run: Arc<str>,
    account: Arc<str>,
    /// Keeps what it says until it is gone; absent after a restart.
    pub(crate) reporter: Option<Reporter>,
    /// When its worker is taken for gone.
    pub(crate) deadline: Timestamp,
}

impl Parting {
    /// Says whether somebody who acts for `account` has to do with it.
    pub(crate) fn is_of(&self, account: Option<&str>) -> bool {
        account.is_none_or(|account| *account == *self.account)
    }
}

impl Desk {
    /// Tells the worker of a lease that was taken back to give it up. Its task keeps its place until
    /// that is done.
    pub(crate) fn part(&mut self, lease: Lease, place: &Place) {
        let Some(worker) = self.workers.get_mut(&lease.worker) else { return };
        let has_room = worker.cancelled.len() < limits::CANCELS_MAX;
        let (Some(deadline), true) = (lease.deadline, has_room) else { return };
        self.unwritten.keep(&lease);
        let Lease { id, account, delivery, reporter, .. } = lease;
        let name = delivery.lease.clone();
        worker.cancelled.insert(name.clone(), false);
        worker.news.notify_waiters();
        place.hand_over();
        let run = place.run.clone();
        self.deadlines.insert((deadline, name.clone()));
        let reporter = Some(reporter);
        self.partings.insert(name, Parting { id, run, account, reporter, deadline });
    }

    /// Gives back what a task held that was given up: nothing of its work goes on.
    pub(crate) fn depart(&mut self, name: &Arc<str>, now: Timestamp) {
        let Some(parting) = self.partings.remove(name) else { return };
        let Parting { id, run, deadline, .. } = parting;
        self.deadlines.remove(&(deadline, name.clone()));
        self.unwritten.forget(name);
        // Its breaker knows already.
        self.leave(id, &run, Ending::Unknown, now);
    }
}
