//! Breakers, fallbacks and caches.

use std::sync::Arc;
use std::time::Duration;

use super::Action;
use crate::Code;
use crate::expression::{Names, Value};
use crate::fields::Reader;
use crate::source::{self, Node};

/// `breaker`: keeps attempts from what fails all the time.
#[derive(Clone, Debug)]
pub struct Breaker {
    /// The name it is shared by.
    pub name: Value,
    /// When it opens.
    pub trip: Trip,
    /// The time that is looked at.
    pub window: Duration,
    /// How long it stays open.
    pub open_for: Duration,
    /// Attempts that are let through then.
    pub half_open: u32,
    /// The errors that count; all if there are none.
    pub on: Vec<Arc<str>>,
}

/// When a breaker opens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trip {
    /// After so many failures.
    Failures(u32),
    /// When such a part of so many calls has failed.
    Rate {
        /// From 0 to 1.
        rate: f64,
        /// The calls it takes to judge.
        min_calls: u32,
    },
}

const FAILURES: u32 = 5;
const MIN_CALLS: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);
const OPEN_FOR: Duration = Duration::from_secs(30);

impl Breaker {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let mut fields = reader.fields_like(node, "{name: …}")?;
        let name = fields.require(reader, "name", |r, n| r.text_value(n, names));
        let failures = fields.read(reader, "failures", Reader::positive);
        let rate = fields.read(reader, "rate", share);
        let min_calls = fields.read(reader, "min_calls", Reader::positive);
        let window = fields.read(reader, "window", Reader::duration).unwrap_or(WINDOW);
        let open_for = fields.read(reader, "open_for", Reader::duration).unwrap_or(OPEN_FOR);
        let half_open = fields.read(reader, "half_open", Reader::positive).unwrap_or(1);
        let on = fields.read(reader, "on", Reader::texts).unwrap_or_default();
        fields.finish(reader);
        let trip = match (failures, rate) {
            (Some(_), Some(_)) => {
                let message = "a breaker opens after 'failures' or at a 'rate', not at both";
                reader.report.add(Code::BadValue, node.mark(), message);
                return None;
            }
            (_, Some(rate)) => Trip::Rate { rate, min_calls: min_calls.unwrap_or(MIN_CALLS) },
            (failures, None) => Trip::Failures(failures.unwrap_or(FAILURES)),
        };
        Some(Self { name: name?, trip, window, open_for, half_open, on })
    }
}

/// Reads a part of 1, which may be a text in percent.
fn share(reader: &mut Reader<'_>, node: &Node) -> Option<f64> {
    let Some(text) = node.as_str() else { return reader.number(node, 0.0..=1.0) };
    let percent = text.strip_suffix('%').and_then(|digits| digits.trim().parse::<f64>().ok());
    let share = percent.filter(|percent| (0.0..=100.0).contains(percent)).map(|it| it / 100.0);
    share.or_else(|| reader.refuse(node, "this is no share of calls", "write 0.5 or '50%'"))
}

/// `fallback`: what is used when all attempts failed.
#[derive(Clone, Debug)]
pub enum Fallback {
    /// An output.
    Output(Value),
    /// What an action gives.
    Action(Box<Action>),
}

impl Fallback {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        if matches!(node.value, source::Value::Number(_) | source::Value::Bool(_)) {
            let hint = format!("write {{output: {}}}", reader.report.written(node.span));
            let message = format!("this must be a map, and is {}", node.kind());
            return reader.refuse(node, &message, &hint);
        }
        let is_action =
            ["run", "uses", "pipeline", "machine"].iter().any(|name| node.get(name).is_some());
        if is_action || node.get("output").is_none() {
            return Action::read(reader, node, names).map(Box::new).map(Self::Action);
        }
        let mut fields = reader.fields(node)?;
        let output = fields.require(reader, "output", |r, n| r.value(n, names));
        fields.finish(reader);
        output.map(Self::Output)
    }
}

/// `cache`: outputs that are used again.
#[derive(Clone, Debug)]
pub struct Cache {
    /// What an output belongs to, beside the pipeline and the task.
    pub key: Value,
    /// How long it is used.
    pub ttl: Option<Duration>,
}

impl Cache {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node, names: Names<'_>) -> Option<Self> {
        let mut fields = reader.fields_like(node, "{key: …}")?;
        let key = fields.require(reader, "key", |r, n| r.key_value(n, names));
        let ttl = fields.read(reader, "ttl", Reader::duration);
        fields.finish(reader);
        Some(Self { key: key?, ttl })
    }
}
