//! What this version reads and checks, but cannot run yet.

use super::Compiler;
use super::hold::holds_something;
use crate::source::Span;
use crate::tree::{Machine, OutputFrom, Task, Uses, WaitFor, Work};
use crate::{Code, near};

impl Compiler<'_, '_> {
    /// Reports a part of the format that is not run yet.
    pub(super) fn unsupported(&mut self, span: Span, what: &str) {
        self.report.add(Code::NotSupported, span, format!("{what} is not supported yet"));
    }

    /// Reports what cannot be a step, but can be a task.
    pub(super) fn no_step(&mut self, span: Span, what: &str) {
        let message = format!("{what} cannot be a step");
        self.report.hint(Code::NotSupported, span, message, "make it a task of its own");
    }

    /// Reports an action of the format that is not run yet.
    pub(super) fn refuse_action(&mut self, uses: &Uses) {
        let message = format!("the action '{}' is not supported yet", uses.action);
        let hint = instead_of(&uses.action).map(str::to_owned);
        self.report.hinted(Code::NotSupported, uses.span, message, hint);
    }

    fn refuse_container(&mut self, span: Span, is_there: bool) {
        if is_there {
            let hint = instead_of("docker").unwrap_or_default();
            let message = "'container' is not supported yet";
            self.report.hint(Code::NotSupported, span, message, hint);
        }
    }

    /// Reports the fields of a pipeline that cannot be run.
    pub(super) fn refuse_of_pipeline(&mut self) {
        let pipeline = self.pipeline;
        let defaults = &pipeline.defaults;
        self.refuse_container(pipeline.span, defaults.container.is_some());
    }

    /// Reports the fields of a task that cannot be run.
    pub(super) fn refuse_of_task(&mut self, task: &Task, path: &str) {
        let is_mocked = self.mocked.is_some_and(|mocked| mocked.contains(path));
        self.refuse_container(task.span, !is_mocked && task.container.is_some());
        self.refuse_sensitive(task);
        self.refuse_misplaced(task);
        self.refuse_of_scripts(task);
    }

    /// Reports `sensitive` of tasks whose output is seen elsewhere, or made of what others gave.
    fn refuse_sensitive(&mut self, task: &Task) {
        let why = match &task.work {
            _ if !task.sensitive => return,
            Some(Work::Approve(_)) => "people decide in the open",
            Some(Work::Wait(_)) => "what it waits for is told in the open",
            Some(Work::Noop) => "what it passes on is as hidden as it was",
            Some(Work::Machine(Machine::Inline { .. })) => "its states show what they do",
            Some(Work::Uses(uses)) if uses.ends_by_token() => "its output comes by a token",
            Some(
                Work::Run { .. }
                | Work::Steps(_)
                | Work::Uses(_)
                | Work::Pipeline(_)
                | Work::Machine(Machine::Named { .. })
                | Work::Group(_),
            )
            | None => return,
        };
        let kind = crate::graph::kind(task);
        let message = format!("a task with '{kind}' cannot be 'sensitive': {why}");
        self.report.hint(Code::NotSupported, task.span, message, "leave 'sensitive' out");
    }

    /// Reports fields of attempts in tasks that have none.
    fn refuse_misplaced(&mut self, task: &Task) {
        let is_group = match &task.work {
            Some(Work::Group(_) | Work::Machine(Machine::Inline { .. })) => true,
            Some(Work::Wait(_) | Work::Approve(_) | Work::Noop) => false,
            // That a task does nothing is told of where it is read.
            Some(
                Work::Run { .. }
                | Work::Steps(_)
                | Work::Uses(_)
                | Work::Pipeline(_)
                | Work::Machine(_),
            )
            | None => return,
        };
        let placement = &task.placement;
        let kind = crate::graph::kind(task);
        let looks = looks_by_script(task);
        // What holds something while it runs has a place.
        let is_placed = looks || is_group;
        let holds = is_group && holds_something(task);
        let fields = [
            ("retry", !is_group && task.retry.is_some()),
            ("timeout", !is_placed && task.timeout.is_some()),
            ("repeat", !is_group && task.repeat.is_some()),
            ("fallback", !is_group && task.fallback.is_some()),
            ("total_timeout", task.total_timeout.is_some()),
            ("queue_timeout", !holds && task.queue_timeout.is_some()),
            ("heartbeat", task.heartbeat.is_some()),
            ("breaker", task.breaker.is_some()),
            ("cache", task.cache.is_some()),
            ("idempotency_key", task.idempotency_key.is_some()),
            ("runs_on", !looks && placement.runs_on.is_some()),
            ("pool", !is_placed && placement.pool.is_some()),
            ("slots", !looks && !holds && placement.slots != 1),
            ("mutex", !is_placed && placement.mutex.is_some()),
            ("rate", !looks && placement.rate.is_some()),
            ("priority", !looks && !holds && placement.priority.is_some()),
        ];
        for (field, _) in fields.iter().filter(|(_, is_there)| *is_there) {
            let message = format!("'{field}' of a task with '{kind}' is not supported yet");
            let hint = match (&task.work, *field) {
                (Some(Work::Group(_)), _) => Some(format!("put '{field}' on the tasks inside")),
                (Some(Work::Wait(_) | Work::Approve(_)), "timeout") => {
                    Some(format!("write it inside '{kind}'"))
                }
                _ => None,
            };
            self.report.hinted(Code::NotSupported, task.span, message, hint);
        }
    }

    /// Reports fields of scripts in tasks that have none.
    fn refuse_of_scripts(&mut self, task: &Task) {
        if matches!(task.work, Some(Work::Run { .. } | Work::Steps(_)) | None) {
            return;
        }
        let artifacts = &task.artifacts;
        if looks_by_script(task) {
            if !artifacts.outputs.is_empty() {
                self.unsupported(task.span, "'artifacts.out' of a task with 'wait'");
            }
            return;
        }
        let fields = [
            ("env", !task.env.is_empty()),
            ("stdin", task.stdin.is_some()),
            ("dir", task.dir.is_some()),
            ("files", !task.files.is_empty()),
            ("checkout", task.checkout.is_some()),
            ("output", task.output != OutputFrom::default()),
            ("artifacts", !artifacts.is_empty()),
            ("resources", task.placement.resources.is_some()),
        ];
        let kind = crate::graph::kind(task);
        for (field, _) in fields.iter().filter(|(_, is_there)| *is_there) {
            let message = format!("'{field}' is only for scripts, and this is a '{kind}'");
            self.report.add(Code::NotSupported, task.span, message);
        }
    }
}

/// Says how to do what an action would that this version does not run.
fn instead_of(action: &str) -> Option<&'static str> {
    Some(match action {
        "docker" => "write 'run: docker run …', with 'runs_on' for a worker that has Docker",
        "k8s/job" => "write 'run: kubectl …', with 'runs_on' for a worker that has kubectl",
        "ssh" => "write 'run', with 'runs_on' for a worker on that machine",
        "github/status" => "call its API with 'uses: http'",
        "queue/publish" => "write 'uses: aws-sdk:sqs:sendMessage' for SQS, or 'run' a client",
        _ if action.starts_with("./") => "make it a pipeline, and write 'pipeline: NAME'",
        _ => return near::action(action),
    })
}

/// Whether a task waits for a script that ends well, which has a place and an environment as other
/// scripts have.
fn looks_by_script(task: &Task) -> bool {
    matches!(&task.work, Some(Work::Wait(wait)) if matches!(wait.what, WaitFor::Run { .. }))
}
