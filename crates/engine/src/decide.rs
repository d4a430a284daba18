//! One turn.

use compasso_types::Timestamp;

use crate::{Effect, Event, Execution, Input};

/// What one input causes.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Facts, in order.
    pub events: Vec<Event>,
    /// Orders, in order; to be carried out once the events are durable.
    pub effects: Vec<Effect>,
    /// The execution with the events applied.
    pub execution: Execution,
}

/// The input does not fit the execution; nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejected {
    /// The execution is closed, or has not started.
    #[error("execution is not running")]
    NotRunning,
    /// The task's attempt is over: finished, timed out, retried, or its state was left.
    #[error("task is over")]
    TaskOver,
    /// The task is in another phase, such as an activity that a worker already took.
    #[error("task is in another phase")]
    WrongPhase,
}

/// Decides what `input` causes at `now`.
///
/// # Errors
/// See [`Rejected`].
pub fn decide(
    _execution: &Execution,
    _input: Input,
    _now: Timestamp,
) -> Result<Decision, Rejected> {
    unimplemented!()
}
