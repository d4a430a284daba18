//! What the outside says about tasks.

use std::sync::Arc;

use compasso_ir::{IntegrationPattern, ResourceKind};
use compasso_types::Payload;

use crate::decide::Rejected;
use crate::problem::Problem;
use crate::scope::{Active, Phase, TaskWork};
use crate::turn::Turn;
use crate::{EventKind, ScopeId, TaskError, TaskId, TaskResult, placement};

impl Turn<'_> {
    /// A worker took an activity task, or one with a placement.
    pub(crate) fn activity_started(
        &mut self,
        task: TaskId,
        worker: Option<Arc<str>>,
    ) -> Result<(), Rejected> {
        let scope = self.open_task(task)?;
        let work = self.task(scope);
        if work.phase != Phase::Scheduled {
            let says_again = work.placed.is_some() && work.worker == worker;
            return if says_again { Ok(()) } else { Err(Rejected::WrongPhase) };
        }
        let resource = self.resource(scope);
        self.follow(scope, EventKind::TaskStarted { resource, worker });
        if self.is_hold(scope) {
            self.hold_taken(scope);
        }
        Ok(())
    }

    /// A connector handed the work over. A report by token that came first is taken up now.
    pub(crate) fn task_submitted(&mut self, task: TaskId, output: Payload) -> Result<(), Rejected> {
        let scope = self.open_task(task)?;
        if self.task(scope).phase != Phase::Started {
            return Err(Rejected::WrongPhase);
        }
        let resource = self.resource(scope);
        self.follow(scope, EventKind::TaskSubmitted { resource, output });
        if let Some(result) = self.task(scope).early.clone() {
            self.end_task(scope, result);
        }
        Ok(())
    }

    /// A connector reports the end.
    pub(crate) fn task_finished(
        &mut self,
        task: TaskId,
        result: TaskResult,
    ) -> Result<(), Rejected> {
        if let Some(taken) = self.reading_finished(task, &result) {
            return taken;
        }
        let scope = self.open_task(task)?;
        if self.is_hold(scope) {
            return self.hold_ended(scope, result);
        }
        self.end_task(scope, result);
        Ok(())
    }

    /// Somebody reports the end by token.
    pub(crate) fn callback(&mut self, task: TaskId, result: TaskResult) -> Result<(), Rejected> {
        let scope = self.open_task(task)?;
        if self.is_hold(scope) {
            return Err(Rejected::WrongPhase);
        }
        let state = self.execution.active(scope).state;
        let waits_for_token = match &self.execution.task_of(state).resource.kind {
            ResourceKind::Activity => false,
            ResourceKind::Service { pattern, .. } => {
                *pattern == IntegrationPattern::WaitForTaskToken
            }
            ResourceKind::LambdaFunction => return Err(Rejected::WrongPhase),
        };
        let work = self.task(scope);
        match work.phase {
            Phase::Scheduled => return Err(Rejected::WrongPhase),
            Phase::Started if waits_for_token && work.early.is_some() => {
                return Err(Rejected::TaskOver);
            }
            Phase::Started if waits_for_token => {
                self.follow(scope, EventKind::CallbackArrived { result });
            }
            Phase::Started | Phase::Submitted => self.end_task(scope, result),
        }
        Ok(())
    }

    /// A worker is alive.
    pub(crate) fn heartbeat(&mut self, task: TaskId) -> Result<(), Rejected> {
        let scope = self.open_task(task)?;
        if self.task(scope).phase == Phase::Scheduled || self.is_hold(scope) {
            return Err(Rejected::WrongPhase);
        }
        self.follow(scope, EventKind::HeartbeatReceived);
        Ok(())
    }

    fn open_task(&self, task: TaskId) -> Result<ScopeId, Rejected> {
        self.execution.scope_of(task).ok_or(Rejected::TaskOver)
    }

    fn task(&self, scope: ScopeId) -> &TaskWork {
        self.execution.scope(scope).offered().expect("the scope was found by its task")
    }

    fn resource(&self, scope: ScopeId) -> Arc<str> {
        let state = self.execution.active(scope).state;
        self.execution.task_of(state).resource.arn.clone()
    }

    pub(crate) fn end_task(&mut self, scope: ScopeId, result: TaskResult) {
        if self.fail_if_full(scope) {
            return;
        }
        let resource = self.resource(scope);
        let start = self.execution.start().expect("tasks run in an execution that started");
        match result {
            Ok(output) if output.text().len() > start.payload_bytes_max => {
                let problem = Problem::too_large(&resource);
                self.fail_task(scope, problem);
            }
            Ok(output) => {
                let succeeded = EventKind::TaskSucceeded { resource, output: output.clone() };
                self.follow(scope, succeeded);
                let definition = self.execution.definition.clone();
                let state = definition.state(self.execution.active(scope).state);
                self.finish(scope, state, &output);
            }
            Err(error) => self.fail_task(scope, Problem::of_task(&error)),
        }
    }

    pub(crate) fn fail_task(&mut self, scope: ScopeId, problem: Problem) {
        let resource = self.resource(scope);
        let TaskError { error, cause, .. } = problem.task_error();
        let failed = EventKind::TaskFailed { resource, error, cause };
        let origin = self.follow(scope, failed);
        self.fail_state(scope, origin, problem);
    }

    /// Records that the task out in `scope` timed out, and returns the error to raise.
    pub(crate) fn time_out_task(&mut self, scope: ScopeId) -> Problem {
        self.cancel_task(scope);
        let work = self.task(scope);
        let heartbeat = work.deadline.is_none_or(|deadline| deadline > self.now);
        let problem = match &work.placed {
            Some(placed) if work.phase == Phase::Scheduled => {
                let Active { entry, attempt, .. } = *self.execution.active(scope);
                placement::not_started(placed, (self.waits_for)(TaskId { entry, attempt }))
            }
            Some(placed) if placed.ends_at.is_some_and(|at| at <= self.now) => {
                placement::too_long(placed)
            }
            Some(placed) => placement::too_late(placed, heartbeat),
            None => Problem::timeout(heartbeat),
        };
        let resource = self.resource(scope);
        let TaskError { error, cause, .. } = problem.task_error();
        self.follow(scope, EventKind::TaskTimedOut { resource, error, cause });
        problem
    }
}
