//! What tasks do, as states.

use std::sync::Arc;
use std::time::Duration;

use compasso_integrations::actions;
use compasso_types::{Json, Object};

use super::Plain;
use super::block::{Wanted, state};
use super::expressions::{Sight, as_text, computed, of_env};
use super::task::Body;
use crate::expression::{Setting, Value};
use crate::script::{Script, Shell};
use crate::source::Span;
use crate::tree::{
    Action, ActionKind, Call, Machine, OutputFrom, Task, Tasks, Uses, Wait, WaitFor, WaitUntil,
    Work,
};
use crate::units::Time;

/// Limit of an attempt that has none of its own.
const TIMEOUT: Duration = Duration::from_secs(3_600);
/// What a task's work gave.
const RESULT: &str = "$states.result";

/// A task state, and the expression of its result.
type Called = (Object, &'static str);

/// How a script is run.
struct Program<'a> {
    script: &'a Script,
    shell: &'a Shell,
    output: &'a OutputFrom,
}

impl Plain<'_, '_> {
    /// Writes what a task does; the first state is called `name`, and `path` leads to the task.
    pub(super) fn work(
        &mut self,
        task: &Task,
        name: &str,
        path: &str,
        sight: &Sight,
    ) -> Option<Body> {
        let (state, result) = match task.work.as_ref()? {
            Work::Run { script, shell } => {
                let output = &task.output;
                self.process(task, &[], &Program { script, shell, output }, sight)?
            }
            Work::Uses(uses) if is_transform(uses) => {
                if task.outputs.is_some() || task.fallback.is_some() {
                    return self.refuse(task.span, "'outputs' or 'fallback' of a 'transform'");
                }
                let output = self.transformed(uses, sight)?;
                return Some(Body::of(name, state("Pass"), output));
            }
            Work::Uses(uses) => self.uses(task, uses, sight)?,
            Work::Pipeline(call) => self.pipeline_call(call, task.span, sight)?,
            Work::Machine(machine) => self.machine_call(machine, task.span, sight)?,
            Work::Group(tasks) => return self.group(task, tasks, (name, path), sight),
            Work::Wait(wait) => return self.wait(task, wait, name, sight),
            Work::Noop => {
                let output = self.outputs(task, None, sight)?;
                return Some(Body::of(name, state("Pass"), output));
            }
            Work::Steps(_) => return self.refuse(task.span, "'steps'"),
            Work::Approve(_) => return self.refuse(task.span, "'approve'"),
        };
        let output = self.outputs(task, Some(result), sight)?;
        let mut body = Body::of(name, state, output);
        self.try_again(task, &mut body.states[0].1)?;
        self.fall_back(task, &mut body, name, sight)?;
        Some(body)
    }

    /// Writes what is made of a result.
    fn outputs(
        &mut self,
        task: &Task,
        result: Option<&'static str>,
        sight: &Sight,
    ) -> Option<Json> {
        match &task.outputs {
            Some(outputs) => {
                let sight = Sight { result, ..sight.clone() };
                self.whole(outputs, &sight, task.span)
            }
            None => Some(result.map_or(Json::Null, computed)),
        }
    }

    /// Writes an action that stands in for work, with its output.
    pub(super) fn action(
        &mut self,
        task: &Task,
        action: &Action,
        sight: &Sight,
    ) -> Option<(Object, Json)> {
        if action.condition.is_some() || action.fallback.is_some() {
            return self.refuse(action.span, "'if' or 'fallback' of an action");
        }
        let (mut state, result) = match &action.kind {
            ActionKind::Run { script, shell } => {
                let program = Program { script, shell, output: &action.output };
                self.process(task, &action.env, &program, sight)?
            }
            ActionKind::Uses(uses) if is_transform(uses) => {
                return Some((state("Pass"), self.transformed(uses, sight)?));
            }
            ActionKind::Uses(uses) => self.uses(task, uses, sight)?,
            ActionKind::Pipeline(call) => self.pipeline_call(call, action.span, sight)?,
            ActionKind::Machine(machine) => self.machine_call(machine, action.span, sight)?,
        };
        self.limit(action.timeout.as_ref(), action.span, &mut state)?;
        let retry = action.retry.clone().unwrap_or_default();
        self.retriers(&retry, action.span, &mut state)?;
        Some((state, computed(result)))
    }

