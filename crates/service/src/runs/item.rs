//! A run in a listing.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_scheduler::Queued;
use compasso_store::{ExecutionHeader, Status};
use compasso_types::{Json, Timestamp};
use serde::Serialize;

use super::CompensationView;
use super::queued::WaitsToRun;
use crate::dates::{iso, iso_if};
use crate::executions::status_name;
use crate::pipelines::QUEUED;
use crate::search::attribute_values;

/// A run in a listing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunItem {
    /// Its ARN.
    pub id: Arc<str>,
    /// Its name.
    pub name: String,
    /// The ARN of its workflow.
    pub workflow: Arc<str>,
    /// The name of its workflow.
    pub workflow_name: String,
    /// The ARN of the version it was started by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Arc<str>>,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`; `QUEUED` while it waits for a place.
    pub status: &'static str,
    /// Whether the engine set it aside because it could not carry on.
    pub is_quarantined: bool,
    /// When it started, or began to wait.
    #[serde(serialize_with = "iso")]
    pub started: Timestamp,
    /// When it closed.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "iso_if")]
    pub stopped: Option<Timestamp>,
    /// How often it was redriven.
    pub redrive_count: u32,
    /// How far a run with a saga is with undoing what it did, if it began to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compensation: Option<CompensationView>,
    /// What it is searched by: texts, numbers, and true or false, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<Arc<str>, Json>,
}

impl RunItem {
    /// Shows a run that waits for a place.
    pub(super) fn queued(queued: Queued, waits: WaitsToRun) -> Self {
        let Queued { run, pipeline, since } = queued;
        let last = |arn: &str| arn.rsplit(':').next().unwrap_or_default().to_owned();
        Self {
            name: last(&run),
            workflow_name: last(&pipeline),
            workflow: pipeline,
            status: QUEUED,
            is_quarantined: false,
            started: since,
            stopped: None,
            redrive_count: waits.redrives,
            compensation: None,
            version: waits.version,
            attributes: BTreeMap::new(),
            id: run,
        }
    }

    pub(super) fn of(header: ExecutionHeader) -> Self {
        let mut parts = header.key.0.splitn(8, ':').skip(6);
        let (machine, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        Self {
            name: name.to_owned(),
            workflow_name: machine.to_owned(),
            workflow: header.workflow.split('#').next().unwrap_or_default().into(),
            status: status_name(header.status),
            is_quarantined: header.status == Status::Quarantined,
            started: header.started,
            stopped: header.stopped,
            redrive_count: header.redriven.map_or(0, |redriven| redriven.count),
            compensation: None,
            version: header.version,
            attributes: attribute_values(&header.attributes),
            id: header.key.0,
        }
    }
}
