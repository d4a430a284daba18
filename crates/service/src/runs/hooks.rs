//! Hooks of runs of pipelines that failed for good. Nothing of their runs changes because of them.

use std::sync::Arc;

use compasso_engine::{BranchFailure, Event, EventKind};
use compasso_ir::{Definition, Kind};
use compasso_pipeline::fails_at_deadline;
use compasso_runtime::DefinitionRef;
use compasso_types::Timestamp;
use serde::Serialize;

use super::compensation::COMPENSATION;
use crate::dates::iso;
use crate::{Error, Service};

/// Most failed hooks that are told of; the first.
const HOOKS_MAX: usize = 20;

/// A hook that failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedHook {
    /// What the history calls it, such as `(on_failure)` of the run, or `load (on_retry)` of a task.
    pub hook: Arc<str>,
    /// When its last attempt ended.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// The error it ended with.
    pub error: Arc<str>,
    /// What the error says about itself.
    pub cause: Arc<str>,
}

/// The hooks that failed in the latest generation of a run, as its events say.
#[derive(Debug, Default)]
pub(super) struct FailedHooks(Vec<FailedHook>);

impl FailedHooks {
    pub(super) fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::ExecutionRedriven { .. } => self.0.clear(),
            EventKind::AsideExited { aside, failure: Some(failure), is_dropped: false }
                // A deadline that has the run fail is what the run ends with, and no hook.
                if **aside != *COMPENSATION
                    && !fails_at_deadline(aside)
                    && self.0.len() < HOOKS_MAX =>
            {
                let BranchFailure { name: error, cause } = failure.clone();
                self.0.push(FailedHook { hook: aside.clone(), at: event.at, error, cause });
            }
            _ => {}
        }
    }

    pub(super) fn to_vec(&self) -> Vec<FailedHook> {
        self.0.clone()
    }
}

impl Service {
    /// Says whether runs of a definition have hooks.
    pub(super) async fn has_hooks(&self, definition: &DefinitionRef) -> Result<bool, Error> {
        Ok(has_hooks(&self.compiled(definition).await?.definition))
    }
}

fn has_hooks(definition: &Definition) -> bool {
    definition.states().iter().any(|state| {
        let Kind::Fork(fork) = &state.kind else { return false };
        let of_graph = fork.as_graph().is_some_and(|graph| !graph.asides.is_empty());
        of_graph || fork.branches.iter().any(|branch| !branch.asides.is_empty())
    })
}