    /// Writes the time and the attempts that a task has.
    fn try_again(&mut self, task: &Task, state: &mut Object) -> Option<()> {
        let defaults = &self.pipeline.defaults;
        if state.get("Resource").is_some() {
            let timeout = task.timeout.as_ref().or(defaults.timeout.as_ref());
            self.limit(timeout, task.span, state)?;
        }
        let retry = task.retry.clone().or_else(|| defaults.retry.clone()).unwrap_or_default();
        self.retriers(&retry, task.span, state)
    }

    fn limit(
        &mut self,
        limit: Option<&Setting<Duration>>,
        span: Span,
        state: &mut Object,
    ) -> Option<()> {
        let limit = match limit {
            None => TIMEOUT,
            Some(Setting::Literal(limit)) => *limit,
            Some(Setting::Expression(expression)) => {
                return self.refuse(expression.span, "a computed 'timeout'");
            }
        };
        let seconds = self.seconds(limit, span, "'timeout'")?;
        state.insert("TimeoutSeconds".into(), seconds.into());
        Some(())
    }

    /// Returns a time that must be whole seconds, one at least.
    pub(super) fn seconds(&mut self, time: Duration, span: Span, what: &str) -> Option<i64> {
        if time.subsec_nanos() > 0 || time.is_zero() {
            return self.refuse(span, &format!("{what} that is no number of whole seconds"));
        }
        Some(time.as_secs().cast_signed())
    }

    fn uses(&mut self, task: &Task, uses: &Uses, sight: &Sight) -> Option<Called> {
        let Some(action) = actions::find(&uses.action) else {
            return self.refuse(uses.span, &format!("the action '{}'", uses.action));
        };
        if uses.expect.is_some() {
            return self.refuse(uses.span, "'expect' of an answer");
        }
        let by_token = |(name, _): &&(Arc<str>, Value)| &**name == "wait" && action.ends_by_token();
        let waits = uses.with.iter().any(|member| by_token(&member));
        let inputs = uses.with.iter().filter(|member| !by_token(member));
        let inputs = inputs.map(|(name, value)| (action.parameter(name).into(), value.clone()));
        let arguments = self.members(&inputs.collect::<Vec<_>>(), sight, task.span)?;
        Some((called(&action.arn(waits), arguments), RESULT))
    }

    /// Writes the value that a 'transform' gives.
    fn transformed(&mut self, uses: &Uses, sight: &Sight) -> Option<Json> {
        match uses.with.iter().find(|(name, _)| &**name == "value") {
            Some((_, value)) => self.whole(value, sight, uses.span),
            None => Some(Json::Null),
        }
    }

    fn pipeline_call(&mut self, call: &Call, span: Span, sight: &Sight) -> Option<Called> {
        let mut arguments = vec![
            (Arc::from("pipeline"), call.name.clone()),
            (Arc::from("params"), Value::Map(call.with.clone())),
        ];
        let version =
            call.version.clone().map(|version| ("version".into(), Value::Literal(version)));
        arguments.extend(version);
        let arguments = self.members(&arguments, sight, span)?;
        let pattern = if call.waits { ".sync" } else { "" };
        let resource = format!("arn:aws:states:::compasso:pipeline{pattern}");
        Some((called(&resource, arguments), RESULT))
    }

    fn machine_call(&mut self, machine: &Machine, span: Span, sight: &Sight) -> Option<Called> {
        let Machine::Named { name, with } = machine else {
            return self.refuse(span, "a state machine inside of a task");
        };
        let arguments =
            [("StateMachineArn".into(), name.clone()), ("Input".into(), Value::Map(with.clone()))];
        let arguments = self.members(&arguments, sight, span)?;
        let resource = "arn:aws:states:::states:startExecution.sync:2";
        Some((called(resource, arguments), "$states.result.Output"))
    }

