//! Folding the events of tasks into the state.

use compasso_ir::{IntegrationPattern, ResourceKind};

use crate::scope::{Phase, TaskWork, Work};
use crate::{Event, EventKind, Execution};

impl Execution {
    pub(super) fn apply_task(&mut self, event: &Event) {
        if event.id > 0 {
            self.scope_mut(event.scope).last = event.id;
        }
        let (is_activity, is_waited_for) = {
            let state = self.active(event.scope).state;
            let kind = &self.task_of(state).resource.kind;
            (*kind == ResourceKind::Activity, waits_for_its_job(kind))
        };
        if let EventKind::TaskScheduled { .. } = event.kind {
            self.count_invocation(event.scope);
            self.count_attempt(event.scope);
        }
        if let Some(task) = scheduled(event) {
            match &mut self.active_mut(event.scope).work {
                Work::Graph(graph) => graph.wait_for_hold(task),
                work => *work = Work::Task(task),
            }
            return;
        }
        let work = &mut self.active_mut(event.scope).work;
        let task = match work {
            Work::Task(task) => task,
            Work::Graph(_) => return self.apply_hold(event),
            _ => return,
        };
        match &event.kind {
            EventKind::TaskStarted { worker, .. } => {
                task.phase = Phase::Started;
                task.worker = worker.clone().filter(|_| task.placed.is_some());
                task.start_clocks(event.at);
            }
            EventKind::TaskSubmitted { output, .. } => {
                task.phase = Phase::Submitted;
                task.submission = is_waited_for.then(|| output.clone());
                if !is_activity {
                    task.restart_silence(event.at);
                }
            }
            EventKind::CallbackArrived { result } => task.early = Some(result.clone()),
            EventKind::MockAwaited { until, result } => {
                task.mocked = Some((*until, result.clone()));
            }
            EventKind::HeartbeatReceived => task.restart_silence(event.at),
            EventKind::TaskSucceeded { .. } => {
                let is_kept = task.placed.is_some() && task.phase == Phase::Scheduled;
                *work = Work::Entered;
                if is_kept {
                    let variables = &mut self.scope_mut(event.scope).variables;
                    variables.insert("cached".into(), true.into());
                }
            }
            EventKind::TaskFailed { .. } | EventKind::TaskTimedOut { .. } => *work = Work::Entered,
            _ => {}
        }
    }
}

/// Returns the task that an event schedules, if it does.
fn scheduled(event: &Event) -> Option<Box<TaskWork>> {
    let EventKind::TaskScheduled {
        parameters,
        timeout_seconds,
        heartbeat_seconds,
        credentials,
        placement,
        resource: _,
    } = &event.kind
    else {
        return None;
    };
    let mut task = Box::new(TaskWork {
        parameters: parameters.clone(),
        credentials: credentials.clone(),
        timeout_seconds: *timeout_seconds,
        heartbeat_seconds: *heartbeat_seconds,
        placed: placement.clone(),
        phase: Phase::Scheduled,
        worker: None,
        deadline: None,
        silence: None,
        submission: None,
        mocked: None,
        early: None,
    });
    task.start_queueing(event.at);
    Some(task)
}

/// Returns whether the connector itself waits for the end of what it submitted.
fn waits_for_its_job(kind: &ResourceKind) -> bool {
    use IntegrationPattern::{RequestResponse, Sync, Sync2, WaitForTaskToken};

    match kind {
        ResourceKind::Service { pattern, .. } => match pattern {
            Sync | Sync2 => true,
            RequestResponse | WaitForTaskToken => false,
        },
        ResourceKind::Activity | ResourceKind::LambdaFunction => false,
    }
}
