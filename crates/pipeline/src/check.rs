//! What only the whole can tell: needs, cycles, and warnings that look at several places.

mod express;
mod order;
mod sensitive;
mod skipping;
mod slots;

use std::collections::BTreeSet;
use std::sync::Arc;

use compasso_schedule::Overlap;

use sensitive::Hidden;
use skipping::Skippable;

use crate::Code;
use crate::expression::Value;
use crate::report::Report;
use crate::tree::{Need, Pipeline, Task, Tasks, Trigger, TriggerKind, Work, event_member};

/// Checks a pipeline.
pub(crate) fn check(report: &mut Report<'_>, pipeline: &Pipeline) {
    check_tasks(report, pipeline, &pipeline.tasks);
    Skippable::of(&pipeline.tasks).check_outputs(report, &pipeline.output_reads);
    Hidden::of(&pipeline.tasks).check(report, &pipeline.output_looks);
    check_overlap(report, pipeline);
    check_secret_params(report, pipeline);
    check_required(report, pipeline);
    express::check(report, pipeline);
}

/// Reports pipelines that have the name of another one.
pub(crate) fn unique_names(report: &mut Report<'_>, pipelines: &[Pipeline]) {
    let mut known = BTreeSet::new();
    for pipeline in pipelines {
        if !known.insert(&pipeline.name) {
            let message = format!("another pipeline of the file is called '{}'", pipeline.name);
            report.hint(Code::BadValue, pipeline.span, message, "rename one of them");
        }
    }
}

fn check_tasks(report: &mut Report<'_>, pipeline: &Pipeline, tasks: &Tasks) {
    for task in tasks {
        check_needs(report, task, tasks);
        check_compensation(report, pipeline, task);
        check_wait(report, task);
        slots::check(report, pipeline, task);
        if let Some(Work::Group(inner)) = &task.work {
            check_tasks(report, pipeline, inner);
        }
    }
    order::check(report, tasks);
    skipping::check(report, tasks);
    sensitive::check(report, tasks);
}

fn check_needs(report: &mut Report<'_>, task: &Task, tasks: &Tasks) {
    let unknown = |needs: &'_ [Need]| -> Vec<Need> {
        needs.iter().filter(|need| tasks.get(&need.id).is_none()).cloned().collect()
    };
    for need in unknown(&task.needs) {
        let hint = report.nearest(&need.id, tasks.iter().map(|task| &*task.id));
        let message = format!("there is no task '{}' beside this one", need.id);
        report.hinted(Code::UnknownNeed, need.span, message, hint);
    }
    for need in unknown(&task.teardown) {
        let hint = report.nearest(&need.id, tasks.iter().map(|task| &*task.id));
        let message = format!("'teardown' is of '{}', and there is no such task here", need.id);
        report.hinted(Code::UnknownTeardown, need.span, message, hint);
    }
}

fn check_compensation(report: &mut Report<'_>, pipeline: &Pipeline, task: &Task) {
    if let (Some(compensate), None) = (&task.compensate, &pipeline.saga) {
        let message = "'compensate' never runs, because the pipeline has no 'saga'";
        let hint = "add 'saga: true' to the pipeline";
        report.hint(Code::CompensateWithoutSaga, compensate.span, message, hint);
    }
}

fn check_wait(report: &mut Report<'_>, task: &Task) {
    let Some(Work::Wait(wait)) = &task.work else { return };
    let limits = [&wait.timeout, &task.timeout, &task.total_timeout];
    if !wait.is_for_time() && limits.iter().all(|limit| limit.is_none()) {
        let message = "the wait has no time-out of its own and may take seven days";
        report.hint(Code::EndlessWait, wait.span, message, "add 'timeout' to the wait");
    }
}

/// Reports triggers that give a secret param what cannot be sealed, or a secret to another param.
fn check_secret_params(report: &mut Report<'_>, pipeline: &Pipeline) {
    let is_secret =
        |name: &str| pipeline.params.iter().any(|param| param.secret && *param.name == *name);
    for trigger in &pipeline.triggers.list {
        check_secret_key(report, trigger);
        let is_timed = matches!(trigger.kind, TriggerKind::Schedule(_));
        for (name, value) in &trigger.params {
            let (message, hint) = match value {
                Value::Secret(_) if is_secret(name) => continue,
                _ if is_secret(name) && is_timed => (
                    format!("the param '{name}' is secret, and what schedules give is shown"),
                    "give it '${{ secrets.NAME }}', which the server keeps",
                ),
                value if is_secret(name) && event_member(value).is_some() => continue,
                _ if is_secret(name) => (
                    format!(
                        "the param '{name}' is secret, so it is one member of the event, which is \
                         sealed before the event is stored"
                    ),
                    "write '${{ trigger.body.NAME }}' and nothing else, or '${{ secrets.NAME }}', \
                     which the server keeps",
                ),
                value if value.has_secret() => (
                    format!("the param '{name}' is given a secret, and is shown"),
                    "add 'secret: true' to the param, and give it '${{ secrets.NAME }}' alone",
                ),
                _ => continue,
            };
            report.hint(Code::MisplacedSecret, trigger.span, message, hint);
        }
    }
}

/// Reports a key that reads what is secret of an event: keys are stored and shown.
fn check_secret_key(report: &mut Report<'_>, trigger: &Trigger) {
    let Some(key) = &trigger.key else { return };
    let places = key.program.document_places().unwrap_or_default();
    let reads = |member: &Vec<Arc<str>>| {
        places.iter().any(|place| {
            let names = place.names.iter().map(|(name, _)| name).skip(1);
            place.names.len() > member.len() && names.zip(member).all(|(read, name)| read == name)
        })
    };
    if let Some(member) = trigger.secret_members.iter().find(|member| reads(member)) {
        let message = format!(
            "'trigger.{}' is given to a secret param, and keys are shown",
            member.join(".")
        );
        let hint = "make the key of something else that tells events apart";
        report.hint(Code::MisplacedSecret, key.span, message, hint);
    }
}

/// Reports triggers that can start no run, because a param is missing.
fn check_required(report: &mut Report<'_>, pipeline: &Pipeline) {
    let required = pipeline.params.iter().filter(|param| param.required && param.default.is_none());
    let required: Vec<_> = required.collect();
    for trigger in pipeline.triggers.list.iter().filter(|trigger| trigger.enabled) {
        let given = |name: &str| trigger.params.iter().any(|(known, _)| **known == *name);
        for param in required.iter().filter(|param| !given(&param.name)) {
            let name = &param.name;
            let message =
                format!("this starts no run: the param '{name}' is required, and missing");
            let hint = if param.secret {
                format!("add 'params: {{{name}: \"${{{{ secrets.NAME }}}}\"}}' here")
            } else {
                format!("add 'params: {{{name}: …}}' here, or a default to the param")
            };
            report.hint(Code::MissingField, trigger.span, message, hint);
        }
    }
}

fn check_overlap(report: &mut Report<'_>, pipeline: &Pipeline) {
    for trigger in &pipeline.triggers.list {
        let TriggerKind::Schedule(schedule) = &trigger.kind else { continue };
        let skips = schedule.overlap == Some(Overlap::Skip)
            || pipeline.concurrency.overlap == Overlap::Skip;
        if skips && schedule.catchup.wants_all() {
            let message = "'overlap: skip' drops runs that 'catchup' brings";
            report.hint(Code::SkipsCatchup, trigger.span, message, "use 'overlap: buffer_all'");
        }
    }
}
