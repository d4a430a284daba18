//! Wrong versions of what is tested: the checker must notice each of them.

use std::fmt;
use std::sync::Arc;

use compasso_engine::{Decision, Effect, Execution, Input, Moment, Rejected, TaskId, TaskResult};
use compasso_runtime::{Reporter, Reports};
use compasso_store::LogStream;
use compasso_types::Payload;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};

/// A mistake that is made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Commits of an owner that another one has taken the store from are written.
    NoFence,
    /// Whether somebody else took over is looked at when a commit is sent, not when it is written.
    UnlockedFence,
    /// A turn is written over whatever was written since it was decided, whoever wrote it. (While the
    /// fence holds, nobody else writes, and this alone would harm nobody.)
    NoRevisionCheck,
    /// An execution is begun though there is one of its name.
    NameTakenTwice,
    /// Commits are answered before they are written.
    AnswerBeforeCommit,
    /// A commit that nobody knows the outcome of counts as refused.
    UnknownIsRefused,
    /// A restart reads no timers.
    TimersForgotten,
    /// A restart offers no tasks again.
    TasksForgotten,
    /// The end of a task counts for whichever attempt is under way.
    AnyAttempt,
    /// The end of a task counts for whichever state is under way.
    AnyEntry,
    /// Leases are judged by the clock of the node that asks, not by that of the store.
    LeaseOnNodesClock,
    /// The store lets a lease run out sooner than its node counts on.
    ShortLease,
    /// A mutex is held by several at once.
    MutexForAll,
    /// A restart gives away what tasks want before it knows what those have that were out.
    GatesOpenEarly,
    /// What a task has is given away before the end of that is stored.
    FreedBeforeStored,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::NoFence,
        Self::UnlockedFence,
        Self::NoRevisionCheck,
        Self::NameTakenTwice,
        Self::AnswerBeforeCommit,
        Self::UnknownIsRefused,
        Self::TimersForgotten,
        Self::TasksForgotten,
        Self::AnyAttempt,
        Self::AnyEntry,
        Self::LeaseOnNodesClock,
        Self::ShortLease,
        Self::MutexForAll,
        Self::GatesOpenEarly,
        Self::FreedBeforeStored,
    ];
}

impl fmt::Display for Mutant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

/// More attempts than any task here has.
const ATTEMPTS: u32 = 6;

/// What decides turns.
pub(crate) type Decide = fn(&Execution, Input, Moment<'_>) -> Result<Decision, Rejected>;

/// Returns the engine, or a wrong version of it.
pub(crate) fn decide(mutant: Option<Mutant>) -> Decide {
    match mutant {
        Some(Mutant::AnyAttempt) => decide_for_any_attempt,
        Some(Mutant::AnyEntry) => decide_for_any_entry,
        _ => compasso_engine::decide,
    }
}

fn decide_for_any_attempt(
    execution: &Execution,
    input: Input,
    moment: Moment<'_>,
) -> Result<Decision, Rejected> {
    let others = |told: TaskId| (0..ATTEMPTS).map(move |attempt| TaskId { attempt, ..told });
    decide_as_if(execution, input, moment, others)
}

fn decide_for_any_entry(
    execution: &Execution,
    input: Input,
    moment: Moment<'_>,
) -> Result<Decision, Rejected> {
    let under_way = execution.outstanding().into_iter().filter_map(|effect| match effect {
        Effect::OfferTask(offer) => Some(offer.task.entry),
        _ => None,
    });
    let others = |told: TaskId| under_way.map(move |entry| TaskId { entry, ..told });
    decide_as_if(execution, input, moment, others)
}

/// Decides, and takes the end of a task that does not count as that of others, until it counts.
fn decide_as_if<I: Iterator<Item = TaskId>>(
    execution: &Execution,
    mut input: Input,
    moment: Moment<'_>,
    others: impl FnOnce(TaskId) -> I,
) -> Result<Decision, Rejected> {
    let mut decided = compasso_engine::decide(execution, input.clone(), moment);
    let Some(told) = task(&mut input).copied() else { return decided };
    for other in others(told) {
        if decided.is_ok() {
            break;
        }
        if let Some(task) = task(&mut input) {
            *task = other;
        }
        decided = compasso_engine::decide(execution, input.clone(), moment);
    }
    decided
}

/// Returns which task has ended, if that is what happened.
fn task(input: &mut Input) -> Option<&mut TaskId> {
    match input {
        Input::TaskFinished { task, .. } | Input::Callback { task, .. } => Some(task),
        _ => None,
    }
}

/// A way back on which ends are told and not waited for.
pub(crate) struct Hasty(pub(crate) Reporter);

impl Reports for Hasty {
    fn started(&self, worker: Option<Arc<str>>) -> BoxFuture<'_, bool> {
        self.0.started(worker).boxed()
    }

    fn submitted(&self, output: Payload) -> BoxFuture<'_, ()> {
        self.0.submitted(output).boxed()
    }

    fn finished(&self, result: TaskResult) -> BoxFuture<'_, bool> {
        let reporter = self.0.clone();
        tokio::spawn(async move { reporter.finished(result).await });
        ready(true).boxed()
    }

    fn is_shutting_down(&self) -> bool {
        self.0.is_shutting_down()
    }

    fn log(&self, stream: LogStream, line: &str) {
        self.0.log(stream, line);
    }
}
