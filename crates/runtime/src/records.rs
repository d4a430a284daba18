//! What the runtime stores beside events and images, as JSON.

use std::sync::Arc;

use compasso_engine::{Closed, Start};
use compasso_types::{Payload, Timestamp};
use serde::{Deserialize, Serialize};

/// Names one revision of a definition; opaque to the runtime.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefinitionRef(pub Arc<str>);

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
    /// Whether the engine set it aside because it could not carry on.
    pub quarantined: bool,
}

impl Description {
    /// Returns the input it started with.
    pub fn input(&self) -> &Payload {
        &self.record.start.input
    }
}
