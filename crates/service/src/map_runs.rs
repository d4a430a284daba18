//! Map runs: describe, list, update.

mod describe;
mod list;
mod update;

use compasso_types::Arn;

pub use self::describe::{DescribeMapRun, DescribedMapRun, MapRunCounts};
pub use self::list::{ListMapRuns, MapRunItem, MapRunPage};
pub use self::update::UpdateMapRun;
use crate::{Error, arns};

/// Reads the ARN of a map run.
pub(crate) fn map_run_arn(text: &str) -> Result<Arn, Error> {
    arns::map_run("mapRunArn", text)
}
