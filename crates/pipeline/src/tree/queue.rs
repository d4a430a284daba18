//! Messages that start a pipeline.

use std::sync::Arc;

use crate::expression::{Names, Value};
use crate::fields::{Fields, Reader};

/// Messages of a queue.
#[derive(Clone, Debug)]
pub struct QueueTrigger {
    /// The kind of queue.
    pub system: &'static str,
    /// `connection` and what the kind names its queues by.
    pub settings: Vec<(Arc<str>, Value)>,
    /// When a message is done with.
    pub acknowledge: Acknowledge,
    /// Where messages go that nobody can use.
    pub dead_letter: Option<Arc<str>>,
    /// Most messages under way.
    pub max_in_flight: Option<u32>,
}

/// When a message is done with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledge {
    /// When its run is stored.
    #[default]
    OnStart,
    /// When its run has succeeded.
    OnSuccess,
}

const SYSTEMS: [&str; 7] = ["kafka", "nats", "rabbitmq", "sqs", "redis", "mqtt", "pubsub"];

impl QueueTrigger {
    pub(super) fn read(
        reader: &mut Reader<'_>,
        fields: &mut Fields<'_>,
        names: Names<'_>,
    ) -> Option<Self> {
        let words = [("on_start", Acknowledge::OnStart), ("on_success", Acknowledge::OnSuccess)];
        let mut found = Vec::new();
        for system in SYSTEMS {
            let Some(member) = fields.take(system) else { continue };
            let settings = reader.values(&member.value, names);
            found.push((system, member, settings.unwrap_or_default()));
        }
        let acknowledge = fields.read(reader, "ack", |r, n| r.word(n, &words));
        let dead_letter = fields.read(reader, "dead_letter", Reader::text);
        let max_in_flight = fields.read(reader, "max_in_flight", Reader::positive);
        if found.len() != 1 {
            let span = found.get(1).map_or(fields.span, |(_, member, _)| member.key_span);
            let message = "messages come from one kind of queue";
            let hint = format!("write one of: {}", SYSTEMS.join(", "));
            reader.report.hint(crate::Code::BadValue, span, message, hint);
        }
        let (system, _, settings) = found.into_iter().next()?;
        Some(Self {
            system,
            settings,
            acknowledge: acknowledge.unwrap_or_default(),
            dead_letter,
            max_in_flight,
        })
    }
}
