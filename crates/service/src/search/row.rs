//! Executions as queries see them.

use std::sync::Arc;

use compasso_query::{Duration, Field, Found, Kind, Row, Schema};
use compasso_scheduler::Queued;
use compasso_store::{AttributeValue, ExecutionHeader, Status};
use compasso_types::{Json, Number, Timestamp};

use super::waiting::{self, Waiting};
use crate::executions::machine_of;
use crate::pipelines::QUEUED;

/// Begins the names of what is indexed of inputs.
pub(super) const ATTRIBUTES: &str = "input.";
/// Begins the names of the labels of pipelines, and those of the attributes that runs have of them.
pub(crate) const LABELS: &str = "labels.";

/// The error that an execution closed with.
pub(super) const ERROR: &str = "error";

/// What can be asked about executions.
pub(super) const FIELDS: Schema = Schema {
    fields: &[
        Field { name: "status", kind: Kind::Word(STATUSES) },
        Field { name: "workflow", kind: Kind::Text },
        Field { name: "name", kind: Kind::Text },
        Field { name: "version", kind: Kind::Text },
        Field { name: "alias", kind: Kind::Text },
        Field { name: "started", kind: Kind::Time },
        Field { name: "stopped", kind: Kind::Time },
        Field { name: "duration", kind: Kind::Duration },
        Field { name: "redrives", kind: Kind::Number },
        Field { name: ERROR, kind: Kind::Text },
        Field { name: waiting::FIELD, kind: Kind::Word(waiting::WORDS) },
    ],
    begun: &[
        Field { name: ATTRIBUTES, kind: Kind::Attribute },
        Field { name: LABELS, kind: Kind::Text },
    ],
};

const STATUSES: &[&str] =
    &["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "QUARANTINED", QUEUED];

/// Returns the word of a status; that an execution was set aside can be asked for.
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Running => "RUNNING",
        Status::Succeeded => "SUCCEEDED",
        Status::Failed => "FAILED",
        Status::TimedOut => "TIMED_OUT",
        Status::Aborted => "ABORTED",
        Status::Quarantined => "QUARANTINED",
    }
}

/// An execution, and the present instant, up to which an open one counts.
pub(super) struct ExecutionRow<'a> {
    pub(super) header: &'a ExecutionHeader,
    pub(super) now: Timestamp,
    pub(super) waiting: &'a Waiting,
    /// The error that it closed with, if that is asked for.
    pub(super) error: Option<Arc<str>>,
}

impl Row for ExecutionRow<'_> {
    fn value(&self, field: &str) -> Option<Found<'_>> {
        let header = self.header;
        Some(match field {
            "status" => Found::Text(status_word(header.status)),
            "workflow" => Found::Text(last_part(machine_of(&header.workflow))),
            "name" => Found::Text(last_part(&header.key.0)),
            "version" => Found::Text(last_part(header.version.as_deref()?)),
            "alias" => Found::Text(last_part(header.alias.as_deref()?)),
            "started" => Found::Time(header.started),
            "stopped" => Found::Time(header.stopped?),
            "duration" => {
                let passed = header.stopped.unwrap_or(self.now).since(header.started);
                Found::Duration(Duration { ms: u64::try_from(passed.as_millis()).ok()? })
            }
            "redrives" => {
                let count = header.redriven.map_or(0, |redriven| redriven.count);
                Found::Number(Number::Int(count.into()))
            }
            ERROR => Found::Text(self.error.as_deref()?),
            waiting::FIELD => Found::Words(self.waiting.of(header)?),
            _ => match header.attributes.get(attribute(field)?)? {
                AttributeValue::Text(text) => Found::Text(text),
                AttributeValue::Number(number) => Found::Number(Number::Float(*number)),
                AttributeValue::Bool(value) => Found::Bool(*value),
            },
        })
    }
}

/// Returns the name of the attribute that a field is.
pub(super) fn attribute(field: &str) -> Option<&str> {
    field.strip_prefix(ATTRIBUTES).or_else(|| field.starts_with(LABELS).then_some(field))
}

/// A run that waits for a place, which began to wait then.
pub(super) struct QueuedRow<'a> {
    pub(super) labels: &'a Json,
    pub(super) queued: &'a Queued,
    pub(super) now: Timestamp,
}

impl Row for QueuedRow<'_> {
    fn value(&self, field: &str) -> Option<Found<'_>> {
        let Queued { run, pipeline, since } = self.queued;
        Some(match field {
            "status" => Found::Text(QUEUED),
            "workflow" => Found::Text(last_part(pipeline)),
            "name" => Found::Text(last_part(run)),
            "started" => Found::Time(*since),
            "duration" => {
                let ms = u64::try_from(self.now.since(*since).as_millis()).ok()?;
                Found::Duration(Duration { ms })
            }
            "redrives" => Found::Number(Number::Int(0)),
            _ => Found::Text(self.labels.get(field.strip_prefix(LABELS)?)?.as_str()?),
        })
    }
}

/// Returns what follows the last colon of an ARN.
fn last_part(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or_default()
}
