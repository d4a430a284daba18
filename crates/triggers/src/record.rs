//! What is stored of triggers: events that wait, what became of those that came, and the keys.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use compasso_store::{Document, DocumentChange, Expected, ReadError};
use compasso_types::{Json, Timestamp, hex};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits::{NAME_CHARS_MAX, PAYLOAD_BYTES_MAX};

/// The kind of events that wait for their run. A key is `{pipeline}/{trigger}/{number}`.
pub(crate) const EVENT: &str = "trigger-event";
/// The kind of records of deliveries. A key is `{pipeline}/{trigger}/{number}`, the newest first.
pub(crate) const DELIVERY: &str = "trigger-delivery";
/// The kind of what came and started no run. A key is that of the record of its delivery.
pub(crate) const PAYLOAD: &str = "trigger-payload";
/// The kind of keys that are remembered. A key is `{pipeline}/{trigger}/{digest}`.
pub(crate) const KEY: &str = "trigger-key";
/// The kind of notes of what was seen. A key is `{pipeline}/{trigger}/{digest}`.
pub(crate) const SEEN: &str = "trigger-seen";
/// The kind of updates of assets that wait for others. A key is `{pipeline}/{trigger}/`.
pub(crate) const ASSETS: &str = "trigger-assets";
/// The kind of updates of assets. A key is `{account}/{digest}`.
pub const UPDATE: &str = "asset-update";
/// The kind of the last update of each asset. A key is `{account}/{digest}`.
pub(crate) const LATEST: &str = "asset-latest";
/// The kind of tasks that wait. A key is `{account}/{digest}`.
pub(crate) const WAITER: &str = "task-waiter";
/// The format of all documents.
const FORMAT: u32 = 1;
/// Bytes of a digest that make the name of a run, or of a key.
const NAME_BYTES: usize = 12;
const KEY_BYTES: usize = 20;

/// The number of an event: they grow, and begin with the instant it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventNumber(pub u64);

/// An event that waits for its run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    /// What expressions see as `trigger`.
    pub(crate) trigger: Json,
    /// The name of the run to be.
    pub(crate) run: Arc<str>,
    /// The key, as it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Arc<str>>,
    /// The events that became this one; empty if it came as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) members: Vec<Member>,
    /// Whether it is to become one with others that came while the pipeline was paused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) joins_held: bool,
    /// What it is once more, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replay: Option<Replay>,
    /// The members that were sealed, in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sealed: Vec<Vec<Arc<str>>>,
}

/// What a delivery is that somebody asked for once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The number of the delivery that it repeats.
    pub of: EventNumber,
    /// Who asked for it, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
}

/// What came and started no run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// What expressions see as `trigger`.
    pub(crate) trigger: Json,
}

/// An event that became part of another one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) number: EventNumber,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Arc<str>>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number.
    pub number: EventNumber,
    /// What became of it.
    pub fate: Fate,
    /// The ARN of its run, or of the run that the first event of the same key started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Arc<str>>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its place among the events that became one with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<usize>,
    /// What it is once more, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// The members of what came that were sealed, in that order. An earlier release did not say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sealed: Vec<Vec<Arc<str>>>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It waits for others, for quiet, or for room.
    Waiting,
    /// A run was started.
    Run,
    /// The trigger's `if` does not hold.
    Filtered,
    /// An event with the same key came before.
    Duplicate,
    /// There was no room for it, or its trigger is gone.
    Dropped,
    /// It came while the pipeline was paused.
    Paused,
    /// It waits until the pipeline goes on.
    Held,
    /// Its run could not be started.
    Failed,
}

/// A key that is remembered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) since: Timestamp,
    /// The name of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<Arc<str>>,
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    #[serde(flatten)]
    value: T,
}

impl EventNumber {
    /// Bits of a number that tell apart what comes in the same millisecond.
    const COUNTER_BITS: u32 = 16;

    /// Returns the first number of an instant.
    pub(crate) fn first_at(at: Timestamp) -> Self {
        Self(at.0.max(0).cast_unsigned() << Self::COUNTER_BITS)
    }

    /// Returns when the event came.
    pub fn at(self) -> Timestamp {
        Timestamp((self.0 >> Self::COUNTER_BITS).cast_signed())
    }
}

impl fmt::Display for EventNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for EventNumber {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl Fate {
    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Run => "run",
            Self::Filtered => "filtered",
            Self::Duplicate => "duplicate",
            Self::Dropped => "dropped",
            Self::Paused => "paused",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }
}

impl Delivery {
    pub(crate) fn new(number: EventNumber, fate: Fate) -> Self {
        let (run, key, reason, place, replay) = (None, None, None, None, None);
        Self { number, fate, run, key, reason, place, replay, sealed: Vec::new() }
    }

    pub(crate) fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}

/// Returns what the keys of a trigger's documents begin with.
pub(crate) fn prefix(pipeline: &str, trigger: &str) -> String {
    format!("{pipeline}/{trigger}/")
}

/// Returns the key of an event.
pub(crate) fn event_key(prefix: &str, number: EventNumber) -> String {
    format!("{prefix}{number}")
}

/// Returns the key of the record of a delivery: the newest comes first.
pub(crate) fn delivery_key(prefix: &str, number: EventNumber) -> String {
    format!("{prefix}{}", EventNumber(u64::MAX - number.0))
}

/// Returns the key under which a key is remembered.
pub(crate) fn remembered_key(prefix: &str, key: &str) -> String {
    format!("{prefix}{}", hex(&Sha256::digest(key)[..KEY_BYTES]))
}

/// Names the run of what `parts` tell apart.
pub(crate) fn run_name(trigger: &str, parts: &[&str]) -> Arc<str> {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let trigger = &trigger[..trigger.len().min(NAME_CHARS_MAX)];
    format!("{trigger}-{}", hex(&digest.finalize()[..NAME_BYTES])).into()
}

/// Returns the ARN of a run of a pipeline.
pub fn run_arn(pipeline: &str, run: &str) -> Arc<str> {
    format!("{}:{run}", pipeline.replacen(":pipeline:", ":run:", 1)).into()
}

/// Orders that a document be written.
pub(crate) fn put<T: Serialize>(
    kind: &'static str,
    key: String,
    expected: Expected,
    value: &T,
) -> DocumentChange {
    let body = serde_json::to_vec(&Versioned { v: FORMAT, value });
    let body = Bytes::from(body.expect("records have text keys only"));
    DocumentChange { kind, key, expected, body: Some(body) }
}

/// Orders that what came be kept with the record of its delivery, unless it is too large for that.
pub(crate) fn keep(prefix: &str, number: EventNumber, trigger: Json) -> Option<DocumentChange> {
    let at = delivery_key(prefix, number);
    let change = put(PAYLOAD, at, Expected::Any, &Payload { trigger });
    change.body.as_ref().is_some_and(|body| body.len() <= PAYLOAD_BYTES_MAX).then_some(change)
}

/// Orders that a document be deleted.
pub(crate) fn delete(kind: &'static str, key: String) -> DocumentChange {
    DocumentChange { kind, key, expected: Expected::Any, body: None }
}

/// Reads a document.
pub(crate) fn read<T: DeserializeOwned>(document: &Document) -> Result<T, ReadError> {
    let corrupt = |why: String| ReadError::Corrupt(format!("{}: {why}", document.key));
    let versioned: Versioned<T> =
        serde_json::from_slice(&document.body).map_err(|error| corrupt(error.to_string()))?;
    match versioned.v {
        FORMAT => Ok(versioned.value),
        other => Err(corrupt(format!("has the unknown format {other}"))),
    }
}
