//! Parallel states.

use compasso_ir::{Fork, State};
use compasso_types::Payload;

use crate::scope::Work;
use crate::turn::Turn;
use crate::{EventKind, ScopeId};

impl Turn<'_> {
    /// Starts all branches.
    pub(crate) fn fork(&mut self, scope: ScopeId, state: &State, fork: &Fork) {
        let scene = self.scene(scope);
        let input = scene.arguments(state).and_then(|input| scene.within_limit(state, input));
        match input {
            Ok(input) => {
                let first = self.execution.image.next_scope;
                self.follow(scope, EventKind::ParallelStateStarted { input });
                for (id, _) in (first..).zip(&fork.branches) {
                    self.make_ready(ScopeId(id));
                }
            }
            Err(problem) => self.raise(scope, problem),
        }
    }

    /// Follows up the end of a branch of the Parallel state that `scope` is in.
    pub(crate) fn branch_ended(&mut self, scope: ScopeId) {
        let Work::Fork { outputs } = &self.execution.active(scope).work else { return };
        let Some(outputs) = Work::complete(outputs) else { return };
        self.follow(scope, EventKind::ParallelStateSucceeded);
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        self.finish(scope, state, &Payload::array_of(&outputs));
    }
}
