//! `compasso search-attributes …`

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::answer::{show, text};
use crate::cli::{SearchAttributes, Server};
use crate::client::{Api, Client};
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: SearchAttributes,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        SearchAttributes::Set { workflow, attributes, server } => {
            set(&connect(server)?, &workflow, attributes, json).await
        }
        SearchAttributes::List { workflow, server } => {
            list(&connect(server)?, &workflow, json).await
        }
    }
}

async fn set(
    client: &Client,
    workflow: &str,
    attributes: Vec<(String, String)>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.workflow_or_pipeline_arn(workflow).await?;
    let count = attributes.len();
    let attributes: Map<_, _> =
        attributes.into_iter().map(|(name, path)| (name, path.into())).collect();
    let request = json!({"stateMachineArn": arn, "searchAttributes": attributes});
    let asked = client.ask(Api::Compasso, "PutSearchAttributes", &request).await;
    let answer = client.about(&arn, asked).await?;
    if json {
        output::json(&answer);
    } else {
        output::line(&format!("{count} search attributes from the next start on"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, workflow: &str, json: bool) -> anyhow::Result<ExitCode> {
    let arn = client.workflow_or_pipeline_arn(workflow).await?;
    let request = json!({"stateMachineArn": arn});
    let asked = client.ask(Api::Compasso, "GetSearchAttributes", &request).await;
    let answer = client.about(&arn, asked).await?;
    let attributes = answer["searchAttributes"].as_object().into_iter().flatten();
    let rows: Vec<Value> =
        attributes.map(|(name, path)| json!({"name": name, "path": path})).collect();
    show(&rows, json, &["NAME", "PATH"], |row| vec![text(row, "name"), text(row, "path")]);
    Ok(ExitCode::SUCCESS)
}
