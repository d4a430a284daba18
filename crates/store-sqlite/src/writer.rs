//! The thread that writes.

mod batch;
mod documents;
mod images;
mod logs;
mod packing;
mod removal;
mod sweep;
mod transaction;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use compasso_store::pack::Packed;
use compasso_store::{
    Answer, Batch, Epoch, ExecutionKey, LogLine, Outcome, Pending, ReadError, Taken, Write,
};
use compasso_types::Timestamp;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{BoxFuture, ready};
use rusqlite::Connection;
use tracing::warn;

use self::batch::Workflows;
use self::removal::Leftovers;
use self::sweep::Sweep;
use self::transaction::{Failure, transact};
use crate::blobs::Blobs;
use crate::checkpoint::Checkpoints;
use crate::gate::Gate;
use crate::lock::Lock;
use crate::queue::Queue;

/// How many orders wait at most; more are refused.
const QUEUE_MAX: usize = 4096;

/// The handle of the thread that writes.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Queue<Order>,
    gate: Arc<Gate>,
}

enum Order {
    Acquire(Option<Epoch>, oneshot::Sender<Result<Epoch, ReadError>>),
    Commit(Batch, oneshot::Sender<Outcome>),
    Log(ExecutionKey, Vec<LogLine>, Taken),
    Pack(Timestamp, oneshot::Sender<Result<Packed, ReadError>>),
}

/// What the thread owns.
struct Desk {
    connection: Connection,
    checkpoints: Checkpoints,
    epoch: Option<Epoch>,
    workflows: Workflows,
    logs: Pending,
    blobs: Blobs,
    sweep: Sweep,
    leftovers: Leftovers,
    gate: Arc<Gate>,
    _lock: Lock,
}

impl Writer {
    /// Starts the thread; it holds `lock` until its connection is closed.
    pub(crate) fn start(
        connection: Connection,
        checkpoints: Checkpoints,
        lock: Lock,
        gate: Arc<Gate>,
        blobs: Blobs,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (queue, orders) = Queue::new(QUEUE_MAX);
        let desk = Desk {
            connection,
            checkpoints,
            epoch: None,
            workflows: Workflows::default(),
            logs: Pending::default(),
            sweep: Sweep::new(&blobs),
            leftovers: Leftovers::new(),
            blobs,
            gate: gate.clone(),
            _lock: lock,
        };
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || desk.serve(&orders))?;
        Ok((Self { queue, gate }, thread))
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
        if let Err(broken) = self.gate.check() {
            return ready(Outcome::Unknown { reason: broken.to_string() }).boxed();
        }
        let (sender, answer) = oneshot::channel();
        match self.queue.push(Order::Commit(batch, sender)).map(|()| answer) {
            Ok(answer) => answer
                .map(|outcome| {
                    outcome.unwrap_or(Outcome::Unknown { reason: "the writer has failed".into() })
                })
                .boxed(),
            Err(reason) => ready(Outcome::Rejected { reason }).boxed(),
        }
    }

    /// Ends the thread once the queue is empty.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    fn ask<T: Send + 'static>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, ReadError>>) -> Order,
    ) -> Answer<'static, T> {
        if let Err(broken) = self.gate.check() {
            return ready(Err(broken)).boxed();
        }
        let (sender, answer) = oneshot::channel();
        match self.queue.push(order(sender)) {
            Ok(()) => answer
                .map(|result| {
                    result.unwrap_or(Err(ReadError::Unavailable("the writer has failed".into())))
                })
                .boxed(),
            Err(reason) => ready(Err(ReadError::Unavailable(reason))).boxed(),
        }
    }
}

