//! One state of a definition, tried on its own: the same turns as an execution's, without what
//! comes before and after.
//!
//! A Task is offered like any other, and the end of it given back; so is the result of a Parallel
//! or Map state, whose inner states do not run. Start with [`Trial::begin`].

mod maps;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_ir::{Definition, Kind, StateId};
use compasso_types::{Json, Payload, Timestamp};

use crate::inspection::Probe;
use crate::problem::Problem;
use crate::scope::{Position, Work};
use crate::turn::Turn;
use crate::{
    Effect, EventKind, Execution, Inspection, MapItem, Moment, Offer, Reader, Rejected, ScopeId,
    Start, TaskError, TaskId, TaskResult,
};

/// The scope a tried state runs in.
const ROOT: ScopeId = ScopeId(0);

/// What is tried, and the surroundings it is tried in.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The definition that has the state.
    pub definition: Arc<Definition>,
    /// The state.
    pub state: StateId,
    /// The execution it believes to run in; its input is the state's.
    pub start: Start,
    /// Variables it finds.
    pub variables: BTreeMap<Arc<str>, Json>,
    /// Members of the context object that take the place of its own.
    pub context: Option<Json>,
    /// How often each retrier has retried already.
    pub retries: u32,
}

/// Reads the items that are given for a reader.
pub type Read<'a> = &'a dyn Fn(&Reader) -> Result<ReadItems, TaskError>;

/// Items that are given for a reader.
#[derive(Clone, Debug)]
pub struct ReadItems {
    /// The items.
    pub items: Vec<MapItem>,
    /// What `ItemsPointer` means in their file, if there is one.
    pub pointed: Option<Json>,
}

/// A state being tried.
#[derive(Debug)]
pub struct Trial {
    execution: Execution,
    probe: Probe,
    variables: BTreeMap<Arc<str>, Json>,
}

/// How far a trial is.
#[derive(Clone, Debug)]
pub enum Progress {
    /// It goes on by [`Trial::wake`] at this instant.
    Waits(Timestamp),
    /// A task is out; it goes on by [`Trial::finish`], or by [`Trial::wake`] at the instant, if
    /// there is one.
    Task(Box<Offer>, Option<Timestamp>),
    /// A Parallel or Map state wants the result of its inner states; it goes on by
    /// [`Trial::finish`].
    Block,
    /// It is over.
    Over(Box<Verdict>),
}

/// How a trial ended.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How the state ended.
    pub ending: Ending,
    /// What its data looked like on its way.
    pub inspection: Inspection,
    /// All variables afterwards.
    pub variables: BTreeMap<Arc<str>, Json>,
}

/// How a tried state ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It was left.
    Succeeded {
        /// Its output.
        output: Payload,
        /// The state that follows.
        next: Option<Arc<str>>,
    },
    /// An error was caught.
    Caught {
        /// The error.
        error: TaskError,
        /// The output for the state that follows.
        output: Payload,
        /// The state that follows.
        next: Option<Arc<str>>,
        /// The place of the catcher.
        catcher: usize,
    },
    /// An error is to be retried.
    Retriable {
        /// The error.
        error: TaskError,
        /// The place of the retrier.
        retrier: u32,
        /// How long it waits.
        delay: Duration,
    },
    /// It failed.
    Failed(TaskError),
}

impl Trial {
    /// Enters the state. `read` reads items for a distributed Map's reader, if any are given.
    pub fn begin(subject: Subject, read: Option<Read<'_>>, now: Timestamp) -> (Self, Progress) {
        let Subject { definition, state, start, variables, context, retries } = subject;
        let probe = Probe { context, ..Probe::default() };
        let mut trial =
            Self { execution: Execution::new(definition), probe, variables: variables.clone() };
        let progress = trial.turn(now, |turn| {
            let input = start.input.clone();
            turn.record(ROOT, 0, EventKind::ExecutionStarted { start: start.into() });
            turn.enter(ROOT, state, input);
            turn.execution.assume(variables, retries);
            turn.try_work(read);
        });
        (trial, progress)
    }

