//! A restart with a million executions that wait and fifty thousand tasks that nobody took.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::figure;
use crate::server::Server;
use crate::workloads::waiting::start_many;

const WAITING: usize = 1_000_000;
const OPEN_TASKS: usize = 50_000;
/// How often the server is looked at while it takes up its work.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn run() -> anyhow::Result<()> {
    let mut server = Server::start().await?;
    let wait = json!({"Type": "Wait", "Seconds": 36_000, "End": true});
    let definition = json!({"StartAt": "W", "States": {"W": wait}});
    let waiting = server.create("waiting", &definition.to_string()).await?;
    let activity = json!({"name": "work"});
    let answer = server.connect().await?.call_json("CreateActivity", &activity).await?;
    let activity = answer["activityArn"].as_str().context("no ARN")?.to_owned();
    let task = json!({"Type": "Task", "Resource": activity, "End": true});
    let definition = json!({"StartAt": "T", "States": {"T": task}});
    let working = server.create("working", &definition.to_string()).await?;

    start_many(server.port, &waiting, WAITING).await?;
    let before = server.resident_kib()?;
    figure::print("recovery-large.resident.waiting", before / 1024.0, "MiB");
    start_many(server.port, &working, OPEN_TASKS).await?;
    let after = server.resident_kib()?;
    let each = (after - before) / OPEN_TASKS as f64;
    figure::print("recovery-large.task", each, "KiB/open task");
    server.kill().await?;

    let begun = Instant::now();
    server.restart().await?;
    figure::print("recovery-large.ready", server.start_up.as_secs_f64(), "s");
    figure::print("recovery-large.resident.ready", server.resident_kib()? / 1024.0, "MiB");
    // In PostgreSQL the next owner waits until the lease of the killed one has run out.
    let question = json!({"stateMachineArn": waiting});
    server.connect().await?.call_json("DescribeStateMachine", &question).await?;
    figure::print("recovery-large.answers", begun.elapsed().as_secs_f64(), "s");
    let settled = settle(&server, begun).await?;
    figure::print("recovery-large.settled", settled.as_secs_f64(), "s");
    figure::print("recovery-large.resident.settled", server.resident_kib()? / 1024.0, "MiB");
    let poll = json!({"activityArn": activity});
    let task = server.connect().await?.call_json("GetActivityTask", &poll).await?;
    if task["taskToken"].as_str().is_none() {
        bail!("no task was taken up again: {task}");
    }
    Ok(())
}

/// Waits until the server computes no more; returns how long after `begun` it stopped.
async fn settle(server: &Server, begun: Instant) -> anyhow::Result<Duration> {
    let mut used = server.cpu()?;
    let mut last_busy = begun.elapsed();
    while begun.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let now = server.cpu()?;
        if now == used && begun.elapsed() > last_busy + 4 * LOOK_INTERVAL {
            return Ok(last_busy);
        }
        if now > used {
            (used, last_busy) = (now, begun.elapsed());
        }
    }
    bail!("still at work after {PATIENCE:?}")
}
