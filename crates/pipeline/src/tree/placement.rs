//! Where a task runs and what it shares with others.

use std::time::Duration;

use super::pipeline::PRIORITY_MAX;
use super::{Machine, Pipeline, Task, Work};
use crate::expression::{Names, Value};
use crate::fields::{Fields, Reader};
use crate::source::{self, Node, Span};
use crate::units::Size;

/// Where a task runs and what it shares with others.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    /// Tags that a worker must have.
    pub runs_on: Option<Vec<Value>>,
    /// A counter that all pipelines share.
    pub pool: Option<Value>,
    /// How much of the pool it takes.
    pub slots: u32,
    /// Where that is said.
    pub slots_span: Option<Span>,
    /// What only one task holds at a time.
    pub mutex: Option<Value>,
    /// How often tasks start.
    pub rate: Option<Rate>,
    /// Higher goes first.
    pub priority: Option<i64>,
    /// What it may use.
    pub resources: Option<Resources>,
}

/// How often tasks start, shared by a name.
#[derive(Clone, Debug)]
pub struct Rate {
    /// So many.
    pub limit: u32,
    /// In so many seconds.
    pub seconds: u32,
    /// The name it is shared by.
    pub key: Option<Value>,
    /// How many may start at once.
    pub burst: Option<u32>,
}

/// What a task may use.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    /// Processors.
    pub cpu: Option<Value>,
    /// Processor time of each process.
    pub cpu_time: Option<Duration>,
    /// Memory.
    pub memory: Option<Size>,
    /// Graphics processors.
    pub gpu: Option<u32>,
    /// Disk.
    pub disk: Option<Size>,
}

const PER: [(&str, u32); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

impl Placement {
    pub(super) fn read(reader: &mut Reader<'_>, fields: &mut Fields<'_>, names: Names<'_>) -> Self {
        let runs_on = fields.take_alias(reader, "runs_on", "runs-on");
        let runs_on = runs_on.and_then(|member| reader.tags(&member.value, names));
        let slots = fields.take("slots").map(|member| &member.value);
        Self {
            runs_on,
            pool: fields.read(reader, "pool", |r, n| r.name_value(n, "pool", names)),
            slots: slots.and_then(|node| reader.positive(node)).unwrap_or(1),
            slots_span: slots.map(Node::mark),
            mutex: fields.read(reader, "mutex", |r, n| r.name_value(n, "mutex", names)),
            rate: fields.read(reader, "rate", |r, n| Rate::read(r, n, names)),
            priority: fields
                .read(reader, "priority", |r, n| r.integer(n, -PRIORITY_MAX..=PRIORITY_MAX)),
            resources: fields.read(reader, "resources", |r, n| Resources::read(r, n, names)),
        }
    }
}

impl Task {
    /// Returns the pool whose slots it takes: groups, and machines that are written out, take none that the
    /// pipeline has for all.
    pub fn pool<'t>(&'t self, pipeline: &'t Pipeline) -> Option<&'t Value> {
        let holds =
            matches!(self.work, Some(Work::Group(_) | Work::Machine(Machine::Inline { .. })));
        let of_all = pipeline.defaults.pool.as_ref().filter(|_| !holds);
        self.placement.pool.as_ref().or(of_all)
    }
}

impl Reader<'_> {
    /// Reads the tags that a worker must have: a list, or one.
    pub(super) fn tags(&mut self, node: &Node, names: Names<'_>) -> Option<Vec<Value>> {
        match node.value {
            source::Value::Text(..) => self.text_value(node, names).map(|tag| vec![tag]),
            _ => self.text_values(node, names),
        }
    }
}

impl Rate {
    fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        if matches!(node.value, source::Value::Text(..) | source::Value::Number(_)) {
            let (limit, seconds) = limit(reader, node)?;
            return Some(Self { limit, seconds, key: None, burst: None });
        }
        let mut fields = reader.fields(node)?;
        let found = fields.require(reader, "limit", limit);
        let key = fields.read(reader, "key", |r, n| r.key_value(n, names));
        let burst = fields.read(reader, "burst", Reader::positive);
        fields.finish(reader);
        let (limit, seconds) = found?;
        Some(Self { limit, seconds, key, burst })
    }
}

/// Reads `100/s`.
fn limit(reader: &mut Reader<'_>, node: &Node) -> Option<(u32, u32)> {
    // A number has no unit.
    let text = reader.written(node, Reader::text)?;
    let parsed = text.split_once('/').and_then(|(limit, unit)| {
        let (_, seconds) = PER.iter().find(|(name, _)| *name == unit)?;
        let limit = limit.parse::<u32>().ok().filter(|limit| *limit > 0)?;
        Some((limit, *seconds))
    });
    parsed.or_else(|| reader.refuse(node, "this is no rate", "write '100/s', '5/m', '1/h', '1/d'"))
}

impl Resources {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let mut fields = reader.fields(node)?;
        let resources = Self {
            cpu: fields.read(reader, "cpu", |r, n| r.value(n, names)),
            cpu_time: fields.read(reader, "cpu_time", Reader::duration),
            memory: fields.read(reader, "memory", Reader::size),
            gpu: fields.read(reader, "gpu", Reader::count),
            disk: fields.read(reader, "disk", Reader::size),
        };
        fields.finish(reader);
        Some(resources)
    }
}
