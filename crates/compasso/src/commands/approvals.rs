//! `compasso approvals`.

use std::process::ExitCode;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{and_one, show_some, text};
use crate::cli::{Approvals, Server};
use crate::client::Client;
use crate::output;

/// Lists approvals, or decides one.
pub(crate) async fn run(
    order: Approvals,
    client: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Approvals::List { run, closed, limit, server } => {
            list(&client(server)?, run.as_deref(), closed, limit, json).await
        }
        Approvals::Approve { id, comment, form, server } => {
            let mut decision = json!({"decision": "approve"});
            if let Some(form) = form {
                decision["form"] =
                    serde_json::from_str(&form).context("--form is no JSON object")?;
            }
            decide(&client(server)?, &id, decision, comment, json).await
        }
        Approvals::Reject { id, comment, server } => {
            let decision = json!({"decision": "reject"});
            decide(&client(server)?, &id, decision, comment, json).await
        }
    }
}

async fn list(
    client: &Client,
    run: Option<&str>,
    closed: bool,
    limit: usize,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let mut query: Vec<(&str, &str)> = run.map(|run| ("run", run)).into_iter().collect();
    if closed {
        query.push(("state", "closed"));
    }
    let items = client.rest_pages(&["approvals"], &query, and_one(limit)).await?;
    let head = ["ID", "STATE", "RUN", "TASK", "OPENED", "VOTES", "FORM", "MESSAGE"];
    show_some((&items, limit), json, &head, |item| {
        let votes = item["decisions"].as_array().map_or(0, Vec::len);
        let votes = format!("{votes}/{}", item["count"].as_i64().unwrap_or(1));
        let mut row =
            ["id", "state", "run", "task", "opened"].map(|name| text(item, name)).to_vec();
        row.extend([votes, fields(&item["form"]), text(item, "message")]);
        row
    });
    Ok(ExitCode::SUCCESS)
}

/// Names what is to be answered with an approval, with what it is if nothing is said.
fn fields(form: &Value) -> String {
    let fields = form.as_array().into_iter().flatten().map(|field| {
        let name = text(field, "name");
        match field.get("default") {
            Some(default) => format!("{name}={default}"),
            None if field["required"] == true => format!("{name} (required)"),
            None => name,
        }
    });
    fields.collect::<Vec<_>>().join(", ")
}

async fn decide(
    client: &Client,
    id: &str,
    mut decision: Value,
    comment: Option<String>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    if let Some(comment) = comment {
        decision["comment"] = comment.into();
    }
    let body = decision.to_string();
    let decided = client.rest(Method::POST, &["approvals", id], &[], body).await?;
    if json {
        output::json(&decided);
    } else {
        output::line(decided["state"].as_str().unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}
