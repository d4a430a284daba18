//! What became of each task of a pipeline, one line each.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{BranchFailure, BranchState, Event, EventKind, ScopeId};
use compasso_pipeline::undoes;
use compasso_types::Timestamp;

/// Follows the tasks of a run.
#[derive(Default)]
pub(super) struct Tasks {
    /// The first state of each branch that runs.
    entered: BTreeMap<ScopeId, Entered>,
    /// The last error in each scope.
    errors: BTreeMap<ScopeId, Arc<str>>,
}

struct Entered {
    state: Arc<str>,
    at: Timestamp,
}

impl Tasks {
    /// Returns the line that an event is worth, if it is worth one.
    pub(super) fn line(&mut self, event: &Event) -> Option<String> {
        match &event.kind {
            EventKind::StateEntered { state, .. } if event.scope != ScopeId(0) => {
                let entered = Entered { state: state.clone(), at: event.at };
                self.entered.entry(event.scope).or_insert(entered);
                None
            }
            EventKind::BranchExited { branch, state, failure, .. } => {
                let entered = self.entered.remove(&event.scope)?;
                self.errors.remove(&event.scope);
                if undoes(&entered.state) {
                    return None;
                }
                let took = format!("{:.2}s", event.at.since(entered.at).as_secs_f64());
                Some(written(branch, entered.depth(), *state, failure.as_ref(), &took))
            }
            EventKind::RetryScheduled { until, .. } => {
                let task = &self.entered.get(&event.scope)?.state;
                let why = self.errors.remove(&event.scope).unwrap_or_default();
                Some(format!("… {task}  again at {until}  {why}").trim_end().to_owned())
            }
            EventKind::WaitStarted { until } => {
                let task = &self.entered.get(&event.scope)?.state;
                Some(format!("… {task}  waits until {until}"))
            }
            EventKind::TaskFailed { error: Some(error), .. }
            | EventKind::TaskTimedOut { error: Some(error), .. } => {
                self.errors.insert(event.scope, error.clone());
                None
            }
            EventKind::BranchSkipped { branch, state, failure, .. } => {
                let outer = self.entered.get(&event.scope);
                if outer.is_some_and(|outer| undoes(&outer.state)) {
                    return None;
                }
                let depth = outer.map_or(0, |outer| outer.depth() + 1);
                Some(written(branch, depth, *state, failure.as_ref(), ""))
            }
            _ => None,
        }
    }

    /// Returns what runs.
    pub(super) fn running(&self) -> Vec<&str> {
        self.entered.values().map(|entered| &*entered.state).collect()
    }
}

impl Entered {
    /// Returns how many groups it is in: its states are called `group.task`.
    fn depth(&self) -> usize {
        self.state.matches('.').count()
    }
}

fn written(
    task: &str,
    depth: usize,
    state: BranchState,
    failure: Option<&BranchFailure>,
    took: &str,
) -> String {
    let (mark, word) = match state {
        // These are no ends.
        BranchState::Blocked | BranchState::Ready | BranchState::Running => ('…', ""),
        BranchState::Success => ('✓', ""),
        BranchState::Failed => ('✗', "failed"),
        BranchState::Skipped => ('-', "skipped"),
        BranchState::UpstreamFailed => ('-', "upstream_failed"),
        BranchState::Cancelled => ('✗', "cancelled"),
    };
    let why = failure.map(|failure| failure.name.to_string()).unwrap_or_default();
    let words = [word, &why, took].into_iter().filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join("  ");
    format!("{}{mark} {task}  {words}", "  ".repeat(depth)).trim_end().to_owned()
}
