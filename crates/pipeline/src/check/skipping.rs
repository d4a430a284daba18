//! Warnings about tasks that may be skipped, and those that come after them.

use compasso_ir::TriggerRule;

use crate::Code;
use crate::report::Report;
use crate::tree::{Need, Task, Tasks};

/// Which tasks of a group may have been skipped when they have ended.
pub(super) struct Skippable<'t> {
    tasks: &'t Tasks,
    /// For each task, in the order of the file.
    may: Vec<bool>,
}

impl<'t> Skippable<'t> {
    /// Finds out for all tasks, those first that others need; in cycles nothing is known.
    pub(super) fn of(tasks: &'t Tasks) -> Self {
        let mut found = Self { tasks, may: vec![false; tasks.len()] };
        let list: Vec<&Task> = tasks.iter().collect();
        let mut open = vec![0; list.len()];
        let mut dependents = vec![Vec::new(); list.len()];
        for (at, task) in list.iter().enumerate() {
            for need in task.needs.iter().filter_map(|need| tasks.position(&need.id)) {
                open[at] += 1;
                dependents[need].push(at);
            }
        }
        let mut free: Vec<usize> = (0..list.len()).filter(|at| open[*at] == 0).collect();
        while let Some(at) = free.pop() {
            found.may[at] = found.judge(list[at]);
            for dependent in &dependents[at] {
                open[*dependent] -= 1;
                if open[*dependent] == 0 {
                    free.push(*dependent);
                }
            }
        }
        found
    }

    fn has(&self, id: &str) -> bool {
        self.tasks.position(id).is_some_and(|at| self.may[at])
    }

    fn judge(&self, task: &Task) -> bool {
        let mut needs = task.needs.iter().map(|need| self.has(&need.id));
        let by_rule = match task.rule {
            TriggerRule::AllSuccess | TriggerRule::NoneSkipped => needs.any(|skipped| skipped),
            TriggerRule::AnySuccess
            | TriggerRule::AnyDone
            | TriggerRule::NoneFailedMinOneSuccess
            | TriggerRule::AllDoneMinOneSuccess => {
                !task.needs.is_empty() && needs.all(|skipped| skipped)
            }
            TriggerRule::AllDone | TriggerRule::NoneFailed | TriggerRule::Always => false,
            TriggerRule::AllFailed | TriggerRule::AnyFailed | TriggerRule::AllSkipped => true,
        };
        by_rule || task.may_skip()
    }

    /// Reports `reads` of outputs of tasks that may have been skipped.
    pub(super) fn check_outputs(&self, report: &mut Report<'_>, reads: &[Need]) {
        for read in reads.iter().filter(|read| self.has(&read.id)) {
            let message = format!("'{}' may have been skipped, and has no output then", read.id);
            let hint = format!("ask '$exists(needs.{}.output)' first", read.id);
            report.hint(Code::OutputOfSkipped, read.span, message, hint);
        }
    }
}

/// Reports tasks that are skipped with a need although they ask for success, and outputs read of
/// tasks that may have been skipped.
pub(super) fn check(report: &mut Report<'_>, tasks: &Tasks) {
    let skippable = Skippable::of(tasks);
    for task in tasks {
        if let (TriggerRule::AllSuccess, Some(span)) = (task.rule, task.rule_span)
            && let Some(need) = need_with_condition(task, tasks)
        {
            let message =
                format!("'{}' has an 'if': when it is skipped, this is skipped with it", need.id);
            let hint = "use 'when: none_failed' if this shall run all the same";
            report.hint(Code::SkippedWithNeed, span, message, hint);
        }
        if runs_after_skipped(task.rule) {
            skippable.check_outputs(report, &task.output_reads);
        }
    }
}

fn need_with_condition<'t>(task: &'t Task, tasks: &Tasks) -> Option<&'t Need> {
    task.needs.iter().find(|need| tasks.get(&need.id).is_some_and(|need| need.condition.is_some()))
}

/// Whether a task runs although a need was skipped.
fn runs_after_skipped(rule: TriggerRule) -> bool {
    !matches!(rule, TriggerRule::AllSuccess | TriggerRule::NoneSkipped)
}
