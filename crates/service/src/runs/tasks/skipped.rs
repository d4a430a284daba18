//! Why tasks were skipped of which nobody asked that.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{BranchState, skips};
use compasso_ir::TriggerRule;
use compasso_pipeline::Pipeline;
use compasso_pipeline::tree::{Task, Tasks, Work};

use super::TaskView;

/// Says of each which task, rule or condition it was.
pub(super) fn say_why(pipeline: &Pipeline, items: &mut [TaskView]) {
    let states: BTreeMap<Arc<str>, BranchState> = items
        .iter()
        .filter_map(|item| Some((item.id.clone(), BranchState::named(item.state)?)))
        .collect();
    let is_silent = |item: &&mut TaskView| {
        item.state == "skipped" && item.started.is_none() && item.marked.is_none()
    };
    for item in items.iter_mut().filter(is_silent).filter(|item| item.cause.is_none()) {
        let Some(task) = find(&pipeline.tasks, &item.id) else { continue };
        let group = item.id.strip_suffix(&*task.id).unwrap_or_default();
        let state = |id: &str| states.get(&*format!("{group}{id}")).copied();
        item.cause = why(task, state).map(Into::into);
    }
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

/// Returns the task of a path.
fn find<'p>(tasks: &'p Tasks, path: &str) -> Option<&'p Task> {
    let (id, rest) = path.split_once('.').map_or((path, None), |(id, rest)| (id, Some(rest)));
    let task = tasks.iter().find(|task| *task.id == *id)?;
    match (rest, &task.work) {
        (None, _) => Some(task),
        (Some(rest), Some(Work::Group(inner))) => find(inner, rest),
        (Some(_), _) => None,
    }
}
