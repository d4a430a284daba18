//! Rules of alerts: what of the server starts a pipeline that tells of it.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::glob::Glob;

use crate::Code;
use crate::fields::{Fields, Reader};
use crate::source::{Node, Value};

/// Something about the server that somebody is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertTrigger {
    /// What.
    pub rule: AlertRule,
    /// When it is told again as long as it lasts; absent: never.
    pub repeat: Option<Duration>,
    /// Whether its end is told as well.
    pub resolved: bool,
}

/// What somebody is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertRule {
    /// Runs that failed.
    Failures {
        /// So many.
        count: u32,
        /// In a time.
        within: Duration,
        /// Of workflows whose names are like this.
        workflow: Arc<str>,
    },
    /// No run succeeded.
    NoSuccess {
        /// For so long.
        limit: Duration,
        /// Of this workflow.
        workflow: Arc<str>,
    },
    /// A trigger that cannot do its work.
    TriggerUnhealthy {
        /// For so long.
        limit: Duration,
        /// Of pipelines whose names are like this.
        pipeline: Arc<str>,
    },
    /// Workers that are not there.
    WorkerGone {
        /// For so long.
        limit: Duration,
        /// Those whose names are like this.
        name: Arc<str>,
        /// And that have these tags.
        tags: Vec<Arc<str>>,
        /// How many must be there.
        at_least: u32,
    },
    /// Tasks that wait for workers.
    QueueOlderThan {
        /// For longer than this.
        age: Duration,
        /// In queues that ask for these tags.
        tags: Vec<Arc<str>>,
    },
}

type ReadRule = fn(&mut Reader<'_>, &mut Fields<'_>) -> Option<AlertRule>;

const RULES: [(&str, &str, ReadRule); 5] = [
    ("failures", "{count: …, within: …}", failures),
    ("no_success", "{for: …, workflow: …}", no_success),
    ("trigger_unhealthy", "{for: …}", |r, f| Some(trigger_unhealthy(r, f))),
    ("worker_gone", "{name: …}", |r, f| Some(worker_gone(r, f))),
    ("queue_older_than", "{age: …}", queue_older_than),
];
/// How long something lasts before it is told of, if the rule does not say: what only stumbles is back
/// by then, and workers are after a restart.
const LASTS: Duration = Duration::from_secs(60);
const ALL: &str = "*";

impl AlertTrigger {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<Self> {
        let mut found = Vec::new();
        for (name, form, read) in RULES {
            let Some(member) = fields.take(name) else { continue };
            found.push((member, rule(reader, &member.value, form, read)));
        }
        let repeat = fields.read(reader, "repeat", lasting);
        let resolved = fields.read(reader, "resolved", Reader::boolean).unwrap_or(true);
        if found.len() != 1 {
            let span = found.get(1).map_or(fields.span, |(member, _)| member.key_span);
            let message = "an alert has one rule";
            let names: Vec<&str> = RULES.iter().map(|(name, ..)| *name).collect();
            let hint =
                format!("write one of: {}; another one is an entry of its own", names.join(", "));
            reader.report.hint(Code::BadValue, span, message, hint);
            return None;
        }
        let (_, rule) = found.into_iter().next()?;
        Some(Self { rule: rule?, repeat, resolved })
    }
}

/// Reads a rule; a queue may be only an age.
fn rule(reader: &mut Reader<'_>, node: &Node, form: &str, read: ReadRule) -> Option<AlertRule> {
    if form.contains("age") && !matches!(node.value, Value::Map(_)) {
        let age = lasting(reader, node)?;
        return Some(AlertRule::QueueOlderThan { age, tags: Vec::new() });
    }
    let mut fields = reader.fields_like(node, form)?;
    let rule = read(reader, &mut fields);
    fields.finish(reader);
    rule
}

fn failures(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<AlertRule> {
    let count = fields.require(reader, "count", count);
    let within = fields.require(reader, "within", lasting);
    let workflow = fields.read(reader, "workflow", pattern).unwrap_or_else(|| ALL.into());
    Some(AlertRule::Failures { count: count?, within: within?, workflow })
}

fn no_success(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<AlertRule> {
    let limit = fields.require(reader, "for", lasting);
    let workflow = fields.require(reader, "workflow", name);
    Some(AlertRule::NoSuccess { limit: limit?, workflow: workflow? })
}

fn trigger_unhealthy(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> AlertRule {
    let limit = fields.read(reader, "for", Reader::duration).unwrap_or(LASTS);
    let pipeline = fields.read(reader, "pipeline", pattern).unwrap_or_else(|| ALL.into());
    AlertRule::TriggerUnhealthy { limit, pipeline }
}

fn worker_gone(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> AlertRule {
    let limit = fields.read(reader, "for", Reader::duration).unwrap_or(LASTS);
    let name = fields.read(reader, "name", pattern).unwrap_or_else(|| ALL.into());
    let tags = fields.read(reader, "tags", Reader::texts).unwrap_or_default();
    let at_least = fields.read(reader, "at_least", Reader::positive).unwrap_or(1);
    AlertRule::WorkerGone { limit, name, tags, at_least }
}

fn queue_older_than(reader: &mut Reader<'_>, fields: &mut Fields<'_>) -> Option<AlertRule> {
    let age = fields.require(reader, "age", lasting);
    let tags = fields.read(reader, "tags", Reader::texts).unwrap_or_default();
    Some(AlertRule::QueueOlderThan { age: age?, tags })
}

/// Most failures that a rule counts.
const FAILURES_MAX: i64 = 10_000;

fn count(reader: &mut Reader<'_>, node: &Node) -> Option<u32> {
    reader.integer(node, 1..=FAILURES_MAX).map(|count| count as u32)
}

/// Reads a duration that is longer than nothing.
fn lasting(reader: &mut Reader<'_>, node: &Node) -> Option<Duration> {
    let span = reader.duration(node)?;
    if span.is_zero() {
        return reader.refuse(node, "this must be longer than nothing", "write '10m'");
    }
    Some(span)
}

/// Reads the pattern of a name.
fn pattern(reader: &mut Reader<'_>, node: &Node) -> Option<Arc<str>> {
    let text = reader.text(node)?;
    match Glob::parse(&text) {
        Ok(_) => Some(text),
        Err(why) => reader.refuse(node, &why, "write a name, with '*' for any part of it"),
    }
}

/// Reads a name that is no pattern.
fn name(reader: &mut Reader<'_>, node: &Node) -> Option<Arc<str>> {
    let text = reader.text(node)?;
    if text.contains(['*', '?', '[', '{']) {
        let hint = "write one name; another workflow is a rule of its own";
        return reader.refuse(node, "this names one workflow, and no pattern of several", hint);
    }
    Some(text)
}
