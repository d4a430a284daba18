//! Express executions: the same engine, in memory. Only the start of an asynchronous one is stored,
//! so that it begins again after a crash.

mod ended;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compasso_engine::{
    Closed, Effect, Event, EventKind, Execution, Input, Moment, Rejected, ScopeId, Status,
};
use compasso_ir::ExecutionType;
use compasso_store::{
    Attributes, Document, DocumentChange, ExecutionKey, Expected, Outcome, Redriven, Write,
};
use compasso_types::{Timestamp, limits as product};
use tokio::sync::oneshot;
use tracing::{debug, error};

pub(crate) use self::ended::Ended;

use crate::commit::Item;
use crate::core::Core;
use crate::message::{Ask, Done, NewExecution, Refusal};
use crate::shares::{Caller, Shares};
use crate::slots::{Known, Work};
use crate::turn::{Decide, Order, orders};
use crate::{Description, ExpressEnd, News, RuntimeError, StartError, StartRecord, limits};

/// The kind of the documents that hold starts of asynchronous executions under way.
const KIND: &str = "express";
/// The error of an execution that the engine could not carry on with.
const RUNTIME_ERROR: &str = "States.Runtime";

/// Whose Express executions are under way or about to begin.
#[derive(Default)]
pub(crate) struct Expresses(Arc<Mutex<Shares>>);

/// Room for an Express execution; it is free again when this is dropped.
pub(crate) struct Place {
    shares: Arc<Mutex<Shares>>,
    caller: Caller,
}

impl Expresses {
    /// Takes a place, unless all are taken and others come first.
    fn reserve(&self, caller: Caller) -> Result<Place, RuntimeError> {
        let is_let_in = lock(&self.0).take(&caller, limits::EXPRESS_MAX);
        is_let_in.then(|| self.place(caller)).ok_or(RuntimeError::Overloaded)
    }

    /// Takes a place for what must go on.
    fn take(&self, caller: Caller) -> Place {
        lock(&self.0).add(&caller);
        self.place(caller)
    }

    fn place(&self, caller: Caller) -> Place {
        Place { shares: self.0.clone(), caller }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.shares).give_back(&self.caller);
    }
}

fn lock(shares: &Mutex<Shares>) -> MutexGuard<'_, Shares> {
    // Nothing panics under the lock.
    shares.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An Express execution under way.
pub(crate) struct Express {
    record: Arc<StartRecord>,
    started: Timestamp,
    deadline: Timestamp,
    /// How often it ran before, as a child of a map run that was redriven.
    redrives: u32,
    course: Mutex<Course>,
    _place: Place,
}

/// What turns change of an Express execution.
struct Course {
    execution: Execution,
    /// What happened that nobody has been told yet.
    news: Vec<Event>,
    effects: Vec<Effect>,
    /// When the last event happened.
    last_at: Timestamp,
    /// Who waits for its end; none for an asynchronous one.
    caller: Option<oneshot::Sender<Result<ExpressEnd, RuntimeError>>>,
}

impl Core {
    /// Runs an Express execution to its end; it ran `redrives` times before.
    pub(crate) async fn run_express(
        self: &Arc<Self>,
        mut new: NewExecution,
        redrives: u32,
    ) -> Result<ExpressEnd, RuntimeError> {
        let (caller, end) = oneshot::channel();
        self.check_open()?;
        let place = self.expresses.reserve(new.caller.take())?;
        self.begin_express(new, place, redrives, Some(caller))?;
        end.await.unwrap_or_else(|_| Err(RuntimeError::Unavailable("shutting down".into())))
    }

