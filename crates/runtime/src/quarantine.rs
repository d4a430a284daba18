//! Executions the engine cannot carry on with: set aside, and closed once somebody stops them or
//! gives them up.

use std::sync::Arc;

use bytes::Bytes;
use compasso_engine::{Closed, Event, EventKind, Input, ScopeId, StopOrder, TaskError};
use compasso_ir::ExecutionType;
use compasso_store::{Attributes, Execution as Row, ExecutionKey, ReadError, Status, Turn};
use futures::future::BoxFuture;
use tracing::error;

use crate::core::Core;
use crate::message::{Ask, Done, Message};
use crate::records::{OutcomeRecord, status_of};
use crate::slots::{Known, Stored, Work};
use crate::turn::{Decided, Turned, journal};
use crate::{News, RuntimeError, StartRecord, limits};

/// What an execution that cannot go on is told.
enum Verdict {
    /// Nothing: it is not there, not open, or set aside already.
    Nothing,
    SetAside(Row),
    /// It closes, after its event with this number.
    Close(Row, u64),
}

impl Core {
    /// Answers those who wanted to start what the engine cannot even begin; nothing is stored.
    pub(crate) fn refuse_start(
        self: &Arc<Self>,
        key: &ExecutionKey,
        messages: Vec<Message>,
        why: &str,
    ) {
        error!(execution = %key, why, "execution cannot begin");
        for message in messages {
            message.answer(Err(RuntimeError::Quarantined(why.into()).into()));
        }
        let act = self.slots.settle(key, Known::Unread);
        self.act(key, act);
    }

    /// Closes an execution that is set aside as failed.
    pub(crate) async fn give_up(self: &Arc<Self>, key: &ExecutionKey) -> Result<(), RuntimeError> {
        self.ask(key, Ask::GiveUp).await?;
        Ok(())
    }

    /// Marks an execution that the engine cannot carry on with, and goes on without it; if somebody
    /// stops it or gives it up, it closes.
    pub(crate) fn set_aside<'a>(
        self: &'a Arc<Self>,
        key: &'a ExecutionKey,
        messages: Vec<Message>,
        why: &'a str,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let (stops, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(closes);
            for message in others {
                message.answer(Err(RuntimeError::Quarantined(why.into()).into()));
            }
            let verdict = loop {
                match self.verdict(key, !stops.is_empty()).await {
                    Ok(verdict) => break verdict,
                    Err(_) if self.is_stopped() => return,
                    Err(error) => self.notice(&error),
                }
                self.clock.sleep(limits::RETRY_FIRST).await;
            };
            match verdict {
                Verdict::SetAside(row) => {
                    error!(execution = %key, why, "execution is quarantined");
                    self.commits.push_turn(quarantine(key, row));
                }
                Verdict::Close(row, last) => self.commits.push_turn(self.close(row, last, stops)),
                Verdict::Nothing => {
                    let act = self.slots.lock(key).again(key, stops);
                    self.act(key, act);
                }
            }
        })
    }

    async fn verdict(&self, key: &ExecutionKey, stopped: bool) -> Result<Verdict, ReadError> {
        Ok(match self.store.execution(key).await? {
            Some(row) if stopped && row.header.status.is_open() => {
                Verdict::Close(row, self.search_last(key).await?)
            }
            Some(row) if row.header.status == Status::Running => Verdict::SetAside(row),
            _ => Verdict::Nothing,
        })
    }

    /// Returns the turn that closes an open execution without the engine.
    fn close(&self, row: Row, last: u64, stops: Vec<Message>) -> Turned {
        let (closed, kind) = stops.iter().find_map(|stop| end(&stop.ask)).expect("they close it");
        let (id, at) = (last + 1, self.now().max(row.header.started));
        let event = Event { id, previous: 0, at, scope: ScopeId(0), kind };
        let news = StartRecord::read(&row.start).ok().map(|record| News {
            record: record.into(),
            kind: ExecutionType::Standard,
            started: row.header.started,
            redrive: None,
            events: vec![event.clone()],
        });
        let mut after = row.clone();
        after.header.status = status_of(Some(&closed));
        after.header.stopped = Some(at);
        (after.image, after.has_tail) = (Bytes::new(), false);
        after.outcome = Some(OutcomeRecord::new(&closed, id).write());
        let write = Turn {
            status: after.header.status,
            stopped: Some(at),
            image: Some(Bytes::new()),
            outcome: after.outcome.clone(),
            journal: Some(journal(&[event], id)),
            ..unchanged(&row.header.key, row.clone())
        };
        let done = Done { started: row.header.started, stopped: Some(at), redrive: None };
        let answers = stops.iter().map(|_| Ok(done.clone())).collect();
        let after = Known::Stored(Arc::new(Stored { row: after, open: None }));
        Turned {
            work: Work { key: row.header.key, known: Known::Unread, messages: stops },
            decided: Decided { write: Some(write), answers, news, ..Decided::nothing(after) },
        }
    }
}

/// Returns the error of an execution that the engine could not carry on with, once it is given up.
pub(crate) fn failure() -> TaskError {
    TaskError::new("States.Runtime", "The execution was set aside because it could not go on.")
}

fn closes(message: &Message) -> bool {
    end(&message.ask).is_some()
}

/// Returns how a message closes an execution without the engine, if it does.
fn end(ask: &Ask) -> Option<(Closed, EventKind)> {
    match ask.clone() {
        Ask::Input(Input::Stop(StopOrder { error, cause, by })) => {
            let (told, why, who) = (error.clone(), cause.clone(), by.clone());
            let closed = Closed::Aborted { error: told, cause: why, by: who };
            Some((closed, EventKind::ExecutionAborted { error, cause, by }))
        }
        Ask::GiveUp => {
            let TaskError { error, cause, .. } = failure();
            let closed = Closed::Failed { error: error.clone(), cause: cause.clone() };
            Some((closed, EventKind::ExecutionFailed { error, cause }))
        }
        _ => None,
    }
}

/// Returns the turn that marks an open execution as set aside and changes nothing else.
fn quarantine(key: &ExecutionKey, row: Row) -> Turned {
    let write = Turn { status: Status::Quarantined, ..unchanged(key, row) };
    Turned {
        work: Work { key: key.clone(), known: Known::Unread, messages: Vec::new() },
        decided: Decided { write: Some(write), ..Decided::nothing(Known::Unread) },
    }
}

/// Returns a turn that keeps an execution as it is, but lets it sleep.
fn unchanged(key: &ExecutionKey, row: Row) -> Turn {
    Turn {
        key: key.clone(),
        base: Some(row.revision),
        workflow: row.header.workflow,
        version: row.header.version,
        alias: row.header.alias,
        status: row.header.status,
        started: row.header.started,
        stopped: None,
        redriven: row.header.redriven,
        wake_at: None,
        owes: false,
        start: None,
        image: None,
        outcome: None,
        journal: None,
        documents: Vec::new(),
        attributes: Attributes::new(),
    }
}
