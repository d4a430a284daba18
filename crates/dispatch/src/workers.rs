//! Remote workers: who they are, how they come and go. The polls by which they get tasks: `polls.rs`.

mod polls;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use compasso_types::Timestamp;
use tokio::sync::Notify;

use crate::board::{Ability, Id, Seat};
use crate::desk::Desk;
use crate::dispatcher::Dispatcher;
use crate::errors::WorkerError;
use crate::limits;
use crate::protocol::{Beat, BeatAnswer, Registered, Registration};

/// A worker that the server knows.
pub(crate) struct Worker {
    pub(crate) seat: Seat,
    /// What it said of itself; absent: it had tasks before a restart and has not come back yet.
    pub(crate) said: Option<Registration>,
    /// Whose tasks it may have; absent: everybody's.
    pub(crate) account: Option<Arc<str>>,
    pub(crate) registered: Timestamp,
    pub(crate) seen: Timestamp,
    pub(crate) draining: bool,
    /// Tasks that the board gave it and that are not handed out.
    pub(crate) assigned: BTreeSet<Id>,
    /// Leases that are ready to be handed out.
    pub(crate) outbox: VecDeque<Arc<str>>,
    /// Its leases.
    pub(crate) leases: BTreeSet<Arc<str>>,
    /// Leases it is to give up, and whether it knows them: a poll told it, or it named them.
    pub(crate) cancelled: BTreeMap<Arc<str>, bool>,
    /// Tells the poll that there is something for it.
    pub(crate) news: Arc<Notify>,
    /// The number of its latest poll; earlier ones end.
    poll: u64,
    /// When it registered or its latest poll was answered; absent while one is open, or after it was cut off.
    answered: Option<Timestamp>,
    /// Whether its latest poll is open.
    is_polling: bool,
}

impl Worker {
    pub(crate) fn placeholder(seat: Seat, now: Timestamp) -> Self {
        Self {
            seat,
            said: None,
            account: None,
            registered: now,
            seen: now,
            draining: false,
            assigned: BTreeSet::new(),
            outbox: VecDeque::new(),
            leases: BTreeSet::new(),
            cancelled: BTreeMap::new(),
            news: Arc::default(),
            poll: 0,
            answered: None,
            is_polling: false,
        }
    }

    /// Says whether another process of this name is at work: its poll is open, or was answered not
    /// long ago. One that was killed has cut its poll off.
    fn is_at_work_elsewhere(&self, other: &Registration, now: Timestamp, term: Duration) -> bool {
        let is_other = self.said.as_ref().is_some_and(|said| said.instance != other.instance);
        let is_between = self.answered.is_some_and(|at| now.since(at) < term);
        is_other && !self.is_gone(now, term) && (self.is_polling || is_between)
    }

    fn is_idle_since(&self, now: Timestamp) -> bool {
        let is_idle = self.leases.is_empty() && self.assigned.is_empty();
        is_idle && now.since(self.seen) >= limits::WORKER_KEPT
    }

    /// Returns how many tasks the board may give it, which says that it has room for `free`.
    fn places(&self, free: u32) -> i64 {
        if self.draining {
            return 0;
        }
        let slots = self.said.as_ref().map_or(0, |said| i64::from(said.slots));
        let handed = (self.leases.len() - self.outbox.len()) as i64;
        // A worker knows best what is free: the leases of tasks that it has just ended may not be
        // taken back yet. One that lies never has more than twice as many as it has slots.
        let most = slots.min(2 * slots - handed);
        // What is on its way to it takes places that it does not know of.
        let coming = (self.assigned.len() + self.outbox.len()) as i64;
        (i64::from(free).min(most) - coming).max(0)
    }

    /// Says whether it gave no sign of life for as long as a lease is good.
    pub(crate) fn is_gone(&self, now: Timestamp, term: Duration) -> bool {
        self.said.is_none() || now.since(self.seen) >= term
    }

    /// Says whether it may ask for tasks: it registered, and for this account.
    fn may_act(&self, account: Option<&str>) -> bool {
        self.said.is_some() && (account.is_none() || self.account.as_deref() == account)
    }
}

