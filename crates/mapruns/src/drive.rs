//! The life of a map run: children are started as room allows and counted as they end.

use std::collections::BTreeMap;

use compasso_engine::{TaskError, TaskResult};
use compasso_items::Stores;
use compasso_store::ExecutionKey;
use futures::StreamExt as _;
use futures::stream::{self, FuturesUnordered};
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::children::{Child, Children};
use crate::launch::{Ended, Launches};
use crate::progress::Total;
use crate::record::Status;
use crate::results;
use crate::run::{Run, children_at_once};
use crate::{limits, names};

const EXCEEDED: &str = "States.ExceedToleratedFailureThreshold";
const EXCEEDED_CAUSE: &str = "The specified tolerated failure threshold was exceeded";

/// How the children of a run came to an end.
enum Finish {
    /// All of them ended.
    Complete,
    /// The run fails; those that ran were stopped.
    Failed(TaskError),
    /// Nobody waits for the run any more; those that ran were stopped.
    Cancelled,
}

/// Carries a map run out, tells its execution, and returns. Dropped while the runtime stops.
pub(crate) async fn drive(run: &Run, launches: &Launches, stores: &Stores) {
    let record = run.record().await;
    if let Some(result) = record.result {
        // A restart came between the end of the run and its execution's hearing of it.
        tell(run, result).await;
        return;
    }
    let finish = run_children(run, launches, stores).await;
    let result = match finish {
        Finish::Complete => results::collect(run, stores).await,
        Finish::Failed(error) => {
            // What is written of a run that failed is worth having, but does not change why.
            if let Err(error) = results::export_if_asked(run, stores).await {
                warn!(map_run = %run.job.offer.run.arn, ?error, "results were not written");
            }
            Err(error)
        }
        Finish::Cancelled => {
            close(run, Status::Aborted, None).await;
            return;
        }
    };
    let status = if result.is_ok() { Status::Succeeded } else { Status::Failed };
    close(run, status, Some(result.clone())).await;
    tell(run, result).await;
}

async fn tell(run: &Run, result: TaskResult) {
    run.runtime.map_run_ended(&run.job.execution, run.job.offer.task, result).await;
}

/// Stores how the run ended.
async fn close(run: &Run, status: Status, result: Option<TaskResult>) {
    let stopped = run.runtime.clock().now();
    let (items, executions) = run.tally().counts();
    loop {
        let result = result.clone();
        let stored = run.store(|record| {
            record.status = status;
            record.stopped = Some(stopped.max(record.started));
            record.progress.items = items;
            record.progress.executions = executions;
            record.progress.children = executions.ended();
            record.result = result;
        });
        match stored.await {
            Ok(()) => break,
            Err(error) => warn!(map_run = %run.job.offer.run.arn, %error, "trying again"),
        }
        tokio::time::sleep(limits::RETRY_FIRST).await;
    }
    info!(map_run = %run.job.offer.run.arn, status = status.name(), "map run ended");
}

/// What the source of children says.
enum Offered {
    Child(Child),
    /// There are no more, for this reason.
    End(Result<(), TaskError>),
}

async fn run_children(run: &Run, launches: &Launches, stores: &Stores) -> Finish {
    let (sender, mut offered) = mpsc::channel(limits::CHILDREN_AHEAD_MAX);
    let source = offer_children(run, stores, sender);
    let work = async {
        let mut crew = Crew::new(run, launches);
        crew.work(&mut offered).await
    };
    tokio::pin!(source, work);
    let mut is_exhausted = false;
    loop {
        tokio::select! {
            finish = &mut work => return finish,
            () = &mut source, if !is_exhausted => is_exhausted = true,
        }
    }
}

