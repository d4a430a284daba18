//! One turn.

use compasso_types::Timestamp;

use crate::turn::Turn;
use crate::{
    Effect, Event, EventKind, Execution, Input, NotMarkable, NotRedrivable, NotSteerable,
    NotUndoable, ScopeId, TaskId,
};

/// What the engine is told about the moment it decides in.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The time.
    pub now: Timestamp,
    /// Tells whether an activity exists, by its ARN.
    pub has_activity: &'a dyn Fn(&str) -> bool,
    /// Says what a task with a placement waits for before it starts, if that is known.
    pub waits_for: &'a dyn Fn(TaskId) -> Option<String>,
}

impl Moment<'_> {
    /// Returns a moment in which every activity exists, and nobody knows what tasks wait for.
    pub fn at(now: Timestamp) -> Self {
        Self { now, has_activity: &|_| true, waits_for: &|_| None }
    }
}

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
    /// Nobody waits for the signal, and as many as can be kept are.
    #[error("too many signals are kept")]
    TooManySignals,
    /// The task cannot be held, released or skipped.
    #[error(transparent)]
    NotSteerable(NotSteerable),
    /// Nobody can say how the task ended.
    #[error(transparent)]
    NotMarkable(NotMarkable),
    /// What the execution did cannot be undone.
    #[error(transparent)]
    NotUndoable(NotUndoable),
    /// It cannot be rerun: it was not rebuilt to [remember](Execution::remembering) what it did.
    #[error("execution does not remember what it did")]
    NotRemembered,
    /// The execution cannot be redriven.
    #[error(transparent)]
    NotRedrivable(NotRedrivable),
}

/// Decides what `input` causes at `moment`.
///
/// # Errors
/// See [`Rejected`].
pub fn decide(
    execution: &Execution,
    input: Input,
    moment: Moment<'_>,
) -> Result<Decision, Rejected> {
    let mut turn = Turn::new(execution.clone(), moment);
    let started = execution.start.is_some();
    let opens = matches!(input, Input::Start(_));
    let reopens =
        matches!(input, Input::Redrive { .. } | Input::Rerun { .. } | Input::Compensate { .. });
    if opens == started || !(reopens || turn.is_running()) {
        return Err(Rejected::NotRunning);
    }
    match input {
        Input::Start(start) => {
            let start = EventKind::ExecutionStarted { start: (*start).into() };
            turn.record(ScopeId(0), 0, start);
            turn.make_ready(ScopeId(0));
        }
        Input::Continue => turn.make_all_ready(),
        Input::Wake => turn.wake(),
        Input::ActivityStarted { task, worker } => turn.activity_started(task, worker)?,
        Input::TaskSubmitted { task, output } => turn.task_submitted(task, output)?,
        Input::TaskFinished { task, result } => turn.task_finished(task, result)?,
        Input::MapRunEnded { task, result } => turn.map_run_ended(task, result)?,
        Input::Callback { task, result } => turn.callback(task, result)?,
        Input::Heartbeat { task } => turn.heartbeat(task)?,
        Input::Signal(signal) => turn.signal(signal)?,
        Input::Steer(steer) => turn.steer(steer)?,
        Input::Mark(mark) => turn.mark(mark)?,
        Input::Stop(order) => turn.abort(order),
        Input::Cancel(order) => turn.cancel(order),
        Input::WorkflowDeleted => {
            turn.record(ScopeId(0), 0, EventKind::WorkflowDeleted);
        }
        Input::Compensate { by } => turn.compensate(by)?,
        Input::Redrive { token } => turn.redrive(token)?,
        Input::Rerun { order, token } => turn.rerun(&order, token)?,
    }
    turn.run();
    turn.forget_withdrawn_offers();
    Ok(Decision { events: turn.events, effects: turn.effects, execution: turn.execution })
}
