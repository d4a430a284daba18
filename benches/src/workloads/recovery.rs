//! W7: kill -9 with many executions in flight, and the time until all are done.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::figure;
use crate::server::Server;
use crate::workloads::waiting::start_many;

const IN_FLIGHT: usize = 1_000;
/// How long each waits in the middle: over when the server is back.
const WAIT_SECONDS: u64 = 3;
const ASK_INTERVAL: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run() -> anyhow::Result<()> {
    let mut server = Server::start().await?;
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "W"},
        "W": {"Type": "Wait", "Seconds": WAIT_SECONDS, "Next": "B"},
        "B": {"Type": "Pass", "End": true},
    }});
    let machine = server.create("recovery", &definition.to_string()).await?;
    start_many(server.port, &machine, IN_FLIGHT).await?;
    server.kill().await?;
    tokio::time::sleep(Duration::from_secs(WAIT_SECONDS)).await;
    let begun = Instant::now();
    server.restart().await?;
    let mut connection = server.connect().await?;
    let running = json!({"stateMachineArn": machine, "statusFilter": "RUNNING", "maxResults": 1});
    loop {
        let answer = connection.call_json("ListExecutions", &running).await?;
        if answer["executions"].as_array().context("no list")?.is_empty() {
            break;
        }
        if begun.elapsed() > PATIENCE {
            bail!("not done after {PATIENCE:?}");
        }
        tokio::time::sleep(ASK_INTERVAL).await;
    }
    figure::print("w7.done", begun.elapsed().as_secs_f64(), "s after restart");
    let done = json!({"stateMachineArn": machine, "statusFilter": "SUCCEEDED", "maxResults": 1000});
    let answer = connection.call_json("ListExecutions", &done).await?;
    let succeeded = answer["executions"].as_array().context("no list")?.len();
    figure::print("w7.lost", (IN_FLIGHT - succeeded) as f64, "executions");
    Ok(())
}
