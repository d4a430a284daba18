//! One span.

use std::sync::Arc;

use compasso_engine::{Event, EventKind};
use compasso_runtime::{News, Trace};
use compasso_types::{Timestamp, hex};
use serde_json::{Value, json};

use crate::outlet::Parcel;

/// The number of what happens inside of a program, in OTLP.
const INTERNAL: u8 = 1;
/// The number of calls to others.
const CLIENT: u8 = 3;
/// The status of what failed.
const ERROR: u8 = 2;
/// Characters of causes that are sent.
const CAUSE_CHARS_MAX: usize = 1_000;

/// What ended, and when.
pub(super) struct Span {
    pub(super) trace: Trace,
    pub(super) name: Arc<str>,
    pub(super) is_call: bool,
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) attributes: Vec<(&'static str, Arc<str>)>,
    /// What it failed with, if it did.
    pub(super) failure: Option<String>,
}

impl Span {
    /// Returns the span of an execution that ends.
    pub(super) fn of_execution(news: &News, trace: &Trace, end: &Event) -> Self {
        let start = &news.record.start;
        let redriven = news.redrive.as_ref().map(|redrive| redrive.at);
        Self {
            trace: trace.clone(),
            name: start.workflow_name.clone(),
            is_call: false,
            began: redriven.unwrap_or(news.started),
            ended: end.at,
            attributes: vec![
                ("compasso.execution", start.id.clone()),
                ("compasso.workflow", start.workflow.clone()),
            ],
            failure: failure(&end.kind),
        }
    }

    /// Writes it as OTLP has it.
    pub(super) fn json(&self) -> Value {
        let attribute = |(key, value): &(&str, Arc<str>)| json!({"key": key, "value": {"stringValue": &**value}});
        let mut span = json!({
            "traceId": hex(&self.trace.id),
            "spanId": hex(&self.trace.span),
            "name": &*self.name,
            "kind": if self.is_call { CLIENT } else { INTERNAL },
            "startTimeUnixNano": nanoseconds(self.began),
            "endTimeUnixNano": nanoseconds(self.ended),
            "attributes": self.attributes.iter().map(attribute).collect::<Vec<_>>(),
        });
        if let Some(parent) = &self.trace.parent {
            span["parentSpanId"] = hex(parent).into();
        }
        if let Some(failure) = &self.failure {
            span["status"] = json!({"code": ERROR, "message": failure});
        }
        span
    }
}

impl Parcel for Span {
    fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|(key, value)| key.len() + value.len() + 64);
        512 + self.name.len()
            + attributes.sum::<usize>()
            + self.failure.as_ref().map_or(0, String::len)
    }
}

/// Returns what something failed with, as its last event says.
pub(super) fn failure(end: &EventKind) -> Option<String> {
    let (error, cause) = match end {
        EventKind::TaskFailed { error, cause, .. }
        | EventKind::TaskTimedOut { error, cause, .. }
        | EventKind::ExecutionFailed { error, cause }
        | EventKind::ExecutionAborted { error, cause, .. } => (error.as_deref(), cause.as_deref()),
        EventKind::ExecutionTimedOut { .. } => (Some("States.Timeout"), None),
        _ => return None,
    };
    let cause: String = cause.unwrap_or_default().chars().take(CAUSE_CHARS_MAX).collect();
    let error = error.unwrap_or("failed");
    Some(if cause.is_empty() { error.to_owned() } else { format!("{error}: {cause}") })
}

fn nanoseconds(at: Timestamp) -> String {
    // Digits beyond milliseconds; numbers of 64 bits are texts in OTLP's JSON.
    format!("{}000000", at.0)
}
