//! Express executions: the same engine, in memory. Only the start of an asynchronous one is stored,
//! so that it begins again after a crash.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use compasso_engine::{
    Closed, Effect, Event, EventKind, Execution, Input, Moment, Rejected, ScopeId, Status,
};
use compasso_ir::ExecutionType;
use compasso_store::{Document, DocumentChange, ExecutionKey, Expected, Outcome, Write};
use compasso_types::{Timestamp, limits as product};
use tokio::sync::oneshot;
use tracing::{debug, error};

use crate::commit::Item;
use crate::core::Core;
use crate::message::{Ask, Done, NewExecution, Refusal};
use crate::slots::{Known, Work};
use crate::turn::{Decide, Order, orders};
use crate::{ExpressEnd, News, RuntimeError, StartRecord, limits};

/// The kind of the documents that hold starts of asynchronous executions under way.
const KIND: &str = "express";

/// How many Express executions are under way.
#[derive(Default)]
pub(crate) struct Expresses(AtomicUsize);

/// An Express execution.
pub(crate) struct Express {
    record: Arc<StartRecord>,
    execution: Execution,
    /// What happened that nobody has been told yet.
    news: Vec<Event>,
    effects: Vec<Effect>,
    started: Timestamp,
    /// When the last event happened.
    last_at: Timestamp,
    deadline: Timestamp,
    /// Who waits for its end; none for an asynchronous one.
    caller: Option<oneshot::Sender<Result<ExpressEnd, RuntimeError>>>,
}

impl Core {
    /// Runs an Express execution to its end.
    pub(crate) async fn run_express(
        self: &Arc<Self>,
        new: NewExecution,
    ) -> Result<ExpressEnd, RuntimeError> {
        let (caller, end) = oneshot::channel();
        self.begin_express(new, Some(caller))?;
        end.await.unwrap_or_else(|_| Err(RuntimeError::Unavailable("shutting down".into())))
    }

    /// Starts an Express execution once its start is durable.
    pub(crate) async fn start_express(
        self: &Arc<Self>,
        new: NewExecution,
    ) -> Result<Timestamp, RuntimeError> {
        self.check_room()?;
        let change = DocumentChange {
            kind: KIND,
            key: new.record.start.id.to_string(),
            expected: Expected::Absent,
            body: Some(new.record.write()),
        };
        match self.write(vec![change]).await {
            Outcome::Committed { conflicts } if conflicts.is_empty() => {}
            Outcome::Committed { .. } => {
                return Err(RuntimeError::Rejected("an execution has this name".into()));
            }
            Outcome::Rejected { reason } => return Err(RuntimeError::Rejected(reason)),
            Outcome::Unknown { reason } => return Err(RuntimeError::Unavailable(reason)),
            Outcome::Fenced => {
                return Err(RuntimeError::Unavailable("another process took over".into()));
            }
        }
        self.begin_express(new, None)
    }

    /// Lists what a crash interrupted.
    pub(crate) async fn interrupted_express(&self) -> Result<Vec<Document>, RuntimeError> {
        let mut found: Vec<Document> = Vec::new();
        loop {
            let after = found.last().map(|document| document.key.as_str());
            let page = self.store.documents(KIND, "", after, limits::RECOVERY_PAGE).await?;
            if page.is_empty() {
                return Ok(found);
            }
            found.extend(page);
        }
    }

    /// Begins again what a crash interrupted.
    pub(crate) async fn recover_express(self: &Arc<Self>, interrupted: Vec<Document>) {
        for document in interrupted {
            if let Err(error) = self.begin_again(&document.body).await {
                error!(execution = document.key, %error, "Express execution cannot go on");
            }
        }
    }

    async fn begin_again(self: &Arc<Self>, body: &bytes::Bytes) -> Result<(), RuntimeError> {
        let record = StartRecord::read(body).map_err(RuntimeError::Read)?;
        let definition = self.check_open()?.definitions.load(&record.definition).await?;
        let (record, listing) = (Arc::new(record), "express".into());
        self.begin_express(NewExecution { record, definition, listing }, None)?;
        Ok(())
    }

    fn check_room(&self) -> Result<(), RuntimeError> {
        self.check_open()?;
        let room = self.expresses.0.load(Ordering::Relaxed) < limits::EXPRESS_MAX;
        if room { Ok(()) } else { Err(RuntimeError::Overloaded) }
    }

    fn begin_express(
        self: &Arc<Self>,
        new: NewExecution,
        caller: Option<oneshot::Sender<Result<ExpressEnd, RuntimeError>>>,
    ) -> Result<Timestamp, RuntimeError> {
        self.check_room()?;
        let key = ExecutionKey(new.record.start.id.clone());
        let started = self.now();
        let execution = Known::Express(Arc::new(Mutex::new(Express {
            record: new.record.clone(),
            execution: Execution::new(new.definition.clone()),
            news: Vec::new(),
            effects: Vec::new(),
            started,
            last_at: started,
            deadline: started.after(product::EXPRESS_DURATION_MAX),
            caller,
        })));
        if !self.slots.lock(&key).insert_express(&key, execution) {
            return Err(RuntimeError::Rejected("an execution has this name".into()));
        }
        self.expresses.0.fetch_add(1, Ordering::Relaxed);
        self.tell(&key, Ask::Start(Arc::new(new)));
        Ok(started)
    }

