//! Why tasks did not run of which nobody asked that.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{BranchState, skips};
use compasso_ir::TriggerRule;
use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::Task;

use super::{TaskView, find};

/// Says of each which task, rule or condition it was.
pub(super) fn say_why(pipeline: &Pipeline, items: &mut [TaskView]) {
    let states: BTreeMap<Arc<str>, BranchState> = items
        .iter()
        .filter_map(|item| Some((item.id.clone(), BranchState::named(item.state)?)))
        .collect();
    let is_silent = |item: &&mut TaskView| {
        matches!(item.state, "skipped" | "upstream_failed")
            && !item.is_entered()
            && item.marked.is_none()
    };
    for item in items.iter_mut().filter(is_silent).filter(|item| item.cause.is_none()) {
        let Some(task) = find(&pipeline.tasks, &item.id) else { continue };
        let group = item.id.strip_suffix(&*task.id).unwrap_or_default();
        let state = |id: &str| states.get(&*format!("{group}{id}")).copied();
        item.cause = if item.state == "skipped" {
            why(task, state).map(Into::into)
        } else {
            because_of(task, state).map(Into::into)
        };
    }
}

/// Says which of the tasks before it a task did not run for.
fn because_of(task: &Task, state: impl Fn(&str) -> Option<BranchState>) -> Option<String> {
    let named = |wanted: &[BranchState]| {
        let is_it = |id: &str| state(id).is_some_and(|state| wanted.contains(&state));
        let before = task.needs.iter().chain(&task.teardown).filter(|need| is_it(&need.id));
        before.map(|need| &*need.id).collect::<Vec<_>>()
    };
    let failed = named(&[BranchState::Failed, BranchState::Cancelled]);
    let names = if failed.is_empty() { named(&[BranchState::UpstreamFailed]) } else { failed };
    (!names.is_empty()).then(|| format!("because of {}", names.join(", ")))
}

/// Says why a task was skipped that needs tasks in these states.
fn why(task: &Task, state: impl Fn(&str) -> Option<BranchState>) -> Option<String> {
    let known = |id: &str| state(id).unwrap_or(BranchState::Blocked);
    let needs: Vec<BranchState> = task.needs.iter().map(|need| known(&need.id)).collect();
    if !skips(task.rule, &needs) {
        return task.condition.is_some().then(|| "its 'if' did not hold".to_owned());
    }
    if !matches!(task.rule, TriggerRule::AllSuccess | TriggerRule::NoneSkipped) {
        return Some(format!("'when: {}' did not hold", task.rule.name()));
    }
    let skipped = task.needs.iter().filter(|need| state(&need.id) == Some(BranchState::Skipped));
    let names: Vec<&str> = skipped.map(|need| &*need.id).collect();
    Some(format!("skipped before it: {}", names.join(", ")))
}
