//! What a pipeline with `mode: express` cannot have: all that must be stored.

use std::time::Duration;

use compasso_types::limits::EXPRESS_DURATION_MAX;

use crate::Code;
use crate::expression::Setting;
use crate::report::Report;
use crate::source::Span;
use crate::tree::{
    Concurrency, FanOut, Items, Mode, Past, Pipeline, Retention, Task, Tasks, Wait, WaitFor, Work,
};

/// Why most of it cannot be.
const WAY_OUT: &str = "leave it out, or use 'mode: standard'";

/// Checks a pipeline, if it is express.
pub(super) fn check(report: &mut Report<'_>, pipeline: &Pipeline) {
    if pipeline.mode != Mode::Express {
        return;
    }
    if pipeline.timeout.is_some_and(|timeout| timeout > EXPRESS_DURATION_MAX) {
        too_long(report, pipeline.span, "'timeout'");
    }
    let plain = Concurrency::default();
    let Concurrency { max_runs, group, overlap, buffer, max_tasks: _ } = &pipeline.concurrency;
    let fields = [
        ("concurrency.max_runs", *max_runs != plain.max_runs),
        ("concurrency.group", group.is_some()),
        ("concurrency.overlap", *overlap != plain.overlap),
        ("concurrency.buffer", *buffer != plain.buffer),
        ("pause_on_failure", pipeline.pause_on_failure.is_some()),
        ("retention", pipeline.retention != Retention::default()),
        ("runs_on", !pipeline.defaults.runs_on.is_empty()),
    ];
    for (field, _) in fields.iter().filter(|(_, is_there)| *is_there) {
        refuse(report, pipeline.span, &format!("'{field}'"));
    }
    check_tasks(report, &pipeline.tasks);
}

fn check_tasks(report: &mut Report<'_>, tasks: &Tasks) {
    for task in tasks {
        check_task(report, task);
        match &task.work {
            Some(Work::Group(inner)) => check_tasks(report, inner),
            Some(Work::Approve(_)) => refuse(report, task.span, "'approve'"),
            Some(Work::Wait(wait)) => check_wait(report, wait),
            Some(
                Work::Run { .. }
                | Work::Steps(_)
                | Work::Uses(_)
                | Work::Pipeline(_)
                | Work::Machine(_)
                | Work::Noop,
            )
            | None => {}
        }
    }
}

fn check_task(report: &mut Report<'_>, task: &Task) {
    let reads_lazily = |fan_out: &FanOut| matches!(fan_out.items, Items::From(..));
    let fields = [
        ("runs_on", task.placement.runs_on.is_some()),
        ("depends_on_past", task.past != Past::Free),
        ("artifacts", !task.artifacts.is_empty()),
        ("each of a file", task.fan_out.as_ref().is_some_and(reads_lazily)),
    ];
    for (field, _) in fields.iter().filter(|(_, is_there)| *is_there) {
        refuse(report, task.span, &format!("'{field}'"));
    }
}

fn check_wait(report: &mut Report<'_>, wait: &Wait) {
    let what = match &wait.what {
        WaitFor::Duration(Setting::Literal(duration)) => {
            if *duration > EXPRESS_DURATION_MAX {
                too_long(report, wait.span, "the wait");
            }
            return;
        }
        // What is looked for again and again is looked for in memory as well.
        WaitFor::Duration(Setting::Expression(_))
        | WaitFor::Until(_)
        | WaitFor::File(_)
        | WaitFor::Object(_)
        | WaitFor::Http(_)
        | WaitFor::Sql(_) => return,
        WaitFor::Run { .. } => "run",
        WaitFor::Pipeline(_) => "pipeline",
        WaitFor::Asset(_) => "asset",
        WaitFor::Event(_) => "event",
        WaitFor::Signal(_) => "signal",
    };
    refuse(report, wait.span, &format!("a wait for '{what}'"));
}

fn refuse(report: &mut Report<'_>, span: Span, what: &str) {
    let message = format!("an express pipeline is kept in memory and cannot have {what}");
    report.hint(Code::NotExpress, span, message, WAY_OUT);
}

fn too_long(report: &mut Report<'_>, span: Span, what: &str) {
    let most = Duration::as_secs(&EXPRESS_DURATION_MAX) / 60;
    let message = format!("{what} is longer than the {most} minutes of an express pipeline");
    report.hint(Code::NotExpress, span, message, "shorten it, or use 'mode: standard'");
}
