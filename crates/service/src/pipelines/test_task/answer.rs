//! What a test of a task answers.

use std::sync::Arc;

use compasso_engine::Offer;
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::rehearsal::{Ended, Stop};
use crate::dates::iso_if;

/// How a tested task ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestedTask {
    /// `offered` (its work is wanted), `success`, `failed`, `retrying`, `skipped`, `upstream_failed`,
    /// `cancelled` or `waiting`.
    pub state: &'static str,
    /// What it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<TestedOrder>,
    /// What it gives to those that need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// What it failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<str>>,
    /// When it would be tried again.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub retry_at: Option<Timestamp>,
    /// The tasks that need it.
    pub next: Vec<Arc<str>>,
}

/// What a task asks for, its expressions computed; secrets stand there by their names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestedOrder {
    /// What is called.
    pub resource: Arc<str>,
    /// What it is given.
    pub arguments: Json,
    /// Where it runs, and what it waits for before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wants: Option<Json>,
    /// Limit of one attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl TestedOrder {
    pub(super) fn of(offer: &Offer) -> Self {
        Self {
            resource: offer.resource.arn.clone(),
            arguments: offer.parameters.value().clone(),
            wants: offer.placement.clone(),
            timeout_ms: offer.timeout.and_then(|limit| u64::try_from(limit.as_millis()).ok()),
        }
    }
}

impl TestedTask {
    pub(super) fn of(stop: Stop, order: Option<TestedOrder>, next: Vec<Arc<str>>) -> Self {
        let Ended { state, output, error, retry_at } = match stop {
            Stop::Offered(_) => Ended { state: "offered", ..Ended::default() },
            Stop::Ended(ended) => ended,
        };
        let output = output.map(|output| output.value().clone());
        let (error, cause) = error.map_or((None, None), |error| (error.error, error.cause));
        let cause = cause.filter(|cause| !cause.is_empty());
        Self { state, order, output, error, cause, retry_at, next }
    }
}
