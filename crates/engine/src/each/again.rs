//! Instances that had ended and run again, or of which somebody says how they ended.

use std::sync::Arc;

use compasso_ir::{FailFast, Kind};
use compasso_types::Payload;

use super::Instances;
use crate::scope::MapWork;
use crate::turn::Turn;
use crate::{BranchFailure, BranchState, ScopeId};

/// What instances fail with that were given up, if nothing else is known.
const GIVEN_UP: &str = "Cancelled";

impl MapWork {
    /// Goes on after all its instances ended: those that were given up have failed.
    pub(crate) fn go_on(&mut self) {
        self.running = 0;
        if let Some(instances) = &mut self.instances {
            instances.go_on();
        }
    }

    /// Lets an instance that had ended run again.
    pub(crate) fn begin_again(&mut self, index: u32) {
        self.running += 1;
        self.outputs.remove(index);
        if let Some(instances) = &mut self.instances {
            instances.turn(index, BranchState::Running, None);
        }
    }

    /// Has an instance end in a state.
    pub(crate) fn mark(
        &mut self,
        index: u32,
        state: BranchState,
        output: Option<&Payload>,
        failure: Option<BranchFailure>,
    ) {
        match output {
            Some(output) => self.outputs.set(index, output),
            None => self.outputs.remove(index),
        }
        if let Some(instances) = &mut self.instances {
            instances.turn(index, state, failure);
        }
    }

    /// Forgets the item of an instance, unless that runs again.
    pub(crate) fn release_ended(&mut self, index: u32) {
        let state = self.instances.as_ref().and_then(|instances| instances.state(index));
        if state != Some(BranchState::Running) {
            self.release(index);
        }
    }
}

impl Instances {
    fn go_on(&mut self) {
        for index in 0..self.started() {
            if self.state(index) == Some(BranchState::Running) {
                self.set(index, BranchState::Cancelled, None);
            }
        }
        self.count_failures();
    }

    /// Puts an instance into another state, and counts anew.
    fn turn(&mut self, index: u32, state: BranchState, failure: Option<BranchFailure>) {
        self.set(index, state, failure);
        self.count_failures();
    }

    /// Counts what failed, and what was given up with it, and finds the first failure.
    fn count_failures(&mut self) {
        let has_failed = |index: &u32| {
            matches!(self.state(*index), Some(BranchState::Failed | BranchState::Cancelled))
        };
        let failed: Vec<u32> = (0..self.started()).filter(has_failed).collect();
        let known = failed.iter().find_map(|index| self.rest(*index)?.failure.clone());
        let unknown = || BranchFailure {
            name: GIVEN_UP.into(),
            cause: format!("instance {} was given up", self.name(failed[0])).into(),
        };
        let failure = (!failed.is_empty()).then(|| known.unwrap_or_else(unknown));
        self.set_failures(failed.len(), failure);
    }

    fn name(&self, index: u32) -> Arc<str> {
        self.key(index).map_or_else(|| index.to_string().into(), Into::into)
    }
}

impl Turn<'_> {
    /// Goes on with the instances in `scope`, one of which was marked.
    pub(crate) fn go_on_after_instance(&mut self, scope: ScopeId) {
        let definition = self.execution.definition.clone();
        let Kind::Map(map) = &definition.state(self.execution.active(scope).state).kind else {
            return;
        };
        let Some(work) = self.execution.scope(scope).map() else { return };
        let kills = map.each.as_ref().is_some_and(|each| each.fail_fast == FailFast::Kill);
        if kills && work.is_stopped(map) {
            self.abort_iterations(scope, None, self.execution.scope(scope).last);
        }
        self.start_iterations(scope);
    }
}
