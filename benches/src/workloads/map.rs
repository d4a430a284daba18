//! W4: an inline Map over many items.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::figure;
use crate::server::Server;

/// How often the execution is asked for.
const ASK_INTERVAL: Duration = Duration::from_millis(2);
/// How long a Map may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let processor = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let map = json!({"Type": "Map", "ItemProcessor": processor, "End": true});
    let definition = json!({"StartAt": "M", "States": {"M": map}});
    let machine = server.create("map", &definition.to_string()).await?;
    for items in [1_000, 10_000] {
        let cpu = server.cpu()?;
        let input = json!((0..items).collect::<Vec<_>>()).to_string();
        let took = one(&server, &machine, &input).await?;
        figure::print(&format!("w4.{items}.time"), took.as_secs_f64(), "s");
        let used = server.cpu()?.saturating_sub(cpu).as_secs_f64();
        figure::print(&format!("w4.{items}.cpu"), used * 1000.0 / f64::from(items), "ms/item");
    }
    Ok(())
}

async fn one(server: &Server, machine: &str, input: &str) -> anyhow::Result<Duration> {
    let mut connection = server.connect().await?;
    let begun = Instant::now();
    let start = json!({"stateMachineArn": machine, "input": input});
    let started = connection.call_json("StartExecution", &start).await?;
    let describe = json!({"executionArn": started["executionArn"].as_str().context("no ARN")?});
    while begun.elapsed() < PATIENCE {
        let answer = connection.call_json("DescribeExecution", &describe).await?;
        match answer["status"].as_str() {
            Some("SUCCEEDED") => return Ok(begun.elapsed()),
            Some("RUNNING") => tokio::time::sleep(ASK_INTERVAL).await,
            _ => bail!("unexpected: {answer}"),
        }
    }
    bail!("not done after {PATIENCE:?}")
}
