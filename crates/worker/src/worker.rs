//! The worker's two loops: one asks for tasks, one gives signs of life.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use compasso_executor::Executor;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};

use crate::backoff::Backoff;
use crate::protocol::{Beat, BeatAnswer, Delivery, Drain, Poll, Polled, Registered, Registration};
use crate::running::Running;
use crate::server::{CallError, Denied, Server};
use crate::stop::{Stop, StopRequests, Stopper};
use crate::task;

/// How long a poll is held open.
const POLL: Duration = Duration::from_secs(30);
/// How much longer its answer may take.
const POLL_SLACK: Duration = Duration::from_secs(15);
/// How long all seats are taken before a poll is opened that only hears what is not wanted.
const BUSY: Duration = Duration::from_millis(200);
/// Pause before the next poll when there are no tasks to be had.
const DRAINED_PAUSE: Duration = Duration::from_secs(1);
/// How many times the length of a lease a task goes on without a word from the server: more than one,
/// so that a server that is started anew finds its tasks going on.
const LEASES_UNRENEWED_MAX: u32 = 3;

/// How long a name may be taken: the server may not know yet that the process before has ended.
const NAME_PATIENCE: Duration = Duration::from_secs(60);

/// What a worker is.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// Its name, unique on the server.
    pub name: String,
    /// What tasks may ask for.
    pub tags: Vec<String>,
    /// How many tasks it runs at once.
    pub slots: usize,
    /// The name of its machine.
    pub host: String,
}

/// A worker of a server.
pub struct Worker {
    server: Server,
    settings: WorkerSettings,
    /// What tells it from other processes of the same name.
    instance: String,
    executor: Executor,
    seats: Arc<Semaphore>,
    running: Running,
    registered: Notify,
    stop: StopRequests,
}

impl Worker {
    /// Makes a worker, and what stops it.
    pub fn new(server: Server, settings: WorkerSettings, executor: Executor) -> (Self, Stopper) {
        let (running, registered) = (Running::default(), Notify::new());
        let (stopper, stop) = Stopper::new(running.clone());
        let seats = Arc::new(Semaphore::new(settings.slots));
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let instance = format!("{}-{began}", std::process::id());
        let worker =
            Self { server, settings, instance, executor, seats, running, registered, stop };
        (worker, stopper)
    }

    /// Works until it is asked to stop.
    ///
    /// # Errors
    /// The server will not have it.
    pub async fn run(self) -> Result<(), Denied> {
        let Some(registered) = self.register().await? else { return Ok(()) };
        let worker = registered.worker.clone();
        tracing::info!(worker, slots = self.settings.slots, "registered");
        let mut now = self.stop.clone();
        let working = async {
            let asked = tokio::select! {
                asked = self.ask_for_tasks(&worker) => asked,
                never = self.live(&registered) => match never {},
            };
            if let Err(denied) = &asked {
                tracing::warn!(%denied, "no more tasks; those that run go on");
            }
            // The last tasks still need signs of life.
            tokio::select! {
                () = self.running.until_none() => asked,
                never = self.live(&registered) => match never {},
            }
        };
        let ended = tokio::select! {
            ended = working => ended,
            () = now.until(Stop::Now) => Ok(()),
        };
        self.running.give_up_all();
        self.server.delete(&["workers", &worker]).await;
        ended
    }

    /// Registers, as often as it takes; `None`: it was asked to stop meanwhile.
    async fn register(&self) -> Result<Option<Registered>, Denied> {
        let WorkerSettings { name, tags, slots, host } = self.settings.clone();
        let version = env!("CARGO_PKG_VERSION");
        let (handlers, instance) = (Vec::new(), self.instance.clone());
        let registration = Registration { name, tags, handlers, slots, host, version, instance };
        let (mut backoff, begun) = (Backoff::new(), Instant::now());
        let mut was_away = false;
        loop {
            match self.server.post(&["workers"], &registration).await {
                Ok(registered) => return Ok(Some(registered)),
                Err(CallError::Refused(why)) => return Err(Denied(why)),
                Err(CallError::NameTaken(why)) if begun.elapsed() > NAME_PATIENCE => {
                    return Err(Denied(why));
                }
                Err(error) => {
                    if !std::mem::replace(&mut was_away, true) {
                        tracing::warn!(%error, "not registered yet; trying again");
                    }
                }
            }
            let mut stop = self.stop.clone();
            tokio::select! {
                () = backoff.pause() => {}
                () = stop.until(Stop::Drain) => return Ok(None),
            }
        }
    }

    /// Asks for tasks and begins them, until it is asked to stop.
    async fn ask_for_tasks(&self, worker: &str) -> Result<(), Denied> {
        let mut backoff = Backoff::new();
        while self.stop.asked() == Stop::No {
            // When all seats are taken for long, a poll without any hears what is not wanted any more.
            let _ = timeout(BUSY, self.free_seat()).await;
            if self.stop.asked() != Stop::No {
                break;
            }
            match self.poll(worker).await {
                Ok(polled) => {
                    backoff = Backoff::new();
                    self.take(polled).await;
                }
                Err(CallError::Unknown) => {
                    if self.register().await?.is_none() {
                        break;
                    }
                    tracing::info!(worker, "registered again");
                    self.registered.notify_one();
                }
                Err(CallError::Refused(why) | CallError::NameTaken(why)) => {
                    tracing::warn!(why, "a poll was refused; trying again");
                    backoff.pause().await;
                }
                Err(error @ (CallError::Away(_) | CallError::LeaseLost)) => {
                    tracing::debug!(%error, "no tasks to be had");
                    backoff.pause().await;
                }
            }
        }
        Ok(())
    }

