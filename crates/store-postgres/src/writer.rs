//! The task that writes.

mod large;
mod logs;
mod plan;
mod rows;
mod transaction;

use std::sync::Arc;

use compasso_sql::PostgresServer;
use compasso_store::{Answer, Batch, Epoch, ExecutionKey, LogLine, Outcome, ReadError};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use self::logs::Pending;
use self::transaction::Undone;
use crate::link::Link;

/// How many orders wait at most; more are refused.
const QUEUE_MAX: usize = 4_096;

/// The handle of the task that writes.
pub(crate) struct Writer {
    orders: mpsc::Sender<Order>,
    task: Mutex<Option<JoinHandle<()>>>,
}

enum Order {
    Acquire(Option<Epoch>, oneshot::Sender<Result<Epoch, ReadError>>),
    Commit(Batch, oneshot::Sender<Outcome>),
    Log(ExecutionKey, Vec<LogLine>, oneshot::Sender<Result<(), ReadError>>),
    Close,
}

/// What the task owns.
struct Desk {
    link: Link,
    node: Option<Arc<str>>,
    epoch: Option<Epoch>,
    logs: Pending,
}

impl Writer {
    pub(crate) fn start(server: PostgresServer, node: Option<Arc<str>>, runtime: &Handle) -> Self {
        let (orders, waiting) = mpsc::channel(QUEUE_MAX);
        let desk = Desk { link: Link::new(server), node, epoch: None, logs: Pending::default() };
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
        loop {
            let order = match self.logs.deadline() {
                None => Ok(orders.recv().await),
                Some(deadline) => timeout_at(Instant::from_std(deadline), orders.recv()).await,
            };
            match order {
                Ok(None | Some(Order::Close)) => break,
                Ok(Some(order)) => self.obey(order).await,
                Err(_) => self.flush_logs().await,
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
                if self.logs.is_full() {
                    self.flush_logs().await;
                }
            }
            Order::Close => {}
        }
    }

    async fn acquire(&mut self, held: Option<Epoch>) -> Result<Epoch, ReadError> {
        match transaction::acquire(&self.link, self.node.as_deref(), held).await {
            Ok(epoch) => {
                self.epoch = Some(epoch);
                Ok(epoch)
            }
            Err(Undone::Surely(reason) | Undone::Perhaps(reason)) => {
                Err(ReadError::Unavailable(reason))
            }
            Err(Undone::Fenced) => Err(ReadError::Taken),
        }
    }

    async fn commit(&mut self, batch: &Batch) -> Outcome {
        if self.epoch != Some(batch.epoch) {
            return Outcome::Fenced;
        }
        let mut done = self.write(batch, true).await;
        if matches!(done, Err(Undone::Surely(_))) && !self.logs.is_empty() {
            // Output of tasks must not keep a turn from being written.
            done = self.write(batch, false).await;
        }
        match done {
            Ok(conflicts) => Outcome::Committed { conflicts },
            Err(Undone::Fenced) => Outcome::Fenced,
            Err(Undone::Surely(reason)) => Outcome::Rejected { reason },
            Err(Undone::Perhaps(reason)) => Outcome::Unknown { reason },
        }
    }

    /// Writes a batch, with the output of tasks that waits if it is asked for.
    async fn write(&mut self, batch: &Batch, with_logs: bool) -> Result<Vec<usize>, Undone> {
        let with_logs = with_logs && !self.logs.is_empty();
        let lines = with_logs.then_some(&self.logs);
        let done = transaction::commit(&self.link, batch, lines).await;
        if with_logs && done.is_ok() {
            self.logs.written();
        }
        done
    }

    async fn flush_logs(&mut self) {
        if self.logs.is_empty() {
            return;
        }
        let done = match self.epoch {
            Some(epoch) => transaction::write_logs(&self.link, epoch, &self.logs).await,
            None => Err(Undone::Fenced),
        };
        match done {
            Ok(()) => self.logs.written(),
            Err(Undone::Surely(reason) | Undone::Perhaps(reason)) => {
                tracing::warn!(reason, "output of tasks cannot be written");
                self.logs.failed(&reason);
            }
            Err(Undone::Fenced) => self.logs.failed("this process does not own the store"),
        }
    }
}
