//! A job's place on the board, from its entry until it leaves: once its end is stored.
//!
//! Whose job is given up keeps its place until nothing of the work goes on: a script that is told to
//! end has its grace, and what it holds is not free before it is gone.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use compasso_engine::{TaskError, TaskId, TaskResult};
use compasso_ir::ResourceKind;
use compasso_runtime::Job;
use compasso_types::Timestamp;
use tokio::sync::oneshot;

use crate::board::{Ending, Id, Lane, Need, Order, Task, Verdict};
use crate::carry::Returning;
use crate::delivery;
use crate::desk::{BUILT_IN, BUILT_IN_NAME, SERVER};
use crate::dispatcher::Dispatcher;
use crate::wants::{BreakerWish, Wants};

/// What runs scripts: a resource of this name goes to workers.
const SCRIPT: &str = "script";
/// What handlers of workers run.
const HANDLER: &str = "handler";
/// Where both belong to.
const SERVICE: &str = "compasso";

/// A job on the board, and how it comes to run.
pub(crate) struct Entry {
    pub(crate) place: Place,
    pub(crate) way: Way,
}

pub(crate) enum Way {
    /// It waits.
    Wait(oneshot::Receiver<Verdict>),
    /// It was out before a restart, and the server's connectors run it again.
    Again,
    /// It was a script of the built-in worker, which a restart ends.
    Ended,
    /// A remote worker has it since before a restart.
    Away(Returning),
}

/// A job's place on the board; left when this is dropped, if not before.
pub(crate) struct Place {
    dispatcher: Dispatcher,
    pub(crate) id: Id,
    pub(crate) run: Arc<str>,
    /// From when on its breaker counts it as failed if it is dropped.
    late: Option<Timestamp>,
    ending: Mutex<Option<Ending>>,
    /// Whether it was left, or is another's to leave.
    is_over: AtomicBool,
}

impl Place {
    /// Notes how long the job may take from now on, if its breaker counts that it took longer.
    pub(crate) fn limit(&mut self, job: &Job, wants: &Wants) {
        let counts = |breaker: &BreakerWish| breaker.counts("Timeout");
        let limit = job.offer.timeout.filter(|_| wants.breaker.as_ref().is_some_and(counts));
        let Some(limit) = limit else { return };
        self.late = Some(self.dispatcher.now().after(limit));
        if let Some(ticket) = self.dispatcher.lock().tickets.get_mut(&self.id) {
            ticket.late = self.late;
        }
    }

    /// Notes how the job ended. Its breaker hears of it before anybody else: what follows is judged by it.
    pub(crate) fn note(&self, result: &TaskResult, wants: &Wants) {
        let counts = |error: &TaskError| {
            let name = error.error.as_deref().unwrap_or_default();
            wants.breaker.as_ref().is_none_or(|breaker| breaker.counts(name))
        };
        let ending = match result {
            Ok(_) => Ending::Passed,
            Err(error) if counts(error) => Ending::Failed,
            Err(_) => Ending::Passed,
        };
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
        if wants.breaker.is_some() {
            self.conclude();
        }
    }

    /// Notes that the job is over, with or without a result: its breaker hears of it now. What it has
    /// stays until it leaves.
    pub(crate) fn conclude(&self) {
        let now = self.dispatcher.now();
        let ending = self.ending(now);
        let mut desk = self.dispatcher.lock();
        desk.board.conclude(self.id, ending, now);
        desk.announce();
        drop(desk);
        self.dispatcher.touch();
    }

    /// Leaves the place; a second time changes nothing.
    pub(crate) fn leave(&self) {
        if self.is_over.swap(true, Ordering::Relaxed) {
            return;
        }
        let now = self.dispatcher.now();
        let ending = self.ending(now);
        self.dispatcher.lock().leave(self.id, &self.run, ending, now);
        self.dispatcher.touch();
    }

    /// Leaves the place to the caller, who takes the job off the board.
    pub(crate) fn hand_over(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// A job that is dropped at its limit has timed out; any other was given up. What is said first
    /// counts.
    fn ending(&self, now: Timestamp) -> Ending {
        let mut noted = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        *noted.get_or_insert_with(|| Ending::of_dropped(self.late, now))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Dispatcher {
    /// Puts a job onto the board; the ticket takes it off again.
    pub(crate) fn enter(&self, job: &Job, wants: Arc<Wants>) -> Entry {
        let now = self.now();
        let (run, state, of) = (job.execution.0.clone(), &job.offer.state, job.offer.task);
        let need = need_of(job, &wants.tags);
        let is_remote = !matches!(need, Need::Server);
        let named = job.offer.instance.as_ref().unwrap_or(state);
        let task = task_of(&run, (state, named), of, need, wants, now);
        let mut desk = self.lock();
        let id = desk.expect(&run, state, of, now);
        let (late, ending, is_over) = (None, Mutex::default(), AtomicBool::new(false));
        let place = Place { dispatcher: self.clone(), id, run, late, ending, is_over };
        if job.offer.is_started {
            let seat = match job.offer.started_by.as_deref() {
                None => SERVER,
                Some(BUILT_IN_NAME) => BUILT_IN,
                Some(worker) => desk.worker(&Arc::from(worker), now).seat,
            };
            desk.board.restore(id, task, Some(seat), now);
            let way = match seat {
                BUILT_IN => Way::Ended,
                _ if is_remote => {
                    let (dispatcher, lease) = (self.clone(), job.token.clone());
                    desk.returning.insert(lease.clone());
                    Way::Away(Returning { dispatcher, lease })
                }
                _ => Way::Again,
            };
            return Entry { place, way };
        }
        let verdict = desk.await_verdict(id);
        desk.arrive(id, task, now);
        drop(desk);
        self.touch();
        Entry { place, way: Way::Wait(verdict) }
    }
}

/// Says what the board must know of a task, which people know by the name `named`.
pub(crate) fn task_of(
    run: &Arc<str>,
    (state, named): (&Arc<str>, &str),
    of: TaskId,
    need: Need,
    wants: Arc<Wants>,
    now: Timestamp,
) -> Task {
    let parts: Vec<&str> = run.split(':').collect();
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    Task {
        pipeline: format!("{}:pipeline:{}", parts[..parts.len().min(5)].join(":"), part(6)).into(),
        label: format!("{}/{}/{}", part(6), part(7), named.replace("[]", "")).into(),
        state: state.clone(),
        lane: Lane { account: part(4).into(), need },
        order: Order {
            urgency: Reverse(wants.priority),
            due: wants.due().unwrap_or(now),
            run: run.clone(),
            entry: of.entry,
            attempt: of.attempt,
        },
        since: now,
        wants,
        run: run.clone(),
    }
}

fn need_of(job: &Job, tags: &BTreeSet<Arc<str>>) -> Need {
    let ResourceKind::Service { service, action, .. } = &job.offer.resource.kind else {
        return Need::Server;
    };
    match (&**service, &**action) {
        (SERVICE, SCRIPT) => Need::Script(tags.clone()),
        (SERVICE, HANDLER) => Need::Handler(
            delivery::handler(&job.offer.parameters).unwrap_or_default(),
            tags.clone(),
        ),
        _ => Need::Server,
    }
}

/// Returns the account of an execution.
pub(crate) fn account_of(execution: &str) -> Arc<str> {
    execution.split(':').nth(4).unwrap_or_default().into()
}
