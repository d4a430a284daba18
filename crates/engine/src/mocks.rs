//! Results that stand in for tasks: a test case of an execution, in the form of the mock file of
//! Step Functions Local.
//!
//! The engine itself answers for a mocked state, in the turn that schedules the task. So nothing
//! outside is asked, and an execution under test is as durable as any other: the case is part of
//! its start, and how often each state ran part of its image. Start with [`MockFile::parse`].

mod file;

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_ir::{IntegrationPattern, ResourceKind, State};
use serde::{Deserialize, Serialize};

pub use self::file::{Expectation, MockFile, MockFileError};
use crate::problem::Problem;
use crate::turn::Turn;
use crate::{EventKind, Execution, ScopeId, TaskResult};

/// The mocked states of one test case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mocks {
    /// The case's name.
    pub case: Arc<str>,
    /// For each mocked state what its invocations come to.
    pub states: BTreeMap<Arc<str>, Vec<MockedInvocations>>,
}

/// What some invocations of a state come to; they are counted from 0 over the whole execution,
/// retries and iterations included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MockedInvocations {
    /// The first of them.
    pub first: u32,
    /// The last of them.
    pub last: u32,
    /// How long each takes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay_seconds: u64,
    /// How each ends.
    pub result: TaskResult,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(seconds: &u64) -> bool {
    *seconds == 0
}

impl Execution {
    /// Returns what stands in for the tasks of the state called `state`, if anything does.
    pub(crate) fn mocks_of(&self, state: &str) -> Option<&[MockedInvocations]> {
        let mocks = self.start()?.mocks.as_ref()?;
        mocks.states.get(state).map(Vec::as_slice)
    }

    /// Counts an invocation of the state that `scope` is in, if it is mocked.
    pub(crate) fn count_invocation(&mut self, scope: ScopeId) {
        let name = &self.state(self.active(scope).state).name;
        if self.mocks_of(name).is_some() {
            let name = name.clone();
            *self.image.invocations.entry(name).or_default() += 1;
        }
    }
}

impl Turn<'_> {
    /// Ends the task that was just scheduled as its mock says, now or later.
    pub(crate) fn answer_mocked(&mut self, scope: ScopeId, state: &State) {
        let counted = self.execution.image.invocations.get(&state.name).copied().unwrap_or(0);
        let invocation = counted.saturating_sub(1);
        let mocks = self.execution.mocks_of(&state.name).unwrap_or_default();
        let covers = |mock: &&MockedInvocations| (mock.first..=mock.last).contains(&invocation);
        match mocks.iter().find(covers).cloned() {
            Some(MockedInvocations { delay_seconds: 0, result, .. }) => {
                self.end_mocked(scope, result);
            }
            Some(MockedInvocations { delay_seconds, result, .. }) => {
                let until = self.now.after_seconds(delay_seconds);
                self.follow(scope, EventKind::MockAwaited { until, result });
            }
            None => self.fail_task(scope, uncovered(&state.name, invocation)),
        }
    }

    /// Ends a mocked task: a job or a callback is submitted first.
    pub(crate) fn end_mocked(&mut self, scope: ScopeId, result: TaskResult) {
        let state = self.execution.active(scope).state;
        let resource = &self.execution.task_of(state).resource;
        let submits = match &resource.kind {
            ResourceKind::Service { pattern, .. } => {
                *pattern != IntegrationPattern::RequestResponse
            }
            ResourceKind::Activity | ResourceKind::LambdaFunction => false,
        };
        if let Ok(output) = &result
            && submits
        {
            let (resource, output) = (resource.arn.clone(), output.clone());
            self.follow(scope, EventKind::TaskSubmitted { resource, output });
        }
        self.end_task(scope, result);
    }
}

/// A test that forgot an invocation must not go on by a handler of errors.
fn uncovered(state: &str, invocation: u32) -> Problem {
    let cause = format!(
        "The test case has no mocked response for invocation {invocation} of the state '{state}'."
    );
    Problem::new("States.Runtime", cause)
}
