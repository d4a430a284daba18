//! Work that is tried until it succeeds: what is called, where it is placed, how attempts follow one
//! another, and what becomes of the result.

use std::time::Duration;

use compasso_ir::{Catcher, ErrorPattern, Field, Kind, Resource, ResultPath, StateId};
use compasso_types::Json;

use super::Compiler;
use super::calls::pipeline_call;
use super::repeat::COUNTED;
use super::retry::retriers;
use super::states::flow;
use super::value::in_words;
use crate::expression::Setting;
use crate::source::Span;
use crate::tree::{Action, ActionKind, Fallback, Retry, Task, Work};

/// Limit of an attempt that has none of its own.
const TIMEOUT: Duration = Duration::from_secs(3_600);

/// A call of something outside.
pub(super) struct Call {
    pub(super) resource: Resource,
    /// The parameters, with their expressions as strings `{% … %}`.
    pub(super) arguments: Json,
    /// What comes back.
    pub(super) gives: Gives,
}

/// What comes back from a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// The result itself.
    Result,
    /// An object whose `output` is the result, with `steps` and `artifacts` beside it.
    Script,
    /// The description of an execution, whose `Output` is the result.
    Machine,
}

/// The states of a piece of work.
pub(super) struct Body {
    /// The first one.
    pub(super) start: StateId,
    /// The one that can fail.
    pub(super) work: StateId,
    /// Those whose output is the result, and which nothing follows yet.
    pub(super) last: Vec<StateId>,
}

impl Body {
    /// Makes a body of one state.
    pub(super) fn of(state: StateId) -> Self {
        Self { start: state, work: state, last: vec![state] }
    }
}

impl Compiler<'_, '_> {
    /// Compiles the attempts of a task; the state that makes them is called `name`.
    pub(super) fn attempts(&mut self, task: &Task, call: Call, name: &str) -> Option<Body> {
        self.refuse_kept_secrets(&call, task.span);
        let is_reshaped_later =
            call.gives != Gives::Result || matches!(task.fallback, Some(Fallback::Action(_)));
        let reshaped_later = task.outputs.as_ref().filter(|_| is_reshaped_later);
        let output = match (&task.outputs, reshaped_later) {
            (Some(outputs), None) => self.value(outputs, task.span)?,
            _ => self.result_of(&call, task.span)?,
        };
        let mut assigned = Vec::new();
        if call.gives == Gives::Script && !task.artifacts.outputs.is_empty() {
            assigned.push(("artifacts", Json::from("{% result.artifacts %}")));
        }
        if matches!(task.work, Some(Work::Steps(_))) && task.outputs.is_some() {
            assigned.push(("steps", Json::from("{% result.steps %}")));
        }
        // Where others end a round, they count it.
        if task.repeat.is_some() && reshaped_later.is_none() {
            assigned.push(("rounds", Json::from(COUNTED)));
        }
        let assign = if assigned.is_empty() {
            None
        } else {
            Some(self.query(&Json::object(assigned), task.span)?)
        };
        let arguments = self.query(&call.arguments, task.span)?;
        let placement = self.placement(task, name, &call.arguments)?;
        let work = compasso_ir::Task {
            resource: call.resource,
            timeout: None,
            heartbeat: None,
            credentials: None,
            placement: Some(Box::new(placement)),
        };
        let flow = flow(Some(arguments), Some(output), assign);
        let id = self.states.add(name, Kind::Task(Box::new(work)), flow);
        let retry = task.retry.as_ref().or(self.pipeline.defaults.retry.as_ref());
        self.states.get(id).retry = retriers(retry.unwrap_or(&Retry::default()));
        let mut body = Body::of(id);
        self.fall_back(task, &mut body, name)?;
        if let Some(outputs) = reshaped_later {
            self.reshape(task, outputs, &mut body, name)?;
        }
        self.name_attempts(task, &mut body, name)?;
        Some(body)
    }

    fn result_of(&mut self, call: &Call, span: Span) -> Option<compasso_expr::query::Query> {
        let result = match call.gives {
            Gives::Result => "{% result %}",
            Gives::Script => "{% result.output %}",
            Gives::Machine => "{% result.Output %}",
        };
        self.query(&Json::from(result), span)
    }

    /// Makes the result that `outputs` describes in a state of its own, where the result of the
    /// work is all there is.
    fn reshape(
        &mut self,
        task: &Task,
        outputs: &crate::Value,
        body: &mut Body,
        name: &str,
    ) -> Option<()> {
        let output = Some(self.value(outputs, task.span)?);
        let name = format!("{name} (outputs)");
        let id = self.states.add(&name, Kind::Pass(None), flow(None, output, None));
        // An output that stands in for the result is what it is meant to be.
        let (constant, made): (Vec<_>, Vec<_>) = std::mem::take(&mut body.last)
            .into_iter()
            .partition(|last| matches!(self.states.get(*last).kind, Kind::Pass(_)));
        for last in made {
            self.states.get(last).next = Some(id);
        }
        body.last = constant;
        body.last.push(id);
        Some(())
    }

