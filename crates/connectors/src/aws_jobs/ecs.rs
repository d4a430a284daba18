//! How tasks of ECS end: they only stop, and their containers say how it went.

use compasso_types::Json;

use super::kinds::Verdict;

/// Judges the tasks that one call ran. The result is the description of the first one; that of a
/// failure, of one that failed.
pub(super) fn judge(tasks: &Json) -> Verdict {
    let Some(tasks) = tasks.as_array().filter(|tasks| !tasks.is_empty()) else {
        return Verdict::Unknown;
    };
    if let Some(failed) = tasks.iter().find(|task| is_stopped(task) && has_failed(task)) {
        return Verdict::Failed(failed.clone());
    }
    if tasks.iter().all(is_stopped) {
        return Verdict::Succeeded(tasks[0].clone());
    }
    Verdict::Running(tasks[0].clone())
}

fn is_stopped(task: &Json) -> bool {
    task.get("LastStatus").and_then(Json::as_str) == Some("STOPPED")
}

fn has_failed(task: &Json) -> bool {
    let did_not_start = task.get("StopCode").and_then(Json::as_str) == Some("TaskFailedToStart");
    let containers = task.get("Containers").and_then(Json::as_array);
    let mut codes = containers
        .into_iter()
        .flat_map(|containers| containers.iter())
        .filter_map(|container| container.get("ExitCode")?.as_i64());
    did_not_start || codes.any(|code| code != 0)
}
