//! Redrive: an execution that closed without success goes on from where it failed.
//!
//! A closed execution keeps its scopes as they were, so what is left to do is still known: states
//! that were left are not entered again, branches and iterations that ended keep their outputs.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decide::Rejected;
use crate::graph::ROOT;
use crate::scope::{Position, Work};
use crate::turn::Turn;
use crate::{Closed, Event, EventKind, Execution, Rerun, ScopeId, Status, SteerOrder, WHOLE_RUN};

/// How long after its end an execution can be redriven.
const REDRIVABLE_PERIOD: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// How long after its start an execution can be redriven.
const EXECUTION_TIME_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How long a client's token stands for the redrive it asked for.
const TOKEN_PERIOD: Duration = Duration::from_secs(15 * 60);
/// How many tokens are remembered.
const TOKENS_MAX: usize = 10;

/// How an execution was redriven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// How often.
    pub count: u32,
    /// When last.
    pub at: Timestamp,
    /// The last tokens that clients asked with, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<(Arc<str>, Timestamp)>,
}

/// Why an execution cannot be redriven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRedrivable {
    /// It is open.
    #[error("execution is running")]
    Running,
    /// It succeeded.
    #[error("execution succeeded")]
    Succeeded,
    /// Its history has no room.
    #[error("history is full")]
    HistoryFull,
    /// It started too long ago.
    #[error("execution started too long ago")]
    ExecutionTimeExceeded,
    /// It closed too long ago.
    #[error("execution closed too long ago")]
    PeriodExceeded,
    /// It succeeded, and nothing in it failed that could run again.
    #[error("nothing in it is to run again")]
    NothingToRun,
}

impl NotRedrivable {
    /// Words it as AWS words it; those that were seen in answers have no full stop.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Running => "Execution is RUNNING and cannot be redriven",
            Self::Succeeded => "Execution is SUCCEEDED and cannot be redriven",
            Self::HistoryFull => "Execution history event limit exceeded.",
            Self::ExecutionTimeExceeded => "Execution has exceeded the max execution time.",
            Self::PeriodExceeded => "Execution redrivable period exceeded.",
            Self::NothingToRun => "Nothing of the execution is to run again.",
        }
    }
}

/// What decides whether an execution can be redriven.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// How it closed; `None` while open.
    pub closed: Option<&'a Closed>,
    /// When it started.
    pub started: Timestamp,
    /// When it closed.
    pub stopped: Timestamp,
    /// The number of its last event.
    pub last_event: u64,
    /// The most events its history may have.
    pub events_max: u64,
}

impl Record<'_> {
    /// Says whether the execution can be redriven at `now`.
    ///
    /// # Errors
    /// Why not.
    pub fn check_redrivable(&self, now: Timestamp) -> Result<(), NotRedrivable> {
        match self.closed {
            None => return Err(NotRedrivable::Running),
            Some(Closed::Succeeded { .. }) => return Err(NotRedrivable::Succeeded),
            Some(Closed::Failed { .. } | Closed::TimedOut | Closed::Aborted { .. }) => {}
        }
        self.check_room()?;
        if now.since(self.started) > EXECUTION_TIME_MAX {
            return Err(NotRedrivable::ExecutionTimeExceeded);
        }
        if now.since(self.stopped) > REDRIVABLE_PERIOD {
            return Err(NotRedrivable::PeriodExceeded);
        }
        Ok(())
    }

    /// Says whether the history has room: the redrive itself is an event, and one more must follow.
    pub(crate) fn check_room(&self) -> Result<(), NotRedrivable> {
        if self.last_event + 1 >= self.events_max {
            return Err(NotRedrivable::HistoryFull);
        }
        Ok(())
    }
}

impl Redrive {
    /// Returns the redrive after `before`.
    pub(crate) fn next(before: Option<&Self>, at: Timestamp, token: Option<&Arc<str>>) -> Self {
        let mut tokens = before.map(|redrive| redrive.tokens.clone()).unwrap_or_default();
        tokens.extend(token.map(|token| (token.clone(), at)));
        tokens.drain(..tokens.len().saturating_sub(TOKENS_MAX));
        Self { count: before.map_or(0, |redrive| redrive.count) + 1, at, tokens }
    }

    /// Returns when the redrive happened that was asked for with `token`, if that is still known
    /// at `now`.
    pub fn asked_with(&self, token: &str, now: Timestamp) -> Option<Timestamp> {
        let valid = |at: &Timestamp| now.since(*at) <= TOKEN_PERIOD;
        self.tokens.iter().find(|(known, at)| &**known == token && valid(at)).map(|(_, at)| *at)
    }
}

