//! What tasks do.

use compasso_expr::query::Query;
use compasso_ir::{Join, Kind, StateId};
use compasso_types::Json;

use super::Compiler;
use super::attempts::{Body, Call};
use super::calls::{mock_call, pipeline_call};
use super::retry::retriers;
use super::states::flow;
use crate::tree::{Machine, Task, Tasks, Work};

impl Compiler<'_, '_> {
    /// Compiles what a task does into a state called `name`; `group` is the task's path, which is
    /// in front of the names of the tasks inside.
    pub(super) fn work(&mut self, task: &Task, name: &str, group: &str) -> Option<StateId> {
        if self.mocked.is_some_and(|mocked| mocked.contains(group)) {
            return self.tried(task, mock_call(), name);
        }
        match task.work.as_ref()? {
            Work::Run { script, shell } => {
                let call = self.script(task, script, shell, &[], &task.output);
                self.tried(task, call, name)
            }
            Work::Steps(steps) => {
                let call = self.steps(task, steps);
                self.tried(task, call?, name)
            }
            Work::Uses(uses) => {
                let call = self.called(uses);
                self.tried(task, call?, name)
            }
            Work::Pipeline(call) => self.tried(task, pipeline_call(call), name),
            Work::Machine(Machine::Inline { definition, with }) => {
                let mut body = self.inline_machine(task, (definition, with), name)?;
                self.fall_back(task, &mut body, name)?;
                self.repeated(task, body, name)
            }
            Work::Machine(machine) => {
                let call = self.machine_call(machine, task.span);
                self.tried(task, call?, name)
            }
            Work::Group(tasks) => {
                let mut body = Body::of(self.group(task, tasks, name, group)?);
                self.fall_back(task, &mut body, name)?;
                self.repeated(task, body, name)
            }
            Work::Wait(wait) => self.wait(task, wait, name),
            Work::Noop => {
                let output = self.outputs(task, &Json::Null)?;
                Some(self.states.add(name, Kind::Pass(None), flow(None, Some(output), None)))
            }
            Work::Approve(approval) => self.approve(task, approval, name),
        }
    }

    /// Compiles the attempts of a task, again and again if it says so.
    fn tried(&mut self, task: &Task, call: Call, name: &str) -> Option<StateId> {
        let body = self.attempts(task, call, name)?;
        self.repeated(task, body, name)
    }

    /// Compiles what is made of the result of a task.
    pub(super) fn outputs(&mut self, task: &Task, otherwise: &Json) -> Option<Query> {
        match &task.outputs {
            Some(outputs) => self.value(outputs, task.span),
            None => self.query(otherwise, task.span),
        }
    }

    fn group(&mut self, task: &Task, tasks: &Tasks, name: &str, group: &str) -> Option<StateId> {
        let output = match &task.outputs {
            Some(outputs) => Some(self.value(outputs, task.span)?),
            None => None,
        };
        let id = self.states.add(name, Kind::Succeed, flow(None, output, None));
        let mut fork = self.graph(tasks, group)?;
        if let Join::Graph(graph) = &mut fork.join {
            graph.timeout = self.span_of(task.timeout.as_ref());
            graph.tells_limit = true;
            graph.gathers_files = task.gives_files;
            graph.hold = self.hold(task, name);
        }
        let state = self.states.get(id);
        state.kind = Kind::Fork(fork);
        state.retry = task.retry.as_ref().map(retriers).unwrap_or_default();
        Some(id)
    }
}
