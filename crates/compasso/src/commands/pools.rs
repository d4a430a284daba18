//! `compasso pools …`

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{show, text};
use crate::cli::{Pools, Server};
use crate::client::Client;
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Pools,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Pools::List { server } => {
            let rows = connect(server)?.rest_pages(&["pools"], &[], usize::MAX).await?;
            let row = |pool: &Value| {
                vec![text(pool, "name"), pool["size"].to_string(), pool["used"].to_string()]
            };
            show(&rows, json, &["NAME", "SIZE", "USED"], row);
        }
        Pools::Set { name, size, server } => {
            let body = json!({"size": size}).to_string();
            change(&connect(server)?, Method::PUT, &name, body, json).await?;
        }
        Pools::Delete { name, server } => {
            change(&connect(server)?, Method::DELETE, &name, String::new(), json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn change(
    client: &Client,
    method: Method,
    name: &str,
    body: String,
    json: bool,
) -> anyhow::Result<()> {
    let answer = client.rest(method, &["pools", name], &[], body).await?;
    if json {
        output::json(&answer);
    }
    Ok(())
}
