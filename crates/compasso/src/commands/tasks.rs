//! `compasso tasks`, and which tasks of a run failed.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::answer::{show, text};
use crate::cli::Instances;
use crate::client::Client;
use crate::output;

/// How often is looked what a run tries again that somebody waits for: first and at most.
const TRIED_INTERVAL: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// Most failed tasks that are told when a run has failed.
const FAILED_TOLD: usize = 5;

/// Lists the tasks of a run: what became of each, and what holds those back that wait.
pub(crate) async fn run(
    client: &Client,
    run: &str,
    instances: &Instances,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(run).await?;
    if let Some(task) = &instances.of {
        return super::instances::run(client, &arn, task, instances, json).await;
    }
    let answer = client.rest(Method::GET, &["runs", &arn, "tasks"], &[], String::new()).await;
    let mut answer = client.about(&arn, answer).await?;
    let rows = listed(&mut answer);
    show(&rows, json, &["TASK", "STATE", "ATTEMPTS", "STARTED", "ENDED", "WHY"], |row| {
        let attempts = row["attempts"].as_u64().unwrap_or_default().to_string();
        let (started, ended) = (text(row, "started"), text(row, "ended"));
        vec![text(row, "id"), text(row, "state"), attempts, started, ended, why(row)]
    });
    if !json {
        for undoing in undoing(&answer) {
            output::note(&format!("undoing {undoing}"));
        }
        for hook in hooks(&answer) {
            output::note(&format!("hook {hook}"));
        }
        if let Some(waiting) = waiting(&answer["waiting"]) {
            output::note(&waiting);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Words the hooks that failed and those that are being tried, of a run or with its tasks.
pub(super) fn hooks(told: &Value) -> Vec<String> {
    let failed = told["failedHooks"].as_array().into_iter().flatten();
    let worded = |hook| {
        let error = error(hook).unwrap_or_default();
        format!("{} failed: {error}", text(hook, "hook"))
    };
    let open = told["openHooks"].as_array().into_iter().flatten();
    failed.map(worded).chain(open.map(tried)).collect()
}

/// Says what a run that has ended waits for before it goes on.
fn waiting(waiting: &Value) -> Option<String> {
    let place = waiting["position"].as_u64()?;
    if waiting["isPaused"] == true {
        return Some("the run waits to go on until its pipeline is resumed".to_owned());
    }
    let runs = waiting["waitsFor"].as_array().into_iter().flatten();
    let runs: Vec<_> =
        runs.filter_map(Value::as_str).filter_map(|run| run.rsplit(':').next()).collect();
    let runs = runs.join(", ");
    Some(format!("the run waits to go on: number {place} of those that wait for {runs}"))
}

/// Words what is being undone and what could not be, of a run or with its tasks.
pub(super) fn undoing(told: &Value) -> Vec<String> {
    let actions = |member: &str| told[member].as_array().into_iter().flatten();
    actions("undoing").chain(actions("notUndone")).map(tried).collect()
}

/// Words how far an action is that is being tried.
fn tried(action: &Value) -> String {
    let (name, state, until) = (text(action, "name"), text(action, "state"), text(action, "until"));
    let attempt = &action["attempt"];
    let until = if until.is_empty() { until } else { format!(" (until {until})") };
    match (error(action), state.as_str()) {
        (Some(error), "failed") => format!("{name} failed: {error}"),
        (Some(error), "retrying") => {
            format!("{name}, attempt {attempt} failed: {error}, retry{until}")
        }
        (Some(error), _) => format!("{name}, attempt {attempt} {state}{until}; before: {error}"),
        (None, _) => format!("{name}, attempt {attempt} {state}{until}"),
    }
}

/// Says whenever something beside the tasks of a run failed and is to be tried again; never ends.
pub(super) async fn tell_tried(client: &Client, run: &str) -> Infallible {
    let (mut told, mut interval) = (BTreeSet::new(), TRIED_INTERVAL.0);
    loop {
        tokio::time::sleep(interval).await;
        interval = (interval * 2).min(TRIED_INTERVAL.1);
        let answer = client.rest(Method::GET, &["runs", run, "tasks"], &[], String::new()).await;
        let Ok(answer) = answer else { continue };
        for (word, member) in [("undoing", "undoing"), ("hook", "openHooks")] {
            let actions = answer[member].as_array().into_iter().flatten();
            for action in actions.filter(|action| action["state"] == "retrying") {
                let said = format!("{word} {}", tried(action));
                if !told.contains(&said) {
                    output::note(&said);
                    told.insert(said);
                }
            }
        }
    }
}

async fn items(client: &Client, run: &str) -> anyhow::Result<Vec<Value>> {
    let path = ["runs", run, "tasks"];
    let answer = client.rest(Method::GET, &path, &[], String::new()).await;
    Ok(listed(&mut client.about(run, answer).await?))
}

fn listed(answer: &mut Value) -> Vec<Value> {
    match answer["items"].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

/// Returns the name of a run as commands take it: `PIPELINE:RUN`.
pub(super) fn short(run: &str) -> String {
    run.splitn(7, ':').nth(6).unwrap_or(run).to_owned()
}

/// Says in one line what there is to say of a task, or of an instance of it, beside its state.
pub(super) fn why(task: &Value) -> String {
    let blocks = task["blockedBy"].as_array().into_iter().flatten();
    let mut said: Vec<String> = blocks.map(|block| text(block, "text")).collect();
    let instances = &task["instances"];
    if instances.is_object() {
        let count = |name: &str| instances[name].as_u64().unwrap_or_default();
        let (running, succeeded, failed) = (count("running"), count("succeeded"), count("failed"));
        let mut counts = format!("instances: {succeeded} succeeded, {failed} failed");
        for state in ["skipped", "cancelled"].into_iter().filter(|state| count(state) > 0) {
            write!(counts, ", {} {state}", count(state)).expect("a text can be written");
        }
        said.push(format!("{counts}, {running} running"));
    }
    said.extend(task["child"].as_str().map(|child| format!("run {}", short(child))));
    for word in ["degraded", "cached"] {
        said.extend((task[word] == true).then(|| word.to_owned()));
    }
    let until = text(task, "until");
    let is_said = said.iter().any(|said| said.contains(&until));
    if !until.is_empty() && !is_said {
        said.push(format!("until {until}"));
    }
    said.extend(error(task).or_else(|| marked(task)));
    said.join("; ")
}

/// Returns the error of a task with the line of its cause that tells the most.
pub(super) fn error(task: &Value) -> Option<String> {
    joined(&text(task, "error"), telling(&text(task, "cause")))
}

/// Returns the first line of a cause, or the last one of a traceback of Python, which names the
/// error.
fn telling(cause: &str) -> &str {
    let mut lines = cause.lines().filter(|line| !line.trim().is_empty());
    match lines.next() {
        Some(first) if first.starts_with("Traceback ") => lines.next_back().unwrap_or(first),
        first => first.unwrap_or_default(),
    }
}

/// Returns who marked a task, and why.
fn marked(task: &Value) -> Option<String> {
    let mark = &task["marked"];
    let said = joined(&text(mark, "by"), &text(mark, "reason"))?;
    Some(format!("marked by {said}"))
}

fn joined(name: &str, more: &str) -> Option<String> {
    let said: Vec<_> = [name, more].into_iter().filter(|text| !text.is_empty()).collect();
    (!said.is_empty()).then(|| said.join(": "))
}

/// Returns the task that a run failed for, and its error.
pub(super) async fn decisive(
    client: &Client,
    arn: &str,
    run: &Value,
) -> anyhow::Result<Option<(String, String)>> {
    let tasks = items(client, arn).await?;
    let found = decisive_of(&tasks, run);
    Ok(found.map(|task| (text(task, "id"), error(task).unwrap_or_default())))
}

/// Returns the task whose error the run has, or else the first that failed; of a group what it failed
/// for.
fn decisive_of<'a>(tasks: &'a [Value], run: &Value) -> Option<&'a Value> {
    let differs = |task: &Value, member: &str| text(task, member) != text(run, member);
    let depth = |task: &Value| text(task, "id").matches('.').count();
    let first = |inside: &str| {
        let failed = tasks.iter().filter(|task| task["state"] == "failed");
        let there = failed.filter(|task| text(task, "id").starts_with(inside));
        there.min_by_key(|task| {
            let is_other = (differs(task, "error"), differs(task, "cause"));
            // A group fails in the same instant as what it failed for.
            (is_other, text(task, "ended"), Reverse(depth(task)))
        })
    };
    let found = first("")?;
    first(&format!("{}.", text(found, "id"))).or(Some(found))
}

/// Tells which tasks of a run failed, and with what; nothing if it is no run of a pipeline.
pub(super) async fn tell_failed(client: &Client, run: &str) {
    if run.contains(":run:")
        && let Ok(tasks) = items(client, run).await
    {
        note_failed(&tasks);
    }
}

/// Prints the tasks that failed.
pub(super) fn note_failed(tasks: &[Value]) {
    let failed: Vec<_> = tasks.iter().filter(|task| task["state"] == "failed").collect();
    for task in failed.iter().take(FAILED_TOLD) {
        let error = error(task).unwrap_or_default();
        output::note(
            format!("task {} failed: {error}", text(task, "id")).trim_end_matches([':', ' ']),
        );
    }
    if failed.len() > FAILED_TOLD {
        output::note(&format!("and {} more tasks", failed.len() - FAILED_TOLD));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_the_most_is_shown() {
        let traceback = "Traceback (most recent call last):\n  File \"x\"\nValueError: no\n";
        assert_eq!(telling(traceback), "ValueError: no");
        assert_eq!(telling("\nbash: x: not found\nmore"), "bash: x: not found");
        assert_eq!(telling(""), "");
    }

    #[test]
    fn the_task_that_is_told_of_is_the_one_whose_error_the_run_has() {
        let task = |id: &str, state: &str, error: &str, ended: &str| serde_json::json!({"id": id, "state": state, "error": error, "ended": ended});
        let tasks = [
            task("early", "failed", "Exit.1", "1"),
            task("load", "failed", "Exit.3", "3"),
            task("load.row", "failed", "NoRow", "3"),
            task("load.other", "success", "", "2"),
        ];
        let told = |error: &str| {
            let run = serde_json::json!({"error": error});
            decisive_of(&tasks, &run).map(|task| text(task, "id"))
        };
        assert_eq!(told("Exit.1").as_deref(), Some("early"));
        assert_eq!(told("Exit.3").as_deref(), Some("load.row"));
        assert_eq!(told("NoRow").as_deref(), Some("load.row"));
        assert_eq!(told("RunTimeout").as_deref(), Some("early"));
    }

    #[test]
    fn what_is_tried_again_is_worded_with_its_attempt_and_why() {
        let action = |state: &str, until: &str, error: &str| serde_json::json!({"name": "c", "state": state, "attempt": 3, "until": until, "error": error});
        let again = tried(&action("retrying", "2026-01-31T06:00:00.000Z", "Exit.1"));
        let expected = "c, attempt 3 failed: Exit.1, retry (until 2026-01-31T06:00:00.000Z)";
        assert_eq!(again, expected);
        assert_eq!(tried(&action("running", "", "Exit.1")), "c, attempt 3 running; before: Exit.1");
        assert_eq!(tried(&action("queued", "", "")), "c, attempt 3 queued");
    }

    #[test]
    fn an_instant_is_said_once() {
        let waiting = serde_json::json!({
            "until": "2026-01-31T06:00:00.000Z",
            "blockedBy": [{"text": "retry (2026-01-31T06:00:00.000Z)"}],
        });
        assert_eq!(why(&waiting), "retry (2026-01-31T06:00:00.000Z)");
    }
}