    fn end_express(
        self: &Arc<Self>,
        key: &ExecutionKey,
        express: &mut Express,
        end: Result<Closed, RuntimeError>,
    ) {
        self.timers.unpin(key);
        self.slots.lock(key).remove(key, &RuntimeError::NoExecution);
        self.expresses.0.fetch_sub(1, Ordering::Relaxed);
        debug!(execution = %key, "Express execution ended");
        if let Some(caller) = express.caller.take() {
            let (started, stopped) = (express.started, express.last_at);
            let end = end.map(|closed| ExpressEnd { started, stopped, closed });
            // The caller may have gone.
            let _ = caller.send(end);
            return;
        }
        let change = DocumentChange {
            kind: KIND,
            key: key.0.to_string(),
            expected: Expected::Any,
            body: None,
        };
        let (answer, _) = oneshot::channel();
        self.commits.push(Item::Apart { write: Write::Documents(vec![change]), answer });
    }
}

/// Runs a turn of an Express execution.
pub(crate) fn turn(core: &Arc<Core>, work: Work, express: &Mutex<Express>) {
    let Work { key, known, messages } = work;
    // Only one turn of an execution is under way, and a panic ends it.
    let mut express = express.lock().unwrap_or_else(PoisonError::into_inner);
    let now = core.now();
    let decided = catch_unwind(AssertUnwindSafe(|| {
        let handle =
            |message: &crate::message::Message| express.handle(core.decide, &message.ask, now);
        let answers: Vec<_> = messages.iter().map(handle).collect();
        let effects = std::mem::take(&mut express.effects);
        (answers, orders(&key, &express.execution, &express.record, effects))
    }));
    let Ok((answers, orders)) = decided else {
        error!(execution = %key, "a turn of an Express execution panicked; it ends");
        let end = Err(RuntimeError::Quarantined("a turn panicked".into()));
        core.end_express(&key, &mut express, end);
        return;
    };
    for order in orders {
        core.carry_out(&key, order);
    }
    express.tell(core);
    express.settle(core, &key, known, now);
    let done = Done { started: express.started, stopped: None, redrive: None };
    for (message, answer) in messages.into_iter().zip(answers) {
        message.answer(answer.map(|()| done.clone()));
    }
}

impl Express {
    fn handle(&mut self, decide: Decide, ask: &Ask, now: Timestamp) -> Result<(), Refusal> {
        let input = match ask {
            Ask::Start(new) => Input::Start(Box::new(new.record.start.as_ref().clone())),
            Ask::Input(input) => input.clone(),
            Ask::Wake => Input::Wake,
            Ask::Recover => return Ok(()),
            Ask::Report { token, .. } | Ask::Heartbeat { token }
                if !token.is_from(&self.execution) =>
            {
                return Err(Refusal::InvalidToken);
            }
            Ask::Report { token, result } => {
                Input::Callback { task: token.task, result: result.clone() }
            }
            Ask::Heartbeat { token } => Input::Heartbeat { task: token.task },
            // Nobody names an Express execution in a redrive.
            Ask::Redrive { .. } => return Err(Refusal::Engine(Rejected::NotRunning)),
        };
        let decision = decide(&self.execution, input, Moment::at(now)).map_err(Refusal::Engine)?;
        self.last_at = decision.events.last().map_or(self.last_at, |event| event.at);
        self.news.extend(decision.events);
        self.effects.extend(decision.effects);
        self.execution = decision.execution;
        Ok(())
    }

    /// Tells whoever listens what happened.
    fn tell(&mut self, core: &Core) {
        let events = std::mem::take(&mut self.news);
        if !events.is_empty() {
            let (record, kind) = (self.record.clone(), ExecutionType::Express);
            let started = self.started;
            core.tell_observer(&News { record, kind, started, redrive: None, events });
        }
    }

    fn settle(&mut self, core: &Arc<Core>, key: &ExecutionKey, known: Known, now: Timestamp) {
        if let Status::Closed(closed) = self.execution.status() {
            let closed = closed.clone();
            core.end_express(key, self, Ok(closed));
            return;
        }
        if now >= self.deadline {
            self.time_out(core, key, now);
            return;
        }
        let wake_at = self.execution.next_wake().unwrap_or(self.deadline).min(self.deadline);
        core.timers.pin(key, wake_at);
        let act = core.slots.settle(key, known);
        core.act(key, act);
    }

    /// Ends it at the limit every Express execution has, whatever its definition says.
    fn time_out(&mut self, core: &Arc<Core>, key: &ExecutionKey, now: Timestamp) {
        for effect in self.execution.outstanding() {
            if let Effect::OfferTask(offer) = effect {
                core.carry_out(key, Order::Cancel(offer.task));
            }
        }
        let last = self.execution.last_event();
        self.last_at = now;
        self.news.push(Event {
            id: last + 1,
            previous: last,
            at: now,
            scope: ScopeId(0),
            kind: EventKind::ExecutionTimedOut {
                error: Some("States.Timeout".into()),
                cause: None,
            },
        });
        self.tell(core);
        core.end_express(key, self, Ok(Closed::TimedOut));
    }
}
