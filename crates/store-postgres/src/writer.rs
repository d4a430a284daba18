//! The task that writes.

mod lanes;
mod large;
mod logs;
mod packing;
mod plan;
mod removal;
mod rows;
mod stage;
mod transaction;
mod undone;

use std::sync::Arc;

use compasso_sql::PostgresServer;
use compasso_store::pack::Packed;
use compasso_store::{
    Answer, Batch, Epoch, ExecutionKey, LogLine, Outcome, ReadError, Taken, Write,
};
use compasso_types::Timestamp;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, ready};
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use self::lanes::Lanes;
use self::logs::Lines;
use self::removal::Leftovers;
use self::transaction::Hold;
use self::undone::Undone;
use crate::Options;
use crate::acknowledged::Acknowledged;
use crate::link::Link;

/// How many orders wait at most; more are refused.
const QUEUE_MAX: usize = 4_096;
/// How often a batch is written at most while others are in its way.
const TRIES_MAX: usize = 5;

/// The handle of the task that writes.
pub(crate) struct Writer {
    orders: mpsc::Sender<Order>,
    task: Mutex<Option<JoinHandle<()>>>,
}

enum Order {
    Acquire(Option<Epoch>, oneshot::Sender<Result<Epoch, ReadError>>),
    Commit(Batch, oneshot::Sender<Outcome>),
    Log(ExecutionKey, Vec<LogLine>, Taken),
    Pack(Timestamp, oneshot::Sender<Result<Packed, ReadError>>),
    Close,
}

/// What the task owns.
struct Desk {
    lanes: Lanes,
    node: Option<Arc<str>>,
    epoch: Option<Epoch>,
    /// The number of the last commit that was answered.
    commits: u64,
    /// What the database must not show less of; absent: it may lose commits.
    acknowledged: Option<Acknowledged>,
    logs: Lines,
    leftovers: Leftovers,
}

impl Writer {
    pub(crate) fn start(server: PostgresServer, options: &Options, runtime: &Handle) -> Self {
        let (orders, waiting) = mpsc::channel(QUEUE_MAX);
        let desk = Desk {
            lanes: Lanes::new(Link::new(server, options.relaxed)),
            node: options.node.clone(),
            epoch: None,
            commits: 0,
            acknowledged: (!options.relaxed).then(|| options.acknowledged.clone()),
            logs: Lines::default(),
            leftovers: Leftovers::default(),
        };
        let task = runtime.spawn(desk.serve(waiting));
        Self { orders, task: Mutex::new(Some(task)) }
    }

    /// See [`compasso_store::Store::acquire`]; with the epoch that is held,
    /// [`compasso_store::Store::reacquire`].
    pub(crate) fn acquire(&self, held: Option<Epoch>) -> Answer<'static, Epoch> {
        self.ask(|answer| Order::Acquire(held, answer))
    }

    /// See [`compasso_store::Store::append_log`].
    pub(crate) fn append_log(&self, key: ExecutionKey, lines: Vec<LogLine>) -> Answer<'static, ()> {
        self.ask(|answer| Order::Log(key, lines, answer))
    }

    /// See [`compasso_store::Store::pack`].
    pub(crate) fn pack(&self, until: Timestamp) -> Answer<'static, Packed> {
        self.ask(|answer| Order::Pack(until, answer))
    }

    /// See [`compasso_store::Store::commit`].
    pub(crate) fn commit(&self, batch: Batch) -> BoxFuture<'static, Outcome> {
        let (sender, answer) = oneshot::channel();
        match self.push(Order::Commit(batch, sender)) {
            Ok(()) => answer
                .map(|outcome| {
                    outcome.unwrap_or(Outcome::Unknown { reason: "the writer has failed".into() })
                })
                .boxed(),
            Err(reason) => ready(Outcome::Rejected { reason: reason.into() }).boxed(),
        }
    }

    /// Ends the task once all is done that it was asked for.
    pub(crate) async fn close(&self) {
        // It has ended if it takes no order.
        let _ = self.orders.send(Order::Close).await;
        if let Some(task) = self.task.lock().await.take()
            && task.await.is_err()
        {
            tracing::error!("the writer of the store has panicked");
        }
    }

    fn ask<T: Send + 'static>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, ReadError>>) -> Order,
    ) -> Answer<'static, T> {
        let unavailable = |reason: &str| Err(ReadError::Unavailable(reason.to_owned()));
        let (sender, answer) = oneshot::channel();
        match self.push(order(sender)) {
            Ok(()) => answer
                .map(move |answer| answer.unwrap_or_else(|_| unavailable("the writer has failed")))
                .boxed(),
            Err(reason) => ready(unavailable(reason)).boxed(),
        }
    }

    fn push(&self, order: Order) -> Result<(), &'static str> {
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => "store is overloaded",
            TrySendError::Closed(_) => "store is closed",
        })
    }
}

