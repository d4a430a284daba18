//! The state of one execution, a fold of its events.

use std::sync::Arc;

use compasso_ir::Definition;
use compasso_types::{Payload, Timestamp};

use crate::{Effect, Event, Start, TaskId};

/// One execution.
#[derive(Clone, Debug)]
pub struct Execution {}

/// How far an execution is.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Not closed.
    Running,
    /// Closed.
    Closed(Closed),
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the closing event's")]
pub enum Closed {
    Succeeded { output: Payload },
    Failed { error: Option<Arc<str>>, cause: Option<Arc<str>> },
    TimedOut,
    Aborted { error: Option<Arc<str>>, cause: Option<Arc<str>> },
}

/// A stored image cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("image cannot be read: {0}")]
pub struct ImageError(String);

impl Execution {
    /// Returns an execution that has not started.
    pub fn new(_definition: Arc<Definition>) -> Self {
        unimplemented!()
    }

    /// Folds a fact into the state. Total: a stored fact is never refused.
    pub fn apply(&mut self, _event: &Event) {
        unimplemented!()
    }

    /// Returns what recovery must send again.
    pub fn outstanding(&self) -> Vec<Effect> {
        unimplemented!()
    }

    /// Returns whether [`Execution::outstanding`] has anything.
    pub fn owes(&self) -> bool {
        unimplemented!()
    }

    /// Returns when [`crate::Input::Wake`] must be given at the latest.
    pub fn next_wake(&self) -> Option<Timestamp> {
        unimplemented!()
    }

    /// Returns whether it is closed, and how.
    pub fn status(&self) -> &Status {
        unimplemented!()
    }

    /// Returns what it started with, once it has.
    pub fn start(&self) -> Option<&Start> {
        unimplemented!()
    }

    /// Returns the number of the last event.
    pub fn last_event(&self) -> u64 {
        unimplemented!()
    }

    /// Returns the secret-bearing token of a task of this execution.
    pub fn token(&self, _task: TaskId) -> String {
        unimplemented!()
    }

    /// Returns the compact state, as JSON text; what it started with is not part of it.
    pub fn image(&self) -> Vec<u8> {
        unimplemented!()
    }

    /// Reads [`Execution::image`] back.
    ///
    /// # Errors
    /// The bytes are no image of this definition.
    pub fn from_image(
        _definition: Arc<Definition>,
        _start: Arc<Start>,
        _image: &[u8],
    ) -> Result<Self, ImageError> {
        unimplemented!()
    }
}
