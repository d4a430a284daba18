//! A turn while it is being decided: one message after another, and what came of all of them.

use std::sync::Arc;

use compasso_engine::{
    Decision, Effect, Event, Execution, Input, Moment, Rejected, RerunOrder, TaskId, TaskResult,
    TaskToken,
};
use compasso_store::{DocumentChange, ExecutionKey, Revision, Turn};
use compasso_types::Timestamp;

use super::packing::{journal, orders, pack};
use super::{Base, Context, Decided};
use crate::images::Kept;
use crate::message::{Ask, Done, NewExecution, Refusal};
use crate::slots::{Known, Live, Work};
use crate::{MapRunJob, RuntimeError};

/// A turn while it is being decided.
pub(super) struct Draft<'a> {
    context: &'a Context<'a>,
    base: Base,
    created: Option<Arc<NewExecution>>,
    /// The execution after the inputs so far, if they changed it.
    execution: Option<Execution>,
    events: Vec<Event>,
    effects: Vec<Effect>,
    heard: Vec<TaskId>,
    beats: Vec<(TaskId, Timestamp)>,
    recover: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(context: &'a Context<'a>, base: Base) -> Self {
        Self {
            context,
            base,
            created: None,
            execution: None,
            events: Vec::new(),
            effects: Vec::new(),
            heard: Vec::new(),
            beats: Vec::new(),
            recover: false,
        }
    }

    /// Decides on a message, and answers it.
    pub(super) fn handle(&mut self, ask: &Ask) -> Result<(), Refusal> {
        match ask {
            Ask::Start(new) => self.start(new),
            Ask::Input(input) => self.input(input.clone()),
            Ask::Wake => self.wake(),
            Ask::Recover => {
                self.recover = true;
                Ok(())
            }
            Ask::Report { token, result } => self.report(token, result.clone()),
            Ask::Heartbeat { token } => self.heartbeat(token),
            // It goes on.
            Ask::GiveUp => Err(Refusal::Engine(Rejected::WrongPhase)),
            Ask::Release => self.release(),
            Ask::Redrive { order, token, rebuilt } => {
                self.redrive(order.as_deref(), token.clone(), rebuilt.as_ref())
            }
            Ask::Compensate { by, rebuilt } => {
                self.open_again(rebuilt.as_ref())?;
                self.feed(Input::Compensate { by: by.clone() }, self.context.moment)
            }
        }
    }

    fn start(&mut self, new: &Arc<NewExecution>) -> Result<(), Refusal> {
        if self.created.is_some() || !matches!(self.base, Base::None) {
            return Err(Refusal::Exists);
        }
        let empty = Execution::new(new.definition.clone()).restored(self.context.restores.clone());
        let input = Input::Start(Box::new(new.record.start.as_ref().clone()));
        let decision =
            (self.context.decide)(&empty, input, self.context.moment).map_err(Refusal::Engine)?;
        self.created = Some(new.clone());
        self.take(decision);
        if let Some(stop) = &new.stop {
            self.feed(stop.clone(), self.context.moment)?;
            // Nothing was begun that would have to end.
            self.effects.clear();
        }
        Ok(())
    }

    fn input(&mut self, input: Input) -> Result<(), Refusal> {
        let stops = matches!(input, Input::Stop(_) | Input::Cancel(_));
        match self.feed(input, self.context.moment) {
            // Stopping what is over answers when it ended.
            Err(Refusal::Engine(Rejected::NotRunning)) if stops => Ok(()),
            other => other,
        }
    }

    fn wake(&mut self) -> Result<(), Refusal> {
        for &(task, at) in &self.context.beats {
            self.beat(task, at);
            self.beats.push((task, at));
        }
        if let Some(began) = self.context.began {
            // Signs of life were lost or could not be given before.
            for task in self.execution()?.silent_since(began) {
                self.beat(task, began);
            }
        }
        self.feed(Input::Wake, self.context.moment)
    }

    fn beat(&mut self, task: TaskId, at: Timestamp) {
        // A beat of a task that is over no longer matters.
        let _ = self.feed(Input::Heartbeat { task }, Moment { now: at, ..self.context.moment });
    }

    fn report(&mut self, token: &TaskToken, result: TaskResult) -> Result<(), Refusal> {
        self.prove(token)?;
        self.feed(Input::Callback { task: token.task, result }, self.context.moment)
    }

    /// Answers whether a sign of life fits, and leaves it to be remembered in memory.
    fn heartbeat(&mut self, token: &TaskToken) -> Result<(), Refusal> {
        self.prove(token)?;
        let execution = self.execution()?;
        let input = Input::Heartbeat { task: token.task };
        (self.context.decide)(execution, input, self.context.moment).map_err(Refusal::Engine)?;
        self.heard.push(token.task);
        Ok(())
    }

    /// Lets an execution that was set aside go on, as after a restart.
    fn release(&mut self) -> Result<(), Refusal> {
        let set_aside = matches!(&self.base, Base::Live(live) if live.quarantined);
        let execution = self.execution()?.clone();
        if !set_aside {
            return Err(Refusal::Engine(Rejected::WrongPhase));
        }
        // Signs of life were refused meanwhile.
        let now = self.context.moment.now;
        let silent = execution.silent_since(now);
        self.execution = Some(execution);
        for task in silent {
            self.beat(task, now);
        }
        self.recover = true;
        Ok(())
    }

    /// Opens a closed execution again, once what its journal says is at hand.
    fn redrive(
        &mut self,
        order: Option<&RerunOrder>,
        token: Option<Arc<str>>,
        rebuilt: Option<&Arc<Live>>,
    ) -> Result<(), Refusal> {
        self.open_again(rebuilt)?;
        let (redrive, now) = (self.execution()?.redriven(), self.context.moment.now);
        let known = |token: &str| redrive.is_some_and(|r| r.asked_with(token, now).is_some());
        if token.as_deref().is_some_and(known) {
            return Ok(());
        }
        let Some(order) = order.cloned().map(Box::new) else {
            return self.feed(Input::Redrive { token }, self.context.moment);
        };
        match self
            .feed(Input::Rerun { order: order.clone(), token: token.clone() }, self.context.moment)
        {
            Err(Refusal::Engine(Rejected::NotRemembered)) => {}
            other => return other,
        }
        self.remember(rebuilt)?;
        self.feed(Input::Rerun { order, token }, self.context.moment)
    }

    /// Lets the closed execution be the one that was rebuilt, which remembers what it did.
    fn remember(&mut self, rebuilt: Option<&Arc<Live>>) -> Result<(), Refusal> {
        let Base::Live(live) = &self.base else { return Err(Refusal::NotRebuilt) };
        let is_it =
            |rebuilt: &&Arc<Live>| rebuilt.revision == live.revision && self.execution.is_none();
        self.base = Base::Live(rebuilt.filter(is_it).ok_or(Refusal::NotRebuilt)?.clone());
        Ok(())
    }

    /// Lets a closed execution be decided on, once what its journal says is at hand.
    fn open_again(&mut self, rebuilt: Option<&Arc<Live>>) -> Result<(), Refusal> {
        if let Base::Closed(stored) = &self.base {
            let rebuilt = rebuilt.filter(|live| live.revision == stored.row.revision);
            self.base = Base::Live(rebuilt.ok_or(Refusal::NotRebuilt)?.clone());
        }
        Ok(())
    }

    fn prove(&self, token: &TaskToken) -> Result<(), Refusal> {
        if token.is_from(self.execution()?) { Ok(()) } else { Err(Refusal::InvalidToken) }
    }

    fn feed(&mut self, input: Input, moment: Moment<'_>) -> Result<(), Refusal> {
        let execution = self.execution()?;
        let decision = (self.context.decide)(execution, input, moment).map_err(Refusal::Engine)?;
        self.take(decision);
        Ok(())
    }

    fn execution(&self) -> Result<&Execution, Refusal> {
        match (&self.execution, &self.base) {
            (Some(execution), _) => Ok(execution),
            (None, Base::Live(live)) => Ok(&live.execution),
            (None, Base::Closed(_)) => Err(Refusal::Engine(Rejected::NotRunning)),
            (None, Base::None) => Err(RuntimeError::NoExecution.into()),
        }
    }

    fn take(&mut self, decision: Decision) {
        self.effects.extend(decision.effects);
        if decision.events.is_empty() {
            return;
        }
        if self.events.is_empty() {
            self.events = decision.events;
        } else {
            self.events.extend(decision.events);
        }
        self.execution = Some(decision.execution);
    }

    /// Returns what came of the turn.
    pub(super) fn finish(mut self, work: &Work, answers: Vec<Result<(), Refusal>>) -> Decided {
        // Before what was stored long ago is offered again.
        let documents = self.openings(&work.key);
        if self.recover {
            let owed = self.execution().map(Execution::outstanding).unwrap_or_default();
            self.effects.extend(owed);
        }
        let write = self.write(&work.key);
        let news = write
            .as_ref()
            .filter(|_| !self.events.is_empty())
            .map(|(_, live)| live.news(std::mem::take(&mut self.events)));
        let (write, after) = match (write, &self.base) {
            (Some((write, live)), _) => {
                (Some(Turn { documents, ..write }), Known::Live(Arc::new(live)))
            }
            (None, Base::Live(live)) => (None, Known::Live(live.clone())),
            (None, Base::None | Base::Closed(_)) => (None, work.known.clone()),
        };
        let done = self.done(&after);
        let orders = match &after {
            Known::Live(live) => orders(
                &work.key,
                &live.execution,
                &live.record,
                std::mem::take(&mut self.effects),
                self.context.traces,
            ),
            _ => Vec::new(),
        };
        let answers = answers.into_iter().map(|answer| answer.map(|()| done.clone())).collect();
        let Self { heard, beats, .. } = self;
        Decided { write, after, orders, answers, heard, beats, news }
    }

    /// Returns what is stored with the turn: that it starts map runs, and what comes with a start.
    fn openings(&self, key: &ExecutionKey) -> Vec<DocumentChange> {
        let record = match (&self.base, &self.created) {
            (Base::Live(live), _) => &live.record,
            (_, Some(new)) => &new.record,
            (Base::None | Base::Closed(_), None) => return Vec::new(),
        };
        let started = self.effects.iter().filter_map(|effect| match effect {
            Effect::StartMapRun(offer) => Some(MapRunJob::new(key, record, (**offer).clone())),
            Effect::OfferTask(_) | Effect::CancelTask(_) | Effect::Continue => None,
        });
        let mut changes: Vec<_> = match self.context.map_runs {
            Some(map_runs) => started.flat_map(|job| map_runs.opening(&job)).collect(),
            None => Vec::new(),
        };
        changes.extend(self.created.iter().flat_map(|new| new.documents.clone()));
        changes
    }

    fn done(&self, after: &Known) -> Done {
        match (after, &self.base) {
            (Known::Live(live), _) => Done {
                started: live.started,
                stopped: live.stopped,
                redrive: live.execution.redriven().cloned(),
            },
            (_, Base::Closed(stored)) => {
                let header = &stored.row.header;
                Done { started: header.started, stopped: header.stopped, redrive: None }
            }
            _ => Done { started: self.context.moment.now, stopped: None, redrive: None },
        }
    }

    /// Packs what happened for the store.
    fn write(&mut self, key: &ExecutionKey) -> Option<(Turn, Live)> {
        let execution = self.execution.take()?;
        let at = self.events.last().map_or(self.context.moment.now, |event| event.at);
        let (record, base, started, last_event, kept) = match (&self.base, &self.created) {
            (Base::Live(live), _) => {
                let before = live.execution.last_event();
                (live.record.clone(), Some(live.revision), live.started, before, live.kept)
            }
            (_, Some(new)) => {
                let started = self.events.first().map_or(at, |event| event.at);
                (new.record.clone(), None, started, 0, Kept::default())
            }
            (Base::None | Base::Closed(_), None) => return None,
        };
        let mut live = Live {
            revision: Revision(base.map_or(1, |base| base.0 + 1)),
            kept,
            record,
            started,
            stopped: None,
            quarantined: false,
            bytes: 0,
            execution,
        };
        live.stopped = live.closed().is_some().then_some(at);
        let journal = journal(&self.events, last_event + 1);
        let image;
        (image, live.kept) = kept.after(&live.execution, live.closed(), journal.body.len());
        live.bytes = live.kept.weight(live.record.start.input.text().len());
        let mut turn = pack(key, base, &live, image, journal);
        if let Some(new) = &self.created {
            turn.workflow = new.listing.clone();
            turn.attributes = new.attributes.clone();
        }
        Some((turn, live))
    }
}
