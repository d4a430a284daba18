//! What is stored: schedules, and the records of their ticks.

use std::sync::Arc;

use compasso_schedule::{Lane, Overlap, Spec};
use compasso_store::{Document, DocumentChange, Expected, ReadError};
use compasso_types::{Json, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::limits::PAUSES_KEPT;
use crate::seats::Leaving;
use crate::why;

/// The kind of documents that are schedules; the key is the ARN.
pub(crate) const SCHEDULE: &str = "schedule";
/// The kind of documents that are records of ticks.
pub(crate) const TICK: &str = "tick";
/// The format of both.
const FORMAT: u32 = 1;

/// A schedule and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub name: Arc<str>,
    /// What people say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What its ticks start.
    pub target: Target,
    /// The input, with expressions; of a pipeline, the params.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Json>,
    /// What must hold of a tick of a pipeline for it to run, as an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Json>,
    /// When it is due.
    pub spec: Spec,
    /// When it was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub modified: Timestamp,
    /// Whether it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// The newest pauses in which it skipped ticks: their records do not say it all again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// The last tick that was handled, or the instant from which on ticks count.
    pub cursor: Timestamp,
    /// Runs under way and ticks that wait.
    #[serde(default)]
    pub lane: Lane<Timestamp>,
    /// ARNs of executions that are to be stopped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopping: Vec<Arc<str>>,
    /// How many runs were started.
    #[serde(default)]
    pub runs: u64,
    /// How many records were written.
    #[serde(default)]
    pub ticks: u64,
    /// Whether it made as many runs as it may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// What a tick starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// An execution of a state machine, or of a version or an alias of one, by its ARN.
    StateMachine(Arc<str>),
    /// A run of a pipeline, by its ARN; the schedule's name is the trigger's id.
    Pipeline(Arc<str>),
}

impl Target {
    /// Returns its ARN.
    pub fn arn(&self) -> &Arc<str> {
        match self {
            Self::StateMachine(arn) | Self::Pipeline(arn) => arn,
        }
    }

    /// Says if it is a state machine.
    pub(crate) fn is_machine(&self) -> bool {
        matches!(self, Self::StateMachine(_))
    }
}

/// That a schedule rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What became of a tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRecord {
    /// Its nominal instant.
    pub at: Timestamp,
    /// What became of it.
    pub state: TickState,
    /// Why it does not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What went wrong, or why it does not run, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The ARN of its execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Arc<str>>,
    /// When that was decided.
    pub handled: Timestamp,
    /// The last one of the ticks it stands for, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Timestamp>,
}

/// What becomes of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickState {
    /// Its execution was started.
    Run,
    /// It does not run, and has a [`Reason`].
    Skipped,
    /// It waits for the end of another run.
    Buffered,
    /// It would have waited, but there was no room.
    Dropped,
    /// Another tick runs for it.
    Coalesced,
    /// Its execution could not be started, such as that of a state machine that does not exist.
    Failed,
}

/// Why a tick does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Another run is under way.
    Overlap,
    /// The schedule was paused.
    Paused,
    /// The calendar closes the day.
    Calendar,
    /// It came too late.
    Misfire,
    /// The schedule made as many runs as it may.
    Limit,
    /// Its condition does not hold.
    Filtered,
}

impl Record {
    /// Returns how runs of it make room for others.
    pub(crate) fn leaving(&self) -> Leaving {
        match (&self.target, self.spec.overlap) {
            // Graphs clean up.
            (Target::Pipeline(_), Some(Overlap::CancelOther)) => Leaving::Cancelled,
            _ => Leaving::Terminated,
        }
    }

    /// Returns the names that jitter and `H` follow from.
    pub(crate) fn names(&self) -> (String, &str) {
        match &self.target {
            Target::StateMachine(_) => (self.name.to_string(), &self.name),
            Target::Pipeline(arn) => {
                let pipeline = arn.rsplit(':').next().unwrap_or(arn);
                (format!("{pipeline}/{}", self.name), pipeline)
            }
        }
    }

    /// Takes note that a tick is skipped because of `pause`.
    pub(crate) fn remember(&mut self, pause: &Pause) {
        self.pauses.retain(|known| known.since != pause.since);
        self.pauses.push(pause.clone());
        let surplus = self.pauses.len().saturating_sub(PAUSES_KEPT);
        self.pauses.drain(..surplus);
    }

    /// Fills in of a tick why it does not run, if that stands with its pause.
    pub(crate) fn explain(&self, tick: TickRecord) -> TickRecord {
        let is_open = tick.reason == Some(Reason::Paused) && tick.detail.is_none();
        let pause = self.pauses.iter().rev().find(|pause| pause.since <= tick.handled);
        match pause.filter(|_| is_open) {
            Some(pause) => tick.because(why::paused(pause)),
            None => tick,
        }
    }

    /// Says if a tick that waits can begin: no run is under way, and the schedule does not rest.
    pub(crate) fn can_take_up(&self) -> bool {
        self.paused.is_none() && self.lane.can_take_up()
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    #[serde(flatten)]
    value: T,
}

impl TickRecord {
    pub(crate) fn new(at: Timestamp, state: TickState, handled: Timestamp) -> Self {
        let (reason, detail, execution, through) = (None, None, None, None);
        Self { at, state, reason, detail, execution, handled, through }
    }

    pub(crate) fn skipped(at: Timestamp, reason: Reason, handled: Timestamp) -> Self {
        Self { reason: Some(reason), ..Self::new(at, TickState::Skipped, handled) }
    }

    /// The same with words for people.
    pub(crate) fn because(self, why: impl Into<String>) -> Self {
        Self { detail: Some(why.into()), ..self }
    }
}

/// Returns what the keys of a schedule's ticks begin with.
pub(crate) fn ticks_of(schedule: &str) -> String {
    format!("{schedule}/")
}

/// Returns the key of a tick: the newest of a schedule comes first.
pub(crate) fn tick_key(schedule: &str, at: Timestamp) -> String {
    format!("{schedule}/{:016x}", u64::MAX - at.0.cast_unsigned().wrapping_add(1 << 63))
}

/// Orders that a schedule be written.
pub(crate) fn put(arn: &str, record: &Record, expected: Expected) -> DocumentChange {
    DocumentChange { kind: SCHEDULE, key: arn.into(), expected, body: Some(write(record)) }
}

/// Orders that the record of a tick be written, over an earlier one of the same tick.
pub(crate) fn put_tick(arn: &str, tick: &TickRecord) -> DocumentChange {
    let (key, body) = (tick_key(arn, tick.at), Some(write(tick)));
    DocumentChange { kind: TICK, key, expected: Expected::Any, body }
}

/// Orders that a document be deleted.
pub(crate) fn delete(kind: &'static str, key: String) -> DocumentChange {
    DocumentChange { kind, key, expected: Expected::Any, body: None }
}

pub(crate) fn write<T: Serialize>(value: &T) -> bytes::Bytes {
    serde_json::to_vec(&Versioned { v: FORMAT, value }).expect("records have text keys only").into()
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
