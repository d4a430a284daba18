//! How a task is tried again.

use std::sync::Arc;
use std::time::Duration;

use crate::fields::Reader;
use crate::source::{Node, Value};

/// `retry`.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Attempts after the first one.
    pub max: u32,
    /// The first wait.
    pub delay: Duration,
    /// How much longer each wait is.
    pub backoff: f64,
    /// The longest wait.
    pub max_delay: Duration,
    /// What of the wait is drawn.
    pub jitter: Jitter,
    /// Only these errors; all if there are none.
    pub on: Vec<Arc<str>>,
    /// Not these errors.
    pub except: Vec<Arc<str>>,
    /// No attempt begins later than this after the first one.
    pub window: Option<Duration>,
    /// More attempts when a worker is lost.
    pub lost: u32,
}

/// What of a wait is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// All of it.
    Full,
    /// Nothing.
    None,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max: 0,
            delay: Duration::from_secs(10),
            backoff: 2.0,
            max_delay: Duration::from_secs(3_600),
            jitter: Jitter::Full,
            on: Vec::new(),
            except: Vec::new(),
            window: None,
            lost: 3,
        }
    }
}

impl Retry {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let plain = Self::default();
        if matches!(node.value, Value::Number(_)) {
            return Some(Self { max: reader.count(node)?, ..plain });
        }
        if matches!(node.value, Value::Bool(_)) {
            let hint = "write how often it is tried again, such as 3";
            return reader.refuse(node, "this must be a number or a map, and is a boolean", hint);
        }
        let mut fields = reader.fields_like(node, "{max: 3, delay: …}")?;
        let jitters = [("full", Jitter::Full), ("none", Jitter::None)];
        let factor = |r: &mut Reader<'_>, n: &Node| r.number(n, 1.0..=f64::MAX);
        let retry = Self {
            max: fields.read(reader, "max", Reader::count).unwrap_or(plain.max),
            delay: fields.read(reader, "delay", Reader::duration).unwrap_or(plain.delay),
            backoff: fields.read(reader, "backoff", factor).unwrap_or(plain.backoff),
            max_delay: fields
                .read(reader, "max_delay", Reader::duration)
                .unwrap_or(plain.max_delay),
            jitter: fields
                .read(reader, "jitter", |r, n| r.word(n, &jitters))
                .unwrap_or(plain.jitter),
            on: fields.read(reader, "on", Reader::texts).unwrap_or_default(),
            except: fields.read(reader, "except", Reader::texts).unwrap_or_default(),
            window: fields.read(reader, "window", Reader::duration),
            lost: fields.read(reader, "lost", Reader::count).unwrap_or(plain.lost),
        };
        fields.finish(reader);
        Some(retry)
    }
}
