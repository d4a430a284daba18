//! `compasso quarantine …`

use std::process::ExitCode;

use reqwest::Method;

use super::answer::{and_one, show_some, text};
use crate::cli::{Quarantine, Server};
use crate::client::Client;
use crate::output;

/// The query that finds them.
pub(super) const QUERY: &str = "status = QUARANTINED";

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Quarantine,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Quarantine::List { limit, server } => {
            let rows =
                connect(server)?.rest_pages(&["runs"], &[("q", QUERY)], and_one(limit)).await?;
            show_some((&rows, limit), json, &["WORKFLOW", "NAME", "STARTED", "ID"], |row| {
                ["workflowName", "name", "started", "id"].map(|member| text(row, member)).to_vec()
            });
        }
        Quarantine::Release { of } => {
            let client = connect(of.server)?;
            let run = client.execution_arn(&of.execution).await?;
            let path = ["runs", &run, "quarantine", "release"];
            let asked = client.rest(Method::POST, &path, &[], "{}".to_owned()).await;
            let answer = client.about(&run, asked).await?;
            if json {
                output::json(&answer);
            } else {
                output::line("it goes on");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
