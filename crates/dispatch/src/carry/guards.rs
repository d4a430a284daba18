//! Leases while their jobs are under way: what becomes of one whose job is given up.

use std::sync::Arc;

use crate::dispatcher::Dispatcher;
use crate::place::Place;

/// A lease that a worker has had since before a restart, until its job waits for its end again.
pub(crate) struct Returning {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) lease: Arc<str>,
}

impl Drop for Returning {
    fn drop(&mut self) {
        self.dispatcher.lock().returning.remove(&self.lease);
        self.dispatcher.inner.returned.notify_waiters();
    }
}

/// A lease while its job waits for its end.
pub(super) struct Lent<'a> {
    pub(super) dispatcher: &'a Dispatcher,
    pub(super) place: &'a Place,
    pub(super) name: Arc<str>,
    pub(super) is_over: bool,
}

impl Lent<'_> {
    pub(super) fn end(mut self) {
        self.is_over = true;
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let is_cancelled = !self.is_over && !self.dispatcher.is_stopped();
        if is_cancelled {
            self.place.conclude();
        }
        let mut desk = self.dispatcher.lock();
        if let Some(lease) = desk.take_back(&self.name)
            && is_cancelled
        {
            desk.part(lease, self.place);
        }
    }
}

/// A lease of the server's own worker while its script runs.
pub(super) struct LentHere<'a> {
    pub(super) dispatcher: &'a Dispatcher,
    pub(super) place: &'a Place,
    pub(super) name: Arc<str>,
    pub(super) is_over: bool,
}

impl LentHere<'_> {
    /// Its script has a result, which the place is still to be told.
    pub(super) fn end(mut self) {
        self.is_over = true;
    }
}

impl Drop for LentHere<'_> {
    fn drop(&mut self) {
        self.dispatcher.lock().leases.remove(&self.name);
        if !self.is_over {
            self.place.conclude();
        }
    }
}
