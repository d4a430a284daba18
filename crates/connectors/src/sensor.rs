//! `compasso:sensor`: a task that looks once whether something is there.
//!
//! It returns `{found, value}`, and `said` if nothing was found: what was not there. That nothing is there
//! is no error, so that a loop of states can look again later.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use compasso_engine::{TaskError, TaskResult};
use compasso_integrations::inputs::unwatchable;
use compasso_runtime::Job;
use compasso_types::{Json, Payload, Timestamp};

use crate::parameters::Parameters;
use crate::{Sought, WhichRun, Workflows};

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
    if let Some(sought) = sought(&parameters)? {
        let missing = missing(&sought);
        let found = workflows.look(&job.execution, sought).await?;
        return Ok(found.map_or_else(|| nothing(Json::Null, &missing), found_this));
    }
    let pattern = parameters.required_text("file")?.to_owned();
    if let Some(why) = unwatchable(&pattern) {
        return Err(TaskError::new(REJECTED, format!("The file '{pattern}' {why}")));
    }
    let looked = tokio::task::spawn_blocking(move || files(&pattern)).await;
    let found = looked.map_err(|_| TaskError::new("Lost", "The look was given up"))??;
    Ok(match found {
        Ok(paths) => found_this(Json::array(paths.into_iter().map(Json::from))),
        Err(missing) => nothing(Json::array([]), &missing),
    })
}

fn found_this(value: Json) -> Payload {
    answer(true, value)
}

/// Answers that nothing was found, in words as well.
fn nothing(value: Json, said: &str) -> Payload {
    let parts = [("found", false.into()), ("value", value), ("said", said.into())];
    Payload::from(Json::object(parts))
}

/// Says of something that it is not there.
fn missing(sought: &Sought) -> String {
    match sought {
        Sought::Object(url) => format!("nothing is at '{url}'"),
        Sought::Ended { pipeline, state, which } => {
            let ended = match &**state {
                "success" => "ended well",
                "failed" => "failed",
                _ => "ended",
            };
            match which {
                WhichRun::Since(at) => format!("no run of '{pipeline}' {ended} since {at}"),
                WhichRun::Of(start, end) => {
                    format!("no run of '{pipeline}' about {start} to {end} {ended}")
                }
            }
        }
    }
}

fn answer(is_found: bool, value: Json) -> Payload {
    Payload::from(Json::object([("found", is_found.into()), ("value", value)]))
}

/// Reads what others look for; `None` if it is nothing of theirs.
fn sought(parameters: &Parameters<'_>) -> Result<Option<Sought>, TaskError> {
    if let Some(url) = parameters.text("object")? {
        return Ok(Some(Sought::Object(url.into())));
    }
    let Some(ended) = parameters.get("ended") else { return Ok(None) };
    let text = |of: &Json, name: &str| Some(Arc::from(of.get(name)?.as_str()?));
    let instant = |of: &Json, name: &str| of.get(name)?.as_str()?.parse::<Timestamp>().ok();
    let which = match ended.get("interval") {
        Some(of) => instant(of, "start")
            .zip(instant(of, "end"))
            .map(|(start, end)| WhichRun::Of(start, end)),
        None => instant(ended, "since").map(WhichRun::Since),
    };
    let sought = text(ended, "name").zip(text(ended, "state")).zip(which);
    let ((pipeline, state), which) = sought.ok_or_else(|| parameters.invalid("ended"))?;
    Ok(Some(Sought::Ended { pipeline, state, which }))
}

/// Looks whether tasks of the run before are over.
async fn past(workflows: &dyn Workflows, job: &Job, tasks: &Json) -> TaskResult {
    let tasks = tasks.as_array().into_iter().flat_map(|tasks| tasks.iter());
    let tasks: Vec<Arc<str>> = tasks.filter_map(Json::as_str).map(Arc::from).collect();
    let is_over = workflows.is_past_over(&job.execution, &tasks).await;
    let is_over = is_over.map_err(|refused| TaskError::new("Lost", refused.message))?;
    Ok(answer(is_over, Json::Null))
}

/// Returns the paths that fit a pattern, in order, or says that none does; what cannot be read is not
/// there.
fn files(pattern: &str) -> Result<Result<Vec<String>, String>, TaskError> {
    let entries = glob::glob(pattern).map_err(|error| {
        TaskError::new(REJECTED, format!("The file '{pattern}' is no pattern: {error}"))
    })?;
    let mut unread = None;
    let readable = entries.filter_map(|entry| entry.map_err(|error| unread = Some(error)).ok());
    let paths: Vec<_> =
        readable.take(FOUND_MAX).map(|path| path.to_string_lossy().into_owned()).collect();
    if !paths.is_empty() {
        return Ok(Ok(paths));
    }
    let why = match (unread, missing_directory(pattern)) {
        (Some(error), _) => {
            format!(": '{}' cannot be read: {}", error.path().display(), error.error())
        }
        (None, Some(directory)) => format!(": there is no '{}'", directory.display()),
        (None, None) => String::new(),
    };
    Ok(Err(format!("no path fits '{pattern}'{why}")))
}

/// Returns the first of the directories that a pattern names literally that is not there.
fn missing_directory(pattern: &str) -> Option<PathBuf> {
    let directory = Path::new(pattern).parent()?;
    let literal =
        |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', ']']);
    let mut path = PathBuf::new();
    directory.components().take_while(literal).find_map(|part| {
        path.push(part);
        (!path.is_dir()).then(|| path.clone())
    })
}
