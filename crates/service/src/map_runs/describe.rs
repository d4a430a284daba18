//! `DescribeMapRun`.

use std::sync::Arc;

use compasso_mapruns::{Counts, MapRunDescription};
use compasso_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::map_run_arn;
use crate::dates::{seconds, seconds_if};
use crate::{Error, Service};

/// Names a map run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribeMapRun {
    pub map_run_arn: String,
}

/// What `DescribeMapRun` answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct DescribedMapRun {
    pub map_run_arn: Arc<str>,
    pub execution_arn: Arc<str>,
    pub status: &'static str,
    #[serde(serialize_with = "seconds")]
    pub start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if")]
    pub stop_date: Option<Timestamp>,
    pub max_concurrency: u64,
    pub tolerated_failure_percentage: f64,
    pub tolerated_failure_count: u64,
    pub item_counts: MapRunCounts,
    pub execution_counts: MapRunCounts,
    pub redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if")]
    pub redrive_date: Option<Timestamp>,
}

/// How many items or executions are where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct MapRunCounts {
    pub pending: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub aborted: u64,
    pub total: u64,
    pub results_written: u64,
    pub failures_not_redrivable: u64,
    pub pending_redrive: u64,
}

impl Service {
    /// Describes a map run.
    ///
    /// # Errors
    /// There is no such map run.
    pub async fn describe_map_run(
        &self,
        request: DescribeMapRun,
    ) -> Result<DescribedMapRun, Error> {
        let arn = map_run_arn(&request.map_run_arn)?;
        let run = self.map_run(arn.as_str()).await?;
        Ok(DescribedMapRun {
            map_run_arn: run.map_run_arn,
            execution_arn: run.execution_arn,
            status: run.status.name(),
            start_date: run.start_date,
            stop_date: run.stop_date,
            max_concurrency: run.max_concurrency,
            tolerated_failure_percentage: run.tolerated_failure_percentage,
            tolerated_failure_count: run.tolerated_failure_count,
            item_counts: run.item_counts.into(),
            execution_counts: run.execution_counts.into(),
            redrive_count: run.redrive_count,
            redrive_date: run.redrive_date,
        })
    }

    /// Returns what is known of a map run.
    pub(crate) async fn map_run(&self, arn: &str) -> Result<MapRunDescription, Error> {
        let missing = || Error::ResourceNotFound { arn: arn.to_owned() };
        self.map_runs.describe(arn).await?.ok_or_else(missing)
    }
}

impl From<Counts> for MapRunCounts {
    fn from(counts: Counts) -> Self {
        Self {
            pending: counts.pending,
            running: counts.running,
            succeeded: counts.succeeded,
            failed: counts.failed,
            timed_out: counts.timed_out,
            aborted: counts.aborted,
            total: counts.total,
            results_written: counts.results_written,
            failures_not_redrivable: counts.failures_not_redrivable,
            pending_redrive: counts.pending_redrive,
        }
    }
}
