//! `compasso:asset-emit`: tells those who wait for an asset that it was updated.

use compasso_connectors::Parameters;
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::{Json, Payload};

use crate::runs::{AssetUpdate, Assets};

/// Tells of the update and returns `{asset, partition}`.
pub(crate) async fn run(assets: &dyn Assets, parameters: &Parameters<'_>, job: &Job) -> TaskResult {
    let uri = parameters.required_text("uri")?;
    let partition = parameters.text("partition")?;
    let metadata = parameters.get("metadata").cloned().unwrap_or(Json::Null);
    let update = AssetUpdate::of(job, uri.into(), partition.map(Into::into), metadata);
    let told = assets.update(update).await;
    told.map_err(|refused| TaskError::new(refused.code, refused.message))?;
    let partition = partition.map_or(Json::Null, Json::from);
    Ok(Payload::from(Json::object([("asset", Json::from(uri)), ("partition", partition)])))
}
