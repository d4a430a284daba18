//! How a job is carried out once it has what it wants: here, or by a remote worker.

mod guards;
mod reveal;

use std::sync::Arc;

use compasso_engine::{TaskError, TaskId, TaskResult};
use compasso_executor::Masks;
use compasso_runtime::{Job, Reporter, TaskEnd, TaskRunner};
use compasso_store::ExecutionKey;
use compasso_types::{Payload, Timestamp};
use futures::future::BoxFuture;
use tokio::sync::oneshot;

pub(crate) use self::guards::Returning;
use self::guards::{Lent, LentHere};
use crate::board::{Seat, Verdict};
use crate::cache;
use crate::delivery;
use crate::desk::{BUILT_IN, BUILT_IN_NAME, SERVER};
use crate::dispatcher::Dispatcher;
use crate::leases::{Lease, LeaseEnd};
use crate::limits;
use crate::masked;
use crate::place::{Entry, Place, Way, account_of};
use crate::protocol::Delivery;
use crate::secrets;
use crate::wants::{CacheWish, Wants};

/// What became of scripts that ran on the server itself when it ended.
const ENDED_WITH_SERVER: &str = "The server ended while it ran the script.";

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
        // What was out already must be on the board before anything else may run; others come onto it in the
        // order of their offers, unless a kept output is looked for first.
        let is_entered = job.offer.is_started || wants.cache.is_none();
        let entry = is_entered.then(|| self.enter(&job, wants.clone()));
        Box::pin(async move {
            let kept = match (&entry, &wants.cache) {
                (None, Some(wish)) => dispatcher.kept(&job, wish).await,
                _ => None,
            };
            if let Some(output) = kept {
                return TaskEnd::Finished(dispatcher.hold_all(&job, Ok(output)).await);
            }
            let entry = entry.unwrap_or_else(|| dispatcher.enter(&job, wants.clone()));
            dispatcher.carry(entry, job, reporter, &wants).await
        })
    }

    fn offers_begin(&self) {
        self.lock().gather();
    }

    fn offers_end(&self) {
        self.lock().let_in(self.now());
        self.touch();
    }

    fn give_up(&self, execution: &ExecutionKey, task: TaskId) {
        self.lock().give_up(&execution.0, task, self.now());
        self.touch();
    }

    fn waits_for(&self, execution: &ExecutionKey, task: TaskId) -> Option<String> {
        let texts: Vec<String> =
            self.blocks(&execution.0, task)?.into_iter().map(|block| block.text).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }

    fn recovered(&self) {
        let mut desk = self.lock();
        desk.board.open(self.now());
        desk.announce();
        drop(desk);
        self.inner.open.change(|open| (!open).then_some(true));
        self.touch();
    }
}

impl Dispatcher {
    pub(crate) async fn connect(&self, job: Job, reporter: Reporter) -> TaskEnd {
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
        let (seat, has_it, returning) = match way {
            Way::Away(returning) => (None, true, Some(returning)),
            Way::Again => (Some(SERVER), true, None),
            Way::Ended => {
                let lost = TaskEnd::Finished(Err(TaskError::new("Lost", ENDED_WITH_SERVER)));
                return settle(&place, lost, &reporter, wants).await;
            }
            Way::Wait(verdict) => match verdict.await {
                Ok(Verdict::Run(seat)) => (Some(seat), false, None),
                Ok(Verdict::Open(until)) => {
                    return TaskEnd::Finished(Err(open(wants, until, self.now())));
                }
                // The desk is gone, and with it the server.
                Err(_) => return std::future::pending().await,
            },
        };
        let worker = self.worker_of(seat, &job);
        place.limit(&job, wants);
        let place = Arc::new(place);
        if !has_it && !reporter.started(worker.clone()).await {
            return TaskEnd::Reported;
        }
        if wants.hold {
            // It is dropped with its place when the group has ended.
            return std::future::pending().await;
        }
        match (seat, worker) {
            (Some(SERVER), _) => {
                let end = self.connect_placed(job.clone(), reporter.clone(), wants).await;
                self.settle_own(&place, &job, end, &reporter, wants).await
            }
            (Some(BUILT_IN), _) => {
                let end = self.run_here(&place, &job, reporter.clone(), wants).await;
                self.settle_own(&place, &job, end, &reporter, wants).await
            }
            (_, Some(worker)) => {
                self.lend(&place, &job, reporter, (worker, returning), wants).await
            }
            (_, None) => TaskEnd::Reported,
        }
    }

