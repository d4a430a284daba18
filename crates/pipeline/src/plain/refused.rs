//! What plain definitions have no words for.

use compasso_ir::{Tolerance, TriggerRule};

use super::Plain;
use crate::expression::Setting;
use crate::source::Span;
use crate::tree::{Hooks, Mode, Past, Task, Verdict};

impl Plain<'_, '_> {
    fn refuse_fields(&mut self, span: Span, fields: &[(&str, bool)]) {
        for (name, _) in fields.iter().filter(|(_, is_there)| *is_there) {
            self.refuse::<()>(span, &format!("'{name}'"));
        }
    }

    /// Reports the fields of the pipeline that there are no words for.
    pub(super) fn refuse_of_pipeline(&mut self) {
        let pipeline = self.pipeline;
        let defaults = &pipeline.defaults;
        let fields = [
            ("mode: express", pipeline.mode == Mode::Express),
            ("max_tasks", pipeline.concurrency.max_tasks.is_some()),
            ("priority", pipeline.priority != 0),
            ("deadline", !pipeline.deadlines.is_empty()),
            ("saga", pipeline.saga.is_some()),
            ("result", !matches!(pipeline.verdict, Verdict::Any)),
            ("hooks", has_hooks(&pipeline.hooks)),
            ("total_timeout", defaults.total_timeout.is_some()),
            ("queue_timeout", defaults.queue_timeout.is_some()),
            ("heartbeat", defaults.heartbeat.is_some()),
            ("runs_on", !defaults.runs_on.is_empty()),
            ("container", defaults.container.is_some()),
            ("dir", defaults.dir.is_some()),
            ("pool", defaults.pool.is_some()),
            ("priority", defaults.priority.is_some()),
            ("resources", defaults.resources.is_some()),
            ("hooks", defaults.hooks.as_ref().is_some_and(has_hooks)),
            ("cache", defaults.cache.is_some()),
        ];
        self.refuse_fields(pipeline.span, &fields);
    }

    /// Reports the fields of a task that there are no words for.
    pub(super) fn refuse_of_task(&mut self, task: &Task) {
        if task.rule != TriggerRule::AllSuccess {
            let rule = TriggerRule::NAMES.iter().find(|(_, rule)| *rule == task.rule);
            let rule = rule.map_or("", |(name, _)| name);
            let span = task.rule_span.unwrap_or(task.span);
            self.refuse::<()>(span, &format!("'when: {rule}'"));
        }
        let (placement, artifacts) = (&task.placement, &task.artifacts);
        let fields = [
            ("dir", task.dir.is_some()),
            ("files", !task.files.is_empty()),
            ("container", task.container.is_some()),
            ("checkout", task.checkout.is_some()),
            ("artifacts", !artifacts.inputs.is_empty() || !artifacts.outputs.is_empty()),
            ("writes", !task.writes.is_empty()),
            ("sensitive", task.sensitive),
            ("repeat", task.repeat.is_some()),
            ("runs_on", placement.runs_on.as_ref().is_some_and(|tags| !tags.is_empty())),
            ("pool", placement.pool.is_some()),
            ("mutex", placement.mutex.is_some()),
            ("rate", placement.rate.is_some()),
            ("priority", placement.priority.is_some()),
            ("resources", placement.resources.is_some()),
            ("total_timeout", task.total_timeout.is_some()),
            ("queue_timeout", task.queue_timeout.is_some()),
            ("heartbeat", task.heartbeat.is_some()),
            ("breaker", task.breaker.is_some()),
            ("allow_failure", !matches!(task.allow_failure, None | Some(Setting::Literal(false)))),
            ("cache", task.cache.is_some()),
            ("idempotency_key", task.idempotency_key.is_some()),
            ("depends_on_past", task.past != Past::Free),
            ("compensate", task.compensate.is_some()),
            ("teardown", !task.teardown.is_empty()),
            ("hooks", has_hooks(&task.hooks)),
            ("deadline", !task.deadlines.is_empty()),
        ];
        self.refuse_fields(task.span, &fields);
        if let Some(fan_out) = &task.fan_out {
            let fields = [
                ("key", fan_out.key.is_some()),
                ("tolerate", fan_out.tolerate != Tolerance::Count(0)),
                ("batch", fan_out.batch.is_some()),
            ];
            self.refuse_fields(task.span, &fields);
        }
    }
}

fn has_hooks(hooks: &Hooks) -> bool {
    let Hooks { on_start, on_success, on_failure, on_retry, on_skip, on_cancel, on_finish } = hooks;
    [on_start, on_success, on_failure, on_retry, on_skip, on_cancel, on_finish]
        .iter()
        .any(|actions| !actions.is_empty())
}