    /// Sets the idempotency key of all attempts before the first of them.
    fn name_attempts(&mut self, task: &Task, body: &mut Body, name: &str) -> Option<()> {
        let Some(key) = &task.idempotency_key else { return Some(()) };
        let key = in_words(key);
        let assigned = Json::object([("idempotency_key", key)]);
        let id = self.assign(&format!("{name} (key)"), &assigned)?;
        self.states.get(id).next = Some(body.start);
        body.start = id;
        Some(())
    }

    /// Compiles `fallback`: what is used when the work has failed for good.
    pub(super) fn fall_back(&mut self, task: &Task, body: &mut Body, name: &str) -> Option<()> {
        let Some(fallback) = &task.fallback else { return Some(()) };
        let name = format!("{name} (fallback)");
        let start = match fallback {
            Fallback::Output(output) => {
                let output = self.value(output, task.span)?;
                let id = self.states.add(&name, Kind::Pass(None), flow(None, Some(output), None));
                body.last.push(id);
                id
            }
            Fallback::Action(action) => {
                let inner = self.action(task, action, &name)?;
                body.last.extend(inner.last);
                inner.start
            }
        };
        let degraded =
            Json::object([("degraded", Json::from(true)), ("error", Json::from("{% error %}"))]);
        let assign = Some(compasso_ir::Value::Query(self.query(&degraded, task.span)?));
        let output = Some(self.query(&Json::Null, task.span)?);
        let catcher = Catcher {
            errors: vec![ErrorPattern::Like("*".into())],
            next: start,
            result_path: ResultPath::Replace,
            output,
            assign,
        };
        self.states.get(body.work).catch.push(catcher);
        Some(())
    }

    /// Compiles an action of a task into the states of which the first is called `name`.
    pub(super) fn action(&mut self, task: &Task, action: &Action, name: &str) -> Option<Body> {
        if action.condition.is_some() {
            self.unsupported(action.span, "'if' of a fallback");
        }
        let call = match &action.kind {
            ActionKind::Run { script, shell } => {
                self.script(task, script, shell, &action.env, &action.output)
            }
            ActionKind::Uses(uses) => self.called(uses)?,
            ActionKind::Pipeline(call) => pipeline_call(call),
            ActionKind::Machine(machine) => self.machine_call(machine, action.span)?,
        };
        let timeout = self.span_of(action.timeout.as_ref());
        let retry = action.retry.clone().unwrap_or_default();
        let id = self.plain_call(task, call, timeout, &retry, name, action.span)?;
        let mut body = Body::of(id);
        if let Some(Fallback::Output(output)) = &action.fallback {
            let inner = Task { fallback: Some(Fallback::Output(output.clone())), ..task.clone() };
            self.fall_back(&inner, &mut body, name)?;
        } else if action.fallback.is_some() {
            self.unsupported(action.span, "an action as the 'fallback' of an action");
        }
        Some(body)
    }

    /// Compiles a call that has nothing of the task's own but its name and where it runs.
    pub(super) fn plain_call(
        &mut self,
        task: &Task,
        call: Call,
        timeout: Option<Field<Duration>>,
        retry: &Retry,
        name: &str,
        span: Span,
    ) -> Option<StateId> {
        self.refuse_kept_secrets(&call, span);
        let output = self.result_of(&call, span)?;
        let arguments = self.query(&call.arguments, span)?;
        let mut placement = self.plain_placement(task, name, &call.arguments)?;
        placement.timeout = timeout.or(Some(Field::Literal(TIMEOUT)));
        let work = compasso_ir::Task {
            resource: call.resource,
            timeout: None,
            heartbeat: None,
            credentials: None,
            placement: Some(Box::new(placement)),
        };
        let flow = flow(Some(arguments), Some(output), None);
        let id = self.states.add(name, Kind::Task(Box::new(work)), flow);
        self.states.get(id).retry = retriers(retry);
        Some(id)
    }

    /// Compiles a limit, if there is one.
    pub(super) fn span_of(
        &mut self,
        setting: Option<&Setting<Duration>>,
    ) -> Option<Field<Duration>> {
        match setting? {
            Setting::Literal(span) => Some(Field::Literal(*span)),
            Setting::Expression(expression) => Some(Field::Query(self.expression(expression)?)),
        }
    }

    /// Compiles the limit of an attempt.
    pub(super) fn attempt_timeout(&mut self, task: &Task) -> Field<Duration> {
        let setting = task.timeout.as_ref().or(self.pipeline.defaults.timeout.as_ref());
        self.span_of(setting).unwrap_or(Field::Literal(TIMEOUT))
    }
}
