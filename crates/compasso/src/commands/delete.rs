//! `compasso delete …`

use std::process::ExitCode;

use reqwest::Method;
use serde_json::json;

use crate::cli::{Delete, Server};
use crate::client::{Client, code};
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Delete,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let Delete::Pipeline { name, force, server } = order;
    let client = connect(server)?;
    let query = [("force", if force { "true" } else { "false" })];
    let deleted = client.rest(Method::DELETE, &["pipelines", &name], &query, String::new()).await;
    match deleted {
        Err(error) if code(&error) == "PipelineDoesNotExist" => {
            return Err(error.context(client.no_pipeline(&name).await));
        }
        deleted => deleted?,
    };
    if json {
        output::json(&json!({"deleted": name}));
    } else {
        output::line(&format!("{name} is deleted; its runs stay readable"));
    }
    Ok(ExitCode::SUCCESS)
}
