//! What the runtime stores beside events and images, as JSON. Every record carries its format.

use std::sync::Arc;

use bytes::Bytes;
use compasso_engine::{Closed, NotRedrivable, RULES, RedriveRecord, Start};
use compasso_store::{Execution as Row, ExecutionHeader, ReadError, Redriven, Status};
use compasso_types::{Arn, Payload, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The format of every record written here.
const FORMAT: u32 = 1;

/// Names one revision of a definition; opaque to the runtime.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefinitionRef(pub Arc<str>);

/// Stands before the name of a Map state in a [`DefinitionRef`].
const CHILDREN_OF: &str = "#children of ";

impl DefinitionRef {
    /// Names what the children of the distributed Map state `map` run, which is a part of this
    /// definition or of the one that this is a part of.
    pub fn of_children(&self, map: &str) -> Self {
        let whole = self.map_of_children().map_or(&*self.0, |(whole, _)| whole);
        Self(format!("{whole}{CHILDREN_OF}{map}").into())
    }

    /// Returns the whole definition and the Map state whose children run this, if it is such a part.
    pub fn map_of_children(&self) -> Option<(&str, &str)> {
        self.0.split_once(CHILDREN_OF)
    }
}

/// What never changes after the start of an execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartRecord {
    /// What the engine starts with, input included.
    pub start: Arc<Start>,
    /// The definition it runs, for its whole life.
    pub definition: DefinitionRef,
    /// The caller's trace header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<Arc<str>>,
    /// The token of the task of a parent execution that waits for this one's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Arc<str>>,
    /// Where its history is logged, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<HistoryLog>,
    /// The map run it is a child of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_run: Option<MapRunChild>,
}

/// Where and how the history of an execution is logged: its workflow's `loggingConfiguration` when
/// it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLog {
    /// Which events.
    pub level: LogLevel,
    /// Whether with inputs, outputs, errors and causes.
    pub with_data: bool,
    /// The ARN of the log group.
    pub group: Arc<str>,
}

/// `ALL`, `ERROR` or `FATAL`; what is `OFF` is not logged at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogLevel {
    /// Every event.
    All,
    /// What failed, timed out or was aborted, at any depth.
    Error,
    /// The end of an execution that did not succeed.
    Fatal,
}

/// What an execution is to the map run it is a child of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapRunChild {
    /// The ARN of the map run.
    pub arn: Arc<str>,
    /// How many items it has.
    pub items: u64,
    /// Its place in the map run, from 0 on; older children do not know theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
}

/// An execution as `DescribeExecution` shows it.
#[derive(Clone, Debug)]
pub struct Description {
    /// What it started with.
    pub record: StartRecord,
    /// When it started.
    pub started: Timestamp,
    /// When it closed.
    pub stopped: Option<Timestamp>,
    /// How it closed; `None` while open.
    pub closed: Option<Closed>,
    /// The number of its last event; `None` while open.
    pub last_event: Option<u64>,
    /// How it was redriven, if it was.
    pub redriven: Option<Redriven>,
    /// Whether the engine set it aside because it could not carry on.
    pub quarantined: bool,
}

impl Description {
    /// Returns the input it started with.
    pub fn input(&self) -> &Payload {
        &self.record.start.input
    }

    /// Says whether it can be redriven at `now`.
    ///
    /// # Errors
    /// Why not.
    pub fn check_redrivable(&self, now: Timestamp) -> Result<(), NotRedrivable> {
        let record = RedriveRecord {
            closed: self.closed.as_ref(),
            started: self.started,
            stopped: self.stopped.unwrap_or(now),
            last_event: self.last_event.unwrap_or(0),
            events_max: self.record.start.events_max,
        };
        record.check_redrivable(now)
    }

    pub(crate) fn read(row: &Row) -> Result<Self, ReadError> {
        let outcome = row.outcome.as_ref().map(OutcomeRecord::read).transpose()?;
        Ok(Self {
            record: StartRecord::read(&row.start)?,
            started: row.header.started,
            stopped: row.header.stopped,
            last_event: outcome.as_ref().map(|outcome| outcome.last_event),
            closed: outcome.map(|outcome| outcome.end),
            redriven: row.header.redriven,
            quarantined: row.header.status == Status::Quarantined,
        })
    }
}