impl Desk {
    /// Returns a worker, which it makes room for if it is not known.
    pub(crate) fn worker(&mut self, name: &Arc<str>, now: Timestamp) -> &mut Worker {
        if !self.workers.contains_key(name) {
            let seat = self.next_seat();
            self.seats.insert(seat, name.clone());
            self.workers.insert(name.clone(), Worker::placeholder(seat, now));
        }
        self.workers.get_mut(name).expect("it is there now")
    }

    /// Refuses a worker that comes beyond the bound, or under a name that is another's or at work elsewhere.
    fn check_name(
        &self,
        registration: &Registration,
        account: Option<&str>,
        now: Timestamp,
    ) -> Result<(), WorkerError> {
        let name = &registration.name;
        let known = self.workers.get(name);
        if known.is_none() && self.workers.len() >= limits::WORKERS_MAX {
            return Err(WorkerError::TooManyWorkers);
        }
        if self.is_taken(name, account) {
            return Err(WorkerError::NameTaken);
        }
        let term = self.term();
        let Some(worker) = known.filter(|it| it.is_at_work_elsewhere(registration, now, term))
        else {
            return Ok(());
        };
        let host = worker.said.as_ref().and_then(|said| said.host.clone());
        Err(WorkerError::NameInUse { name: name.clone(), host })
    }

    /// Says whether a worker of this name is another's. Of one that had tasks before a restart, they
    /// tell whose it may be.
    fn is_taken(&self, name: &str, account: Option<&str>) -> bool {
        let Some(worker) = self.workers.get(name) else { return false };
        match (&worker.said, account) {
            (Some(_), account) => worker.account.as_deref() != account,
            (None, None) => false,
            (None, Some(account)) => {
                let had = worker.leases.iter().filter_map(|lease| self.leases.get(lease));
                let parts = worker.cancelled.keys().filter_map(|lease| self.partings.get(lease));
                had.map(|lease| &lease.account).any(|other| **other != *account)
                    || parts.into_iter().any(|parting| !parting.is_of(Some(account)))
            }
        }
    }

    fn acting(
        &mut self,
        name: &str,
        account: Option<&str>,
        now: Timestamp,
    ) -> Result<&mut Worker, WorkerError> {
        let worker = self.workers.get_mut(name).filter(|worker| worker.may_act(account));
        let worker = worker.ok_or(WorkerError::UnknownWorker)?;
        worker.seen = now;
        Ok(worker)
    }

    /// Forgets workers that have been silent for long and have nothing.
    pub(crate) fn forget_idle_workers(&mut self, now: Timestamp) {
        let idle = self.workers.iter().filter(|(_, worker)| worker.is_idle_since(now));
        for name in idle.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.forget_worker(&name, now);
        }
    }

    /// Forgets a worker and loses what it has.
    fn lose_worker(&mut self, name: &str, cause: &str, now: Timestamp) {
        let leases = self.workers.get(name).map(|worker| worker.leases.clone()).unwrap_or_default();
        for lease in &leases {
            self.lose(lease, cause);
        }
        self.forget_worker(name, now);
    }

    fn forget_worker(&mut self, name: &str, now: Timestamp) {
        if let Some(worker) = self.workers.remove(name) {
            self.seats.remove(&worker.seat);
            self.board.dismiss(worker.seat);
            for lease in worker.cancelled.keys() {
                self.depart(lease, now);
            }
        }
    }
}

impl Dispatcher {
    /// Lets a worker in, or lets it come back.
    ///
    /// # Errors
    /// It says something of itself that cannot be, or its name is another's.
    pub fn register(
        &self,
        registration: Registration,
        account: Option<Arc<str>>,
    ) -> Result<Registered, WorkerError> {
        registration.check()?;
        let now = self.now();
        let mut desk = self.lock();
        let name = registration.name.clone();
        desk.forget_idle_workers(now);
        desk.check_name(&registration, account.as_deref(), now)?;
        let term = desk.term();
        let worker = desk.worker(&name, now);
        let ability = Ability::Remote {
            account: account.clone(),
            tags: registration.all_tags(),
            handlers: registration.handlers.clone(),
        };
        worker.account = account;
        worker.said = Some(registration);
        worker.seen = now;
        worker.draining = false;
        // Whatever poll is open belongs to an earlier life of the worker.
        worker.poll += 1;
        // Its first poll is on its way.
        worker.answered = Some(now);
        worker.news.notify_waiters();
        let seat = worker.seat;
        desk.board.admit(seat, ability);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Ok(Registered {
            worker: name,
            lease_ms: millis(term),
            heartbeat_ms: millis(term / limits::HEARTBEATS),
        })
    }