    /// Starts an Express execution once its start is durable.
    pub(crate) async fn start_express(
        self: &Arc<Self>,
        mut new: NewExecution,
    ) -> Result<Timestamp, StartError> {
        self.check_open()?;
        let place = self.expresses.reserve(new.caller.take())?;
        let (key, body) = (new.record.start.id.to_string(), new.record.write());
        let start = DocumentChange {
            kind: KIND,
            key: key.clone(),
            expected: Expected::Absent,
            body: Some(body.clone()),
        };
        let mut changes = std::mem::take(&mut new.documents);
        changes.push(start);
        match self.write(changes).await {
            Outcome::Committed { conflicts } if conflicts.is_empty() => {}
            Outcome::Committed { .. } => return Err(StartError::Exists),
            Outcome::Rejected { reason } => return Err(RuntimeError::Rejected(reason).into()),
            // The record holds our random seed: nobody else has written the same.
            Outcome::Unknown { reason } => match self.store.document(KIND, &key).await {
                Ok(Some(found)) if found.body == body => {}
                Ok(_) | Err(_) => return Err(RuntimeError::Unavailable(reason).into()),
            },
            Outcome::Fenced => {
                return Err(RuntimeError::Unavailable("another process took over".into()).into());
            }
        }
        Ok(self.begin_express(new, place, 0, None)?)
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
        let (caller, attributes, documents) = (None, Attributes::new(), Vec::new());
        let new =
            NewExecution { record, definition, listing, caller, attributes, documents, stop: None };
        self.begin_express(new, self.expresses.take(None), 0, None)?;
        Ok(())
    }

    fn begin_express(
        self: &Arc<Self>,
        new: NewExecution,
        place: Place,
        redrives: u32,
        caller: Option<oneshot::Sender<Result<ExpressEnd, RuntimeError>>>,
    ) -> Result<Timestamp, RuntimeError> {
        let key = ExecutionKey(new.record.start.id.clone());
        let started = self.now();
        let execution = Known::Express(Arc::new(Express {
            record: new.record.clone(),
            started,
            deadline: started.after(product::EXPRESS_DURATION_MAX),
            redrives,
            course: Mutex::new(Course {
                execution: Execution::new(new.definition.clone()).restored(self.restores.clone()),
                news: Vec::new(),
                effects: Vec::new(),
                last_at: started,
                caller,
            }),
            _place: place,
        }));
        if !self.slots.lock(&key).insert_express(&key, execution) {
            return Err(RuntimeError::Rejected("an execution has this name".into()));
        }
        self.tell(&key, Ask::Start(Arc::new(new)));
        Ok(started)
    }

