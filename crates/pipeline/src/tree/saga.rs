//! Undoing what a run has done.

use crate::fields::Reader;
use crate::source::{Node, Value};

/// `saga`: when and how compensations run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saga {
    /// After which ends of the run.
    pub on: Vec<SagaOn>,
    /// In which order.
    pub order: SagaOrder,
    /// Whether the rest runs when one fails for good.
    pub goes_on: bool,
}

/// An end of a run after which compensations run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SagaOn {
    /// It has failed.
    Failure,
    /// It was cancelled.
    Cancel,
    /// It took too long.
    Timeout,
}

/// In which order compensations run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SagaOrder {
    /// One after another, the last task to succeed first.
    Reverse,
    /// Side by side, as far as the needs allow when they are turned round.
    Parallel,
}

const ONS: [(&str, SagaOn); 3] =
    [("failure", SagaOn::Failure), ("cancel", SagaOn::Cancel), ("timeout", SagaOn::Timeout)];

impl Saga {
    /// Reads `saga`; `false` is none.
    pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Option<Self> {
        let all = ONS.map(|(_, on)| on).to_vec();
        let plain = Self { on: all, order: SagaOrder::Reverse, goes_on: true };
        if let Value::Bool(is_on) = node.value {
            return is_on.then_some(plain);
        }
        let mut fields = reader.fields(node)?;
        let on = fields.read(reader, "on", |r, n| r.list(n, |r, item| r.word(item, &ONS)));
        let orders = [("reverse", SagaOrder::Reverse), ("parallel", SagaOrder::Parallel)];
        let order = fields.read(reader, "order", |r, n| r.word(n, &orders));
        let on_error = [("continue", true), ("stop", false)];
        let goes_on = fields.read(reader, "on_error", |r, n| r.word(n, &on_error));
        fields.finish(reader);
        Some(Self {
            on: on.unwrap_or(plain.on),
            order: order.unwrap_or(plain.order),
            goes_on: goes_on.unwrap_or(plain.goes_on),
        })
    }
}