    /// Renews the leases that a worker has, and tells it which it has not.
    ///
    /// # Errors
    /// The worker is not known.
    pub async fn beat(
        &self,
        name: &str,
        account: Option<&str>,
        beat: Beat,
    ) -> Result<BeatAnswer, WorkerError> {
        self.ready().await;
        if beat.leases.len() > limits::LEASES_NAMED_MAX {
            let most = limits::LEASES_NAMED_MAX;
            return Err(WorkerError::Invalid(format!("at most {most} leases in one beat")));
        }
        for lease in &beat.leases {
            self.known(lease).await;
        }
        let now = self.now();
        let mut desk = self.lock();
        let worker = desk.acting(name, account, now)?;
        let named: BTreeSet<Arc<str>> = beat.leases.into_iter().collect();
        // What it no longer names it has given up.
        let mut gone = Vec::new();
        worker.cancelled.retain(|lease, knows| {
            let is_named = named.contains(lease);
            *knows |= is_named;
            let is_gone = *knows && !is_named;
            gone.extend(is_gone.then(|| lease.clone()));
            !is_gone
        });
        let cancel: Vec<_> = worker.cancelled.keys().cloned().collect();
        let drain = worker.draining;
        for lease in &gone {
            desk.depart(lease, now);
        }
        for lease in cancel.iter().filter(|lease| named.contains(*lease)) {
            desk.prolong(lease, now);
        }
        let lost: Vec<_> = named
            .into_iter()
            .filter(|lease| !cancel.contains(lease) && !desk.renew(lease, name, now))
            .collect();
        desk.counts.refused += lost.len() as u64;
        drop(desk);
        self.touch();
        Ok(BeatAnswer { cancel, lost, drain })
    }

    /// Takes leave of a worker: what it has is lost at once.
    ///
    /// # Errors
    /// The worker is not known.
    pub fn goodbye(&self, name: &str, account: Option<&str>) -> Result<(), WorkerError> {
        let now = self.now();
        let mut desk = self.lock();
        let worker = desk.acting(name, account, now)?;
        worker.poll += 1;
        worker.news.notify_waiters();
        desk.lose_worker(name, "The worker said goodbye.", now);
        drop(desk);
        self.touch();
        Ok(())
    }

    /// Gives up the workers that `is_gone` says are gone, but for those with an open poll: what they have
    /// is lost at once, rather than when their leases run out.
    pub fn miss_workers(&self, is_gone: impl Fn(&str) -> bool) {
        let now = self.now();
        let mut desk = self.lock();
        let gone = desk.workers.iter().filter(|(name, it)| !it.is_polling && is_gone(name));
        let gone: Vec<_> = gone.map(|(name, _)| name.clone()).collect();
        if gone.is_empty() {
            return;
        }
        for name in gone {
            desk.lose_worker(&name, "The machine of the worker is gone.", now);
        }
        drop(desk);
        self.touch();
    }

    /// Lets a worker end what it has and gives it nothing more, or gives it tasks again.
    ///
    /// # Errors
    /// The worker is not known.
    pub fn drain(
        &self,
        name: &str,
        account: Option<&str>,
        draining: bool,
    ) -> Result<(), WorkerError> {
        let mut desk = self.lock();
        let worker = desk.workers.get_mut(name).filter(|worker| worker.may_act(account));
        let worker = worker.ok_or(WorkerError::UnknownWorker)?;
        worker.draining = draining;
        worker.news.notify_waiters();
        let seat = worker.seat;
        if draining {
            desk.board.credit(seat, 0, self.now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_its_way_to_a_worker_takes_its_places() {
        let mut worker = Worker::placeholder(Seat(7), Timestamp(0));
        let name = "one".into();
        let (tags, handlers, host, version, instance) = Default::default();
        worker.said =
            Some(Registration { name, tags, handlers, slots: 3, host, version, instance });
        assert_eq!(worker.places(5), 3);
        worker.assigned.insert(Id(1));
        assert_eq!(worker.places(3), 2);
        worker.outbox.push_back("a".into());
        worker.leases.insert("a".into());
        assert_eq!(worker.places(3), 1);
        assert_eq!(worker.places(1), 0);
    }
}