impl Execution {
    /// Returns how it was redriven, if it was.
    pub fn redriven(&self) -> Option<&Arc<Redrive>> {
        self.image.redrive.as_ref()
    }

    pub(crate) fn record(&self) -> Record<'_> {
        let closed = match &self.image.status {
            Status::Running => None,
            Status::Closed(closed) => Some(closed),
        };
        Record {
            closed,
            started: self.image.started,
            stopped: self.image.last_at,
            last_event: self.image.last_event,
            events_max: self.start().map_or(u64::MAX, |start| start.events_max),
        }
    }

    /// Opens a closed execution: every state that was under way is as it was when it was entered. Of
    /// a rerun, the branches of graphs are as it says.
    pub(crate) fn reopen(
        &mut self,
        event: &Event,
        token: Option<&Arc<str>>,
        rerun: Option<&Rerun>,
    ) {
        let at = event.at;
        let redrive = Redrive::next(self.image.redrive.as_deref(), at, token);
        let generation = redrive.count + 1;
        self.image.redrive = Some(Arc::new(redrive));
        let closed = std::mem::replace(&mut self.image.status, Status::Running);
        self.image.deadline = self.definition.timeout.map(|limit| at.after(limit));
        match rerun {
            Some(rerun) => self.bring_back_for(rerun, generation, at),
            None if is_data_limit(&closed) => self.forget_blocks(),
            None => self.note_anew(generation),
        }
        self.drop_asides();
        self.forget_skips();
        self.begin_unbegun();
        let definition = self.definition.clone();
        let begins_anew = wants_another_map_run(&closed);
        let waits = self.goes_by(2);
        for scope in self.image.scopes.values_mut() {
            let scope = Arc::make_mut(scope);
            scope.last = event.id;
            let Position::In(active) = &mut scope.position else { continue };
            active.retries.clear();
            active.attempt += 1;
            active.first_attempt = active.attempt;
            match &mut active.work {
                Work::Fork { .. } | Work::Map(_) => {}
                Work::Graph(work) => {
                    if let compasso_ir::Kind::Fork(fork) = &definition.state(active.state).kind
                        && let Some(graph) = fork.as_graph()
                    {
                        match rerun {
                            Some(_) => work.go_on(fork, graph, waits, at),
                            None => work.reopen(fork, graph, waits, at),
                        }
                    }
                }
                Work::MapRun(run) if !begins_anew => run.has_failed = false,
                Work::Entered
                | Work::Waiting { .. }
                | Work::Backoff { .. }
                | Work::Task(_)
                | Work::MapRun(_) => {
                    active.work = Work::Entered;
                    // A Fail state is entered again; all others go on where they are.
                    if matches!(definition.state(active.state).kind, compasso_ir::Kind::Fail(_)) {
                        let (next, data) = (active.state, active.input.clone());
                        scope.position = Position::Ready { next, data };
                    }
                }
            }
        }
        let is_graph = self.graph(ROOT).is_some();
        if let Some(input) = rerun.and_then(|rerun| rerun.input.clone()) {
            self.begin_with(event.id, input);
        }
        if is_graph || rerun.is_some() {
            self.count_generation();
        }
    }

    /// Lets go what was held only for it to be stopped before it began, unless it was to begin held.
    fn begin_unbegun(&mut self) {
        let is_first = self.image.redrive.as_ref().is_some_and(|redrive| redrive.count == 1);
        if is_first && self.start().is_some_and(|start| start.is_unbegun && !start.is_held) {
            self.image.asked.take(&WHOLE_RUN.into(), SteerOrder::Release, ());
            self.restore_asked();
        }
    }

    /// Lets the outermost Parallel or Map begin anew: what its blocks produced was too much.
    fn forget_blocks(&mut self) {
        let root = ScopeId(0);
        if self.scope(root).active().is_some() {
            self.drop_descendants(root);
            self.active_mut(root).work = Work::Entered;
        }
    }
}

/// Says whether what a map run failed with would only come again if the same run went on.
fn wants_another_map_run(status: &Status) -> bool {
    is_data_limit(status) || error_of(status) == Some("States.Runtime")
}

fn is_data_limit(status: &Status) -> bool {
    error_of(status) == Some("States.DataLimitExceeded")
}