    /// Returns the name of the worker that a job goes to; none if the server itself carries it out.
    fn worker_of(&self, seat: Option<Seat>, job: &Job) -> Option<Arc<str>> {
        match seat {
            Some(SERVER) => None,
            Some(BUILT_IN) => Some(Arc::from(BUILT_IN_NAME)),
            Some(seat) => Some(self.lock().seats.get(&seat).cloned().unwrap_or_default()),
            None => job.offer.started_by.clone(),
        }
    }

    /// Keeps and settles how a job ended that was carried out on this machine.
    async fn settle_own(
        &self,
        place: &Place,
        job: &Job,
        end: TaskEnd,
        reporter: &Reporter,
        wants: &Arc<Wants>,
    ) -> TaskEnd {
        let end = match end {
            TaskEnd::Finished(result) => {
                let result = self.closed(job, wants, result).await;
                self.keep(job, wants, &result).await;
                TaskEnd::Finished(result)
            }
            TaskEnd::Submitted(_) | TaskEnd::Reported => end,
        };
        settle(place, end, reporter, wants).await
    }

    /// Has the connectors carry a job out, its secrets put in.
    async fn connect_placed(&self, mut job: Job, reporter: Reporter, wants: &Wants) -> TaskEnd {
        match self.reveal(&job, wants).await {
            Ok((parameters, masks)) => {
                job.offer.parameters = parameters;
                let masks = Masks::new(masks.iter().map(String::as_str));
                let end = self.connect(job, masked::reporter(reporter, wants, &masks)).await;
                masked::end(end, wants, &masks)
            }
            Err(error) => TaskEnd::Finished(Err(error)),
        }
    }

    /// Returns the result of a job as it is kept: its files held, its output sealed if nobody may see
    /// it.
    async fn closed(&self, job: &Job, wants: &Wants, result: TaskResult) -> TaskResult {
        let result = self.hold_all(job, result).await;
        if !wants.sensitive {
            return result;
        }
        secrets::seal(&*self.secrets(), &account_of(&job.execution.0), result)
    }

