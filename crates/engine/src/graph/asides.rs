//! Asides in a turn: they begin when they were told, and the end of the run waits for them.

use compasso_ir::{Ending, Graph};
use compasso_types::{Payload, limits};

use super::beside::Outcome;
use super::record::BranchFailure;
use super::rules::BranchState;
use super::tell::ROOT;
use super::work::Cancelled;
use crate::problem::Problem;
use crate::turn::Turn;
use crate::{EventId, EventKind, ScopeId};

/// What history calls an aside that nothing is known of any more.
const UNKNOWN: &str = "(aside)";

impl Turn<'_> {
    /// Returns the scope of the outermost graph if something is to begin beside it.
    pub(crate) fn told(&self) -> Option<ScopeId> {
        let is_told = self.execution.graph(ROOT)?.is_told();
        (is_told && self.may_begin_aside(ROOT)).then_some(ROOT)
    }

    pub(super) fn may_begin_aside(&self, scope: ScopeId) -> bool {
        let beside = self.execution.beside().filter(|_| scope == ROOT);
        beside.is_some_and(|beside| {
            let busy = beside.running.values().filter(|nature| !nature.is_timer).count();
            let is_free = |told: &super::beside::Told| told.nature.is_timer || told.nature.undoes;
            !beside.stale.is_empty()
                || busy < limits::ASIDES_MAX
                || beside.told.front().is_some_and(is_free)
        })
    }

    pub(super) fn begin_aside(&mut self, scope: ScopeId) {
        if let Some(stale) = self.execution.beside().and_then(|beside| beside.stale.first()) {
            return self.drop_timer(*stale);
        }
        let id = ScopeId(self.execution.image.next_scope);
        let told = self.execution.beside().and_then(|beside| beside.told.front());
        let aside = told.map_or_else(|| UNKNOWN.into(), |told| told.nature.name.clone());
        self.follow(scope, EventKind::AsideEntered { aside });
        self.make_ready(id);
    }

    fn drop_timer(&mut self, scope: ScopeId) {
        let aside = self.execution.name_of_aside(scope).unwrap_or_else(|| UNKNOWN.into());
        self.follow(scope, EventKind::AsideExited { aside, failure: None, is_dropped: true });
    }

    /// Ends the aside that `scope` runs. That it failed is noted, and changes nothing, unless it is
    /// there to give the run up.
    pub(crate) fn aside_ended(
        &mut self,
        scope: ScopeId,
        origin: EventId,
        problem: Option<&Problem>,
    ) {
        let nature = self.execution.beside().and_then(|beside| beside.running.get(&scope));
        let gives_up = nature.is_some_and(|nature| nature.gives_up);
        let aside = nature.map_or_else(|| UNKNOWN.into(), |nature| nature.name.clone());
        let failure = problem.map(Problem::branch_failure);
        let mut inside = vec![scope];
        inside.extend(self.execution.descendants(scope));
        if problem.is_some() {
            self.abort_tasks(&inside, origin);
        }
        self.record(
            scope,
            origin,
            EventKind::AsideExited { aside, failure: failure.clone(), is_dropped: false },
        );
        if let (Some(failure), true) = (failure, gives_up) {
            self.cancel_graph(ROOT, Cancelled::by_itself(failure));
        }
        self.make_ready(ROOT);
    }

    /// Leaves the graph whose branches all ended, or does what comes before that. Returns whether
    /// there was anything to do.
    pub(super) fn conclude_or_judge(&mut self, scope: ScopeId) -> bool {
        let graph = self.execution.fork_of(scope).as_graph();
        let is_judged = scope == ROOT
            && graph.is_some_and(|graph| graph.saga.is_some() || !graph.asides.is_empty());
        if is_judged && self.execution.outcome().is_none() {
            self.judge(scope);
        } else if scope != ROOT || self.execution.is_nothing_beside() {
            if scope == ROOT {
                self.drop_all_timers();
            }
            self.conclude(scope);
        } else {
            return false;
        }
        true
    }

    fn drop_all_timers(&mut self) {
        let beside = self.execution.beside();
        let timers: Vec<_> =
            beside.iter().flat_map(|beside| beside.running.keys().copied()).collect();
        for timer in timers {
            self.drop_timer(timer);
        }
    }

    fn judge(&mut self, scope: ScopeId) {
        let work = self.execution.graph(scope).expect("the scope runs a graph");
        let (state, ending, failure, output) = match &work.cancelled {
            Some(cancelled) => {
                let ending = if cancelled.is_asked { Ending::Cancelled } else { Ending::TimedOut };
                let state =
                    if cancelled.is_asked { BranchState::Cancelled } else { BranchState::Failed };
                (state, Some(ending), Some(cancelled.failure.clone()), None)
            }
            None => match self.concluded(scope) {
                Ok(output) => (BranchState::Success, None, None, Some(output)),
                Err(problem) => {
                    let failure = Some(problem.branch_failure());
                    (BranchState::Failed, Some(Ending::Failed), failure, None)
                }
            },
        };
        let graph = self.execution.fork_of(scope).as_graph();
        let is_wanted = |graph: &Graph| {
            let saga = graph.saga.as_deref();
            saga.is_some_and(|saga| ending.is_some_and(|ending| saga.after.contains(&ending)))
        };
        let beside = self.execution.beside();
        let has_done = beside.is_some_and(|beside| !beside.done.is_empty());
        let is_asked = beside.is_some_and(|beside| beside.is_undo_asked);
        let compensates = has_done && (is_asked || graph.is_some_and(is_wanted));
        self.follow(scope, EventKind::GraphJudged { state, failure, output, compensates });
    }
}

impl Outcome {
    /// Returns what the graph ends with.
    pub(super) fn concluded(&self, is_given_up: bool) -> Result<Payload, Problem> {
        match &self.failure {
            Some(BranchFailure { name, cause }) => {
                let problem = Problem::new(name, cause.clone());
                Err(if is_given_up { problem.terminal() } else { problem })
            }
            None => Ok(self.output.clone().unwrap_or_default()),
        }
    }
}
