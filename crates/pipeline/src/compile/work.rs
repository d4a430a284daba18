//! What tasks do.

use std::sync::Arc;
use std::time::Duration;

use compasso_expr::query::Query;
use compasso_ir::{Field, IntegrationPattern, Join, Kind, Resource, ResourceKind, StateId};
use compasso_types::Json;

use super::Compiler;
use super::retry::retriers;
use super::states::flow;
use super::uses::Called;
use crate::expression::{Expression, Setting, Value};
use crate::script::{Script, Shell};
use crate::source::Span;
use crate::tree::{OutputFrom, Task, Tasks, Work};

/// Limit of an attempt that has none of its own.
const TIMEOUT: Duration = Duration::from_secs(3_600);
/// What runs programs.
const PROCESS: &str = "arn:aws:states:::compasso:process";

impl Compiler<'_, '_> {
    /// Compiles what a task does into a state called `name`; `group` is in front of the names of
    /// the tasks inside.
    pub(super) fn work(&mut self, task: &Task, name: &str, group: &str) -> Option<StateId> {
        match task.work.as_ref()? {
            Work::Run { script, shell } => self.process(task, script, shell, name),
            Work::Group(tasks) => self.group(task, tasks, name, group),
            Work::Wait(wait) => self.wait(task, wait, name),
            Work::Noop => {
                let output = self.outputs(task, &Json::Null)?;
                Some(self.states.add(name, Kind::Pass(None), flow(None, Some(output), None)))
            }
            Work::Uses(uses) => {
                let Called { resource, arguments } = self.called(uses)?;
                self.attempts(task, resource, &arguments, name)
            }
            Work::Steps(_) | Work::Pipeline(_) | Work::Machine(_) | Work::Approve(_) => {
                let kind = crate::graph::kind(task);
                self.unsupported(task.span, &format!("a task with '{kind}'"));
                None
            }
        }
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
        let timeout = match &task.timeout {
            Some(Setting::Literal(timeout)) => Some(*timeout),
            Some(Setting::Expression(expression)) => {
                self.unsupported(expression.span, "a computed 'timeout'");
                None
            }
            None => None,
        };
        if let Join::Graph(graph) = &mut fork.join {
            graph.timeout = timeout;
        }
        self.states.get(id).kind = Kind::Fork(fork);
        Some(id)
    }

    fn process(
        &mut self,
        task: &Task,
        script: &Script,
        shell: &Shell,
        name: &str,
    ) -> Option<StateId> {
        let arguments = self.arguments(task, script, shell)?;
        let kind = ResourceKind::Service {
            service: "compasso".into(),
            action: "process".into(),
            pattern: IntegrationPattern::RequestResponse,
        };
        self.attempts(task, Resource { arn: PROCESS.into(), kind }, &arguments, name)
    }

    /// Compiles the attempts of a task into a state called `name`.
    fn attempts(
        &mut self,
        task: &Task,
        resource: Resource,
        arguments: &Json,
        name: &str,
    ) -> Option<StateId> {
        let arguments = self.query(arguments, task.span)?;
        let output = self.outputs(task, &Json::from("{% result %}"))?;
        let timeout = self.timeout(task).map(Field::Literal);
        let work = compasso_ir::Task {
            resource,
            timeout,
            heartbeat: None,
            credentials: None,
            placement: None,
        };
        let flow = flow(Some(arguments), Some(output), None);
        let id = self.states.add(name, Kind::Task(Box::new(work)), flow);
        if let Some(retry) = task.retry.as_ref().or(self.pipeline.defaults.retry.as_ref()) {
            self.states.get(id).retry = retriers(retry);
        }
        Some(id)
    }

