//! `compasso backfill` and `compasso backfills …`

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{and_one, show, show_some, text};
use crate::cli::{Backfill, Backfills, OneBackfill, Server};
use crate::client::Client;
use crate::output;

/// Creates a backfill, or says what it would do.
pub(crate) async fn create(
    order: Backfill,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let client = connect(order.server)?;
    let mut body = json!({
        "from": order.from,
        "to": order.to,
        "order": order.order.name(),
        "reprocess": order.reprocess.name(),
        "version": order.version,
        "emitAssets": order.emit_assets,
        "tasks": order.tasks,
        "by": std::env::var("USER").ok(),
    });
    if let Some(trigger) = order.trigger {
        body["trigger"] = trigger.into();
    }
    if let Some(most) = order.max_active {
        body["maxActive"] = most.into();
    }
    let params = order.params;
    if !params.is_empty() {
        let pipeline = client.pipeline(&order.pipeline).await?.unwrap_or_default();
        body["params"] = Value::Object(params.read(&pipeline)?);
    }
    let path = ["pipelines", &order.pipeline, "backfills"];
    if order.dry_run {
        let query = [("dryRun", "true")];
        let planned = client.rest(Method::POST, &path, &query, body.to_string()).await?;
        planned_ticks(&planned, json);
        return Ok(ExitCode::SUCCESS);
    }
    let created = client.rest(Method::POST, &path, &[], body.to_string()).await?;
    if json {
        output::json(&created);
    } else {
        output::line(&text(&created, "id"));
    }
    Ok(ExitCode::SUCCESS)
}

fn planned_ticks(planned: &Value, json: bool) {
    let rows = planned["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    show(rows, json, &["AT", "STANDS FOR", "RUN", "FATE", "IS NOW", "WHY"], |row| {
        ["at", "partition", "run", "fate", "status", "why"].map(|name| text(row, name)).into()
    });
    if !json {
        output::note(&format!("{} ticks", planned["total"]));
    }
}

/// Lists, shows and changes backfills.
pub(crate) async fn run(
    order: Backfills,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Backfills::List { pipeline, limit, server } => {
            let path = ["pipelines", &pipeline, "backfills"];
            let rows = connect(server)?.rest_pages(&path, &[], and_one(limit)).await?;
            show_some(
                (&rows, limit),
                json,
                &["ID", "STATE", "FROM", "TO", "DONE", "ACTIVE", "FAILED"],
                cells,
            );
        }
        Backfills::Show(one) => change(one, None, &connect, json).await?,
        Backfills::Pause(one) => change(one, Some(("pause", json!({}))), &connect, json).await?,
        Backfills::Resume(one) => change(one, Some(("resume", json!({}))), &connect, json).await?,
        Backfills::Cancel { one, with_runs } => {
            let body = json!({"withRuns": with_runs});
            change(one, Some(("cancel", body)), &connect, json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn change(
    one: OneBackfill,
    change: Option<(&str, Value)>,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<()> {
    let OneBackfill { pipeline, id, server } = one;
    let (client, mut path) = (connect(server)?, vec!["pipelines", &pipeline, "backfills", &id]);
    let answer = match change {
        None => client.rest(Method::GET, &path, &[], String::new()).await?,
        Some((action, body)) => {
            path.push(action);
            client.rest(Method::POST, &path, &[], body.to_string()).await?
        }
    };
    let head = ["ID", "STATE", "FROM", "TO", "DONE", "ACTIVE", "FAILED"];
    show(std::slice::from_ref(&answer), json, &head, cells);
    Ok(())
}

fn cells(row: &Value) -> Vec<String> {
    let active = row["active"].as_array().map_or(0, Vec::len) as u64;
    // A tick whose run is under way was taken, and is not done.
    let done = row["done"].as_u64().unwrap_or_default().saturating_sub(active);
    vec![
        text(row, "id"),
        text(row, "state"),
        text(row, "from"),
        text(row, "to"),
        format!("{done}/{}", row["total"]),
        active.to_string(),
        row["counts"]["failed"].to_string(),
    ]
}
