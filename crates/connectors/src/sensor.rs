//! `compasso:sensor`: a task that looks once whether something is there.
//!
//! It returns `{found, value}`. That nothing is there is no error, so that a loop of states can look
//! again later.

use std::path::Path;

use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::{Json, Payload};

use crate::parameters::Parameters;

/// Most paths that are returned.
const FOUND_MAX: usize = 1_000;
/// What a pattern fails with that cannot be read, or that would take too long.
const REJECTED: &str = "Rejected";

/// Looks.
pub(crate) async fn run(job: &Job) -> TaskResult {
    let parameters = Parameters::of(&job.offer.parameters)?;
    let pattern = parameters.required_text("file")?.to_owned();
    if !Path::new(&pattern).is_absolute() {
        let cause = format!("The file '{pattern}' is no absolute path");
        return Err(TaskError::new(REJECTED, cause));
    }
    // One look could otherwise go through all that the machine has.
    if pattern.contains("**") {
        let cause = format!("The file '{pattern}' has '**'; name the directories one by one");
        return Err(TaskError::new(REJECTED, cause));
    }
    let looked = tokio::task::spawn_blocking(move || files(&pattern)).await;
    let found = looked.map_err(|_| TaskError::new("Lost", "The look was given up"))??;
    let is_found = !found.is_empty();
    let value = Json::array(found.into_iter().map(Json::from));
    Ok(Payload::from(Json::object([("found", is_found.into()), ("value", value)])))
}

/// Returns the paths that fit a pattern, in order; what cannot be read is not there.
fn files(pattern: &str) -> Result<Vec<String>, TaskError> {
    let entries = glob::glob(pattern).map_err(|error| {
        TaskError::new(REJECTED, format!("The file '{pattern}' is no pattern: {error}"))
    })?;
    let paths = entries.filter_map(Result::ok).take(FOUND_MAX);
    Ok(paths.map(|path| path.to_string_lossy().into_owned()).collect())
}
