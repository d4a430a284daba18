//! What is told of a pipeline that is paused.

use std::sync::Arc;

use compasso_types::Timestamp;
use serde::Serialize;

use crate::dates::{iso, iso_if};
use crate::records::Paused;

/// That no trigger starts a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PausedPipeline {
    /// Since when.
    #[serde(serialize_with = "iso")]
    pub at: Timestamp,
    /// Who paused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Arc<str>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// Whether tasks of active runs are not dispatched either.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
    /// When it goes on by itself.
    #[serde(serialize_with = "iso_if", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl From<Paused> for PausedPipeline {
    fn from(Paused { at, by, reason, hold, until }: Paused) -> Self {
        Self { at, by, reason, hold, until }
    }
}
