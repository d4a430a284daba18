//! Tasks as branches of a graph.

use std::sync::Arc;

use compasso_ir::{Block, Branch, Fork};

use super::Compiler;
use super::allowed::allowance_of_instances;
use crate::Code;
use crate::expression::Setting;
use crate::tree::{Need, Task, Tasks};

impl Compiler<'_, '_> {
    /// Compiles the tasks of the pipeline, or of the group `group`.
    pub(super) fn graph(&mut self, tasks: &Tasks, group: &str) -> Option<Fork> {
        let mut branches = Vec::new();
        for task in tasks {
            let name =
                if group.is_empty() { task.id.to_string() } else { format!("{group}.{}", task.id) };
            let outer = std::mem::take(&mut self.read);
            let branch = self.branch(task, tasks, &name);
            self.read = outer;
            branches.extend(branch);
        }
        if branches.len() < tasks.len() {
            return None;
        }
        match Fork::graph(branches) {
            Ok(fork) => Some(fork),
            Err(error) => {
                self.report.add(Code::Cycle, self.pipeline.span, error.to_string());
                None
            }
        }
    }

    fn branch(&mut self, task: &Task, tasks: &Tasks, name: &str) -> Option<Branch> {
        self.refuse_of_task(task, name);
        let scope = name.rsplit_once('.').map_or("", |(group, _)| group);
        let torn_down = (!task.teardown.is_empty()).then_some(scope);
        let start = self.after(torn_down, |compiler| match &task.fan_out {
            Some(fan_out) => compiler.map(task, fan_out, name),
            None => compiler.work(task, name, name),
        });
        let start = start.and_then(|start| self.after_the_past(task, tasks, start, name));
        let undo = self.undo(task, tasks, name);
        let mut asides = self.hooks_of_task(task, tasks, name);
        asides.extend(self.updates_of_assets(task, tasks, name)?);
        asides.extend(self.deadlines_of_task(task, tasks, name)?);
        let guard = match &task.condition {
            Some(condition) => Some(self.expression(condition)?),
            None => None,
        };
        let allow_failure = match &task.allow_failure {
            Some(_) if allowance_of_instances(task).is_some() => None,
            Some(Setting::Expression(expression)) => Some(self.expression(expression)?),
            Some(Setting::Literal(true)) => Some(self.query(&true.into(), task.span)?),
            Some(Setting::Literal(false)) | None => None,
        };
        let read = std::mem::take(&mut self.read);
        let places = |is_wanted: &dyn Fn(&Need) -> bool| -> Vec<u32> {
            let wanted = task.needs.iter().filter(|need| is_wanted(need));
            wanted.filter_map(|need| tasks.position(&need.id)).map(|place| place as u32).collect()
        };
        let (mut needs, reads) = (places(&|_| true), places(&|need| read.has(&need.id)));
        let setups = task.teardown.iter().filter_map(|setup| tasks.position(&setup.id));
        let setups: Vec<usize> = setups.collect();
        if let Some(own) = tasks.position(&task.id) {
            let after = setups.iter().flat_map(|setup| cleaned_up(tasks, *setup, own));
            needs.extend(after.map(|place| place as u32));
        }
        Some(Branch {
            needs,
            reads,
            teardown_of: setups.into_iter().map(|place| place as u32).collect(),
            rule: task.rule,
            guard,
            allow_failure,
            asides,
            undo,
            ..Branch::new(Arc::clone(&task.id), Block { start: start? })
        })
    }
}

/// Returns what must have ended before the teardown at `own` may clean up after the task at
/// `setup`: that task, and all that come after it but not after the teardown.
fn cleaned_up(tasks: &Tasks, setup: usize, own: usize) -> Vec<usize> {
    let after = downstream(tasks, setup);
    let later = downstream(tasks, own);
    (0..tasks.len()).filter(|at| *at != own && after[*at] && !later[*at]).collect()
}

/// Returns, for each task, whether it is the one at `start` or comes after it.
fn downstream(tasks: &Tasks, start: usize) -> Vec<bool> {
    let mut dependents = vec![Vec::new(); tasks.len()];
    for (at, task) in tasks.iter().enumerate() {
        for need in task.needs.iter().filter_map(|need| tasks.position(&need.id)) {
            dependents[need].push(at);
        }
    }
    let mut found = vec![false; tasks.len()];
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut found[at], true) {
            open.extend(&dependents[at]);
        }
    }
    found
}
