//! How many runs there may be at once.

use compasso_schedule::Overlap;

use super::schedule::OVERLAPS;
use crate::expression::{Names, Needs, Value};
use crate::fields::Reader;
use crate::source::{self, Node};

/// Runs at once, unless a pipeline says otherwise.
const RUNS_MAX: u32 = 16;
/// Runs that may wait, unless a pipeline says otherwise.
const BUFFER_MAX: u32 = 1_000;

/// `concurrency`.
#[derive(Clone, Debug)]
pub struct Concurrency {
    /// Most active runs.
    pub max_runs: u32,
    /// Counts runs for each value of it, across pipelines.
    pub group: Option<Value>,
    /// What a start does that would be one too many.
    pub overlap: Overlap,
    /// Most runs that wait.
    pub buffer: u32,
    /// Most tasks of a run that run at once.
    pub max_tasks: Option<u32>,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            max_runs: RUNS_MAX,
            group: None,
            overlap: Overlap::BufferAll,
            buffer: BUFFER_MAX,
            max_tasks: None,
        }
    }
}

impl Concurrency {
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        if matches!(node.value, source::Value::Number(_)) {
            let max_runs = reader.positive(node)?;
            return Some(Self { max_runs, ..Self::default() });
        }
        let names = Names::with(Needs::Absent);
        let plain = Self::default();
        let mut fields = reader.fields(node)?;
        let concurrency = Self {
            max_runs: fields.read(reader, "max_runs", Reader::positive).unwrap_or(plain.max_runs),
            group: fields.read(reader, "group", |r, n| r.text_value(n, names)),
            overlap: fields
                .read(reader, "overlap", |r, n| r.word(n, &OVERLAPS))
                .unwrap_or(plain.overlap),
            buffer: fields.read(reader, "buffer", Reader::positive).unwrap_or(plain.buffer),
            max_tasks: fields.read(reader, "max_tasks", Reader::positive),
        };
        fields.finish(reader);
        Some(concurrency)
    }
}
