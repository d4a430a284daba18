//! The polls by which remote workers get tasks. Only the latest poll of a worker counts.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Timestamp;
use tokio::sync::Notify;

use crate::board::Seat;
use crate::desk::Desk;
use crate::dispatcher::Dispatcher;
use crate::errors::WorkerError;
use crate::limits;
use crate::protocol::Polled;

/// An open poll; the worker takes nothing more once it ends.
struct Poll {
    dispatcher: Dispatcher,
    name: Arc<str>,
    seat: Seat,
    number: u64,
    news: Arc<Notify>,
}

impl Drop for Poll {
    fn drop(&mut self) {
        let mut desk = self.dispatcher.lock();
        let latest = desk.workers.get_mut(&self.name).filter(|it| it.poll == self.number);
        if let Some(worker) = latest {
            worker.is_polling = false;
            let now = self.dispatcher.now();
            desk.board.credit(self.seat, 0, now);
        }
    }
}

impl Dispatcher {
    /// Waits up to `patience` for tasks, as many as there are places free.
    ///
    /// # Errors
    /// The worker is not known.
    pub async fn poll(
        &self,
        name: &str,
        account: Option<&str>,
        free: u32,
        patience: Duration,
    ) -> Result<Polled, WorkerError> {
        self.ready().await;
        let poll = self.open_poll(name, account, free)?;
        let end = self.now().after(patience.min(limits::POLL_MAX));
        let mut ended = self.sleep_until(end);
        loop {
            // Before looking, so that nothing is missed between looking and waiting.
            let news = poll.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            {
                let mut desk = self.lock();
                let is_latest = desk.workers.get(name).is_some_and(|it| it.poll == poll.number);
                if !is_latest {
                    return Ok(Polled { tasks: Vec::new(), cancel: Vec::new(), drain: false });
                }
                if let Some(polled) = desk.take(name, self.now()) {
                    desk.answer(name, self.now());
                    return Ok(polled);
                }
            }
            tokio::select! {
                biased;
                () = news => {}
                () = &mut ended => {
                    self.lock().answer(name, self.now());
                    return Ok(Polled { tasks: Vec::new(), cancel: Vec::new(), drain: false });
                }
                () = self.polls_ended() => return Err(WorkerError::Ending),
            }
        }
    }

    fn open_poll(&self, name: &str, account: Option<&str>, free: u32) -> Result<Poll, WorkerError> {
        let now = self.now();
        let mut desk = self.lock();
        let worker = desk.acting(name, account, now)?;
        worker.poll += 1;
        (worker.is_polling, worker.answered) = (true, None);
        worker.news.notify_waiters();
        let places = worker.places(free);
        let (seat, number, news) = (worker.seat, worker.poll, worker.news.clone());
        desk.board.credit(seat, places, now);
        desk.announce();
        drop(desk);
        self.touch();
        Ok(Poll { dispatcher: self.clone(), seat, number, news, name: name.into() })
    }
}

impl Desk {
    /// Notes that the latest poll of a worker is answered.
    fn answer(&mut self, name: &str, now: Timestamp) {
        if let Some(worker) = self.workers.get_mut(name) {
            worker.answered = Some(now);
        }
    }

    /// Takes what there is for a worker's poll; `None` if there is nothing.
    fn take(&mut self, name: &str, now: Timestamp) -> Option<Polled> {
        let worker = self.workers.get_mut(name)?;
        let untold = worker.cancelled.iter_mut().filter(|(_, told)| !**told);
        let cancel: Vec<_> = untold
            .map(|(lease, told)| {
                *told = true;
                lease.clone()
            })
            .collect();
        let drain = worker.draining;
        let ready: Vec<_> = worker.outbox.drain(..).collect();
        let tasks: Vec<_> = ready.iter().filter_map(|lease| self.hand_out(lease, now)).collect();
        let is_something = drain || !cancel.is_empty() || !tasks.is_empty();
        is_something.then_some(Polled { tasks, cancel, drain })
    }
}