    fn arguments(&mut self, task: &Task, script: &Script, shell: &Shell) -> Option<Json> {
        let span = task.span;
        let mut arguments = vec![
            ("Command", self.command(script, shell, span)?),
            ("Env", self.environment(task, script)),
            ("Output", Json::from(self.output_mode(task)?)),
        ];
        if let Some(dir) = task.dir.as_ref().or(self.pipeline.defaults.dir.as_ref()) {
            arguments.push(("Cwd", self.json(dir, span)));
        }
        if let Some(stdin) = &task.stdin {
            arguments.push(("Stdin", self.json(stdin, span)));
        }
        Some(Json::object(arguments))
    }

    fn command(&mut self, script: &Script, shell: &Shell, span: Span) -> Option<Json> {
        let words: &[&str] = match shell {
            Shell::Bash => &["bash", "-euo", "pipefail", "-c"],
            Shell::Sh => &["sh", "-e", "-c"],
            Shell::PowerShell => &["pwsh", "-NoProfile", "-Command"],
            Shell::Python => &["python3", "-c"],
            Shell::Node => &["node", "-e"],
            Shell::Command(_) => {
                self.unsupported(span, "a shell with '{0}'");
                return None;
            }
        };
        let words = words.iter().map(|word| Json::from(*word));
        Some(Json::array(words.chain([Json::String(script.text.clone())])))
    }

    /// Returns the variables of a script: the pipeline's, the task's, those its expressions became.
    fn environment(&mut self, task: &Task, script: &Script) -> Json {
        let pipeline = self.pipeline;
        let of = |name: &str, expression: &str| {
            (Arc::from(name), Json::from(format!("{{% {expression} %}}")))
        };
        let mut variables: Vec<(Arc<str>, Json)> = vec![
            ("CI".into(), Json::from("true")),
            ("COMPASSO_PIPELINE".into(), Json::String(pipeline.name.clone())),
            of("COMPASSO_RUN_ID", "$string(run.id)"),
            of("COMPASSO_TASK", "task.id"),
            of("COMPASSO_ATTEMPT", "$string(task.attempt)"),
            of("COMPASSO_IDEMPOTENCY_KEY", "task.idempotency_key"),
        ];
        variables.extend(pipeline.env.iter().map(|(name, _)| of(name, &format!("env.`{name}`"))));
        let mut add = |own: &[(Arc<str>, Value)]| {
            if let Json::Object(texts) = self.texts(own, task.span) {
                variables.extend(texts.iter().map(|(name, text)| (name.clone(), text.clone())));
            }
        };
        add(&pipeline.defaults.env);
        add(&task.env);
        for (name, expression) in &script.variables {
            let text = &expression.text;
            variables.push((name.clone(), Json::from(format!("{{% \"\" & ({text}) %}}"))));
        }
        Json::object(variables)
    }

    /// Returns how the output of a script is read.
    fn output_mode(&mut self, task: &Task) -> Option<&'static str> {
        match &task.output {
            OutputFrom::Auto | OutputFrom::None => Some("none"),
            OutputFrom::Json => Some("json"),
            OutputFrom::Text => Some("text"),
            OutputFrom::Lines => Some("lines"),
            OutputFrom::File(_) => {
                self.unsupported(task.span, "'output' from a file");
                None
            }
        }
    }

    /// Returns the limit of an attempt, in seconds.
    fn timeout(&mut self, task: &Task) -> Option<i64> {
        match task.timeout.as_ref().or(self.pipeline.defaults.timeout.as_ref()) {
            Some(Setting::Literal(timeout)) => self.seconds(*timeout, task.span),
            Some(Setting::Expression(Expression { span, .. })) => {
                self.unsupported(*span, "a computed 'timeout'");
                None
            }
            None => Some(TIMEOUT.as_secs() as i64),
        }
    }

    /// Returns whole seconds.
    fn seconds(&mut self, duration: Duration, span: Span) -> Option<i64> {
        if duration.subsec_nanos() != 0 || duration.is_zero() {
            self.unsupported(span, "a time that is not whole seconds");
            return None;
        }
        Some(duration.as_secs() as i64)
    }
}
