//! `compasso:sensor`: a task that looks once whether something is there.
//!
//! It returns `{found, value}`. That nothing is there is no error, so that a loop of states can look
//! again later.

use std::path::Path;
use std::sync::Arc;

use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::{Json, Payload};

use crate::Workflows;
use crate::parameters::Parameters;

/// Most paths that are returned.
const FOUND_MAX: usize = 1_000;
/// What a pattern fails with that cannot be read, or that would take too long.
const REJECTED: &str = "Rejected";

/// Looks.
pub(crate) async fn run(workflows: &dyn Workflows, job: &Job) -> TaskResult {
    let parameters = Parameters::of(&job.offer.parameters)?;
    if let Some(tasks) = parameters.get("past") {
        return past(workflows, job, tasks).await;
    }
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

/// Looks whether tasks of the run before are over.
async fn past(workflows: &dyn Workflows, job: &Job, tasks: &Json) -> TaskResult {
    let tasks = tasks.as_array().into_iter().flat_map(|tasks| tasks.iter());
    let tasks: Vec<Arc<str>> = tasks.filter_map(Json::as_str).map(Arc::from).collect();
    let is_over = workflows.is_past_over(&job.execution, &tasks).await;
    let is_over = is_over.map_err(|refused| TaskError::new("Lost", refused.message))?;
    Ok(Payload::from(Json::object([("found", Json::from(is_over)), ("value", Json::Null)])))
}

/// Returns the paths that fit a pattern, in order; what cannot be read is not there.
fn files(pattern: &str) -> Result<Vec<String>, TaskError> {
    let entries = glob::glob(pattern).map_err(|error| {
        TaskError::new(REJECTED, format!("The file '{pattern}' is no pattern: {error}"))
    })?;
    let paths = entries.filter_map(Result::ok).take(FOUND_MAX);
    Ok(paths.map(|path| path.to_string_lossy().into_owned()).collect())
}
