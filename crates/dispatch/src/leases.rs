//! Leases: which worker has which attempt of which task, and until when.
//!
//! A lease is the token of the task's attempt, so nobody can guess one, a later attempt has another,
//! and a restart finds it again. **Invariant:** a result is taken of whoever has the lease, and of
//! nobody else.

use std::sync::Arc;

use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::{Job, Reporter};
use compasso_store::LogStream;
use compasso_types::{Payload, Timestamp};
use tokio::sync::oneshot;

use crate::board::Id;
use crate::desk::Desk;
use crate::dispatcher::Dispatcher;
use crate::errors::WorkerError;
use crate::limits;
use crate::protocol::{Delivery, Failure, Stream, WorkerLine};

/// A task that a worker has, or is about to have.
pub(crate) struct Lease {
    pub(crate) id: Id,
    pub(crate) worker: Arc<str>,
    pub(crate) account: Arc<str>,
    /// When it runs out; absent: the server itself has the task.
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) delivery: Arc<Delivery>,
    /// What it is about, without its secrets.
    pub(crate) job: Job,
    pub(crate) reporter: Reporter,
    pub(crate) result_bytes_max: usize,
    /// Where its end is told; absent: it has been.
    pub(crate) end: Option<oneshot::Sender<LeaseEnd>>,
    /// Whether its worker has reported the end, which may not be durable yet.
    pub(crate) is_reported: bool,
}

/// How a lease ends.
pub(crate) struct LeaseEnd {
    pub(crate) result: TaskResult,
    /// Told whether the result was taken, once it is durable.
    pub(crate) taken: Option<oneshot::Sender<bool>>,
}

impl Lease {
    /// Says whether its task goes on.
    fn is_good(&self) -> bool {
        self.end.is_some() || self.deadline.is_none()
    }
}

impl Desk {
    /// Gives a worker a lease; it may have the task already.
    pub(crate) fn lend(&mut self, lease: Lease, has_it: bool, now: Timestamp) {
        let (name, worker_name) = (lease.delivery.lease.clone(), lease.worker.clone());
        let worker = self.worker(&worker_name, now);
        worker.assigned.remove(&lease.id);
        worker.leases.insert(name.clone());
        if !has_it {
            worker.outbox.push_back(name.clone());
            worker.news.notify_waiters();
            self.counts.given += 1;
        }
        self.deadlines.extend(lease.deadline.map(|at| (at, name.clone())));
        self.leases.insert(name, lease);
    }

    /// Notes a lease of the server's own worker, which no deadline ends.
    pub(crate) fn lend_here(&mut self, lease: Lease) {
        self.counts.given += 1;
        self.leases.insert(lease.delivery.lease.clone(), lease);
    }

    /// Hands a lease out that is in an outbox.
    pub(crate) fn hand_out(&mut self, name: &Arc<str>, now: Timestamp) -> Option<Arc<Delivery>> {
        self.prolong(name, now);
        Some(self.leases.get(name)?.delivery.clone())
    }

    /// Renews a lease of a worker; returns whether it has that lease.
    pub(crate) fn renew(&mut self, name: &Arc<str>, worker: &str, now: Timestamp) -> bool {
        let account = self.workers.get(worker).and_then(|worker| worker.account.clone());
        let has = self.leases.get(name).is_some_and(|lease| {
            let is_allowed = account.is_none_or(|account| account == lease.account);
            &*lease.worker == worker && is_allowed && (lease.end.is_some() || lease.is_reported)
        });
        if has {
            self.prolong(name, now);
        }
        has
    }

    /// Takes a lease back: its task is over, or no longer wanted. Returns it if its worker has it.
    pub(crate) fn take_back(&mut self, name: &Arc<str>) -> Option<Lease> {
        let lease = self.leases.remove(name)?;
        if let Some(at) = lease.deadline {
            self.deadlines.remove(&(at, name.clone()));
        }
        let worker = self.workers.get_mut(&lease.worker)?;
        worker.leases.remove(name);
        let was_in_outbox = worker.outbox.iter().any(|waiting| waiting == name);
        worker.outbox.retain(|waiting| waiting != name);
        (!was_in_outbox).then_some(lease)
    }

    /// Ends a lease because its worker is gone.
    pub(crate) fn lose(&mut self, name: &Arc<str>, cause: &str) {
        let end = self.leases.get_mut(name).and_then(|lease| lease.end.take());
        if let Some(end) = end {
            self.counts.lost += 1;
            let result = Err(TaskError::new("Lost", cause));
            // Who is gone has taken the lease back.
            let _ = end.send(LeaseEnd { result, taken: None });
        }
    }

