//! How a branch of a graph ended, as the expressions of others see it.

use std::sync::Arc;

use compasso_types::{Json, Object, Payload, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use super::rules::BranchState;

/// How a branch ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// What it gave; none unless it ended well.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(crate) output: Option<Payload>,
    /// What it failed with, tolerated or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<BranchFailure>,
    /// When it was entered; none if it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Timestamp,
    /// Tasks that its own block has offered.
    pub(crate) attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instances: Option<Payload>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_degraded: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_cached: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifacts: Option<Json>,
}

/// What a branch failed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchFailure {
    /// The error name.
    pub name: Arc<str>,
    /// The cause; may be empty.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub cause: Arc<str>,
}

/// An output that is there may be `null`.
pub(super) fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Payload>, D::Error> {
    Payload::deserialize(deserializer).map(Some)
}

fn is_empty(text: &Arc<str>) -> bool {
    text.is_empty()
}

impl Record {
    /// Makes the record of a branch that ended before it was entered.
    pub(crate) fn unstarted(failure: Option<BranchFailure>, ended: Timestamp) -> Self {
        Self {
            output: None,
            failure,
            started: None,
            ended,
            attempts: 0,
            instances: None,
            is_degraded: false,
            is_cached: false,
            artifacts: None,
        }
    }
}

impl BranchFailure {
    /// Returns it as expressions see it.
    pub(crate) fn value(&self) -> Json {
        Json::object([("name", self.name.clone().into()), ("cause", self.cause.clone().into())])
    }
}

/// Returns the record of a branch in `state`; of one whose record nobody was to read, the state.
pub(crate) fn value(state: BranchState, record: Option<&Record>) -> Json {
    let mut members = Object::with_capacity(10);
    let failure = record.and_then(|record| record.failure.as_ref());
    let outcome = if failure.is_some() && state == BranchState::Success {
        BranchState::Failed
    } else {
        state
    };
    members.insert("state".into(), state.name().into());
    members.insert("outcome".into(), outcome.name().into());
    if let Some(failure) = failure {
        members.insert("error".into(), failure.value());
    }
    let Some(record) = record else { return members.into() };
    if let Some(output) = &record.output {
        members.insert("output".into(), output.value().clone());
        members.insert("outputs".into(), output.value().clone());
    }
    if let Some(started) = record.started {
        members.insert("started_at".into(), started.to_string().into());
    }
    members.insert("ended_at".into(), record.ended.to_string().into());
    members.insert("attempts".into(), i64::from(record.attempts).into());
    members.insert("degraded".into(), record.is_degraded.into());
    members.insert("cached".into(), record.is_cached.into());
    if let Some(artifacts) = &record.artifacts {
        members.insert("artifacts".into(), artifacts.clone());
    }
    if let Some(instances) = &record.instances {
        members.insert("instances".into(), instances.value().clone());
    }
    members.into()
}