fn error_of(status: &Status) -> Option<&str> {
    match status {
        Status::Closed(Closed::Failed { error, .. }) => error.as_deref(),
        _ => None,
    }
}

impl Turn<'_> {
    /// Opens the execution again and takes up every branch of control that did not end, unless one
    /// before it ended it meanwhile.
    pub(crate) fn redrive(&mut self, token: Option<Arc<str>>) -> Result<(), Rejected> {
        let refused = self.execution.record().check_redrivable(self.now);
        refused.map_err(Rejected::NotRedrivable)?;
        self.execution.forget();
        let count = self.execution.redriven().map_or(0, |redrive| redrive.count) + 1;
        let previous = self.execution.last_event();
        let redriven = EventKind::ExecutionRedriven { count, token, rerun: None };
        self.record(ScopeId(0), previous, redriven);
        self.take_up_all();
        Ok(())
    }

    /// Takes up every branch of control that did not end, unless one before it ended it meanwhile.
    pub(crate) fn take_up_all(&mut self) {
        let scopes: Vec<_> = self.execution.image.scopes.keys().copied().collect();
        for scope in scopes {
            if self.is_running() && self.execution.image.scopes.contains_key(&scope) {
                self.take_up(scope);
            }
        }
    }

    /// Goes on with what `scope` was about, unless a graph around it is to hold something first.
    pub(crate) fn take_up(&mut self, scope: ScopeId) {
        if self.execution.is_held_up(scope) || self.fail_if_full(scope) {
            return;
        }
        match &self.execution.scope(scope).position {
            Position::Ready { .. } => self.make_ready(scope),
            Position::Ended { .. } => {}
            Position::In(active) => match active.work {
                Work::Entered => self.work(scope),
                Work::Map(_) => {
                    self.effects.extend(self.execution.owed_reading(scope));
                    self.start_iterations(scope);
                }
                Work::MapRun(_) => self.redrive_map_run(scope),
                Work::Graph(_) => self.take_up_graph(scope),
                // It is complete if it was stopped while a lost output kept it waiting.
                Work::Fork { .. } => self.branch_ended(scope),
                Work::Waiting { .. } | Work::Backoff { .. } | Work::Task(_) => {}
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 24 * 60 * 60 * 1000;

    fn check(record: Record<'_>, day: i64) -> Result<(), NotRedrivable> {
        record.check_redrivable(Timestamp(day * DAY_MS))
    }

    #[test]
    fn only_young_unsuccessful_executions_with_room_can_be_redriven() {
        let start = Timestamp(0);
        let failed = Record {
            closed: Some(&Closed::TimedOut),
            started: start,
            stopped: start,
            last_event: 5,
            events_max: 25_000,
        };
        assert_eq!(check(failed, 14), Ok(()));
        assert_eq!(check(failed, 15), Err(NotRedrivable::PeriodExceeded));
        let old = Record { stopped: Timestamp(366 * DAY_MS), ..failed };
        assert_eq!(check(old, 366), Err(NotRedrivable::ExecutionTimeExceeded));
        let full = Record { last_event: 24_999, ..failed };
        assert_eq!(check(Record { last_event: 24_998, ..failed }, 1), Ok(()));
        assert_eq!(check(full, 1), Err(NotRedrivable::HistoryFull));
        assert_eq!(check(Record { closed: None, ..failed }, 1), Err(NotRedrivable::Running));
        let succeeded = Closed::Succeeded { output: compasso_types::Payload::default() };
        let succeeded = Record { closed: Some(&succeeded), ..failed };
        assert_eq!(check(succeeded, 1), Err(NotRedrivable::Succeeded));
    }

    #[test]
    fn the_last_ten_tokens_stand_for_their_redrives_for_a_quarter_of_an_hour() {
        let minute = |minute: i64| Timestamp(minute * 60_000);
        let first = Redrive::next(None, minute(0), Some(&"t0".into()));
        assert_eq!(first.asked_with("t0", minute(15)), Some(minute(0)));
        assert_eq!(first.asked_with("t0", minute(16)), None);
        assert_eq!(first.asked_with("t1", minute(0)), None);
        let redrive = (1..=10).fold(first, |before, number| {
            let token = format!("t{number}").into();
            Redrive::next(Some(&before), minute(number), Some(&token))
        });
        assert_eq!(redrive.count, 11);
        assert_eq!(redrive.asked_with("t0", minute(11)), None);
        assert_eq!(redrive.asked_with("t1", minute(11)), Some(minute(1)));
    }
}
