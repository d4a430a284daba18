//! What starts a pipeline.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{
    AlertTrigger, AssetTrigger, EventTrigger, FileTrigger, GitTrigger, ObjectTrigger,
    PipelineTrigger, QueueTrigger, ScheduleTrigger, SqlTrigger, WebhookTrigger,
};
use crate::expression::{Expression, Names, Needs, Value};
use crate::fields::{Fields, Reader};
use crate::source::{self, Node, Span};
use crate::{Code, near};

/// Most events of one run.
const EVENTS_MAX: u32 = 1_000;

/// What starts a pipeline.
#[derive(Clone, Debug)]
pub struct Triggers {
    /// Whether people may start it.
    pub manual: bool,
    /// Its triggers, in the order of the file.
    pub list: Vec<Trigger>,
}

impl Default for Triggers {
    fn default() -> Self {
        Self { manual: true, list: Vec::new() }
    }
}

/// A trigger.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its identity: what it has seen is kept under it.
    pub id: Arc<str>,
    /// Where it stands.
    pub span: Span,
    /// What it waits for.
    pub kind: TriggerKind,
    /// Whether it is on.
    pub enabled: bool,
    /// What must hold of an event.
    pub condition: Option<Expression>,
    /// The params of the run.
    pub params: Vec<(Arc<str>, Value)>,
    /// The members of its events that secret params are given: paths below `trigger`.
    pub secret_members: Vec<Vec<Arc<str>>>,
    /// What makes two events the same.
    pub key: Option<Expression>,
    /// Starts when nothing happened for so long.
    pub debounce: Option<Duration>,
    /// One run for many events.
    pub batch: Option<Batch>,
    /// Whether events are kept while the pipeline is paused.
    pub holds_when_paused: bool,
    /// Most events that wait.
    pub max_pending: Option<u32>,
    /// How long one look outside may take.
    pub poll_timeout: Option<Duration>,
}

/// One run for many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Most events.
    pub max: Option<u32>,
    /// How long it waits for more.
    pub wait: Option<Duration>,
}

/// What a trigger waits for.
#[derive(Clone, Debug)]
pub enum TriggerKind {
    /// Times.
    Schedule(Box<ScheduleTrigger>),
    /// Requests.
    Webhook(Box<WebhookTrigger>),
    /// Messages.
    Queue(QueueTrigger),
    /// Files.
    File(FileTrigger),
    /// Objects in a store.
    Object(ObjectTrigger),
    /// Updates of assets.
    Asset(AssetTrigger),
    /// Runs of another pipeline.
    Pipeline(PipelineTrigger),
    /// Events.
    Event(EventTrigger),
    /// Rows.
    Sql(SqlTrigger),
    /// Changes of a repository.
    Git(GitTrigger),
    /// Something about the server.
    Alert(AlertTrigger),
}

type ReadKind = fn(&mut Reader<'_>, &mut Fields<'_>, Names<'_>) -> Option<TriggerKind>;

const KINDS: [(&str, ReadKind); 11] = [
    ("schedule", |r, f, _| ScheduleTrigger::read(r, f).map(Box::new).map(TriggerKind::Schedule)),
    ("webhook", |r, f, n| WebhookTrigger::read(r, f, n).map(Box::new).map(TriggerKind::Webhook)),
    ("queue", |r, f, n| QueueTrigger::read(r, f, n).map(TriggerKind::Queue)),
    ("file", |r, f, _| FileTrigger::read(r, f).map(TriggerKind::File)),
    ("object", |r, f, _| ObjectTrigger::read(r, f).map(TriggerKind::Object)),
    ("asset", |r, f, _| AssetTrigger::read(r, f).map(TriggerKind::Asset)),
    ("pipeline", |r, f, _| PipelineTrigger::read(r, f).map(TriggerKind::Pipeline)),
    ("event", |r, f, _| Some(TriggerKind::Event(EventTrigger::read(r, f)))),
    ("sql", |r, f, _| SqlTrigger::read(r, f).map(TriggerKind::Sql)),
    ("git", |r, f, n| Some(TriggerKind::Git(GitTrigger::read(r, f, n)))),
    ("alert", |r, f, _| AlertTrigger::read(r, f).map(TriggerKind::Alert)),
];

impl Triggers {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let kinds = KINDS.map(|(name, _)| name);
        if let Some(hint) = near::triggers(&reader.report, node, &kinds) {
            let message = format!("this must be a map, and is {}", node.kind());
            return reader.refuse(node, &message, &hint);
        }
        let mut fields = reader.fields(node)?;
        let manual = fields.read(reader, "manual", manual).unwrap_or(true);
        let mut list = Vec::new();
        for (name, kind) in KINDS {
            let Some(member) = fields.take(name) else { continue };
            let entries = match &member.value.value {
                source::Value::List(items) => items.as_slice(),
                _ => std::slice::from_ref(&member.value),
            };
            for (entry, number) in entries.iter().zip(1..) {
                let id = if number == 1 { name.to_owned() } else { format!("{name}_{number}") };
                list.extend(Trigger::read(reader, entry, id.into(), (name, kind)));
            }
        }
        fields.finish(reader);
        check_ids(reader, &list);
        Some(Self { manual, list })
    }
}

