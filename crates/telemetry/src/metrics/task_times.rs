//! When the tasks that are out were scheduled and started.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use compasso_engine::{Event, EventId};
use compasso_types::Timestamp;

use super::family::Step;

/// Tasks whose times are kept at most; of others no times are told.
const TASKS_MAX: usize = 100_000;

/// How long the parts of a task took that ended with a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// From its scheduling to its start.
    pub(super) schedule: Option<Duration>,
    /// From its start to its end.
    pub(super) run: Option<Duration>,
    /// From its scheduling to its end.
    pub(super) whole: Option<Duration>,
}

#[derive(Default)]
pub(super) struct TaskTimes {
    /// By execution, and there by the task's last event.
    executions: HashMap<Arc<str>, Vec<(EventId, Since)>>,
    tasks: usize,
}

#[derive(Clone, Copy)]
struct Since {
    scheduled: Timestamp,
    started: Option<Timestamp>,
}

impl TaskTimes {
    /// Follows a task by one step.
    pub(super) fn step(&mut self, execution: &Arc<str>, event: &Event, step: Step) -> Taken {
        if step == Step::Scheduled {
            self.keep(execution, event.id, Since { scheduled: event.at, started: None });
            return Taken::default();
        }
        let Some(mut since) = self.take(execution, event.previous) else { return Taken::default() };
        match step {
            Step::Scheduled | Step::Submitted => {
                self.keep(execution, event.id, since);
                Taken::default()
            }
            Step::Started => {
                since.started = Some(event.at);
                self.keep(execution, event.id, since);
                let schedule = Some(event.at.since(since.scheduled));
                Taken { schedule, ..Taken::default() }
            }
            Step::Succeeded | Step::Failed | Step::TimedOut => Taken {
                schedule: None,
                run: since.started.map(|started| event.at.since(started)),
                whole: Some(event.at.since(since.scheduled)),
            },
        }
    }

    /// Lets go of an execution that is over.
    pub(super) fn forget(&mut self, execution: &str) {
        let tasks = self.executions.remove(execution);
        self.tasks -= tasks.map_or(0, |tasks| tasks.len());
    }

    fn keep(&mut self, execution: &Arc<str>, event: EventId, since: Since) {
        if self.tasks < TASKS_MAX {
            self.tasks += 1;
            self.executions.entry(execution.clone()).or_default().push((event, since));
        }
    }

    fn take(&mut self, execution: &str, event: EventId) -> Option<Since> {
        let tasks = self.executions.get_mut(execution)?;
        let at = tasks.iter().position(|(last, _)| *last == event)?;
        self.tasks -= 1;
        let (_, since) = tasks.swap_remove(at);
        if tasks.is_empty() {
            self.executions.remove(execution);
        }
        Some(since)
    }
}
