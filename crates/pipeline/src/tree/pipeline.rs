//! A pipeline as a whole.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::limits::NAME_CHARS_MAX as LABEL_CHARS_MAX;

use super::{
    Concurrency, Deadline, Defaults, Hooks, Need, Param, Saga, Tasks, TestCase, Triggers, deadline,
};
use crate::Code;
use crate::expression::{Expression, Name, Names, Needs, Value};
use crate::fields::Reader;
use crate::source::{Node, Span};

/// Longest name of a pipeline.
const NAME_CHARS_MAX: usize = 128;
/// Priorities are within this of zero.
pub(super) const PRIORITY_MAX: i64 = 100;

/// A pipeline.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its identity inside a namespace.
    pub name: Arc<str>,
    /// Where its name stands.
    pub span: Span,
    /// For people.
    pub title: Option<Arc<str>>,
    /// For people, in Markdown.
    pub description: Option<Arc<str>>,
    /// Who answers for it.
    pub owner: Option<Arc<str>>,
    /// Searchable words.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// How its runs are kept.
    pub mode: Mode,
    /// What a run is given.
    pub params: Vec<Param>,
    /// Evaluated once when a run starts, in this order.
    pub vars: Vec<(Arc<str>, Value)>,
    /// The environment of every task.
    pub env: Vec<(Arc<str>, Value)>,
    /// What starts it.
    pub triggers: Triggers,
    /// How many runs there may be at once.
    pub concurrency: Concurrency,
    /// What tasks have that do not say otherwise.
    pub defaults: Defaults,
    /// Limit of a run.
    pub timeout: Option<Duration>,
    /// Alerts on late runs.
    pub deadlines: Vec<Deadline>,
    /// After how many failed scheduled runs in a row it pauses itself.
    pub pause_on_failure: Option<u32>,
    /// Added to the priority of each task.
    pub priority: i64,
    /// Whether and when what was done is undone.
    pub saga: Option<Saga>,
    /// When a run has failed.
    pub verdict: Verdict,
    /// What is told of runs.
    pub hooks: Hooks,
    /// What is done.
    pub tasks: Tasks,
    /// The output of a run.
    pub outputs: Option<Value>,
    /// How long what a run leaves is kept.
    pub retention: Retention,
    /// Tests that need no server.
    pub tests: Vec<TestCase>,
    /// The tasks whose outputs its own expressions read without asking whether they exist.
    pub(crate) output_reads: Vec<Need>,
    /// The tasks whose outputs its own expressions look into.
    pub(crate) output_looks: Vec<Need>,
    /// The secrets that it names.
    pub secrets: Vec<Mention>,
    /// Whether an expression may read `instances` of a task.
    pub(crate) reads_instances: bool,
    /// Whether an expression may read `run.previous`.
    pub reads_previous: bool,
}

/// How runs are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Durable.
    #[default]
    Standard,
    /// In memory, five minutes at most.
    Express,
}

impl Mode {
    /// Returns its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Express => "express",
        }
    }
}

/// When a run has failed.
#[derive(Clone, Debug, Default)]
pub enum Verdict {
    /// When a task has failed.
    #[default]
    Any,
    /// When a task has failed that no other one needs.
    Leaves,
    /// When this is not true.
    Expression(Expression),
}

/// How long what a run leaves is kept; otherwise as the server is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The runs themselves.
    pub runs: Option<Duration>,
    /// Their logs.
    pub logs: Option<Duration>,
    /// Their artifacts.
    pub artifacts: Option<Duration>,
}

/// A name of something that is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The name.
    pub name: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// Reads the pipeline that a document is.
