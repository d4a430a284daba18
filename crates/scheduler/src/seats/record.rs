//! What is stored of a seat.

use std::sync::Arc;

use compasso_store::{DocumentChange, Expected};
use compasso_types::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Deadline, record};

/// The kind of documents that are seats; the key is the run's ARN.
pub(crate) const SEAT: &str = "seat";

/// A run that is under way, or waits for the end of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seat {
    /// Among which runs it counts.
    pub(crate) lane: Arc<str>,
    /// How many of these may be under way for it to begin.
    pub(crate) most: usize,
    /// The ARN of its pipeline.
    pub(crate) pipeline: Arc<str>,
    /// Those that wait begin in the order of these.
    pub(crate) number: u64,
    /// When it was asked for.
    pub(crate) since: Timestamp,
    /// The tick it is the run of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tick: Option<TickOf>,
    /// That it has to make room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) leaving: Option<Leaving>,
    /// How it begins, as long as that is not known to have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<Json>,
    /// That its turn has come although its order is still there: its run may be under way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_called: bool,
    /// Its deadlines that are known before it begins, as long as it waits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) deadlines: Vec<Deadline>,
    /// The run that was asked to leave for it, for as long as it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) asked: Option<Arc<str>>,
}

/// A tick of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickOf {
    /// The schedule's ARN.
    pub schedule: Arc<str>,
    /// The tick's instant.
    pub at: Timestamp,
}

/// How a run makes room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Leaving {
    /// It is asked to end, and cleans up.
    Cancelled,
    /// It ends at once.
    Terminated,
}

/// How far the run is that has a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It waits for its turn.
    Waits,
    /// Its turn has come, and it is not known to be under way.
    Begins,
    /// It is under way.
    Begun,
}

impl Seat {
    /// Orders that it be written.
    pub(crate) fn put(&self, run: &str) -> DocumentChange {
        let body = Some(record::write(self));
        DocumentChange { kind: SEAT, key: run.to_owned(), expected: Expected::Any, body }
    }

    /// Returns it as that of a run that is under way.
    pub(crate) fn begun(&self) -> Self {
        Self { order: None, is_called: false, deadlines: Vec::new(), asked: None, ..self.clone() }
    }

    /// Returns it as that of a run whose turn has come.
    pub(crate) fn called(&self) -> Self {
        Self { is_called: true, ..self.clone() }
    }

    /// Says how far its run is.
    pub(crate) fn stage(&self) -> Stage {
        match &self.order {
            None => Stage::Begun,
            Some(_) if self.is_called => Stage::Begins,
            Some(_) => Stage::Waits,
        }
    }
}
