//! `compasso:s3-copy`: objects and files, copied between S3-compatible stores and directories.

use compasso_connectors::Parameters;
use compasso_engine::{TaskError, TaskResult};
use compasso_items::{Copied, CopyFailed, Stores};
use compasso_types::{Json, Payload};

/// Copies `from` to `to` and returns `{objects, bytes}`.
pub(crate) async fn run(stores: &Stores, parameters: &Parameters<'_>) -> TaskResult {
    let (from, to) = (parameters.required_text("from")?, parameters.required_text("to")?);
    let Copied { objects, bytes } =
        stores.copy(from, to).await.map_err(|why| error(parameters, &why))?;
    let number = |count: u64| Json::from(i64::try_from(count).unwrap_or(i64::MAX));
    Ok(Payload::from(Json::object([("objects", number(objects)), ("bytes", number(bytes))])))
}

fn error(parameters: &Parameters<'_>, why: &CopyFailed) -> TaskError {
    match why {
        CopyFailed::Address(_) => parameters.refuse(why),
        CopyFailed::Missing(_) => TaskError::new("NotFound", why.to_string()),
        CopyFailed::Store(_) => TaskError::new("Connection", why.to_string()),
    }
}
