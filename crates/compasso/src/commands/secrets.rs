//! `compasso secrets …`

use std::io::Read as _;
use std::process::ExitCode;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::json;

use super::answer::{show, text};
use crate::cli::{Secrets, Server};
use crate::client::Client;
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Secrets,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Secrets::Set { name, server } => {
            let mut value = String::new();
            std::io::stdin().read_to_string(&mut value).context("standard input cannot be read")?;
            // What `echo` adds is not part of it.
            let value = value.strip_suffix('\n').unwrap_or(&value);
            let body = json!({"value": value}).to_string();
            let kept = connect(server)?.rest(Method::PUT, &["secrets", &name], &[], body).await?;
            if json {
                output::json(&kept);
            } else {
                output::line(&format!("{name} is kept"));
            }
        }
        Secrets::List { server } => {
            let rows = connect(server)?.rest_pages(&["secrets"], &[], usize::MAX).await?;
            show(&rows, json, &["NAME", "CREATED", "MODIFIED"], |row| {
                ["name", "created", "modified"].map(|member| text(row, member)).into()
            });
        }
        Secrets::Delete { name, server } => {
            let client = connect(server)?;
            client.rest(Method::DELETE, &["secrets", &name], &[], "{}".to_owned()).await?;
            if json {
                output::json(&json!({"deleted": name}));
            } else {
                output::line(&format!("{name} is forgotten"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