/// Makes children ahead of those that run, from the first that a restart has to look at.
async fn offer_children(run: &Run, stores: &Stores, sender: mpsc::Sender<Offered>) {
    let first = run.tally().durable().children;
    let end = match Children::new(&run.job.offer, stores) {
        Err(error) => Err(error),
        Ok(mut children) => loop {
            match children.next().await {
                Ok(Some(child)) if child.index < first => {}
                Ok(Some(child)) => {
                    // Whoever takes them may have seen enough.
                    if sender.send(Offered::Child(child)).await.is_err() {
                        return;
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        },
    };
    // Whoever takes it may have seen enough.
    let _ = sender.send(Offered::End(end)).await;
}

/// The children under way.
struct Crew<'a> {
    run: &'a Run,
    launches: &'a Launches,
    running: FuturesUnordered<futures::future::BoxFuture<'a, Ended>>,
    /// Items of those that run, by their places.
    items: BTreeMap<u64, u64>,
    children: Total,
    is_exhausted: bool,
    stored: u64,
}

impl<'a> Crew<'a> {
    fn new(run: &'a Run, launches: &'a Launches) -> Self {
        let durable = run.tally().durable();
        Self {
            run,
            launches,
            running: FuturesUnordered::new(),
            items: BTreeMap::new(),
            children: Total { items: durable.items.ended(), children: durable.executions.ended() },
            is_exhausted: false,
            stored: durable.children,
        }
    }

    async fn work(&mut self, offered: &mut mpsc::Receiver<Offered>) -> Finish {
        let mut settings = self.run.settings();
        self.foresee_total();
        loop {
            let at_once = children_at_once(&settings.borrow_and_update());
            let has_room = self.running.len() < at_once && !self.is_exhausted;
            if self.is_exhausted && self.running.is_empty() {
                return Finish::Complete;
            }
            tokio::select! {
                biased;
                () = self.run.cancelled() => {
                    self.stop_all().await;
                    return Finish::Cancelled;
                }
                Some(ended) = self.running.next(), if !self.running.is_empty() => {
                    self.ended(&ended).await;
                }
                Some(next) = offered.recv(), if has_room => {
                    if let Err(error) = self.take(next) {
                        self.stop_all().await;
                        return Finish::Failed(error);
                    }
                }
                // The sender lives as long as the run.
                _ = settings.changed() => {}
            }
            let exceeded = self.run.tally().exceeds(&settings.borrow());
            if exceeded {
                self.stop_all().await;
                return Finish::Failed(TaskError::new(EXCEEDED, EXCEEDED_CAUSE));
            }
        }
    }

    /// Says how many there are, if that is known before all are made.
    fn foresee_total(&self) {
        let offer = &self.run.job.offer;
        let Some(items) = &offer.items else { return };
        let members = items.as_object().map_or(0, |members| members.len());
        let items = items.as_array().map_or(members, |items| items.len()) as u64;
        let children = match &offer.run.batch {
            None => items,
            Some(batch) => items.div_ceil(batch.max_items.unwrap_or(u64::MAX)),
        };
        self.run.tally().set_total(Total { items, children });
    }

    fn take(&mut self, offered: Offered) -> Result<(), TaskError> {
        match offered {
            Offered::Child(child) => {
                self.children.items += child.items;
                self.children.children += 1;
                self.items.insert(child.index, child.items);
                self.run.tally().started(child.index, child.items);
                let (run, launches) = (self.run, self.launches);
                let running = async move { launches.run(run, child).await };
                self.running.push(Box::pin(running));
            }
            Offered::End(end) => {
                self.is_exhausted = true;
                end?;
                self.run.tally().set_total(self.children);
            }
        }
        Ok(())
    }

    async fn ended(&mut self, ended: &Ended) {
        let Ended { index, items, end } = *ended;
        self.items.remove(&index);
        let durable = {
            let mut tally = self.run.tally();
            match end {
                Some(end) => tally.ended(index, items, end),
                None => tally.withdrawn(items),
            }
            tally.durable()
        };
        if durable.children - self.stored >= limits::CHILDREN_PER_CHECKPOINT {
            self.stored = durable.children;
            // A restart looks at more rows without it, and loses nothing.
            if let Err(error) = self.run.store(|record| record.progress = durable).await {
                warn!(map_run = %self.run.job.offer.run.arn, %error, "progress was not stored");
            }
        }
    }

    /// Stops the children that run, and counts them. One may begin just after it was told to stop,
    /// so they are told until all have ended.
    async fn stop_all(&mut self) {
        self.run.take_no_more();
        while !self.running.is_empty() {
            let (run, running) = (self.run, self.items.keys().copied().collect::<Vec<_>>());
            let orders = running.into_iter().map(|index| stop(run, index));
            let stops = stream::iter(orders).buffer_unordered(limits::STOPS_AT_ONCE_MAX);
            stops.collect::<()>().await;
            let pause = tokio::time::sleep(limits::RETRY_FIRST);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    Some(ended) = self.running.next() => self.ended(&ended).await,
                    () = &mut pause => break,
                    else => break,
                }
            }
        }
    }
}

async fn stop(run: &Run, index: u64) {
    let (arn, child) = (&run.job.offer.run.arn, &run.job.offer.child);
    let key = ExecutionKey(names::child(arn, child.execution_type, index).arn);
    if let Err(error) = run.runtime.stop(&key, None, None).await {
        tracing::debug!(execution = %key, %error, "child was not stopped");
    }
}