impl StartRecord {
    /// Says whether it ran in memory for a map run: other Express executions are not stored at all.
    pub(crate) fn is_express_child(&self) -> bool {
        self.map_run.is_some()
            && self.start.id.parse::<Arn>().is_ok_and(|arn| arn.kind() == "express")
    }

    pub(crate) fn write(&self) -> Bytes {
        write(&Versioned { v: FORMAT, record: self })
    }

    pub(crate) fn read(bytes: &Bytes) -> Result<Self, ReadError> {
        read(bytes)
    }

    /// Refuses to go on with what a later release began, by rules that this one does not know.
    pub(crate) fn check_rules(&self) -> Result<(), ReadError> {
        let rules = self.start.rules;
        if rules <= RULES {
            return Ok(());
        }
        Err(ReadError::Corrupt(format!(
            "a later release began it, by rules {rules} of graphs, and this one knows those up to {RULES}: \
             go on with that release"
        )))
    }
}

/// What is kept of an execution once it has closed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OutcomeRecord {
    /// The number of its last event.
    pub(crate) last_event: u64,
    /// How it ended.
    pub(crate) end: Closed,
}

impl OutcomeRecord {
    pub(crate) fn new(closed: &Closed, last_event: u64) -> Self {
        Self { last_event, end: closed.clone() }
    }

    pub(crate) fn write(&self) -> Bytes {
        write(&Versioned { v: FORMAT, record: self })
    }

    pub(crate) fn read(bytes: &Bytes) -> Result<Self, ReadError> {
        read(bytes)
    }
}

/// Returns the error that a listed execution closed with, if it has one and the listing tells how
/// executions failed.
pub fn error_of(header: &ExecutionHeader) -> Option<Arc<str>> {
    // One that cannot be read has no error that anybody could ask for.
    match OutcomeRecord::read(header.failure.as_ref()?).ok()?.end {
        Closed::Failed { error, .. } | Closed::Aborted { error, .. } => error,
        Closed::Succeeded { .. } | Closed::TimedOut => None,
    }
}

/// Returns the status that listings show.
pub(crate) fn status_of(closed: Option<&Closed>) -> Status {
    match closed {
        None => Status::Running,
        Some(Closed::Succeeded { .. }) => Status::Succeeded,
        Some(Closed::Failed { .. }) => Status::Failed,
        Some(Closed::TimedOut) => Status::TimedOut,
        Some(Closed::Aborted { .. }) => Status::Aborted,
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    record: T,
}

fn write(record: &impl Serialize) -> Bytes {
    serde_json::to_vec(record).expect("records have string keys only").into()
}

fn read<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, ReadError> {
    let corrupt = |why: String| ReadError::Corrupt(why);
    let read: Versioned<T> =
        serde_json::from_slice(bytes).map_err(|error| corrupt(error.to_string()))?;
    if read.v != FORMAT {
        return Err(corrupt(format!("format {} is not known", read.v)));
    }
    Ok(read.record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_stored_in_this_form_for_ever() {
        let closed = Closed::Succeeded { output: Payload::parse("[1,  2]").unwrap() };
        let bytes = OutcomeRecord::new(&closed, 7).write();
        let golden = r#"{"v":1,"record":{"last_event":7,"end":{"Succeeded":{"output":[1,  2]}}}}"#;
        assert_eq!(bytes, golden);
        assert_eq!(OutcomeRecord::read(&bytes).unwrap().end, closed);
    }

    #[test]
    fn an_unknown_format_is_refused() {
        let bytes = Bytes::from_static(br#"{"v":2,"record":{"last_event":7,"end":"TimedOut"}}"#);
        assert!(matches!(OutcomeRecord::read(&bytes), Err(ReadError::Corrupt(_))));
    }
}