    /// Writes a script as a process of the server, which has no directory of its own.
    fn process(
        &mut self,
        task: &Task,
        env: &[(Arc<str>, Value)],
        program: &Program<'_>,
        sight: &Sight,
    ) -> Option<Called> {
        let Program { script, shell, output } = program;
        let output = match output {
            OutputFrom::File(_) => return self.refuse(task.span, "'output' of a file"),
            OutputFrom::Auto if self.is_read(task) => {
                let what = "'output: auto' that is read (say 'json', 'text' or 'lines' instead)";
                return self.refuse(task.span, what);
            }
            OutputFrom::Auto => OutputFrom::None.name(),
            other => other.name(),
        };
        if matches!(shell, Shell::Command(_)) {
            return self.refuse(task.span, "a 'shell' of one's own");
        }
        let pipeline = self.pipeline;
        let of_run = pipeline.env.iter().map(|(name, value)| match value {
            Value::Literal(_) => Some((name.clone(), value.clone())),
            _ => Some((name.clone(), of_env(name, task.span)?)),
        });
        let mut variables = of_run.collect::<Option<Vec<(Arc<str>, Value)>>>()?;
        variables.extend(pipeline.defaults.env.iter().chain(&task.env).chain(env).cloned());
        variables.extend(
            script.variables.iter().map(|(name, expression)| (name.clone(), as_text(expression))),
        );
        let command = shell.command().into_iter().chain([&*script.text]).map(Json::from);
        let mut arguments = vec![("Command", Json::array(command.collect::<Vec<_>>()))];
        if !variables.is_empty() {
            arguments.push(("Env", self.texts(&variables, sight, task.span)?));
        }
        if let Some(stdin) = &task.stdin {
            arguments.push(("Stdin", self.whole(stdin, sight, task.span)?));
        }
        arguments.push(("Output", Json::from(output)));
        Some((called("arn:aws:states:::compasso:process", Json::object(arguments)), RESULT))
    }

    /// Whether the output of a task is read by anybody, itself included.
    fn is_read(&self, task: &Task) -> bool {
        let is_its = |path: &str| path.rsplit('.').next() == Some(&*task.id);
        let mut variables = self.variables.iter().filter(|((path, _), _)| is_its(path));
        task.outputs.is_some() || variables.any(|(_, variable)| self.reads.contains(&**variable))
    }

    fn group(
        &mut self,
        task: &Task,
        tasks: &Tasks,
        (name, path): (&str, &str),
        sight: &Sight,
    ) -> Option<Body> {
        if task.timeout.is_some() {
            return self.refuse(task.span, "'timeout' of a group");
        }
        let block = self.graph(tasks, path, Wanted::All)?;
        let mut parallel = state("Parallel");
        parallel.insert("Branches".into(), Json::array([Json::object(block.members())]));
        let output = self.outputs(task, Some("$states.result[0]"), sight)?;
        let mut body = Body::of(name, parallel, output);
        if let Some(retry) = &task.retry {
            self.retriers(retry, task.span, &mut body.states[0].1)?;
        }
        self.fall_back(task, &mut body, name, sight)?;
        Some(body)
    }

    fn wait(&mut self, task: &Task, wait: &Wait, name: &str, sight: &Sight) -> Option<Body> {
        let mut waiting = state("Wait");
        match &wait.what {
            WaitFor::Duration(Setting::Literal(time)) => {
                let seconds = self.seconds(*time, wait.span, "'wait'")?;
                waiting.insert("Seconds".into(), seconds.into());
            }
            WaitFor::Until(WaitUntil::Time(Time::At(at))) => {
                waiting.insert("Timestamp".into(), Json::from(at.to_string()));
            }
            _ => {
                return self
                    .refuse(wait.span, "'wait' for anything but a time that is written out");
            }
        }
        let output = self.outputs(task, None, sight)?;
        Some(Body::of(name, waiting, output))
    }
}

fn is_transform(uses: &Uses) -> bool {
    &*uses.action == "transform"
}

fn called(resource: &str, arguments: Json) -> Object {
    let mut task = state("Task");
    task.insert("Resource".into(), resource.into());
    task.insert("Arguments".into(), arguments);
    task
}
