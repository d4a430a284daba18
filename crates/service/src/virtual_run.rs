//! An execution by the engine alone: time is no time that passes, but the instant that it waits for.

use std::collections::VecDeque;
use std::sync::Arc;

use compasso_engine::{
    Closed, Effect, Event, Execution, Input, Moment, Offer, Start, Status, TaskResult, decide,
};
use compasso_ir::Definition;
use compasso_types::Timestamp;

/// An execution whose tasks somebody answers for.
#[derive(Debug)]
pub struct VirtualRun {
    execution: Execution,
    inputs: VecDeque<Input>,
    now: Timestamp,
}

impl VirtualRun {
    /// Begins one, at `now`.
    pub fn begin(definition: Arc<Definition>, start: Start, now: Timestamp) -> Self {
        let inputs = VecDeque::from([Input::Start(Box::new(start))]);
        Self { execution: Execution::new(definition), inputs, now }
    }

    /// Takes the next turn: what happened, and what is asked of the outside. Nothing if it waits for
    /// something that never comes.
    pub fn turn(&mut self) -> Option<(Vec<Event>, Vec<Effect>)> {
        let next = match (self.inputs.pop_front(), self.execution.next_wake()) {
            (Some(input), _) => input,
            (None, Some(at)) => {
                self.now = self.now.max(at);
                Input::Wake
            }
            (None, None) => return None,
        };
        // A task whose group was given up meanwhile is over.
        let Ok(decision) = decide(&self.execution, next, Moment::at(self.now)) else {
            return Some((Vec::new(), Vec::new()));
        };
        self.execution = decision.execution;
        Some((decision.events, decision.effects))
    }

    /// Returns how it ended, if it has.
    pub fn closed(&self) -> Option<&Closed> {
        match self.execution.status() {
            Status::Closed(closed) => Some(closed),
            Status::Running => None,
        }
    }

    /// Goes on with a long turn.
    pub fn go_on(&mut self) {
        self.inputs.push_back(Input::Continue);
    }

    /// Takes a task that somebody is to hold.
    pub fn hold(&mut self, offer: &Offer) {
        self.inputs.push_back(Input::ActivityStarted { task: offer.task, worker: None });
    }

    /// Takes a task and ends it at once.
    pub fn finish(&mut self, offer: &Offer, result: TaskResult) {
        if offer.placement.is_some() {
            self.hold(offer);
        }
        self.inputs.push_back(Input::TaskFinished { task: offer.task, result });
    }
}
