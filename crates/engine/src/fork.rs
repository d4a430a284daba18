//! Fork states: how their branches start, and the end of branches that stand together.

use compasso_ir::{Fork, Join, State};

use crate::graph::ROOT;
use crate::scope::Work;
use crate::turn::Turn;
use crate::{EventKind, ScopeId};

impl Turn<'_> {
    /// Starts the branches, all or those that wait for none.
    pub(crate) fn fork(&mut self, scope: ScopeId, state: &State, fork: &Fork) {
        let scene = self.scene(scope);
        let input = scene.arguments(state).and_then(|input| scene.within_limit(state, input));
        let begun = input.and_then(|input| Ok((scene.graph_limit(fork, &input)?, input)));
        match begun {
            Ok((timeout_ms, input)) => {
                let first = self.execution.image.next_scope;
                let rests = scope == ROOT && self.execution.image.resting.is_some();
                self.follow(scope, EventKind::ParallelStateStarted { input, timeout_ms });
                match &fork.join {
                    Join::Together => {
                        for (id, _) in (first..).zip(&fork.branches) {
                            self.make_ready(ScopeId(id));
                        }
                    }
                    Join::Graph(_) if rests => self.take_up_all(),
                    Join::Graph(graph) => match &graph.hold {
                        Some(task) => self.wait_for_hold(scope, task),
                        None => self.make_ready(scope),
                    },
                }
            }
            Err(problem) => self.raise(scope, problem),
        }
    }

    /// Follows up the end of a branch of the Parallel state that `scope` is in.
    pub(crate) fn branch_ended(&mut self, scope: ScopeId) {
        let Work::Fork { outputs } = &self.execution.active(scope).work else { return };
        let Some(outputs) = outputs.complete() else { return };
        self.follow(scope, EventKind::ParallelStateSucceeded);
        let definition = self.execution.definition.clone();
        let state = definition.state(self.execution.active(scope).state);
        self.finish(scope, state, &outputs);
    }
}
