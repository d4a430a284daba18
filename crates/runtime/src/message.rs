//! What travels to an execution, and the answer that travels back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use compasso_engine::{Input, Redrive, Rejected, RerunOrder, TaskResult, TaskToken};
use compasso_ir::Definition;
use compasso_store::{Attributes, DocumentChange};
use compasso_types::Timestamp;
use tokio::sync::{Notify, oneshot};

use crate::shares::Caller;
use crate::slots::Live;
use crate::{RuntimeError, StartRecord};

/// Something for an execution to handle.
pub(crate) struct Message {
    pub(crate) ask: Ask,
    pub(crate) reply: Option<Reply>,
    _ticket: Ticket,
}

/// What is asked.
#[derive(Clone)]
pub(crate) enum Ask {
    /// Begin.
    Start(Arc<NewExecution>),
    /// Something the engine takes as it is.
    Input(Input),
    /// Fire what is due.
    Wake,
    /// Send what is owed to the outside again.
    Recover,
    /// A report by token, still to be proven.
    Report { token: TaskToken, result: TaskResult },
    /// A sign of life by token, still to be proven.
    Heartbeat { token: TaskToken },
    /// Close what was set aside as failed: nobody waits until it can go on.
    GiveUp,
    /// Go on although it was set aside.
    Release,
    /// Go on from where it failed, or run again what is ordered; `rebuilt`: what its journal says, if
    /// it was read.
    Redrive { order: Option<Arc<RerunOrder>>, token: Option<Arc<str>>, rebuilt: Option<Arc<Live>> },
    /// Undo what it did; `rebuilt` as for a redrive.
    Compensate { by: Option<Arc<str>>, rebuilt: Option<Arc<Live>> },
}

/// A new execution, with its seed.
pub(crate) struct NewExecution {
    pub(crate) record: Arc<StartRecord>,
    pub(crate) definition: Arc<Definition>,
    /// See [`crate::StartOrder::listing`].
    pub(crate) listing: Arc<str>,
    /// See [`crate::StartOrder::caller`].
    pub(crate) caller: Caller,
    pub(crate) attributes: Attributes,
    /// Documents that change in the instant it starts.
    pub(crate) documents: Vec<DocumentChange>,
    /// What ends it before anything of it runs.
    pub(crate) stop: Option<Input>,
}

pub(crate) type Reply = oneshot::Sender<Result<Done, Refusal>>;

/// The execution after what was asked is durable.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) started: Timestamp,
    pub(crate) stopped: Option<Timestamp>,
    pub(crate) redrive: Option<Arc<Redrive>>,
}

/// Nothing happened.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    Exists,
    InvalidToken,
    /// The execution is closed and must be rebuilt before it is redriven.
    NotRebuilt,
    Engine(Rejected),
    Runtime(RuntimeError),
}

impl From<RuntimeError> for Refusal {
    fn from(error: RuntimeError) -> Self {
        Self::Runtime(error)
    }
}

/// What a refusal is to somebody who cannot make sense of its details.
impl From<Refusal> for RuntimeError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Runtime(error) => error,
            Refusal::Exists => Self::Unavailable("execution exists already".into()),
            Refusal::NotRebuilt => Self::Overloaded,
            Refusal::InvalidToken => Self::Unavailable("token is not valid".into()),
            Refusal::Engine(rejected) => Self::Unavailable(rejected.to_string()),
        }
    }
}

impl Message {
    pub(crate) fn answer(self, answer: Result<Done, Refusal>) {
        if let Some(reply) = self.reply {
            // Whoever asked may have gone.
            let _ = reply.send(answer);
        }
    }
}

/// Counts the messages under way.
#[derive(Default)]
pub(crate) struct Gauge {
    level: AtomicUsize,
    relieved: Notify,
}

struct Ticket(Arc<Gauge>);

impl Gauge {
    pub(crate) fn message(self: &Arc<Self>, ask: Ask, reply: Option<Reply>) -> Message {
        self.level.fetch_add(1, Ordering::Relaxed);
        Message { ask, reply, _ticket: Ticket(self.clone()) }
    }

    pub(crate) fn level(&self) -> usize {
        self.level.load(Ordering::Relaxed)
    }

    /// Waits until the level has fallen below half of what stops due timers.
    pub(crate) async fn relieved(&self) {
        self.relieved.notified().await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let before = self.0.level.fetch_sub(1, Ordering::Relaxed);
        if before == crate::limits::WAKES_INPUTS_MAX / 2 {
            self.0.relieved.notify_one();
        }
    }
}