    /// Runs a script on this machine.
    async fn run_here(
        &self,
        place: &Arc<Place>,
        job: &Job,
        reporter: Reporter,
        wants: &Wants,
    ) -> TaskEnd {
        let Some(scripts) = self.inner.scripts.get() else {
            return self.connect_placed(job.clone(), reporter, wants).await;
        };
        let result = match self.reveal(job, wants).await {
            Ok((parameters, masks)) => {
                let hidden = Masks::new(masks.iter().map(String::as_str));
                let reporter = masked::reporter(reporter, wants, &hidden);
                let delivery = Arc::new(delivery::of(job, wants, &parameters, masks));
                let name = delivery.lease.clone();
                let with = (delivery.clone(), reporter.clone());
                self.lock().lend_here(lease(place, job, BUILT_IN_NAME.into(), with));
                let lent = LentHere { dispatcher: self, place, name, is_over: false };
                let result = scripts.run(self, delivery, reporter, Box::new(place.clone())).await;
                lent.end();
                result
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
        (worker, returning): (Arc<str>, Option<Returning>),
        wants: &Arc<Wants>,
    ) -> TaskEnd {
        let has_it = returning.is_some();
        let revealed = async {
            // Whoever has the job has what it is given.
            if has_it { Ok(Default::default()) } else { self.reveal(job, wants).await }
        };
        let (parameters, masks) = match revealed.await {
            Ok(revealed) => revealed,
            Err(error) => {
                return settle(place, TaskEnd::Finished(Err(error)), &reporter, wants).await;
            }
        };
        let hidden = Masks::new(masks.iter().map(String::as_str));
        let reporter = masked::reporter(reporter, wants, &hidden);
        let delivery = Arc::new(delivery::of(job, wants, &parameters, masks));
        let name = delivery.lease.clone();
        let (end, ended) = oneshot::channel();
        let now = self.now();
        let lease = Lease {
            deadline: Some(now.after(self.lock().term())),
            result_bytes_max: job.offer.result_bytes_max.min(limits::RESULT_BYTES_MAX),
            end: Some(end),
            ..lease(place, job, worker, (delivery, reporter.clone()))
        };
        let guard = Lent { dispatcher: self, place, name, is_over: false };
        self.lock().lend(lease, has_it, now);
        drop(returning);
        self.touch();
        if has_it && let Ok((_, masks)) = self.reveal(job, wants).await {
            for value in &*masks {
                hidden.add(value);
            }
        }
        let Ok(LeaseEnd { result, taken }) = ended.await else {
            return std::future::pending().await;
        };
        let result = masked::result(result, wants, &hidden);
        let is_taken = self.hand_in(place, job, result, &reporter, wants).await;
        if let Some(taken) = taken {
            // Whoever reported may have gone.
            let _ = taken.send(is_taken);
        }
        guard.end();
        TaskEnd::Reported
    }

    /// Keeps and reports what a remote worker gave; says whether it was taken.
    async fn hand_in(
        &self,
        place: &Place,
        job: &Job,
        result: TaskResult,
        reporter: &Reporter,
        wants: &Wants,
    ) -> bool {
        let result = self.closed(job, wants, result).await;
        place.note(&result, wants);
        self.keep(job, wants, &result).await;
        reporter.finished(result).await
    }

    /// Keeps a result for others that ask for the same.
    async fn keep(&self, job: &Job, wants: &Wants, result: &TaskResult) {
        if let (Some(wish), Ok(output)) = (&wants.cache, result) {
            cache::keep(self.runtime(), job, wish, output, self.now()).await;
        }
    }

    async fn kept(&self, job: &Job, wish: &CacheWish) -> Option<Payload> {
        let kept = cache::kept(self.runtime(), job, wish, self.now()).await?;
        // Files that it lists may have gone with the run that left them.
        self.has_all(kept.value()).await.then_some(kept)
    }
}

/// Has a job that was out leave its place once its end is stored. Until then a restart begins it again,
/// and would find it beside whoever had its place next.
async fn settle(place: &Place, end: TaskEnd, reporter: &Reporter, wants: &Wants) -> TaskEnd {
    match end {
        TaskEnd::Finished(result) => {
            place.note(&result, wants);
            reporter.finished(result).await;
        }
        TaskEnd::Submitted(output) => reporter.submitted(output).await,
        TaskEnd::Reported => {}
    }
    place.leave();
    TaskEnd::Reported
}

/// Returns the lease of a job that a worker has and whose end nobody waits for yet.
fn lease(
    place: &Place,
    job: &Job,
    worker: Arc<str>,
    (delivery, reporter): (Arc<Delivery>, Reporter),
) -> Lease {
    Lease {
        id: place.id,
        worker,
        account: account_of(&job.execution.0),
        deadline: None,
        delivery,
        job: job.clone(),
        reporter,
        result_bytes_max: 0,
        end: None,
        is_reported: false,
    }
}

fn open(wants: &Wants, until: Timestamp, now: Timestamp) -> TaskError {
    let name = wants.breaker.as_ref().map(|breaker| &*breaker.name).unwrap_or_default();
    let retry_after_ms = u64::try_from(until.since(now).as_millis()).ok();
    let cause = format!("The breaker '{name}' is open until {until}.");
    TaskError { retry_after_ms, ..TaskError::new("CircuitOpen", cause) }
}
