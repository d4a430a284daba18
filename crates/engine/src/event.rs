//! Stored facts. What Amazon's history shows is a view of these.

mod kind;

use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::kind::EventKind;

/// The number of an event in the history, from 1 without gaps; 0 stands for none.
pub type EventId = u64;

/// A running block inside an execution: 0 is the root, later ones are numbered as they start.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ScopeId(pub u32);

/// A fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the history; 0 for facts that history does not show.
    #[serde(default, skip_serializing_if = "is_zero", rename = "n")]
    pub id: EventId,
    /// The event it follows from (`previousEventId`).
    #[serde(default, skip_serializing_if = "is_zero", rename = "p")]
    pub previous: EventId,
    /// When it happened; never earlier than the event before.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "is_root", rename = "s")]
    pub scope: ScopeId,
    /// What happened.
    #[serde(rename = "e")]
    pub kind: EventKind,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(id: &EventId) -> bool {
    *id == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_root(scope: &ScopeId) -> bool {
    scope.0 == 0
}

/// The kind of a state, as history names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateKind {
    /// Task.
    Task,
    /// Pass.
    Pass,
    /// Choice.
    Choice,
    /// Wait.
    Wait,
    /// Succeed.
    Succeed,
    /// Fail.
    Fail,
    /// Parallel.
    Parallel,
    /// Map.
    Map,
}

impl StateKind {
    /// Returns the word in event types: `PassStateEntered`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::Pass => "Pass",
            Self::Choice => "Choice",
            Self::Wait => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
            Self::Parallel => "Parallel",
            Self::Map => "Map",
        }
    }
}
