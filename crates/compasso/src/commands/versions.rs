//! `compasso versions …`

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{show, text};
use crate::cli::{Server, Versions};
use crate::client::Client;
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Versions,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Versions::List { pipeline, server } => {
            let rows = versions(&connect(server)?, &pipeline).await?;
            show(&rows, json, &["VERSION", "CREATED", "AUTHOR", "DESCRIPTION"], |row| {
                let told = ["created", "author", "description"].map(|member| text(row, member));
                std::iter::once(row["number"].to_string()).chain(told).collect()
            });
        }
        Versions::Diff { pipeline, from, to, server } => {
            let client = connect(server)?;
            diff(&client, &pipeline, from, to, json).await?;
        }
        Versions::Aliases { pipeline, server } => {
            let path = ["pipelines", &pipeline, "aliases"];
            let rows = connect(server)?.rest_pages(&path, &[], usize::MAX).await?;
            show(&rows, json, &["ALIAS", "VERSIONS", "DESCRIPTION"], |row| {
                vec![text(row, "name"), written(&row["routes"]), text(row, "description")]
            });
        }
        Versions::Alias { pipeline, alias, routes, description, server } => {
            let routes = routes.iter().map(|text| route(text)).collect::<Result<Vec<_>, _>>()?;
            let body = json!({"routes": routes, "description": description}).to_string();
            let path = ["pipelines", &pipeline, "aliases", &alias];
            let made = connect(server)?.rest(Method::PUT, &path, &[], body).await?;
            if json {
                output::json(&made);
            } else {
                output::line(&format!("{pipeline}:{alias} is {}", written(&made["routes"])));
            }
        }
        Versions::DeleteAlias { pipeline, alias, server } => {
            let path = ["pipelines", &pipeline, "aliases", &alias];
            connect(server)?.rest(Method::DELETE, &path, &[], "{}".to_owned()).await?;
            if json {
                output::json(&json!({"deleted": alias}));
            } else {
                output::line(&format!("{pipeline}:{alias} is deleted"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn versions(client: &Client, pipeline: &str) -> anyhow::Result<Vec<Value>> {
    client.rest_pages(&["pipelines", pipeline, "versions"], &[], usize::MAX).await
}

async fn diff(
    client: &Client,
    pipeline: &str,
    from: Option<u64>,
    to: Option<u64>,
    json: bool,
) -> anyhow::Result<()> {
    let known = versions(client, pipeline).await?;
    let numbers: Vec<u64> = known.iter().filter_map(|row| row["number"].as_u64()).collect();
    let to = to.or(numbers.first().copied()).context("there is no version")?;
    let before = || numbers.iter().copied().find(|number| *number < to);
    let from = from.or_else(before).with_context(|| format!("nothing is before version {to}"))?;
    let (from, to) = (from.to_string(), to.to_string());
    let query = [("from", &*from), ("to", &*to)];
    let path = ["pipelines", pipeline, "diff"];
    let found = client.rest(Method::GET, &path, &query, String::new()).await?;
    if json {
        output::json(&found);
    } else {
        output::line(text(&found, "text").trim_end());
    }
    Ok(())
}

/// Reads a version and, perhaps, its share.
fn route(text: &str) -> anyhow::Result<Value> {
    let (version, weight) = text.split_once('=').unwrap_or((text, "100"));
    match (version.parse::<u64>(), weight.trim_end_matches('%').parse::<u32>()) {
        (Ok(version), Ok(weight)) => Ok(json!({"version": version, "weight": weight})),
        _ => bail!("{text}: a route is VERSION or VERSION=PERCENT"),
    }
}

fn written(routes: &Value) -> String {
    let routes = routes.as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |route: &Value| match route["weight"].as_u64() {
        Some(100) => route["version"].to_string(),
        _ => format!("{}={}%", route["version"], route["weight"]),
    };
    routes.iter().map(one).collect::<Vec<_>>().join(" ")
}
