//! The server's task runner: what wants a placement waits here until it has it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use compasso_engine::{TaskError, TaskResult};
use compasso_ir::ResourceKind;
use compasso_runtime::{Job, Reporter, Runtime, TaskEnd, TaskRunner};
use compasso_types::Timestamp;
use futures::future::BoxFuture;
use tokio::sync::{Notify, oneshot, watch};

use crate::board::{Ability, Ending, Id, Lane, Need, Order, Seat, Task, Verdict};
use crate::cache;
use crate::delivery;
use crate::desk::{BUILT_IN, BUILT_IN_NAME, Desk, SERVER, Ticket};
use crate::leases::{Delivery, Lease, LeaseEnd};
use crate::limits;
use crate::secrets::{NoSecrets, Secrets};
use crate::wants::{PoolSizes, Wants};

/// What runs scripts: a resource of this name goes to workers.
const SCRIPT: &str = "script";
/// What handlers of workers run.
const HANDLER: &str = "handler";
/// Where both belong to.
const SERVICE: &str = "compasso";

/// Runs scripts on the server's machine.
pub trait Scripts: Send + Sync + 'static {
    /// Runs a script to its end; its processes are ended when it is dropped.
    fn run(&self, delivery: Arc<Delivery>, reporter: Reporter) -> BoxFuture<'static, TaskResult>;
}

/// The worker that the server has built in.
pub struct BuiltIn {
    /// What runs its scripts.
    pub scripts: Arc<dyn Scripts>,
    /// How many at once.
    pub slots: u32,
    /// The name of its machine.
    pub host: Arc<str>,
}

/// Brings tasks that wait and those who can run them together; `clone` is cheap.
#[derive(Clone)]
pub struct Dispatcher {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    desk: Mutex<Desk>,
    /// Told when time matters earlier than before.
    touched: Notify,
    open: watch::Sender<bool>,
    secrets: OnceLock<Arc<dyn Secrets>>,
    connectors: OnceLock<Arc<dyn TaskRunner>>,
    scripts: OnceLock<Arc<dyn Scripts>>,
}

