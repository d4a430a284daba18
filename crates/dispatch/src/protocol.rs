//! What workers and the server say to each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::desk::BUILT_IN_NAME;
use crate::errors::WorkerError;
use crate::limits;

/// What a worker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Its name, unique on the server.
    pub name: Arc<str>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeSet<Arc<str>>,
    /// What it handles beside scripts; a worker with handlers and no tag `script` runs no scripts.
    #[serde(default)]
    pub handlers: BTreeSet<Arc<str>>,
    /// How many tasks it runs at once.
    #[serde(default = "one")]
    pub slots: u32,
    /// The name of its machine.
    #[serde(default)]
    pub host: Option<Arc<str>>,
    /// Its version.
    #[serde(default)]
    pub version: Option<Arc<str>>,
    /// What tells it from other processes of the same name: made up at its start, and the same each
    /// time that it registers again.
    #[serde(default)]
    pub instance: Option<Arc<str>>,
}

fn one() -> u32 {
    1
}

/// What a worker is told when it registers.
#[derive(Clone, Debug, Serialize)]
pub struct Registered {
    /// What it is called in addresses.
    pub worker: Arc<str>,
    /// How long a lease is good.
    pub lease_ms: u64,
    /// How often leases are to be renewed.
    pub heartbeat_ms: u64,
}

/// What a poll brings.
#[derive(Clone, Debug, Serialize)]
pub struct Polled {
    /// Tasks, each with its lease.
    pub tasks: Vec<Arc<Delivery>>,
    /// Leases to be given up.
    pub cancel: Vec<Arc<str>>,
    /// Whether no further tasks come.
    pub drain: bool,
}

/// A sign of life.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Beat {
    /// The leases that the worker has.
    #[serde(default)]
    pub leases: Vec<Arc<str>>,
}

/// The answer to a sign of life.
#[derive(Clone, Debug, Serialize)]
pub struct BeatAnswer {
    /// Leases to be given up: their tasks are no longer wanted.
    pub cancel: Vec<Arc<str>>,
    /// Leases that the worker does not have any more.
    pub lost: Vec<Arc<str>>,
    /// Whether no further tasks come.
    pub drain: bool,
}

/// A task as a worker gets it.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// The lease, which every call about the task names.
    pub lease: Arc<str>,
    /// The id of the run.
    pub run: Arc<str>,
    /// The name of the pipeline.
    pub pipeline: Arc<str>,
    /// The ARN of the run.
    pub execution: Arc<str>,
    /// The task.
    pub task: Arc<str>,
    /// The key of the instance, if the task has instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Equal for all deliveries of one attempt.
    pub idempotency_key: Arc<str>,
    /// Where it stands in a trace, as W3C writes it, if traces are told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<Arc<str>>,
    /// `script` or `handler`.
    pub kind: &'static str,
    /// The handler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<Arc<str>>,
    /// The work order of a script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Box<RawValue>>,
    /// The input of a handler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Box<RawValue>>,
    /// Values that no log may show.
    pub masks: Vec<String>,
    /// Limit of the attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Longest silence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_ms: Option<u64>,
    /// Largest result, in bytes.
    pub output_bytes_max: usize,
}

/// That a task failed.
#[derive(Clone, Debug, Deserialize)]
pub struct Failure {
    /// The error name.
    pub error: Arc<str>,
    /// The cause.
    #[serde(default)]
    pub cause: Option<Arc<str>>,
    /// When a retry makes sense.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

/// A line that a task wrote.
#[derive(Clone, Debug, Deserialize)]
pub struct WorkerLine {
    /// `stdout` or `stderr`.
    #[serde(default)]
    pub stream: Stream,
    /// The line.
    pub text: String,
}

/// Where a line was written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    #[default]
    Stdout,
    /// Standard error.
    Stderr,
}

impl Registration {
    pub(crate) fn check(&self) -> Result<(), WorkerError> {
        let refuse = |what: String| Err(WorkerError::Invalid(what));
        let is_name = |name: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
            !name.is_empty() && name.len() <= limits::NAME_CHARS_MAX && name.chars().all(allowed)
        };
        if !is_name(&self.name) {
            return refuse(format!(
                "the name of a worker has 1 to {} letters, digits and - _ . : @",
                limits::NAME_CHARS_MAX
            ));
        }
        if &*self.name == BUILT_IN_NAME {
            return refuse("the name 'server' is that of the built-in worker".into());
        }
        let instance = self.instance.as_deref().unwrap_or_default();
        if instance.len() > limits::NAME_CHARS_MAX {
            return refuse(format!("'instance' has at most {} bytes", limits::NAME_CHARS_MAX));
        }
        if self.slots == 0 || self.slots > limits::WORKER_SLOTS_MAX {
            return refuse(format!("'slots' is 1 to {}", limits::WORKER_SLOTS_MAX));
        }
        let names = [("tags", &self.tags), ("handlers", &self.handlers)];
        for (what, given) in names {
            let fits = given.len() <= limits::WORKER_NAMES_MAX;
            if !fits || given.iter().any(|name| name.len() > limits::NAME_CHARS_MAX) {
                return refuse(format!(
                    "'{what}' has at most {} names of at most {} bytes",
                    limits::WORKER_NAMES_MAX,
                    limits::NAME_CHARS_MAX
                ));
            }
            if given.iter().any(|name| name.is_empty() || name.trim() != &**name) {
                return refuse(format!("a name in '{what}' is empty, or has spaces around it"));
            }
        }
        Ok(())
    }

    /// Returns its tags, that of its machine included.
    pub(crate) fn all_tags(&self) -> BTreeSet<Arc<str>> {
        let host = self.host.iter().map(|host| format!("host:{host}").into());
        self.tags.iter().cloned().chain(host).collect()
    }
}