impl Desk {
    fn serve(mut self, orders: &Receiver<Order>) {
        loop {
            let order = match self.logs.deadline() {
                _ if self.has_chores() => match orders.try_recv() {
                    Ok(order) => Ok(order),
                    Err(TryRecvError::Disconnected) => Err(RecvTimeoutError::Disconnected),
                    Err(TryRecvError::Empty) => {
                        self.do_chore();
                        continue;
                    }
                },
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(deadline) => {
                    orders.recv_timeout(deadline.saturating_duration_since(Instant::now()))
                }
            };
            match order {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => self.flush_logs(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.flush_logs();
        self.checkpoints.close();
        // The last connection to close writes everything into the file and removes the WAL.
        if let Err((_, error)) = self.connection.close() {
            warn!(%error, "database did not close cleanly");
        }
    }

    fn has_chores(&self) -> bool {
        !self.sweep.is_over() || (self.epoch.is_some() && self.leftovers.are_pending())
    }

    /// Does a little of what has time.
    fn do_chore(&mut self) {
        if self.logs.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
            self.flush_logs();
        }
        if self.sweep.is_over() {
            self.remove_leftovers();
        } else {
            self.sweep.step(&self.connection, &self.gate);
        }
    }

    fn remove_leftovers(&mut self) {
        self.leftovers.step(&self.connection, &self.gate, &self.blobs);
        self.checkpoints.after_commit(&self.connection);
    }

    fn obey(&mut self, order: Order) {
        // Those who asked may have stopped waiting for the answers.
        match order {
            Order::Acquire(held, answer) => {
                let _ = answer.send(self.acquire(held));
            }
            Order::Commit(batch, answer) => {
                let _ = answer.send(self.commit(&batch));
                if batch.writes.iter().any(|write| matches!(write, Write::Removal(_))) {
                    self.leftovers.stir();
                }
                self.checkpoints.after_commit(&self.connection);
                if self.leftovers.are_due() {
                    self.remove_leftovers();
                }
            }
            Order::Log(key, lines, answer) => {
                self.logs.append(key, lines, answer);
                if self.logs.is_full() {
                    self.flush_logs();
                }
            }
            Order::Pack(until, answer) => {
                let _ = answer.send(self.pack(until));
                self.checkpoints.after_commit(&self.connection);
            }
        }
    }

    fn acquire(&mut self, held: Option<Epoch>) -> Result<Epoch, ReadError> {
        // The file is locked: nobody but this desk raises the epoch.
        if held.is_some() && held != self.epoch {
            return Err(ReadError::Taken);
        }
        let raised = transact(&self.connection, &self.gate, |connection| {
            connection
                .prepare_cached("UPDATE fence SET epoch = epoch + 1 RETURNING epoch")?
                .query_row([], |row| row.get(0))
        });
        match raised {
            Ok(epoch) => {
                self.epoch = Some(Epoch(epoch));
                Ok(Epoch(epoch))
            }
            Err(Failure::Undone(reason) | Failure::Unknown(reason)) => {
                self.gate.check().and(Err(ReadError::Unavailable(reason)))
            }
        }
    }

    fn pack(&mut self, until: Timestamp) -> Result<Packed, ReadError> {
        let pack = |connection: &Connection| packing::step(connection, until);
        match transact(&self.connection, &self.gate, pack) {
            Ok(packed) => Ok(packed),
            Err(Failure::Undone(reason) | Failure::Unknown(reason)) => {
                self.gate.check().and(Err(ReadError::Unavailable(reason)))
            }
        }
    }

    fn commit(&mut self, batch: &Batch) -> Outcome {
        if self.epoch != Some(batch.epoch) {
            return Outcome::Fenced;
        }
        if batch.writes.is_empty() && self.logs.is_empty() {
            return Outcome::Committed { conflicts: Vec::new() };
        }
        let batch = match self.blobs.keep(batch) {
            Ok(batch) => batch,
            Err(error) => {
                let reason = format!("a large value cannot be kept: {error}");
                return Outcome::Rejected { reason };
            }
        };
        let mut written = self.transact(&batch, true);
        if matches!(written, Err(Failure::Undone(_))) && !self.logs.is_empty() {
            // Output of tasks must not keep a turn from being written.
            written = self.transact(&batch, false);
        }
        match written {
            Ok(conflicts) => {
                let unwritten = sweep::unwritten(&batch, Some(&conflicts));
                sweep::turns(&self.connection, &self.gate, &self.blobs, unwritten);
                Outcome::Committed { conflicts }
            }
            Err(Failure::Undone(reason)) => {
                let unwritten = sweep::unwritten(&batch, None);
                sweep::turns(&self.connection, &self.gate, &self.blobs, unwritten);
                Outcome::Rejected { reason }
            }
            Err(Failure::Unknown(reason)) => Outcome::Unknown { reason },
        }
    }

    fn transact(&mut self, batch: &Batch, with_logs: bool) -> Result<Vec<usize>, Failure> {
        let workflows = &mut self.workflows;
        let logs = with_logs.then_some(&self.logs);
        let written = transact(&self.connection, &self.gate, |connection| {
            let conflicts = batch::write(connection, workflows, &batch.writes)?;
            if let Some(logs) = logs {
                logs::write(logs, connection)?;
            }
            Ok(conflicts)
        });
        match &written {
            Ok(_) if with_logs => self.logs.written(),
            Ok(_) => {}
            Err(_) => self.workflows.forget(),
        }
        written
    }

    fn flush_logs(&mut self) {
        let logs = &self.logs;
        if logs.is_empty() {
            return;
        }
        match transact(&self.connection, &self.gate, |connection| logs::write(logs, connection)) {
            Ok(()) => self.logs.written(),
            Err(Failure::Undone(reason) | Failure::Unknown(reason)) => {
                warn!(reason, "task output is not written");
                self.logs.failed(&reason);
            }
        }
    }
}
