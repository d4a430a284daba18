//! `slots` where there is no pool to take them from.

use crate::Code;
use crate::report::Report;
use crate::tree::{Pipeline, Task, Work};

/// Reports `slots` of a task that takes no pool.
pub(super) fn check(report: &mut Report<'_>, pipeline: &Pipeline, task: &Task) {
    let Some(span) = task.placement.slots_span else { return };
    let pool = match &task.work {
        // What cannot have a pool is told of where that is compiled.
        None | Some(Work::Noop | Work::Approve(_) | Work::Wait(_)) => return,
        Some(
            Work::Run { .. }
            | Work::Steps(_)
            | Work::Uses(_)
            | Work::Pipeline(_)
            | Work::Machine(_)
            | Work::Group(_),
        ) => task.pool(pipeline),
    };
    if pool.is_none() {
        let message = "'slots' are places of a pool, and this has none";
        report.hint(Code::SlotsWithoutPool, span, message, "add 'pool: NAME', or leave it out");
    }
}
