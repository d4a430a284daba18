//! The words of the protocol, as JSON has them.

use compasso_types::Json;
use serde::{Deserialize, Serialize};

/// What a worker says of itself.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Registration {
    pub(crate) name: String,
    pub(crate) tags: Vec<String>,
    pub(crate) handlers: Vec<String>,
    pub(crate) slots: usize,
    pub(crate) host: String,
    pub(crate) version: &'static str,
    pub(crate) instance: String,
}

/// What the server answers.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Registered {
    pub(crate) worker: String,
    pub(crate) lease_ms: u64,
    pub(crate) heartbeat_ms: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Poll {
    pub(crate) free: usize,
    pub(crate) wait_ms: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Polled {
    #[serde(default)]
    pub(crate) tasks: Vec<Delivery>,
    #[serde(default)]
    pub(crate) cancel: Vec<String>,
    #[serde(default)]
    pub(crate) drain: bool,
}

/// An action of a script that the server is to carry out.
#[derive(Debug, Serialize)]
pub(crate) struct Act<'a> {
    pub(crate) step: usize,
    pub(crate) arguments: &'a Json,
}

/// What became of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Acted {
    #[serde(default)]
    pub(crate) output: Option<Json>,
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) cause: Option<String>,
    #[serde(default)]
    pub(crate) retry_after_ms: Option<u64>,
}

/// A task, with its lease.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) lease: String,
    pub(crate) run: String,
    pub(crate) pipeline: String,
    pub(crate) task: String,
    #[serde(default)]
    pub(crate) key: Option<String>,
    pub(crate) attempt: u32,
    pub(crate) idempotency_key: String,
    #[serde(default)]
    pub(crate) traceparent: Option<String>,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) work: Option<Json>,
    #[serde(default)]
    pub(crate) masks: Vec<String>,
    #[serde(default)]
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) token: Option<String>,
    #[serde(default)]
    pub(crate) timeout_ms: Option<u64>,
    #[serde(default = "output_bytes_max")]
    pub(crate) output_bytes_max: usize,
}

#[derive(Debug, Serialize)]
pub(crate) struct Beat<'a> {
    pub(crate) leases: &'a [String],
}

#[derive(Debug, Deserialize)]
pub(crate) struct BeatAnswer {
    #[serde(default)]
    pub(crate) cancel: Vec<String>,
    #[serde(default)]
    pub(crate) lost: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Done<'a> {
    pub(crate) output: &'a Json,
}

#[derive(Debug, Serialize)]
pub(crate) struct Failed<'a> {
    pub(crate) error: &'a str,
    pub(crate) cause: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Lines<'a> {
    pub(crate) lines: &'a [Line],
}

/// A line of output.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) stream: &'static str,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct KeptArtifact {
    pub(crate) uri: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Drain {
    pub(crate) drain: bool,
}

/// An error, as the server answers it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Largest output if the server does not say, bytes.
fn output_bytes_max() -> usize {
    64 * 1024 * 1024
}
