//! A task.

use std::sync::Arc;
use std::time::Duration;

use compasso_ir::TriggerRule;

use super::fan_out::matrix_keys;
use super::{
    Action, Artifacts, Breaker, Cache, Checkout, Container, Deadline, Fallback, FanOut, Hooks,
    OnRejection, OnTimeout, OutputFrom, Placement, Repeat, Retry, Work, approval, deadline,
    tasks::read_rule, wait,
};
use crate::Code;
use crate::expression::{Expression, Name, Names, Needs, Part, Setting, Value, parts, status_rule};
use crate::fields::{Fields, Reader};
use crate::source::{self, Member, Node, Span};

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its id.
    pub id: Arc<str>,
    /// Where its id stands.
    pub span: Span,
    /// For people.
    pub name: Option<Arc<str>>,
    /// For people.
    pub description: Option<Arc<str>>,
    /// Searchable words.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// Who answers for it.
    pub owner: Option<Arc<str>>,
    /// The tasks of the same group it comes after.
    pub needs: Vec<Need>,
    /// When it runs, given how its needs ended.
    pub rule: TriggerRule,
    /// Where `when` stands, if it does.
    pub rule_span: Option<Span>,
    /// Whether it runs when the rule says so.
    pub condition: Option<Expression>,
    /// What it does; `None` if that could not be read.
    pub work: Option<Work>,
    /// Its environment.
    pub env: Vec<(Arc<str>, Value)>,
    /// What a script reads.
    pub stdin: Option<Value>,
    /// Where it runs.
    pub dir: Option<Value>,
    /// Files that are written for it.
    pub files: Vec<(Arc<str>, Value)>,
    /// The container it runs in.
    pub container: Option<Container>,
    /// The repository it works on.
    pub checkout: Option<Checkout>,
    /// How the output of a script is read.
    pub output: OutputFrom,
    /// What the output is made of.
    pub outputs: Option<Value>,
    /// Files that go from task to task.
    pub artifacts: Artifacts,
    /// Whether it is a group out of which files are brought.
    pub(crate) gives_files: bool,
    /// Assets it reads.
    pub reads: Vec<Value>,
    /// Assets it writes.
    pub writes: Vec<Value>,
    /// Whether nobody may see its output.
    pub sensitive: bool,
    /// Once for each of many things.
    pub fan_out: Option<FanOut>,
    /// Again until something holds.
    pub repeat: Option<Repeat>,
    /// Where it runs and what it shares.
    pub placement: Placement,
    /// How it is tried again.
    pub retry: Option<Retry>,
    /// Limit of one attempt.
    pub timeout: Option<Setting<Duration>>,
    /// Limit of all attempts together.
    pub total_timeout: Option<Setting<Duration>>,
    /// Limit from ready to start.
    pub queue_timeout: Option<Setting<Duration>>,
    /// Longest silence.
    pub heartbeat: Option<Setting<Duration>>,
    /// What is used when all attempts failed.
    pub fallback: Option<Fallback>,
    /// Keeps attempts from what fails all the time.
    pub breaker: Option<Breaker>,
    /// Whether a failure counts as a success.
    pub allow_failure: Option<Allowance>,
    /// Outputs that are used again.
    pub cache: Option<Cache>,
    /// The same for every attempt.
    pub idempotency_key: Option<Value>,
    /// What it waits for in the run before.
    pub past: Past,
    /// How it is undone.
    pub compensate: Option<Action>,
    /// Whether it prepares things for others.
    pub setup: bool,
    /// The tasks whose things it puts away.
    pub teardown: Vec<Need>,
    /// What is told of it.
    pub hooks: Hooks,
    /// Alerts when it is late.
    pub deadlines: Vec<Deadline>,
    /// The needs whose outputs its expressions read without asking whether they exist.
    pub(crate) output_reads: Vec<Need>,
    /// The needs whose outputs its expressions look into.
    pub(crate) output_looks: Vec<Need>,
}

/// Another task by its id.
#[derive(Clone, Debug)]
pub struct Need {
    /// Its id.
    pub id: Arc<str>,
    /// Where the id stands.
    pub span: Span,
}

/// What a task waits for in the run of the tick before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Nothing.
    Free,
    /// The same task.
    Itself,
    /// The same task and those that need it.
    Downstream,
}

/// Whether a failure counts as a success.
pub type Allowance = Setting<bool>;