    fn end_express(
        self: &Arc<Self>,
        key: &ExecutionKey,
        express: &Express,
        course: &mut Course,
        end: Result<Closed, RuntimeError>,
    ) {
        self.timers.unpin(key);
        debug!(execution = %key, "Express execution ended");
        if let Some(caller) = course.caller.take() {
            self.slots.lock(key).remove(key, &RuntimeError::NoExecution);
            let (started, stopped) = (express.started, course.last_at);
            let end = end.map(|closed| ExpressEnd { started, stopped, closed });
            // The caller may have gone.
            let _ = caller.send(end);
            return;
        }
        let end = express.ended(course.last_at, end);
        self.express_ends.keep(key, end.clone());
        let watchers = {
            let mut shard = self.slots.lock(key);
            shard.remove(key, &RuntimeError::NoExecution);
            shard.take_watchers(key)
        };
        for watcher in watchers {
            // Whoever watched may have gone.
            let _ = watcher.send(end.clone());
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

/// Returns how an Express execution was redriven that began at `at`.
pub(crate) fn redriven(redrives: u32, at: Timestamp) -> Option<Redriven> {
    (redrives > 0).then_some(Redriven { count: redrives, at })
}

/// Runs a turn of an Express execution.
pub(crate) fn turn(core: &Arc<Core>, work: Work, express: &Express) {
    let Work { key, known, messages } = work;
    // Only one turn of an execution is under way, and a panic ends it.
    let mut course = express.course.lock().unwrap_or_else(PoisonError::into_inner);
    let now = core.now();
    let surroundings = core.surroundings.get();
    let surroundings = surroundings.as_deref();
    let waits_for = |task| surroundings?.runner.waits_for(&key, task);
    let moment = Moment { waits_for: &waits_for, ..Moment::at(now) };
    let decided = catch_unwind(AssertUnwindSafe(|| {
        let handle =
            |message: &crate::message::Message| course.handle(core.decide, &message.ask, moment);
        let answers: Vec<_> = messages.iter().map(handle).collect();
        let effects = std::mem::take(&mut course.effects);
        (answers, orders(&key, &course.execution, &express.record, effects, core.traces))
    }));
    let Ok((answers, orders)) = decided else {
        error!(execution = %key, "a turn of an Express execution panicked; it ends");
        let end = Err(RuntimeError::Quarantined("a turn panicked".into()));
        core.end_express(&key, express, &mut course, end);
        return;
    };
    core.carry_out_all(&key, orders);
    express.tell(core, &mut course);
    express.settle(core, &mut course, &key, known, now);
    let done = Done { started: express.started, stopped: None, redrive: None };
    for (message, answer) in messages.into_iter().zip(answers) {
        message.answer(answer.map(|()| done.clone()));
    }
}

impl Course {
    fn handle(&mut self, decide: Decide, ask: &Ask, moment: Moment<'_>) -> Result<(), Refusal> {
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
            // Nobody names an Express execution in these.
            Ask::Redrive { .. } | Ask::Compensate { .. } | Ask::GiveUp | Ask::Release => {
                return Err(Refusal::Engine(Rejected::NotRunning));
            }
        };
        let decision = decide(&self.execution, input, moment).map_err(Refusal::Engine)?;
        self.last_at = decision.events.last().map_or(self.last_at, |event| event.at);
        self.news.extend(decision.events);
        self.effects.extend(decision.effects);
        self.execution = decision.execution;
        Ok(())
    }
}

impl Express {
    /// Describes it as it begins; how far it is nobody sees.
    pub(crate) fn describe(&self) -> Description {
        Description {
            record: StartRecord::clone(&self.record),
            started: self.started,
            stopped: None,
            closed: None,
            last_event: None,
            redriven: redriven(self.redrives, self.started),
            quarantined: false,
        }
    }

    /// Describes how it ended.
    fn ended(&self, at: Timestamp, end: Result<Closed, RuntimeError>) -> Description {
        let closed = end.unwrap_or_else(|error| Closed::Failed {
            error: Some(RUNTIME_ERROR.into()),
            cause: Some(error.to_string().into()),
        });
        Description { stopped: Some(at), closed: Some(closed), ..self.describe() }
    }

    /// Tells whoever listens what happened.
    fn tell(&self, core: &Core, course: &mut Course) {
        let events = std::mem::take(&mut course.news);
        if !events.is_empty() {
            let (record, kind) = (self.record.clone(), ExecutionType::Express);
            let started = self.started;
            core.tell_observer(&News { record, kind, started, redrive: None, events });
        }
    }

    fn settle(
        &self,
        core: &Arc<Core>,
        course: &mut Course,
        key: &ExecutionKey,
        known: Known,
        now: Timestamp,
    ) {
        if let Status::Closed(closed) = course.execution.status() {
            let closed = closed.clone();
            core.end_express(key, self, course, Ok(closed));
            return;
        }
        if now >= self.deadline {
            self.time_out(core, course, key, now);
            return;
        }
        let wake_at = course.execution.next_wake().unwrap_or(self.deadline).min(self.deadline);
        core.timers.pin(key, wake_at);
        let act = core.slots.settle(key, known);
        core.act(key, act);
    }

    /// Ends it at the limit every Express execution has, whatever its definition says.
    fn time_out(&self, core: &Arc<Core>, course: &mut Course, key: &ExecutionKey, now: Timestamp) {
        for effect in course.execution.outstanding() {
            if let Effect::OfferTask(offer) = effect {
                core.carry_out(key, Order::Cancel(offer.task));
            }
        }
        let last = course.execution.last_event();
        course.last_at = now;
        course.news.push(Event {
            id: last + 1,
            previous: last,
            at: now,
            scope: ScopeId(0),
            kind: EventKind::ExecutionTimedOut {
                error: Some("States.Timeout".into()),
                cause: None,
            },
        });
        self.tell(core, course);
        core.end_express(key, self, course, Ok(Closed::TimedOut));
    }
}