impl Desk {
    async fn serve(mut self, mut orders: mpsc::Receiver<Order>) {
        // One that fails is made again when it is needed.
        drop(self.lanes.lead.live().await);
        loop {
            let (lines, rows) =
                (self.logs.pending().deadline().map(Instant::from_std), self.leftovers.next());
            let order = match lines.into_iter().chain(rows).min() {
                None => Ok(orders.recv().await),
                Some(deadline) => timeout_at(deadline, orders.recv()).await,
            };
            match order {
                Ok(None | Some(Order::Close)) => break,
                Ok(Some(order)) => self.obey(order).await,
                Err(_) => {}
            }
            let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= Instant::now());
            if is_due(self.logs.pending().deadline().map(Instant::from_std)) {
                self.flush_logs().await;
            }
            if is_due(self.leftovers.next()) {
                self.clear().await;
            }
        }
        orders.close();
        self.flush_logs().await;
    }

    async fn obey(&mut self, order: Order) {
        // Those who asked may have stopped waiting for the answers.
        match order {
            Order::Acquire(held, answer) => {
                let _ = answer.send(self.acquire(held).await);
            }
            Order::Commit(batch, answer) => {
                let _ = answer.send(self.commit(&batch).await);
            }
            Order::Log(key, lines, answer) => {
                self.logs.append(key, lines, answer);
                if self.logs.pending().is_full() {
                    self.flush_logs().await;
                }
            }
            Order::Pack(until, answer) => {
                let _ = answer.send(self.pack(until).await);
            }
            Order::Close => {}
        }
    }

    async fn pack(&mut self, until: Timestamp) -> Result<Packed, ReadError> {
        let hold = self.hold().ok_or(ReadError::Taken)?;
        match packing::step(&self.lanes.lead, hold, until).await {
            Ok((packed, commits)) => {
                if let Some(commits) = commits {
                    self.logs.passed(commits);
                    self.note(commits);
                }
                Ok(packed)
            }
            Err(undone) => Err(undone.into()),
        }
    }

    async fn acquire(&mut self, held: Option<Epoch>) -> Result<Epoch, ReadError> {
        let node = self.node.as_deref();
        let (epoch, commits) =
            transaction::acquire(&self.lanes.lead, node, held, self.least()).await?;
        self.epoch = Some(epoch);
        self.lanes.begin_again();
        // Raising the epoch is no commit, and waited for those that are.
        self.logs.passed(commits + 1);
        self.note(commits);
        self.leftovers = Leftovers::default();
        Ok(epoch)
    }

    /// Notes the number of a commit that is about to be acknowledged.
    fn note(&mut self, commits: u64) {
        self.commits = commits;
        if let Some(acknowledged) = &self.acknowledged {
            acknowledged.note(commits);
        }
    }

    /// Returns the number of a commit that a database which keeps all has.
    fn least(&self) -> u64 {
        self.acknowledged.as_ref().map_or(0, Acknowledged::get)
    }

    fn hold(&self) -> Option<Hold> {
        Some(Hold { epoch: self.epoch?, commits: self.least() })
    }

    async fn commit(&mut self, batch: &Batch) -> Outcome {
        if self.epoch != Some(batch.epoch) {
            return Outcome::Fenced;
        }
        let mut done = self.write(batch, true).await;
        if matches!(done, Err(Undone::Surely(_) | Undone::Retry(_)))
            && !self.logs.pending().is_empty()
        {
            // Output of tasks must not keep a turn from being written.
            done = self.write(batch, false).await;
        }
        match done {
            Ok(conflicts) => Outcome::Committed { conflicts },
            Err(Undone::Fenced) => Outcome::Fenced,
            Err(Undone::Surely(reason) | Undone::Retry(reason)) => Outcome::Rejected { reason },
            Err(Undone::Perhaps(reason)) => Outcome::Unknown { reason },
        }
    }

    /// Writes a batch, with the output of tasks that waits if it is asked for.
    async fn write(&mut self, batch: &Batch, with_logs: bool) -> Result<Vec<usize>, Undone> {
        let with_logs = with_logs && !self.logs.pending().is_empty();
        let (lines, least) = (with_logs.then_some(&self.logs), self.least());
        let mut tries = 1;
        let done = loop {
            match self.lanes.commit(batch, least, lines).await {
                Err(Undone::Retry(_)) if tries < TRIES_MAX => tries += 1,
                done => break done,
            }
        };
        let written = match done {
            Ok(written) => written,
            Err(undone) => {
                if with_logs && undone.is_doubtful() {
                    self.logs.doubtful(self.commits);
                }
                return Err(undone);
            }
        };
        if with_logs {
            self.logs.written();
        } else {
            self.logs.passed(written.commits);
        }
        self.note(written.commits);
        if removes(batch) {
            self.leftovers.stir();
        } else {
            self.leftovers.look_once();
        }
        Ok(written.conflicts)
    }

    async fn flush_logs(&mut self) {
        if self.logs.pending().is_empty() {
            return;
        }
        let done = match self.hold() {
            Some(hold) => transaction::write_logs(&self.lanes.lead, hold, &self.logs).await,
            None => Err(Undone::Fenced),
        };
        match done {
            Ok(commits) => {
                self.logs.written();
                self.note(commits);
            }
            Err(Undone::Surely(reason) | Undone::Retry(reason)) => self.not_flushed(&reason),
            Err(Undone::Perhaps(reason)) => {
                self.logs.doubtful(self.commits);
                self.not_flushed(&reason);
            }
            Err(Undone::Fenced) => self.logs.failed("this process does not own the store"),
        }
    }

    fn not_flushed(&mut self, reason: &str) {
        tracing::warn!(reason, "output of tasks cannot be written");
        self.logs.failed(reason);
    }

    /// Takes away a few rows of executions that are gone.
    async fn clear(&mut self) {
        let Some(hold) = self.hold() else { return self.leftovers.wait() };
        match removal::step(&self.lanes.lead, hold).await {
            Ok((commits, is_over)) => {
                self.logs.passed(commits);
                self.note(commits);
                self.leftovers.over();
                if !is_over {
                    self.leftovers.stir();
                }
            }
            Err(undone) => {
                tracing::debug!(?undone, "rows of removed executions stay for now");
                self.leftovers.wait();
            }
        }
    }
}

fn removes(batch: &Batch) -> bool {
    batch.writes.iter().any(|write| matches!(write, Write::Removal(_)))
}