pub(crate) fn read(reader: &mut Reader<'_>, root: &Node) -> Option<Pipeline> {
    let mut fields = reader.fields(root)?;
    let name = fields.require(reader, "pipeline", name).unwrap_or_default();
    let span = root.get("pipeline").map_or(root.span, |node| node.span);
    reader.pipeline = name.clone();
    reader.params = keys(root.get("params"));
    reader.secret_params = secret_keys(root.get("params"));
    reader.vars = keys(root.get("vars"));
    let tasks_member = fields.take_alias(reader, "tasks", "jobs");
    let ids: Vec<Arc<str>> = tasks_member
        .map(|member| member.value.members().iter().map(|task| task.key.clone()).collect())
        .unwrap_or_default();
    let everywhere = Names::with(Needs::Absent);
    let after = Names::with(Needs::Every(&ids));
    let params =
        fields.read(reader, "params", |r, n| Param::read_all(r, n, None)).unwrap_or_default();
    let vars = fields.read(reader, "vars", |r, n| r.values(n, everywhere)).unwrap_or_default();
    let env = fields.read(reader, "env", |r, n| r.env(n, everywhere)).unwrap_or_default();
    let defaults = fields.read(reader, "defaults", Defaults::read).unwrap_or_default();
    if let Some(shell) = &defaults.shell {
        reader.shell = shell.clone();
    }
    let concurrency = fields.read(reader, "concurrency", Concurrency::read).unwrap_or_default();
    if tasks_member.is_none() {
        reader.report.add(Code::MissingField, root.mark(), "'tasks' is missing");
    }
    let tasks = tasks_member.and_then(|member| Tasks::read(reader, &member.value));
    let pipeline = Pipeline {
        name,
        span,
        title: fields.read(reader, "title", Reader::prose),
        description: fields.read(reader, "description", Reader::prose),
        owner: fields.read(reader, "owner", Reader::text),
        labels: fields.read(reader, "labels", labels).unwrap_or_default(),
        mode: fields.read(reader, "mode", mode).unwrap_or_default(),
        params,
        vars,
        env,
        triggers: fields.read(reader, "on", Triggers::read).unwrap_or_default(),
        concurrency,
        defaults,
        timeout: fields.read(reader, "timeout", Reader::duration),
        deadlines: fields
            .read(reader, "deadline", |r, n| deadline::read_all(r, n, after))
            .unwrap_or_default(),
        pause_on_failure: fields.read(reader, "pause_on_failure", Reader::positive),
        priority: fields.read(reader, "priority", Reader::priority).unwrap_or_default(),
        saga: fields.read(reader, "saga", Saga::read),
        verdict: fields.read(reader, "result", |r, n| verdict(r, n, after)).unwrap_or_default(),
        hooks: fields
            .read(reader, "hooks", |r, n| Hooks::read(r, n, after.and(Name::Task)))
            .unwrap_or_default(),
        tasks: tasks.unwrap_or_default(),
        outputs: fields.read(reader, "outputs", |r, n| r.map_or_expression(n, after.and_hidden())),
        retention: fields.read(reader, "retention", Retention::read).unwrap_or_default(),
        tests: fields.read(reader, "tests", TestCase::read_all).unwrap_or_default(),
        output_reads: std::mem::take(&mut reader.output_reads),
        output_looks: std::mem::take(&mut reader.output_looks),
        secrets: std::mem::take(&mut reader.secrets),
        reads_instances: std::mem::take(&mut reader.reads_instances),
        reads_previous: std::mem::take(&mut reader.reads_previous),
    };
    fields.finish(reader);
    Some(pipeline)
}

fn keys(node: Option<&Node>) -> std::collections::BTreeSet<Arc<str>> {
    node.iter().flat_map(|node| node.members()).map(|member| member.key.clone()).collect()
}

/// Returns the names of the params that are secret.
fn secret_keys(node: Option<&Node>) -> std::collections::BTreeSet<Arc<str>> {
    let is_secret = |node: &Node| {
        node.get("secret")
            .is_some_and(|secret| secret.to_json() == compasso_types::Json::Bool(true))
    };
    let members = node.iter().flat_map(|node| node.members());
    members.filter(|member| is_secret(&member.value)).map(|member| member.key.clone()).collect()
}

/// Reads the name of a pipeline.
fn name(reader: &mut Reader<'_>, node: &Node) -> Option<Arc<str>> {
    let text = reader.text(node)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let begins = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if text.len() <= NAME_CHARS_MAX && text.starts_with(begins) && text.chars().all(allowed) {
        return Some(text);
    }
    let message = format!(
        "the name of a pipeline is 1 to {NAME_CHARS_MAX} small letters, digits, '.', '_' and '-', \
         and begins with a letter or digit"
    );
    reader.report.add(Code::BadValue, node.span, message);
    None
}

/// Reads labels, by whose names pipelines and runs are searched.
fn labels(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<(Arc<str>, Arc<str>)>> {
    let labels = reader.labels(node)?;
    if reader.report.is_stored() {
        return Some(labels);
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let is_name =
        |name: &str| (1..=LABEL_CHARS_MAX).contains(&name.len()) && name.chars().all(is_allowed);
    for member in node.members().iter().filter(|member| !is_name(&member.key)) {
        let message = format!("'{}' is no name of a label", member.key);
        let hint = format!("use 1 to {LABEL_CHARS_MAX} letters, digits and _ - .");
        reader.report.hint(Code::BadValue, member.key_span, message, hint);
    }
    Some(labels)
}

fn mode(reader: &mut Reader<'_>, node: &Node) -> Option<Mode> {
    reader.word(node, &[Mode::Standard, Mode::Express].map(|mode| (mode.name(), mode)))
}

fn verdict(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Verdict> {
    match node.as_str() {
        Some("any") => Some(Verdict::Any),
        Some("leaves") => Some(Verdict::Leaves),
        _ => reader.bare(node, names).map(Verdict::Expression),
    }
}

impl Retention {
    fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let mut fields = reader.fields_like(node, "{runs: …}")?;
        let retention = Self {
            runs: fields.read(reader, "runs", Reader::duration),
            logs: fields.read(reader, "logs", Reader::duration),
            artifacts: fields.read(reader, "artifacts", Reader::duration),
        };
        fields.finish(reader);
        Some(retention)
    }
}

impl Reader<'_> {
    /// Reads a priority.
    pub(super) fn priority(&mut self, node: &Node) -> Option<i64> {
        self.integer(node, -PRIORITY_MAX..=PRIORITY_MAX)
    }
}
