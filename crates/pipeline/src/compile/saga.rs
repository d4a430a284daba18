//! Sagas: what undoes tasks, and in which order.

use std::time::Duration;

use compasso_ir::{
    Block, Branch, Each, Ending, FailFast, Field, Fork, Kind, Map, MapMode, Saga, StateId,
    Tolerance, TriggerRule, Undo, Undoes,
};
use compasso_types::Json;

use super::Compiler;
use super::beside::places;
use super::states::flow;
use crate::Code;
use crate::tree::{self, Artifacts, Retry, SagaOn, SagaOrder, Task, Tasks, Work};

/// Errors after which nobody knows whether the work was done.
const UNSURE: [&str; 3] = ["Lost", "Heartbeat", "Timeout"];
/// The states that undo a run.
const COMPENSATION: &str = "(compensation)";
const COMPENSATE: &str = "(compensate)";
/// What undoes one task when tasks are undone side by side.
const COMPENSATIONS: &str = "(compensations)";

/// Returns whether a Map undoes what tasks did, by its name.
pub fn is_of_compensation(state: &str) -> bool {
    state == COMPENSATE || state.ends_with(&format!(" {COMPENSATIONS}"))
}

/// Returns whether a state is of what undoes tasks, by its name. A graph that does has branches with the
/// names of the tasks.
pub fn undoes(state: &str) -> bool {
    state.split(' ').any(|word| [COMPENSATION, COMPENSATE, COMPENSATIONS].contains(&word))
}

impl Compiler<'_, '_> {
    /// Compiles how a task is undone.
    pub(super) fn undo(&mut self, task: &Task, tasks: &Tasks, name: &str) -> Option<Box<Undo>> {
        let action = task.compensate.as_ref().filter(|_| self.pipeline.saga.is_some())?;
        // It is placed as the task is, and has none of its files.
        let plain = Task {
            artifacts: Artifacts::default(),
            files: Vec::new(),
            stdin: None,
            fallback: None,
            ..task.clone()
        };
        let undo = undo_name(name);
        let (body, read) = self.after(Some(name), |compiler| {
            compiler.reading(|compiler| compiler.beside(&plain, action, retry(), &undo))
        });
        Some(Box::new(Undo {
            name: undo.into(),
            body: Block { start: body? },
            reads: places(task, tasks, &read),
            of_instances: task.fan_out.is_some(),
            unsure: UNSURE.map(Into::into).to_vec(),
        }))
    }

    /// Compiles `saga`.
    pub(super) fn saga(&mut self) -> Option<Box<Saga>> {
        let pipeline = self.pipeline;
        let saga = pipeline.saga.as_ref()?;
        let start = self.given(COMPENSATION, pipeline.span)?;
        let undoes = match saga.order {
            SagaOrder::Reverse => self.undo_map(saga, Undoes::All, 1, COMPENSATE),
            SagaOrder::Parallel => self.undo_graph(saga, &pipeline.tasks, "", COMPENSATE)?,
        };
        self.states.get(start).next = Some(undoes);
        let after = saga.on.iter().map(|on| match on {
            SagaOn::Failure => Ending::Failed,
            SagaOn::Cancel => Ending::Cancelled,
            SagaOn::Timeout => Ending::TimedOut,
        });
        Some(Box::new(Saga { after: after.collect(), body: Block { start } }))
    }

    /// Adds the Map that undoes, `most` at once.
    fn undo_map(&mut self, saga: &tree::Saga, undoes: Undoes, most: i64, name: &str) -> StateId {
        let (tolerated, fail_fast) = if saga.goes_on {
            (Tolerance::Percent(100.0), FailFast::Off)
        } else {
            (Tolerance::Count(0), FailFast::Finish)
        };
        let each = Each { tolerated, fail_fast, undoes: Some(undoes), ..Each::default() };
        // What is to be undone says what undoes it.
        let nothing =
            self.states.add(&format!("{name} (nothing)"), Kind::Succeed, flow(None, None, None));
        let map = Map {
            items_path: None,
            items: None,
            item_selector: None,
            max_concurrency: Some(Field::Literal(most)),
            processor: Block { start: nothing },
            mode: MapMode::Inline,
            each: Some(Box::new(each)),
        };
        self.states.add(name, Kind::Map(Box::new(map)), flow(None, None, None))
    }

    /// Adds the graph that undoes the tasks of a group side by side, as far as their needs, turned
    /// round, allow.
    fn undo_graph(
        &mut self,
        saga: &tree::Saga,
        tasks: &Tasks,
        group: &str,
        name: &str,
    ) -> Option<StateId> {
        let mut branches = Vec::new();
        for (at, task) in tasks.iter().enumerate() {
            let path =
                if group.is_empty() { task.id.to_string() } else { format!("{group}.{}", task.id) };
            let own = task.compensate.is_some().then(|| {
                let named = Undoes::Named(undo_name(&path).into());
                self.undo_map(saga, named, 0, &format!("{path} {COMPENSATIONS}"))
            });
            let inner = match &task.work {
                Some(Work::Group(inner)) => {
                    let name = format!("{path} {COMPENSATIONS} (tasks)");
                    Some(self.undo_graph(saga, inner, &path, &name)?)
                }
                _ => None,
            };
            let start = match (own, inner) {
                (Some(own), inner) => {
                    self.states.get(own).next = inner;
                    own
                }
                (None, Some(inner)) => inner,
                (None, None) => {
                    let name = format!("{path} {COMPENSATIONS} (nothing)");
                    self.states.add(&name, Kind::Succeed, flow(None, None, None))
                }
            };
            let is_dependent = |(_, other): &(usize, &Task)| {
                other.needs.iter().any(|need| tasks.position(&need.id) == Some(at))
            };
            let dependents = tasks.iter().enumerate().filter(is_dependent);
            let needs = dependents.map(|(place, _)| place as u32).collect();
            let rule = if saga.goes_on { TriggerRule::AllDone } else { TriggerRule::AllSuccess };
            branches.push(Branch { needs, rule, ..Branch::new(task.id.clone(), Block { start }) });
        }
        let output = Some(self.query(&Json::Null, self.pipeline.span)?);
        match Fork::graph(branches) {
            Ok(fork) => Some(self.states.add(name, Kind::Fork(fork), flow(None, output, None))),
            Err(error) => {
                self.report.add(Code::Cycle, self.pipeline.span, error.to_string());
                None
            }
        }
    }
}

/// How a compensation is tried again that does not say.
fn retry() -> Retry {
    Retry { max: 10, max_delay: Duration::from_secs(600), ..Retry::default() }
}

fn undo_name(task: &str) -> String {
    format!("{} (compensate)", task.replace("[]", ""))
}
