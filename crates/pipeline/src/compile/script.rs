//! Scripts: the work order that whoever runs them is handed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use compasso_ir::IntegrationPattern;
use compasso_jsonata::{Part, Reads};
use compasso_types::Json;

use super::Compiler;
use super::attempts::{Call, Gives};
use super::calls::resource;
use super::placement::milliseconds;
use super::value::{context, in_words, of, texts};
use crate::Code;
use crate::expression::{Expression, Setting, Value};
use crate::script::{Script, Shell};
use crate::source::Span;
use crate::tree::{
    ActionKind, Artifacts, Checkout, Jitter, OutputFrom, Resources, Retry, Step, StepWhen, Task,
};

pub(super) type Members = Vec<(&'static str, Json)>;

impl Compiler<'_, '_> {
    /// Compiles a script of a task: its work, or an action beside it with variables of its own.
    pub(super) fn script(
        &mut self,
        task: &Task,
        script: &Script,
        shell: &Shell,
        env: &[(Arc<str>, Value)],
        output: &OutputFrom,
    ) -> Call {
        let mut step = vec![("run", Json::String(script.text.clone()))];
        step.push(("shell", Json::array(shell.command().into_iter().map(Json::from))));
        let mut variables = texts(env);
        variables.extend(script.variables.iter().map(|(name, expression)| {
            let text = format!("{{% \"\" & ({}) %}}", expression.text);
            (name.clone(), Json::from(text))
        }));
        if !variables.is_empty() {
            step.push(("env", Json::object(variables)));
        }
        self.order(task, vec![Json::object(step)], output, &Reads::default())
    }

    /// Compiles the steps of a task.
    pub(super) fn steps(&mut self, task: &Task, steps: &[Step]) -> Option<Call> {
        let mut later = Reads::default();
        let steps: Vec<Option<Json>> =
            (0..).zip(steps).map(|(at, step)| self.step(at, step, &mut later)).collect();
        let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
        Some(self.order(task, steps, &task.output, &later))
    }

    /// Compiles a step; what its expressions read that only its worker can evaluate is added to
    /// `later`.
    fn step(&mut self, at: usize, step: &Step, later: &mut Reads) -> Option<Json> {
        let mut members: Members = Vec::new();
        members.extend(step.id.clone().map(|id| ("id", id.into())));
        members.extend(step.name.clone().map(|name| ("name", name.into())));
        match &step.kind {
            ActionKind::Run { script, shell } => {
                script_step(step, (script, shell), &mut members, later);
            }
            ActionKind::Uses(uses) => self.action_step(at, step, uses, &mut members, later)?,
            ActionKind::Pipeline(_) | ActionKind::Machine(_) => {
                self.no_step(step.span, "a run of something else");
                return None;
            }
        }
        if let Some(condition) = &step.condition {
            // What gives nothing is false, and no absent condition.
            let text = format!("({}) ? true : false", condition.text);
            members.push(("if", later_or_now(condition, &text, later)));
        }
        match step.when {
            StepWhen::Success => {}
            StepWhen::Always => members.push(("when", "always".into())),
            StepWhen::Failure => members.push(("when", "failure".into())),
        }
        match &step.timeout {
            Some(Setting::Literal(limit)) => members.push(("timeout_ms", milliseconds(*limit))),
            Some(Setting::Expression(expression)) => {
                self.unsupported(expression.span, "a computed 'timeout' of a step");
            }
            None => {}
        }
        members.extend(step.retry.as_ref().map(|retry| ("retry", retry_of_step(retry))));
        if step.continues {
            members.push(("continue_on_error", true.into()));
        }
        if step.output != OutputFrom::Auto {
            members.push(("output", step.output.name().into()));
        }
        Some(Json::object(members))
    }

    /// Writes the order of a task's steps.
    fn order(&mut self, task: &Task, steps: Vec<Json>, output: &OutputFrom, later: &Reads) -> Call {
        let (pipeline, span) = (self.pipeline, task.span);
        let mut members: Members = vec![("steps", Json::array(steps))];
        let told = "{% run.{'scheduled_at': scheduled_at, 'interval': interval, 'partition': \
                    partition} %}";
        members.push(("run", Json::from(told)));
        let mut env: Vec<(Arc<str>, Json)> = pipeline
            .env
            .iter()
            .map(|(name, _)| (name.clone(), Json::from(format!("{{% env.`{name}` %}}"))))
            .collect();
        env.extend(texts(&pipeline.defaults.env));
        env.extend(texts(&task.env));
        if !env.is_empty() {
            members.push(("env", Json::object(env)));
        }
        if let Some(dir) = task.dir.as_ref().or(pipeline.defaults.dir.as_ref()) {
            members.push(("dir", dir.template()));
        }
        if let Some(stdin) = &task.stdin {
            members.push(("stdin", stdin.template()));
        }
        if !task.files.is_empty() {
            let files = task.files.iter().map(|(name, file)| (name.clone(), file.template()));
            members.push(("files", Json::object(files.collect::<Vec<_>>())));
        }
        members
            .extend(task.checkout.as_ref().map(|checkout| ("checkout", self::checkout(checkout))));
        members.push(("output", output.name().into()));
        members.extend(artifacts(task));
        let wanted = self.wanted_needs(task);
        members.extend(known(later, &wanted, pipeline.reads_instances));
        let resources = task.placement.resources.as_ref();
        members.extend(self.resources(resources.or(pipeline.defaults.resources.as_ref()), span));
        Call {
            resource: resource("compasso", "script", IntegrationPattern::RequestResponse),
            arguments: Json::object(members),
            gives: Gives::Script,
        }
    }

    /// Returns the needs whose files a task brings.
    fn wanted_needs(&mut self, task: &Task) -> BTreeSet<Arc<str>> {
        let mut wanted = BTreeSet::new();
        for input in &task.artifacts.inputs {
            let Value::Literal(Json::String(path)) = input else {
                wanted.extend(task.needs.iter().map(|need| need.id.clone()));
                continue;
            };
            let id = Artifacts::brought_from(path);
            if let Some(need) = task.needs.iter().find(|need| &*need.id == id) {
                wanted.insert(need.id.clone());
                continue;
            }
            let message = format!(
                "the artifact '{path}' is of '{id}', which is not among the 'needs' of the task"
            );
            let hint = "write 'TASK/NAME', or 'TASK[KEY]/NAME' of an instance, and add the task to 'needs'";
            self.report.hint(Code::UndeclaredNeed, task.span, message, hint);
        }
        wanted
    }

    fn resources(
        &mut self,
        resources: Option<&Resources>,
        span: Span,
    ) -> Option<(&'static str, Json)> {
        let Resources { cpu, cpu_time, memory, gpu, disk } = resources?;
        if cpu.is_some() || gpu.is_some() || disk.is_some() {
            let message = "'cpu', 'gpu' or 'disk' of 'resources' is not supported yet";
            let hint = "'memory' and 'cpu_time' bound each process of a script";
            self.report.hint(Code::NotSupported, span, message, hint);
        }
        let number = |number: u64| Json::from(i64::try_from(number).unwrap_or(i64::MAX));
        let memory = memory.map(|memory| ("memory_bytes", number(memory.0)));
        // The system counts whole seconds, and takes none for no limit.
        let seconds = |time: Duration| time.as_secs().max(1);
        let time = cpu_time.map(|time| ("cpu_seconds", number(seconds(time))));
        let limits: Vec<_> = memory.into_iter().chain(time).collect();
        (!limits.is_empty()).then(|| ("resources", Json::object(limits)))
    }
}

/// Adds what a step that is a script says of it.
fn script_step(
    step: &Step,
    (script, shell): (&Script, &Shell),
    members: &mut Members,
    later: &mut Reads,
) {
    members.push(("run", Json::String(script.text.clone())));
    members.push(("shell", Json::array(shell.command().into_iter().map(Json::from))));
    let mut variables: Vec<(Arc<str>, Json)> = Vec::new();
    for (name, value) in &step.env {
        variables.push((name.clone(), text_later(value, later)));
    }
    for (name, expression) in &script.variables {
        let text = format!("\"\" & ({})", expression.text);
        variables.push((name.clone(), later_or_now(expression, &text, later)));
    }
    if !variables.is_empty() {
        members.push(("env", Json::object(variables)));
    }
    if let Some(dir) = &step.dir {
        members.push(("dir", text_later(dir, later)));
    }
}

/// Returns a text of a step; one that reads `steps` is left to the worker.
fn text_later(value: &Value, later: &mut Reads) -> Json {
    let reads = value.reads();
    match (reads.of("steps"), value.text_expression()) {
        (Some(_), Some(text)) => {
            later.add(&reads);
            deferred(&format!("$string({text})"))
        }
        _ => in_words(value),
    }
}

/// A commit that an event is about goes before the one that the pipeline was pushed with.
fn checkout(checkout: &Checkout) -> Json {
    let otherwise = if checkout.is_of_origin() { " : run.commit" } else { "" };
    let of_run = format!("{{% $exists(trigger.git.sha) ? trigger.git.sha{otherwise} %}}");
    let mut members: Members = Vec::new();
    let repo = checkout.repo.as_ref().map(Value::template);
    members.push(("repo", repo.unwrap_or_else(|| of(&["run", "repository"]))));
    let git_ref = checkout.git_ref.as_ref().map(Value::template);
    members.push(("ref", git_ref.unwrap_or_else(|| of_run.into())));
    members.extend(checkout.depth.map(|depth| ("depth", i64::from(depth).into())));
    members.extend(checkout.path.as_ref().map(|path| ("path", path.template())));
    members.extend(checkout.token.as_ref().map(|token| ("token", token.template())));
    Json::object(members)
}

fn artifacts(task: &Task) -> Option<(&'static str, Json)> {
    let artifacts = &task.artifacts;
    let list = |values: &[Value]| {
        let values = values.iter().map(Value::template);
        Json::array(values.collect::<Vec<_>>())
    };
    let both = [("in", list(&artifacts.inputs)), ("out", list(&artifacts.outputs))];
    let is_there = !artifacts.inputs.is_empty() || !artifacts.outputs.is_empty();
    is_there.then(|| ("artifacts", Json::object(both)))
}

/// Returns what is to be known of the instances of a need, for their files to be found.
fn files_of_instances(id: &str) -> String {
    format!("{{% [needs.`{id}`.instances.{{'key': $string(key), 'artifacts': artifacts}}] %}}")
}

/// Returns what expressions that only the worker evaluates know beside `steps`.
fn known(
    later: &Reads,
    wanted: &BTreeSet<Arc<str>>,
    of_instances: bool,
) -> Option<(&'static str, Json)> {
    let mut members = context(later, &["steps"]);
    if !wanted.is_empty() {
        let read = |id: &Arc<str>| match later.of("needs") {
            Some(Part::Whole) => true,
            Some(Part::Members(ids)) => ids.contains(id),
            None => false,
        };
        let records = wanted.iter().filter(|id| !read(id)).map(|id| {
            let artifacts = Json::from(format!("{{% needs.`{id}`.artifacts %}}"));
            let instances = of_instances.then(|| ("instances", files_of_instances(id).into()));
            (id.clone(), Json::object([("artifacts", artifacts)].into_iter().chain(instances)))
        });
        let records: Vec<_> = records.collect();
        let known = members.iter_mut().find(|(name, _)| &**name == "needs");
        match known {
            Some((_, Json::Object(needs))) => {
                let all = needs.iter().map(|(id, need)| (id.clone(), need.clone())).chain(records);
                let all = Json::object(all.collect::<Vec<_>>());
                members.retain(|(name, _)| &**name != "needs");
                members.push(("needs".into(), all));
            }
            Some(_) => {}
            None => members.push(("needs".into(), Json::object(records))),
        }
    }
    (!members.is_empty()).then(|| ("context", Json::object(members)))
}

/// Returns an expression `text` made of `expression`, for the worker if it reads `steps`.
fn later_or_now(expression: &Expression, text: &str, later: &mut Reads) -> Json {
    let reads = expression.program.document_reads();
    if reads.of("steps").is_none() {
        return Json::from(format!("{{% {text} %}}"));
    }
    later.add(&reads);
    deferred(text)
}

fn retry_of_step(retry: &Retry) -> Json {
    let names = |names: &[Arc<str>]| Json::array(names.iter().cloned().map(Json::String));
    let mut members: Members = vec![
        ("max", i64::from(retry.max).into()),
        ("delay_ms", milliseconds(retry.delay)),
        ("backoff", retry.backoff.into()),
        ("max_delay_ms", milliseconds(retry.max_delay)),
        ("jitter", (retry.jitter == Jitter::Full).into()),
        ("on", names(&retry.on)),
        ("except", names(&retry.except)),
    ];
    members.extend(retry.window.map(|window| ("window_ms", milliseconds(window))));
    Json::object(members)
}

fn deferred(text: &str) -> Json {
    Json::object([("$expr", Json::from(text))])
}