impl Task {
    /// Returns a task that has nothing of its own, for what is done in the name of `id`.
    pub(crate) fn bare(id: &Arc<str>, span: Span) -> Self {
        Self {
            id: id.clone(),
            span,
            name: None,
            description: None,
            labels: Vec::new(),
            owner: None,
            needs: Vec::new(),
            rule: TriggerRule::default(),
            rule_span: None,
            condition: None,
            work: None,
            env: Vec::new(),
            stdin: None,
            dir: None,
            files: Vec::new(),
            container: None,
            checkout: None,
            output: OutputFrom::default(),
            outputs: None,
            artifacts: Artifacts::default(),
            gives_files: false,
            reads: Vec::new(),
            writes: Vec::new(),
            sensitive: false,
            fan_out: None,
            repeat: None,
            placement: Placement { runs_on: Some(Vec::new()), slots: 1, ..Placement::default() },
            retry: None,
            timeout: None,
            total_timeout: None,
            queue_timeout: None,
            heartbeat: None,
            fallback: None,
            breaker: None,
            allow_failure: None,
            cache: None,
            idempotency_key: None,
            past: Past::Free,
            compensate: None,
            setup: false,
            teardown: Vec::new(),
            hooks: Hooks::default(),
            deadlines: Vec::new(),
            output_reads: Vec::new(),
            output_looks: Vec::new(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a line a field")]
    /// Reads a task of a group whose names are `group`.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        member: &Member,
        group: Names<'_>,
        depth: usize,
    ) -> Option<Self> {
        let node = &member.value;
        let mut fields = reader.fields_like(node, "{run: …}")?;
        let (reads_before, looks_before) = (reader.output_reads.len(), reader.output_looks.len());
        let needs = fields.read(reader, "needs", needs).unwrap_or_default();
        let before = group.needing(Needs::Declared(&needs)).and(Name::Task);
        let has = |name| node.get(name).is_some();
        let matrix = matrix_keys(node);
        let names = before.and_if(has("each"), Name::Item).and_matrix(matrix.as_deref());
        let fan_out = FanOut::read(reader, &mut fields, before, names);
        let (work, steps) = Work::read(reader, node, &mut fields, names, depth).unzip();
        let steps = steps.unwrap_or_default();
        let result = names.and(Name::Result).and_hidden();
        let result = if has("steps") { result.and_steps(&steps) } else { result };
        let rule_span = fields.peek("when").map(|member| member.value.span);
        let rule = fields.read(reader, "when", read_rule);
        let (condition, implied) = condition_of_task(reader, &mut fields, before);
        let timing = |r: &mut Reader<'_>, n: &Node| r.limit_setting(n, names);
        let asks = matches!(work, Some(Work::Approve(_))) && !has("each") && matrix.is_none();
        let at_start = names.and_if(asks, Name::Approval);
        let undo = |r: &mut Reader<'_>, n: &Node| Action::read(r, n, names);
        let texts = |reader: &mut Reader<'_>, fields: &mut Fields<'_>, name| {
            fields.read(reader, name, |r, n| r.text_values(n, names)).unwrap_or_default()
        };
        let mut task = Self {
            id: member.key.clone(),
            span: member.key_span,
            name: fields.read(reader, "name", Reader::prose),
            description: fields.read(reader, "description", Reader::prose),
            labels: fields.read(reader, "labels", Reader::labels).unwrap_or_default(),
            owner: fields.read(reader, "owner", Reader::text),
            rule: rule.or(implied).unwrap_or_default(),
            rule_span,
            condition,
            work,
            env: fields.read(reader, "env", |r, n| r.env(n, names)).unwrap_or_default(),
            stdin: fields.read(reader, "stdin", |r, n| r.value(n, names.and_hidden())),
            dir: fields
                .take_alias(reader, "dir", "working-directory")
                .and_then(|member| reader.text_value(&member.value, names)),
            files: fields.read(reader, "files", |r, n| r.files(n, names)).unwrap_or_default(),
            container: fields.read(reader, "container", |r, n| Container::read(r, n, names)),
            checkout: fields.read(reader, "checkout", |r, n| Checkout::read(r, n, names)),
            output: fields.read(reader, "output", OutputFrom::read).unwrap_or_default(),
            outputs: fields.read(reader, "outputs", |r, n| r.map_or_expression(n, result)),
            gives_files: false,
            artifacts: fields
                .read(reader, "artifacts", |r, n| Artifacts::read(r, n, names))
                .unwrap_or_default(),
            reads: texts(reader, &mut fields, "reads"),
            writes: texts(reader, &mut fields, "writes"),
            sensitive: flag(reader, &mut fields, "sensitive"),
            fan_out,
            repeat: fields.read(reader, "repeat", |r, n| Repeat::read(r, n, names)),
            placement: Placement::read(reader, &mut fields, names),
            retry: fields.read(reader, "retry", Retry::read),
            timeout: timeout(reader, &mut fields, names),
            total_timeout: fields.read(reader, "total_timeout", timing),
            queue_timeout: fields.read(reader, "queue_timeout", timing),
            heartbeat: fields.read(reader, "heartbeat", timing),
            fallback: fields.read(reader, "fallback", |r, n| Fallback::read(r, n, names)),
            breaker: fields.read(reader, "breaker", |r, n| Breaker::read(r, n, names)),
            allow_failure: fields
                .take_alias(reader, "allow_failure", "continue-on-error")
                .and_then(|member| reader.flag(&member.value, names)),
            cache: fields.read(reader, "cache", |r, n| Cache::read(r, n, names)),
            idempotency_key: fields.read(reader, "idempotency_key", |r, n| r.text_value(n, names)),
            past: past(reader, &mut fields),
            compensate: fields.read(reader, "compensate", undo),
            setup: fields.read(reader, "setup", Reader::only_true).unwrap_or(false),
            teardown: fields.read(reader, "teardown", self::needs).unwrap_or_default(),
            hooks: fields
                .read(reader, "hooks", |r, n| Hooks::read_with(r, n, names, at_start))
                .unwrap_or_default(),
            deadlines: fields
                .read(reader, "deadline", |r, n| deadline::read_all(r, n, names))
                .unwrap_or_default(),
            needs: needs.clone(),
            output_reads: reader.output_reads.split_off(reads_before),
            output_looks: reader.output_looks.split_off(looks_before),
        };
        report_outside(reader, &mut fields);
        fields.finish(reader);
        if let (true, Some(Work::Group(inner))) = (task.sensitive, &mut task.work) {
            inner.make_sensitive();
        }
        Some(task)
    }

    /// Lets nobody see its output, nor those of the tasks in it.
    pub(super) fn make_sensitive(&mut self) {
        self.sensitive = true;
        if let Some(Work::Group(inner)) = &mut self.work {
            inner.make_sensitive();
        }
    }

    /// Whether it may be skipped by itself.
    pub(crate) fn may_skip(&self) -> bool {
        let skips = match &self.work {
            Some(Work::Approve(approval)) => approval.on_reject == OnRejection::Skip,
            Some(Work::Wait(wait)) => wait.on_timeout == OnTimeout::Skip,
            _ => false,
        };
        skips || self.condition.is_some()
    }
}

/// Reads `needs` or `teardown`: one id or a list.
fn needs(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Need>> {
    reader.one_or_many(node, |reader, item| Some(Need { id: reader.text(item)?, span: item.span }))
}

/// Reports what stands beside `wait` or `approve` and belongs into it.
fn report_outside(reader: &mut Reader<'_>, fields: &mut Fields<'_>) {
    for (kind, names) in [("wait", wait::FIELDS.as_slice()), ("approve", &approval::FIELDS)] {
        if fields.peek(kind).is_none() {
            continue;
        }
        for name in names {
            if fields.peek(name).is_none() {
                continue;
            }
            let Some(member) = fields.take(name) else { continue };
            let message = format!("there is no field '{name}' here");
            let hint = format!("write it inside '{kind}'");
            reader.report.hint(Code::UnknownField, member.key_span, message, hint);
        }
    }
}

fn flag(reader: &mut Reader<'_>, fields: &mut Fields<'_>, name: &'static str) -> bool {
    fields.read(reader, name, Reader::boolean).unwrap_or(false)
}

fn past(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Past {
    let itself = flag(reader, fields, "depends_on_past");
    let downstream = flag(reader, fields, "wait_for_downstream");
    match (itself, downstream) {
        (_, true) => Past::Downstream,
        (true, false) => Past::Itself,
        (false, false) => Past::Free,
    }
}

/// Reads `timeout`, or GitHub's `timeout-minutes`.
fn timeout(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    names: Names<'_>,
) -> Option<Setting<Duration>> {
    let member = fields.take_alias(reader, "timeout", "timeout-minutes")?;
    if &*member.key == "timeout" {
        return reader.limit_setting(&member.value, names);
    }
    let minutes = reader.number(&member.value, 0.0..=f64::from(u32::MAX))?;
    Some(Setting::Literal(Duration::from_secs_f64(minutes * 60.0)))
}

/// Reads the `if` of a task: an expression, or a rule that others write as a function.
fn condition_of_task(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    names: Names<'_>,
) -> (Option<Expression>, Option<TriggerRule>) {
    let Some(member) = fields.take("if") else { return (None, None) };
    let node = &member.value;
    let whole = match node.as_str().map(parts).as_deref() {
        Some([Part::Expression(text, _) | Part::Literal(text)]) => status_rule(text),
        _ => None,
    };
    match whole {
        Some(rule) => (None, Some(rule)),
        None => (reader.condition(node, names), None),
    }
}

impl Reader<'_> {
    /// Reads `if`: an expression, `false`, or `true`, which is no condition.
    pub(super) fn condition(&mut self, node: &Node, names: Names<'_>) -> Option<Expression> {
        match node.value {
            source::Value::Bool(true) => None,
            source::Value::Bool(false) => never(node.span),
            _ => self.bare(node, names),
        }
    }

    /// Reads `true`, `false` or an expression.
    pub(super) fn flag(&mut self, node: &Node, names: Names<'_>) -> Option<Setting<bool>> {
        match node.value {
            source::Value::Bool(value) => Some(Setting::Literal(value)),
            _ => self.bare(node, names).map(Setting::Expression),
        }
    }
}

/// Returns the expression that never holds.
pub(crate) fn never(span: Span) -> Option<Expression> {
    let program = compasso_jsonata::Program::compile("false").ok()?;
    Some(Expression { text: "false".into(), program, span })
}