/// Reads `manual`: a boolean, or a map that means `true`.
fn manual(reader: &mut Reader<'_>, node: &Node) -> Option<bool> {
    match node.value {
        source::Value::Map(_) => Some(true),
        _ => reader.boolean(node),
    }
}

fn check_ids(reader: &mut Reader<'_>, list: &[Trigger]) {
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    for trigger in list {
        if known.insert(&trigger.id, trigger.span).is_some() {
            let message = format!("another trigger has the id '{}'", trigger.id);
            let hint = "give each an 'id' of its own: what a trigger has seen is kept under it";
            reader.report.hint(Code::DuplicateTrigger, trigger.span, message, hint);
        }
    }
}

impl Trigger {
    fn read(
        reader: &mut Reader<'_>,
        node: &Node,
        default_id: Arc<str>,
        (kind_name, kind): (&str, ReadKind),
    ) -> Option<Self> {
        let names = Names::with(Needs::Absent);
        let mut fields = match kind_name {
            "schedule" => reader.fields_like(node, "{cron: …}"),
            "webhook" | "file" => reader.fields_like(node, "{path: …}"),
            "object" => reader.fields_like(node, "{url: …}"),
            "asset" => reader.fields_like(node, "{any: […]}"),
            "pipeline" => reader.fields_like(node, "{name: …}"),
            "event" => reader.fields_like(node, "{type: …}"),
            "git" => reader.fields_like(node, "{provider: …}"),
            "alert" => reader.fields_like(node, "{failures: {count: …, within: …}}"),
            _ => reader.fields(node),
        }?;
        let id_member = fields.peek("id");
        let id = fields.read(reader, "id", Reader::id);
        let enabled = fields.read(reader, "enabled", Reader::boolean).unwrap_or(true);
        let condition = fields.read(reader, "if", |r, n| r.condition(n, names));
        let params =
            fields.read(reader, "params", |r, n| trigger_params(r, n, names)).unwrap_or_default();
        let key = fields.read(reader, "key", |r, n| r.bare(n, names));
        let debounce = fields.read(reader, "debounce", Reader::duration);
        let batch = fields.read(reader, "batch", Batch::read);
        let holds = [("drop", false), ("hold", true)];
        let holds_when_paused =
            fields.read(reader, "when_paused", |r, n| r.word(n, &holds)).unwrap_or(false);
        let max_pending = fields.read(reader, "max_pending", Reader::count);
        let polls = matches!(kind_name, "file" | "object" | "sql");
        let poll_timeout =
            polls.then(|| fields.read(reader, "poll_timeout", Reader::duration)).flatten();
        let kind = kind(reader, &mut fields, names);
        fields.finish(reader);
        Some(Self {
            id: id.unwrap_or(default_id),
            span: id_member.map_or(node.mark(), |member| member.value.span),
            kind: kind?,
            enabled,
            condition,
            secret_members: secret_members(reader, &params),
            params,
            key,
            debounce,
            batch,
            holds_when_paused,
            max_pending,
            poll_timeout,
        })
    }
}

/// Reads the params that a trigger gives a run; the pipeline must have them.
fn trigger_params(
    reader: &mut Reader<'_>,
    node: &Node,
    names: Names<'_>,
) -> Option<Vec<(Arc<str>, Value)>> {
    for member in reader.members(node)? {
        if !reader.params.contains(&member.key) {
            let params = reader.params.clone();
            let hint = reader.report.nearest(&member.key, params.iter().map(|name| &**name));
            let message = format!("the pipeline has no param '{}'", member.key);
            reader.report.hinted(Code::UnknownName, member.key_span, message, hint);
        }
    }
    reader.values(node, names.and_kept_secrets())
}

/// Returns the members of events that secret params are given.
fn secret_members(reader: &Reader<'_>, params: &[(Arc<str>, Value)]) -> Vec<Vec<Arc<str>>> {
    let secret = params.iter().filter(|(name, _)| reader.secret_params.contains(name));
    secret.filter_map(|(_, value)| event_member(value)).collect()
}

/// Returns the path of the member of an event that a value is and nothing else: `trigger.body.token`.
pub(crate) fn event_member(value: &Value) -> Option<Vec<Arc<str>>> {
    let Value::Expression(expression) = value else { return None };
    let places = expression.program.document_places()?;
    let [place] = places.as_slice() else { return None };
    let names: Vec<Arc<str>> = place.names.iter().map(|(name, _)| name.clone()).collect();
    let is_all = names.join(".") == expression.text.replace(['`', ' '], "");
    match names.split_first() {
        Some((first, rest)) if **first == *"trigger" && !rest.is_empty() && is_all => {
            Some(rest.to_vec())
        }
        _ => None,
    }
}

impl Batch {
    fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let mut fields = reader.fields(node)?;
        let batch = Self {
            max: fields.read(reader, "max", events),
            wait: fields.read(reader, "wait", Reader::duration),
        };
        fields.finish(reader);
        Some(batch)
    }
}

fn events(reader: &mut Reader<'_>, node: &Node) -> Option<u32> {
    let max = if reader.report.is_stored() { u32::MAX } else { EVENTS_MAX };
    reader.integer(node, 1..=i64::from(max)).map(|events| events as u32)
}