    /// Waits until there is a free seat, or it is asked to stop.
    async fn free_seat(&self) {
        let mut stop = self.stop.clone();
        tokio::select! {
            // It is taken again with the task that gets it.
            seat = self.seats.acquire() => drop(seat),
            () = stop.until(Stop::Drain) => {}
        }
    }

    /// Waits for tasks. A poll is never given up, or a task that is just handed out would be lost:
    /// the server is asked to answer it.
    async fn poll(&self, worker: &str) -> Result<Polled, CallError> {
        let polling = self.poll_with_seats(worker);
        tokio::pin!(polling);
        let mut stop = self.stop.clone();
        tokio::select! {
            polled = &mut polling => return polled,
            () = stop.until(Stop::Drain) => {}
        }
        let path = ["workers", worker, "drain"];
        let asked: Result<serde_json::Value, _> =
            self.server.post(&path, &Drain { drain: true }).await;
        match asked {
            Ok(_) => polling.await,
            Err(error) => Err(error),
        }
    }

    /// Polls for as many tasks as there are free seats; a poll without any is followed by one with
    /// the first seat that is free again, at which the server answers the one before.
    async fn poll_with_seats(&self, worker: &str) -> Result<Polled, CallError> {
        let free = self.seats.available_permits();
        let first = self.poll_once(worker, free);
        if free > 0 {
            return first.await;
        }
        tokio::pin!(first);
        tokio::select! {
            polled = &mut first => return polled,
            () = self.free_seat() => {}
        }
        let free = self.seats.available_permits();
        let (first, second) = tokio::join!(first, self.poll_once(worker, free));
        let mut polled = second?;
        if let Ok(earlier) = first {
            polled.cancel.extend(earlier.cancel);
        }
        Ok(polled)
    }

    async fn poll_once(&self, worker: &str, free: usize) -> Result<Polled, CallError> {
        let poll = Poll { free, wait_ms: POLL.as_millis() as u64 };
        let path = ["workers", worker, "poll"];
        self.server.post_patiently(&path, &poll, POLL + POLL_SLACK).await
    }

    async fn take(&self, polled: Polled) {
        let Polled { tasks, cancel, drain } = polled;
        let is_idle = tasks.is_empty() && drain;
        for delivery in tasks {
            self.begin(delivery);
        }
        for lease in cancel {
            self.running.give_up(&lease);
        }
        if is_idle && self.stop.asked() == Stop::No {
            sleep(DRAINED_PAUSE).await;
        }
    }

    /// Begins a task. It is known at once, even if it has to wait for a seat: signs of life name it,
    /// and it can be given up.
    fn begin(&self, delivery: Delivery) {
        let Some((known, mut wanted)) = self.running.begin(&delivery.lease) else { return };
        let (server, executor) = (self.server.clone(), self.executor.clone());
        let (running, seats) = (self.running.clone(), self.seats.clone());
        // Taken now if there is one, so that the next poll does not count it.
        let free = seats.clone().try_acquire_owned();
        tokio::spawn(async move {
            let seat = async {
                match free {
                    Ok(seat) => Ok(seat),
                    Err(_) => seats.acquire_owned().await,
                }
            };
            let seat = tokio::select! {
                seat = seat => seat,
                () = wanted.no_more() => return,
            };
            if let Ok(seat) = seat {
                // What is known keeps its seat.
                let held = Arc::new((seat, known));
                Box::pin(task::run(server, executor, delivery, held, (&running, wanted))).await;
            }
        });
    }

    /// Gives signs of life, and gives up what the server does not want any more or has not been
    /// heard of for too long.
    async fn live(&self, registered: &Registered) -> Infallible {
        let Registered { worker, lease_ms, heartbeat_ms } = registered;
        let every = Duration::from_millis(*heartbeat_ms);
        let longest = Duration::from_millis(*lease_ms) * LEASES_UNRENEWED_MAX;
        tokio::select! {
            never = self.beat(worker, every) => never,
            never = self.give_up_unrenewed(every, longest) => never,
        }
    }

    /// Gives up tasks that the server has long taken for lost: they may run elsewhere by now.
    async fn give_up_unrenewed(&self, every: Duration, longest: Duration) -> Infallible {
        loop {
            sleep(every).await;
            for lease in self.running.unrenewed(longest) {
                tracing::warn!("a task is given up: its lease was not renewed for too long");
                self.running.give_up(&lease);
            }
        }
    }

    async fn beat(&self, worker: &str, every: Duration) -> Infallible {
        loop {
            tokio::select! {
                () = sleep(every) => {}
                () = self.registered.notified() => {}
                // The server holds what it had until it hears of it.
                () = self.running.until_one_is_gone() => {}
            }
            let (leases, sent) = (self.running.leases(), Instant::now());
            let beat = Beat { leases: &leases };
            match self.server.post(&["workers", worker, "beat"], &beat).await {
                Ok(BeatAnswer { cancel, lost }) => {
                    self.running.renew(&leases, sent);
                    for lease in cancel.iter().chain(&lost) {
                        if self.running.give_up(lease) {
                            tracing::info!("a task is not wanted any more");
                        }
                    }
                }
                // A poll registers again; while there is none, this does.
                Err(CallError::Unknown) => {
                    if let Err(error) = self.register().await {
                        tracing::warn!(%error, "the server does not take this worker back");
                    }
                }
                Err(error) => tracing::debug!(%error, "a sign of life was not heard"),
            }
        }
    }
}
