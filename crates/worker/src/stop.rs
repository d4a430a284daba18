//! Requests to stop.

use tokio::sync::watch;

use crate::running::Running;

/// What is asked of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Nothing: go on.
    No,
    /// Take no more tasks, and end when those that run have ended.
    Drain,
    /// End now, and give up the tasks that run.
    Now,
}

/// Asks a worker to stop.
#[derive(Clone, Debug)]
pub struct Stopper {
    asked: watch::Sender<Stop>,
    running: Running,
}

/// Hears of requests.
#[derive(Clone, Debug)]
pub(crate) struct StopRequests(watch::Receiver<Stop>);

impl Stopper {
    /// Makes what asks a worker to stop that has these tasks, and what hears of it.
    pub(crate) fn new(running: Running) -> (Self, StopRequests) {
        let (asked, receiver) = watch::channel(Stop::No);
        (Self { asked, running }, StopRequests(receiver))
    }

    /// Says whether the worker has no task at present.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Asks; a second time asks for more: first to drain, then to end now.
    pub fn ask(&self) {
        self.asked
            .send_modify(|stop| *stop = if *stop == Stop::No { Stop::Drain } else { Stop::Now });
    }
}

impl StopRequests {
    /// Returns what was asked so far.
    pub(crate) fn asked(&self) -> Stop {
        *self.0.borrow()
    }

    /// Waits until at least `stop` is asked.
    pub(crate) async fn until(&mut self, stop: Stop) {
        if self.0.wait_for(|asked| *asked >= stop).await.is_err() {
            // Nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }
}
