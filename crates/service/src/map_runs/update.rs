//! `UpdateMapRun`.

use compasso_mapruns::{Change, UpdateError};
use serde::Deserialize;

use super::map_run_arn;
use crate::constraints::Constraints;
use crate::{Error, Reason, Service};

const MAX_CONCURRENCY: i64 = i32::MAX as i64;
const PERCENTAGE_MAX: f64 = 100.0;

/// What is to change of a map run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the API's")]
pub struct UpdateMapRun {
    pub map_run_arn: String,
    pub max_concurrency: Option<i64>,
    pub tolerated_failure_percentage: Option<f64>,
    pub tolerated_failure_count: Option<i64>,
}

impl Service {
    /// Changes a map run that is under way.
    ///
    /// # Errors
    /// There is no such map run, or it is over.
    pub async fn update_map_run(&self, request: UpdateMapRun) -> Result<(), Error> {
        Constraints::default()
            .number_if("maxConcurrency", request.max_concurrency, 0..=MAX_CONCURRENCY)
            .fraction_if(
                "toleratedFailurePercentage",
                request.tolerated_failure_percentage,
                0.0..=PERCENTAGE_MAX,
            )
            .number_if("toleratedFailureCount", request.tolerated_failure_count, 0..=i64::MAX)
            .check()?;
        let arn = map_run_arn(&request.map_run_arn)?;
        let change = Change {
            max_concurrency: request.max_concurrency.map(i64::unsigned_abs),
            tolerated_failure_count: request.tolerated_failure_count.map(i64::unsigned_abs),
            tolerated_failure_percentage: request.tolerated_failure_percentage,
        };
        self.map_runs.update(arn.as_str(), change).await.map_err(|error| match error {
            UpdateError::NoRun => Error::ResourceNotFound { arn: arn.as_str().to_owned() },
            UpdateError::Over => Error::Validation {
                message: format!("Map Run is completed and cannot be updated: '{arn}'"),
                reason: Some(Reason::CannotUpdateCompletedMapRun),
            },
            UpdateError::Runtime(error) => error.into(),
            other => Error::Unavailable(other.to_string()),
        })
    }
}