impl Dispatcher {
    /// Makes the dispatcher of what `runtime` runs.
    pub fn new(runtime: Runtime) -> Self {
        let inner = Inner {
            runtime,
            desk: Mutex::default(),
            touched: Notify::new(),
            open: watch::Sender::new(false),
            secrets: OnceLock::new(),
            connectors: OnceLock::new(),
            scripts: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Says who carries tasks out: the connectors, and the worker that is built in.
    pub fn serve(&self, connectors: Arc<dyn TaskRunner>, built_in: Option<BuiltIn>) {
        let now = self.now();
        let mut desk = self.lock();
        desk.board.admit(SERVER, Ability::Server);
        desk.board.credit(SERVER, limits::SERVER_PLACES, now);
        if let Some(BuiltIn { scripts, slots, host }) = built_in {
            desk.board.admit(BUILT_IN, Ability::BuiltIn { host });
            desk.board.credit(BUILT_IN, slots.into(), now);
            // A second time changes nothing.
            let _ = self.inner.scripts.set(scripts);
        }
        drop(desk);
        let _ = self.inner.connectors.set(connectors);
        let dispatcher = self.clone();
        self.inner.runtime.spawn(async move { dispatcher.keep_time().await });
    }

    /// Says where secrets are.
    pub fn keep_secrets(&self, secrets: Arc<dyn Secrets>) {
        // A second time changes nothing.
        let _ = self.inner.secrets.set(secrets);
    }

    /// Gives pools the sizes of the settings, which nothing else changes.
    pub fn fix_pools(&self, sizes: &PoolSizes) {
        let now = self.now();
        let mut desk = self.lock();
        for (name, size) in sizes {
            desk.fixed_pools.insert(name.clone());
            desk.board.resize(name, Some(*size), now);
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Desk> {
        // Nothing panics under the lock.
        self.inner.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.runtime.clock().now()
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    pub(crate) fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        self.inner.runtime.clock().sleep_until(at)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.inner.runtime.is_stopped()
    }

    pub(crate) async fn stopped(&self) {
        self.inner.runtime.stopping().await;
    }

    /// Waits until all that was out before this process began is known.
    pub(crate) async fn ready(&self) {
        // The sender lives as long as this.
        let _ = self.inner.open.subscribe().wait_for(|open| *open).await;
    }

    /// Looks at the clock again: something may be due earlier.
    pub(crate) fn touch(&self) {
        self.inner.touched.notify_one();
    }

    async fn keep_time(&self) {
        loop {
            let due = {
                let mut desk = self.lock();
                let now = self.now();
                desk.board.tick(now);
                desk.expire(now);
                desk.announce();
                desk.next_due()
            };
            let due = async {
                match due {
                    Some(at) => self.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = self.inner.touched.notified() => {}
                () = self.stopped() => return,
            }
        }
    }

    /// Puts a job onto the board; the ticket takes it off again.
    fn enter(&self, job: &Job, wants: Arc<Wants>) -> Entry {
        let now = self.now();
        let task = task_of(job, wants, now);
        let run = task.run.clone();
        let is_remote = !matches!(task.lane.need, Need::Server);
        let mut desk = self.lock();
        let id = desk.next_id();
        let ticket = Ticket::new(job.offer.state.clone(), job.offer.task, now);
        desk.tickets.insert(id, ticket);
        desk.of_run.entry(run.clone()).or_default().insert(id);
        let place = Place {
            dispatcher: self.clone(),
            id,
            run,
            timeout: job.offer.timeout.map(|limit| (now, limit)),
            ending: Mutex::new(None),
        };
        if job.offer.is_started {
            let seat = match job.offer.started_by.as_deref() {
                None => SERVER,
                Some(BUILT_IN_NAME) => BUILT_IN,
                Some(worker) => desk.worker(&Arc::from(worker), now).seat,
            };
            desk.board.restore(id, task, Some(seat), now);
            let is_away = is_remote && seat != BUILT_IN;
            return Entry { place, way: if is_away { Way::Away } else { Way::Again(seat) } };
        }
        let verdict = desk.await_verdict(id);
        desk.board.enter(id, task, now);
        desk.announce();
        drop(desk);
        self.touch();
        Entry { place, way: Way::Wait(verdict) }
    }
}

/// A job on the board, and how it comes to run.
struct Entry {
    place: Place,
    way: Way,
}

enum Way {
    /// It waits.
    Wait(oneshot::Receiver<Verdict>),
    /// It was out before a restart, and the server runs it again.
    Again(Seat),
    /// A remote worker has it since before a restart.
    Away,
}

/// A job's place on the board; left when this is dropped.
struct Place {
    dispatcher: Dispatcher,
    id: Id,
    run: Arc<str>,
    /// When it began, and how long it may take.
    timeout: Option<(Timestamp, std::time::Duration)>,
    ending: Mutex<Option<Ending>>,
}

impl Place {
    /// Notes how the job ended, for its breaker.
    fn note(&self, result: &TaskResult, wants: &Wants) {
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
    }

    /// A job that is dropped at its limit has timed out; any other was given up.
    fn ending(&self, now: Timestamp) -> Ending {
        let noted = *self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        let is_late = self.timeout.is_some_and(|(began, limit)| now >= began.after(limit));
        noted.unwrap_or(if is_late { Ending::Failed } else { Ending::Unknown })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let now = self.dispatcher.now();
        let ending = self.ending(now);
        let mut desk = self.dispatcher.lock();
        desk.forget(self.id, &self.run);
        desk.board.leave(self.id, ending, now);
        desk.announce();
        drop(desk);
        self.dispatcher.touch();
    }
}

impl TaskRunner for Dispatcher {
    fn run(&self, job: Job, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let dispatcher = self.clone();
        let Some(placement) = &job.offer.placement else {
            return Box::pin(async move { dispatcher.connect(job, reporter).await });
        };
        let wants = match Wants::read(placement) {
            Ok(wants) => Arc::new(wants),
            Err(cause) => {
                let failed = TaskError::new("Rejected", cause);
                return Box::pin(async move { TaskEnd::Finished(Err(failed)) });
            }
        };
        // What was out already must be on the board before anything else may run.
        let entry = job.offer.is_started.then(|| self.enter(&job, wants.clone()));
        Box::pin(async move {
            let kept = match (&entry, &wants.cache) {
                (None, Some(wish)) => dispatcher.kept(&job, wish).await,
                _ => None,
            };
            if let Some(output) = kept {
                return TaskEnd::Finished(Ok(output));
            }
            let entry = entry.unwrap_or_else(|| dispatcher.enter(&job, wants.clone()));
            dispatcher.carry(entry, job, reporter, &wants).await
        })
    }

    fn recovered(&self) {
        let mut desk = self.lock();
        desk.board.open(self.now());
        desk.announce();
        drop(desk);
        self.inner.open.send_replace(true);
        self.touch();
    }
}

impl Dispatcher {
    async fn connect(&self, job: Job, reporter: Reporter) -> TaskEnd {
        match self.inner.connectors.get() {
            Some(connectors) => connectors.run(job, reporter).await,
            None => TaskEnd::Finished(Err(TaskError::new("Rejected", "nothing carries it out"))),
        }
    }

    async fn carry(
        &self,
        entry: Entry,
        job: Job,
        reporter: Reporter,
        wants: &Arc<Wants>,
    ) -> TaskEnd {
        let Entry { mut place, way } = entry;
        let (seat, has_it) = match way {
            Way::Away => (None, true),
            Way::Again(seat) => (Some(seat), true),
            Way::Wait(verdict) => match verdict.await {
                Ok(Verdict::Run(seat)) => (Some(seat), false),
                Ok(Verdict::Open(until)) => {
                    return TaskEnd::Finished(Err(open(wants, until, self.now())));
                }
                // The desk is gone, and with it the server.
                Err(_) => return std::future::pending().await,
            },
        };
        let worker = match seat {
            Some(SERVER) => None,
            Some(BUILT_IN) => Some(Arc::from(BUILT_IN_NAME)),
            Some(seat) => Some(self.lock().seats.get(&seat).cloned().unwrap_or_default()),
            None => job.offer.started_by.clone(),
        };
        if !has_it && !reporter.started(worker.clone()).await {
            return TaskEnd::Reported;
        }
        place.timeout = job.offer.timeout.map(|limit| (self.now(), limit));
        let end = match (seat, worker) {
            (Some(SERVER), _) => self.connect_placed(job.clone(), reporter).await,
            (Some(BUILT_IN), _) => self.run_here(&job, reporter, wants).await,
            (_, Some(worker)) => {
                return self.lend(&place, &job, reporter, (worker, has_it), wants).await;
            }
            (_, None) => return TaskEnd::Reported,
        };
        if let TaskEnd::Finished(result) = &end {
            place.note(result, wants);
            self.keep(&job, wants, result).await;
        }
        end
    }

    /// Has the connectors carry a job out, its secrets put in.
    async fn connect_placed(&self, mut job: Job, reporter: Reporter) -> TaskEnd {
        match self.reveal(&job).await {
            Ok((parameters, _)) => {
                job.offer.parameters = parameters;
                self.connect(job, reporter).await
            }
            Err(error) => TaskEnd::Finished(Err(error)),
        }
    }

    /// Runs a script on this machine.
    async fn run_here(&self, job: &Job, reporter: Reporter, wants: &Wants) -> TaskEnd {
        let Some(scripts) = self.inner.scripts.get() else {
            return self.connect_placed(job.clone(), reporter).await;
        };
        let result = match self.reveal(job).await {
            Ok((parameters, masks)) => {
                let delivery = delivery::of(job, wants, &parameters, masks);
                scripts.run(Arc::new(delivery), reporter).await
            }
            Err(error) => Err(error),
        };
        TaskEnd::Finished(result)
    }

    /// Has a remote worker carry a job out, which may have it already.
    async fn lend(
        &self,
        place: &Place,
        job: &Job,
        reporter: Reporter,
        (worker, has_it): (Arc<str>, bool),
        wants: &Arc<Wants>,
    ) -> TaskEnd {
        let revealed = if has_it {
            Ok((compasso_types::Payload::default(), Vec::new()))
        } else {
            self.reveal(job).await
        };
        let (parameters, masks) = match revealed {
            Ok(revealed) => revealed,
            Err(error) => return TaskEnd::Finished(Err(error)),
        };
        let delivery = Arc::new(delivery::of(job, wants, &parameters, masks));
        let name = delivery.lease.clone();
        let (end, ended) = oneshot::channel();
        let now = self.now();
        let lease = Lease {
            id: place.id,
            worker,
            account: account_of(&job.execution.0),
            deadline: now.after(limits::LEASE),
            delivery,
            reporter: reporter.clone(),
            result_bytes_max: job.offer.result_bytes_max.min(limits::RESULT_BYTES_MAX),
            end: Some(end),
        };
        let guard = Lent { dispatcher: self, name, is_over: false };
        self.lock().lend(lease, has_it, now);
        self.touch();
        let Ok(LeaseEnd { result, taken }) = ended.await else {
            return std::future::pending().await;
        };
        place.note(&result, wants);
        self.keep(job, wants, &result).await;
        let is_taken = reporter.finished(result).await;
        if let Some(taken) = taken {
            // Whoever reported may have gone.
            let _ = taken.send(is_taken);
        }
        guard.end();
        TaskEnd::Reported
    }

    /// Keeps a result for others that ask for the same.
    async fn keep(&self, job: &Job, wants: &Wants, result: &TaskResult) {
        if let (Some(wish), Ok(output)) = (&wants.cache, result) {
            cache::keep(&self.inner.runtime, job, wish, output, self.now()).await;
        }
    }

    async fn kept(
        &self,
        job: &Job,
        wish: &crate::wants::CacheWish,
    ) -> Option<compasso_types::Payload> {
        cache::kept(&self.inner.runtime, job, wish, self.now()).await
    }

    /// Puts secrets into the parameters of a job; returns also what no log may show.
    async fn reveal(&self, job: &Job) -> Result<(compasso_types::Payload, Vec<String>), TaskError> {
        let none: Arc<dyn Secrets> = Arc::new(NoSecrets);
        let secrets = self.inner.secrets.get().unwrap_or(&none).clone();
        let account = account_of(&job.execution.0);
        crate::secrets::reveal(secrets.as_ref(), &account, &job.offer.parameters).await
    }
}

/// A lease while its job waits for its end.
struct Lent<'a> {
    dispatcher: &'a Dispatcher,
    name: Arc<str>,
    is_over: bool,
}

impl Lent<'_> {
    fn end(mut self) {
        self.is_over = true;
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let is_cancelled = !self.is_over && !self.dispatcher.is_stopped();
        self.dispatcher.lock().take_back(&self.name, is_cancelled);
    }
}

/// Says what the board must know of a job.
fn task_of(job: &Job, wants: Arc<Wants>, now: Timestamp) -> Task {
    let run = job.execution.0.clone();
    let parts: Vec<&str> = run.split(':').collect();
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    let need = need_of(job, &wants.tags);
    Task {
        pipeline: part(6).into(),
        label: format!("{}/{}/{}", part(6), part(7), job.offer.state).into(),
        lane: Lane { account: part(4).into(), need },
        order: Order {
            urgency: Reverse(wants.priority),
            due: wants.due().unwrap_or(now),
            run: run.clone(),
            entry: job.offer.task.entry,
            attempt: job.offer.task.attempt,
        },
        since: now,
        wants,
        run,
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

fn open(wants: &Wants, until: Timestamp, now: Timestamp) -> TaskError {
    let name = wants.breaker.as_ref().map(|breaker| &*breaker.name).unwrap_or_default();
    let retry_after_ms = u64::try_from(until.since(now).as_millis()).ok();
    let cause = format!("The breaker '{name}' is open until {until}.");
    TaskError { retry_after_ms, ..TaskError::new("CircuitOpen", cause) }
}
