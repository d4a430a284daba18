//! `compasso tasks --instances`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::Value;

use super::answer::{MORE, show, text};
use super::tasks::why;
use crate::cli::Instances;
use crate::client::Client;
use crate::output;

/// Says that there is nothing to list.
fn none_of(task: &str, state: Option<&str>) -> String {
    match state {
        Some(state) => format!("no instance of {task} is {state}"),
        None => {
            format!(
                "{task} has no instances: none has begun, or neither it nor its group has each or matrix"
            )
        }
    }
}

/// Most instances that the server tells at once.
const PAGE: usize = 1_000;

/// Lists instances of a task of a run, in the order of their beginnings.
pub(super) async fn run(
    client: &Client,
    run: &str,
    task: &str,
    wanted: &Instances,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (mut rows, mut told, mut next) = (Vec::new(), 0, None);
    let mut follow = true;
    while follow && told < wanted.limit {
        let left = wanted.limit - told;
        let (items, after) = page(client, (run, task), wanted, (left, next)).await?;
        follow = after.is_some();
        next = after;
        told += items.len();
        // Lines of JSON do not wait for each other: there may be a million of them.
        if json { items.iter().for_each(output::json) } else { rows.extend(items) }
    }
    if told == 0 && !json {
        output::note(&none_of(task, wanted.state.as_deref()));
        return Ok(ExitCode::SUCCESS);
    }
    if !json {
        show(&rows, json, &["INSTANCE", "STATE", "ATTEMPTS", "STARTED", "ENDED", "WHY"], |row| {
            let attempts = row["attempts"].as_u64().unwrap_or_default().to_string();
            // What queues has not begun, whenever it came into its queue.
            let is_queued = row["state"] == "queued";
            let started = if is_queued { String::new() } else { text(row, "started") };
            let (ended, why) = (text(row, "ended"), why(row));
            let name = if row["name"].is_string() { "name" } else { "key" };
            vec![text(row, name), text(row, "state"), attempts, started, ended, why]
        });
    }
    if follow {
        output::note(MORE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks for a page of instances, of which `left` are wanted; also returns where the next one begins.
async fn page(
    client: &Client,
    (run, task): (&str, &str),
    wanted: &Instances,
    (left, next): (usize, Option<String>),
) -> anyhow::Result<(Vec<Value>, Option<String>)> {
    let limit = left.min(PAGE).to_string();
    let mut query = vec![("limit", &*limit)];
    query.extend(wanted.state.as_deref().map(|state| ("state", state)));
    query.extend(next.as_deref().map(|next| ("next", next)));
    let path = ["runs", run, "tasks", task, "instances"];
    let answer = client.rest(Method::GET, &path, &query, String::new()).await;
    let mut page = client.about(run, answer).await?;
    let items = page["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    Ok((items, page["next"].as_str().map(str::to_owned)))
}
