//! State machines that are written inside of a pipeline: a block of the states that they compile to.

use std::sync::Arc;

use compasso_ir::{Block, Branch, Definition, ExecutionType, Fork, Join, Kind, State, StateId};
use compasso_types::Json;

use super::Compiler;
use super::attempts::Body;
use super::calls::members;
use super::retry::retriers;
use super::states::flow;
use crate::Code;
use crate::expression::Value;
use crate::tree::{Retry, Task};

/// The only branch of the graph around a machine.
const BRANCH: &str = "machine";

impl Compiler<'_, '_> {
    /// Compiles a machine into states whose names begin with `name`. A graph of one branch stands
    /// around it, which can be tried again and has a limit.
    pub(super) fn inline_machine(
        &mut self,
        task: &Task,
        (definition, with): (&Json, &[(Arc<str>, Value)]),
        name: &str,
    ) -> Option<Body> {
        let analysis = compasso_asl::compile(&definition.to_string(), ExecutionType::Standard);
        // What is wrong with it was told when it was read.
        let machine = analysis.definition?;
        if machine.timeout.is_some() {
            self.unsupported(task.span, "'TimeoutSeconds' of a state machine inside of a pipeline");
        }
        let with = members(with);
        if self.has_secrets(&with) {
            let message = "the states of a machine keep what they are given, and show it";
            let hint = "make a pipeline of the machine";
            self.report.hint(Code::MisplacedSecret, task.span, message, hint);
        }
        let input = Some(self.query(&with, task.span)?);
        let begin = format!("{name} (input)");
        let begin = self.states.add(&begin, Kind::Pass(None), flow(None, input, None));
        let output = match &task.outputs {
            Some(outputs) => self.value(outputs, task.span)?,
            None => self.query(&Json::from("{% result %}"), task.span)?,
        };
        let id = self.states.add(name, Kind::Succeed, flow(None, Some(output), None));
        let start = self.embed(&machine, name);
        let mut fork = Fork::graph(vec![Branch::new(BRANCH, Block { start })]).ok()?;
        if let Join::Graph(graph) = &mut fork.join {
            let result = Json::from(format!("{{% needs.{BRANCH}.output %}}"));
            graph.output = Some(self.query(&result, task.span)?);
            graph.timeout = self.span_of(task.timeout.as_ref());
            graph.tells_limit = true;
            graph.hold = self.hold(task, name);
        }
        let retry = task.retry.as_ref().or(self.pipeline.defaults.retry.as_ref());
        let state = self.states.get(id);
        state.kind = Kind::Fork(fork);
        state.retry = retriers(retry.unwrap_or(&Retry::default()));
        self.states.get(begin).next = Some(id);
        Some(Body { start: begin, work: id, last: vec![id] })
    }

    /// Adds the states of a machine; returns the first.
    fn embed(&mut self, machine: &Definition, name: &str) -> StateId {
        let by = self.states.len();
        let moved = |id: StateId| StateId(id.0 + by);
        for state in machine.states() {
            let mut state =
                State { name: format!("{name}/{}", state.name).into(), ..state.clone() };
            state.next = state.next.map(moved);
            for catcher in &mut state.catch {
                catcher.next = moved(catcher.next);
            }
            match &mut state.kind {
                Kind::Choice(choice) => {
                    choice.default = choice.default.map(moved);
                    for rule in &mut choice.rules {
                        rule.next = moved(rule.next);
                    }
                }
                Kind::Fork(fork) => {
                    for branch in &mut fork.branches {
                        branch.body.start = moved(branch.body.start);
                    }
                }
                Kind::Map(map) => map.processor.start = moved(map.processor.start),
                Kind::Task(_) | Kind::Pass(_) | Kind::Wait(_) | Kind::Succeed | Kind::Fail(_) => {}
            }
            self.states.push(state);
        }
        moved(machine.root.start)
    }
}