    /// Time passed: a wait is over, or a task is late.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method alone is bound to one lifetime"
    )]
    pub fn wake(&mut self, now: Timestamp) -> Progress {
        self.turn(now, |turn| turn.wake())
    }

    /// Goes on with the end of the task, or of the inner states.
    ///
    /// # Errors
    /// Nothing is awaited.
    pub fn finish(&mut self, result: TaskResult, now: Timestamp) -> Result<Progress, Rejected> {
        if !matches!(self.execution.image.scopes.get(&ROOT), Some(scope) if scope.active().is_some())
        {
            return Err(Rejected::NotRunning);
        }
        let active = self.execution.active(ROOT);
        let task = TaskId { entry: active.entry, attempt: active.attempt };
        match &active.work {
            Work::Task(_) => Ok(self.turn(now, |turn| {
                turn.task_finished(task, result).expect("the task is out");
            })),
            Work::Fork { .. } | Work::Graph(_) | Work::Map(_) => {
                Ok(self.turn(now, |turn| turn.end_block(result)))
            }
            Work::Entered | Work::Waiting { .. } | Work::Backoff { .. } | Work::MapRun(_) => {
                Err(Rejected::WrongPhase)
            }
        }
    }

    /// Returns the token of the task that is out.
    pub fn token(&self, task: TaskId) -> String {
        self.execution.token(task)
    }

    /// Returns the role that the state runs as.
    pub fn role(&self) -> Arc<str> {
        self.execution.start().map_or_else(Arc::default, |start| Arc::clone(&start.role))
    }

    /// Returns how many iterations the Map state at work has.
    pub fn iterations(&self) -> Option<usize> {
        match &self.execution.image.scopes.get(&ROOT)?.active()?.work {
            Work::Map(work) => Some(work.outputs.len()),
            _ => None,
        }
    }

    /// Says whether so many failed iterations of the Map state at work are too many.
    pub fn is_too_much(&self, failures: usize) -> bool {
        let seen = self.probe.seen.borrow();
        let iterations = self.iterations().unwrap_or(0);
        match (seen.tolerated_failure_count, seen.tolerated_failure_percentage) {
            (None, None) => failures > 0,
            (count, percentage) => {
                let share = 100.0 * failures as f64 / iterations.max(1) as f64;
                count.is_some_and(|count| failures as u64 > count)
                    || percentage.is_some_and(|percentage| share > percentage)
            }
        }
    }

    fn turn(&mut self, now: Timestamp, act: impl FnOnce(&mut Turn<'_>)) -> Progress {
        let mut turn = Turn::new(self.execution.clone(), Moment::at(now));
        turn.probe = Some(std::mem::take(&mut self.probe));
        act(&mut turn);
        let Turn { execution, events, effects, probe, now, .. } = turn;
        self.probe = probe.unwrap_or_default();
        self.execution = execution;
        for event in events {
            if let Some(ending) = self.ending(event.kind, now) {
                return self.over(ending);
            }
        }
        self.progress(effects)
    }

    fn progress(&self, effects: Vec<Effect>) -> Progress {
        let wake = self.execution.next_wake();
        let offer = effects.into_iter().find_map(|effect| match effect {
            Effect::OfferTask(offer) => Some(offer),
            Effect::StartMapRun(_) | Effect::CancelTask(_) | Effect::Continue => None,
        });
        match (offer, wake) {
            (Some(offer), wake) => Progress::Task(offer, wake),
            (None, Some(at)) => Progress::Waits(at),
            (None, None) => Progress::Block,
        }
    }

    /// Reads how the state ended, if this event says so.
    fn ending(&mut self, event: EventKind, now: Timestamp) -> Option<Ending> {
        let seen = self.probe.seen.get_mut();
        let (problem, catcher) = (seen.problem.clone(), seen.catch_index);
        match event {
            EventKind::StateExited { output, assigned, next, .. } => {
                self.variables.extend(assigned);
                Some(match (problem, catcher) {
                    (Some(error), Some(catcher)) => Ending::Caught { error, output, next, catcher },
                    _ => Ending::Succeeded { output, next },
                })
            }
            EventKind::RetryScheduled { retrier, until, .. } => Some(Ending::Retriable {
                error: problem.unwrap_or_default(),
                retrier,
                delay: until.since(now),
            }),
            EventKind::ExecutionFailed { error, cause } => {
                Some(Ending::Failed(TaskError::of(error, cause)))
            }
            _ => None,
        }
    }

    fn over(&mut self, ending: Ending) -> Progress {
        let inspection = self.probe.seen.take();
        let variables = std::mem::take(&mut self.variables);
        Progress::Over(Box::new(Verdict { ending, inspection, variables }))
    }
}

impl Execution {
    /// Puts the state that was just entered into the surroundings it is tried in.
    fn assume(&mut self, variables: BTreeMap<Arc<str>, Json>, retries: u32) {
        let retriers = self.state(self.active(ROOT).state).retry.len();
        let scope = self.scope_mut(ROOT);
        scope.variables = variables;
        if let Position::In(active) = &mut scope.position {
            active.attempt = retries;
            active.retries = vec![retries; retriers];
        }
    }
}

impl Turn<'_> {
    /// Does the work of the tried state; of a Map, only what comes before its iterations.
    fn try_work(&mut self, read: Option<Read<'_>>) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(ROOT).state);
        match &state.kind {
            Kind::Map(map) => self.try_map(state, map, read),
            Kind::Fail(_) => {
                // A Fail state reads its input as it is; a test shows it like any other state's.
                let input = self.scene(ROOT).effective_input(state);
                debug_assert!(input.is_ok(), "a Fail state selects nothing of its input");
                self.work(ROOT);
            }
            Kind::Task(_)
            | Kind::Pass(_)
            | Kind::Choice(_)
            | Kind::Wait(_)
            | Kind::Succeed
            | Kind::Fork(_) => self.work(ROOT),
        }
    }

    /// Goes on as if the inner states of the Parallel or Map state had ended so.
    fn end_block(&mut self, result: TaskResult) {
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(ROOT).state);
        match result {
            Ok(result) => self.finish(ROOT, state, &result),
            Err(error) => {
                let origin = self.execution.scope(ROOT).last;
                self.fail_state(ROOT, origin, Problem::of_task(&error));
            }
        }
    }
}