    /// Ends the leases that ran out.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.deadlines.first()
            && *at <= now
        {
            let (_, name) = self.deadlines.pop_first().expect("there is a first one");
            if self.partings.contains_key(&name) {
                self.depart(&name, now);
                continue;
            }
            let worker = self.leases.get(&name).map(|lease| lease.worker.clone());
            let seconds = self.term().as_secs();
            let worker = worker.unwrap_or_default();
            let cause = format!("The worker '{worker}' gave no sign of life for {seconds} s.");
            self.lose(&name, &cause);
        }
    }

    /// Moves the end of a lease that has one, or that parts.
    pub(crate) fn prolong(&mut self, name: &Arc<str>, now: Timestamp) {
        let next = now.after(self.term());
        let lease = self.leases.get_mut(name).and_then(|lease| lease.deadline.as_mut());
        let parting = self.partings.get_mut(name).map(|parting| &mut parting.deadline);
        let Some(deadline) = lease.or(parting) else { return };
        self.deadlines.remove(&(*deadline, name.clone()));
        *deadline = next;
        self.deadlines.insert((next, name.clone()));
    }

    /// Returns a lease that is good and that `account` may use.
    fn good(&mut self, name: &str, account: Option<&str>) -> Result<&mut Lease, WorkerError> {
        let lease = self.leases.get_mut(name).filter(|lease| {
            lease.is_good() && account.is_none_or(|account| *account == *lease.account)
        });
        let Some(lease) = lease else {
            self.counts.refused += 1;
            return Err(WorkerError::LeaseLost);
        };
        Ok(lease)
    }
}

impl Dispatcher {
    /// Takes the result of a task; durable when it returns.
    ///
    /// # Errors
    /// The lease is over.
    pub async fn done(
        &self,
        lease: &str,
        account: Option<&str>,
        output: Payload,
    ) -> Result<(), WorkerError> {
        self.known(lease).await;
        let most = self.lock().good(lease, account)?.result_bytes_max;
        let result = if output.text().len() > most {
            let cause = format!("The output has more than {most} bytes.");
            Err(TaskError::new("OutputTooLarge", cause))
        } else {
            Ok(output)
        };
        self.end(lease, account, result).await
    }

    /// Takes the failure of a task; durable when it returns.
    ///
    /// # Errors
    /// The lease is over.
    pub async fn failed(
        &self,
        lease: &str,
        account: Option<&str>,
        failure: Failure,
    ) -> Result<(), WorkerError> {
        self.known(lease).await;
        let Failure { error, cause, retry_after_ms } = failure;
        let failed = TaskError { error: Some(error), cause, retry_after_ms };
        self.end(lease, account, Err(failed)).await
    }

    async fn end(
        &self,
        lease: &str,
        account: Option<&str>,
        result: TaskResult,
    ) -> Result<(), WorkerError> {
        let (taken, answer) = oneshot::channel();
        {
            let mut desk = self.lock();
            let lease = desk.good(lease, account)?;
            // The end of what the server itself has is not the script's to tell.
            let end = lease.end.take().ok_or(WorkerError::LeaseLost)?;
            lease.is_reported = true;
            if end.send(LeaseEnd { result, taken: Some(taken) }).is_err() {
                return Err(WorkerError::LeaseLost);
            }
        }
        match answer.await {
            Ok(true) => Ok(()),
            Err(_) if self.is_stopped() => Err(WorkerError::Ending),
            Ok(false) | Err(_) => Err(WorkerError::LeaseLost),
        }
    }

    /// Takes a sign of life of a task, and of its worker.
    ///
    /// # Errors
    /// The lease is over.
    pub async fn beat_lease(&self, lease: &str, account: Option<&str>) -> Result<(), WorkerError> {
        self.known(lease).await;
        let now = self.now();
        {
            let mut desk = self.lock();
            desk.good(lease, account)?;
            desk.prolong(&Arc::from(lease), now);
        }
        // A task without a limit of silence takes no notice.
        let _ = self.runtime().heartbeat(lease).await;
        Ok(())
    }

    /// Keeps lines of a task, also while its worker gives it up.
    ///
    /// # Errors
    /// The lease is over, or there are too many lines.
    pub async fn log(
        &self,
        lease: &str,
        account: Option<&str>,
        lines: &[WorkerLine],
    ) -> Result<(), WorkerError> {
        self.known(lease).await;
        if lines.len() > limits::LOG_LINES_MAX {
            let most = limits::LOG_LINES_MAX;
            return Err(WorkerError::Invalid(format!("at most {most} lines in one call")));
        }
        let reporter = {
            let mut desk = self.lock();
            let now = self.now();
            let parting = desk.partings.get(lease).filter(|parting| parting.is_of(account));
            let reporter = match parting.and_then(|parting| parting.reporter.clone()) {
                Some(reporter) => reporter,
                None => desk.good(lease, account)?.reporter.clone(),
            };
            desk.prolong(&Arc::from(lease), now);
            reporter
        };
        for line in lines {
            let stream = match line.stream {
                Stream::Stdout => LogStream::Stdout,
                Stream::Stderr => LogStream::Stderr,
            };
            reporter.log_room().await;
            reporter.log(stream, &line.text);
        }
        Ok(())
    }

    /// Says whether a text is a lease that is good.
    pub async fn is_good(&self, lease: &str) -> bool {
        self.known(lease).await;
        self.lock().leases.get(lease).is_some_and(Lease::is_good)
    }

    /// Returns the account whose task a lease is of; `None` if there is no such lease.
    pub async fn account_of_lease(&self, lease: &str) -> Option<Arc<str>> {
        self.known(lease).await;
        self.lock().leases.get(lease).map(|lease| lease.account.clone())
    }

    /// Returns the task that a lease is of.
    ///
    /// # Errors
    /// The lease is over.
    pub async fn leased_task(
        &self,
        lease: &str,
        account: Option<&str>,
    ) -> Result<Arc<Delivery>, WorkerError> {
        self.known(lease).await;
        Ok(self.lock().good(lease, account)?.delivery.clone())
    }
}
