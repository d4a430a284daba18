//! What this version reads and checks, but cannot run yet.

use super::Compiler;
use crate::Code;
use crate::source::Span;
use crate::tree::{Hooks, Mode, OutputFrom, Past, Placement, Task, Work};

impl Compiler<'_, '_> {
    /// Reports a part of the format that is not run yet.
    pub(super) fn unsupported(&mut self, span: Span, what: &str) {
        self.report.add(Code::NotSupported, span, format!("{what} is not supported yet"));
    }

    fn refuse(&mut self, span: Span, fields: &[(&str, bool)]) {
        for (name, _) in fields.iter().filter(|(_, is_there)| *is_there) {
            self.unsupported(span, &format!("'{name}'"));
        }
    }

    /// Reports the fields of a pipeline that cannot be run.
    pub(super) fn refuse_of_pipeline(&mut self) {
        let pipeline = self.pipeline;
        let defaults = &pipeline.defaults;
        self.refuse(
            pipeline.span,
            &[
                ("mode: express", pipeline.mode == Mode::Express),
                ("saga", pipeline.saga.is_some()),
                ("hooks", has_hooks(&pipeline.hooks)),
                ("deadline", !pipeline.deadlines.is_empty()),
                ("pause_on_failure", pipeline.pause_on_failure.is_some()),
                ("max_tasks", pipeline.concurrency.max_tasks.is_some()),
                ("priority", pipeline.priority != 0 || defaults.priority.is_some()),
                ("total_timeout", defaults.total_timeout.is_some()),
                ("queue_timeout", defaults.queue_timeout.is_some()),
                ("heartbeat", defaults.heartbeat.is_some()),
                ("runs_on", !defaults.runs_on.is_empty()),
                ("container", defaults.container.is_some()),
                ("pool", defaults.pool.is_some()),
                ("resources", defaults.resources.is_some()),
                ("hooks", defaults.hooks.is_some()),
                ("cache", defaults.cache.is_some()),
            ],
        );
    }

    /// Reports the fields of a task that cannot be run.
    pub(super) fn refuse_of_task(&mut self, task: &Task) {
        let has_attempts = matches!(task.work, Some(Work::Run { .. } | Work::Uses(_)));
        let (reads_output_file, is_group) =
            (reads_output_file(task), matches!(task.work, Some(Work::Group(_))));
        self.refuse(
            task.span,
            &[
                ("output: auto", reads_output_file),
                ("retry", !has_attempts && task.retry.is_some()),
                ("timeout", !has_attempts && !is_group && task.timeout.is_some()),
                ("files", !task.files.is_empty()),
                ("container", task.container.is_some()),
                ("checkout", task.checkout.is_some()),
                (
                    "artifacts",
                    !task.artifacts.inputs.is_empty() || !task.artifacts.outputs.is_empty(),
                ),
                ("reads", !task.reads.is_empty()),
                ("writes", !task.writes.is_empty()),
                ("sensitive", task.sensitive),
                ("repeat", task.repeat.is_some()),
                ("total_timeout", task.total_timeout.is_some()),
                ("queue_timeout", task.queue_timeout.is_some()),
                ("heartbeat", task.heartbeat.is_some()),
                ("fallback", task.fallback.is_some()),
                ("breaker", task.breaker.is_some()),
                ("cache", task.cache.is_some()),
                ("idempotency_key", task.idempotency_key.is_some()),
                ("depends_on_past", task.past != Past::Free),
                ("compensate", task.compensate.is_some()),
                ("setup", task.setup),
                ("teardown", !task.teardown.is_empty()),
                ("hooks", has_hooks(&task.hooks)),
                ("deadline", !task.deadlines.is_empty()),
            ],
        );
        self.refuse_placement(task.span, &task.placement);
    }

    fn refuse_placement(&mut self, span: Span, placement: &Placement) {
        self.refuse(
            span,
            &[
                ("runs_on", placement.runs_on.is_some()),
                ("pool", placement.pool.is_some()),
                ("slots", placement.slots != 1),
                ("mutex", placement.mutex.is_some()),
                ("rate", placement.rate.is_some()),
                ("priority", placement.priority.is_some()),
                ("resources", placement.resources.is_some()),
            ],
        );
    }
}

fn has_hooks(hooks: &Hooks) -> bool {
    hooks.actions().next().is_some()
}

/// Whether a script writes the file that its output is read from.
fn reads_output_file(task: &Task) -> bool {
    let Some(Work::Run { script, .. }) = &task.work else { return false };
    let names = ["COMPASSO_OUTPUT", "GITHUB_OUTPUT"];
    task.output == OutputFrom::Auto && names.iter().any(|name| script.text.contains(name))
}
