//! How the latest runs of each version of a workflow went.

use std::collections::BTreeMap;

use compasso_store::{ExecutionFilter, ExecutionHeader, Status};
use serde::Serialize;

use super::Viewer;
use crate::{Error, Service};

/// The runs of a workflow, by the versions that they were started by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionFigures {
    /// Whether there are more runs than were looked at, which are the latest ones.
    pub is_partial: bool,
    /// The versions that have runs, the newest first; the runs of no version come last.
    pub items: Vec<VersionFigure>,
}

/// How the runs of one version went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VersionFigure {
    /// The number of the version; absent for runs of a definition that was not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// How many are under way.
    pub running: usize,
    /// How many succeeded.
    pub succeeded: usize,
    /// How many failed or took too long.
    pub failed: usize,
    /// How many were stopped.
    pub aborted: usize,
}

impl Service {
    /// Counts the runs of each version of a workflow, or of a pipeline.
    ///
    /// # Errors
    /// There is no such workflow, or it belongs to another account.
    pub async fn version_figures(
        &self,
        viewer: &Viewer,
        id: &str,
    ) -> Result<VersionFigures, Error> {
        viewer.check("ListExecutions", id)?;
        let ExecutionFilter { workflow, .. } = self.executions_of(id).await?;
        let of_all = ExecutionFilter { workflow, ..ExecutionFilter::default() };
        let (headers, is_partial) = self.headers(viewer, of_all).await?;
        Ok(VersionFigures { is_partial, items: by_version(&headers) })
    }
}

fn by_version(headers: &[ExecutionHeader]) -> Vec<VersionFigure> {
    let mut figures = BTreeMap::<Option<u64>, VersionFigure>::new();
    for header in headers {
        let number = |arn: &str| arn.rsplit(':').next()?.parse().ok();
        let version = header.version.as_deref().and_then(number);
        let figure = figures.entry(version).or_default();
        figure.version = version;
        match header.status {
            Status::Running | Status::Quarantined => figure.running += 1,
            Status::Succeeded => figure.succeeded += 1,
            Status::Failed | Status::TimedOut => figure.failed += 1,
            Status::Aborted => figure.aborted += 1,
        }
    }
    figures.into_values().rev().collect()
}
