//! A hundred thousand timers that are due in the same second.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use compasso_types::Timestamp;
use serde_json::json;

use crate::figure;
use crate::server::Server;
use crate::workloads::waiting::start_each;

const TIMERS: usize = 100_000;
/// The second within which all are due.
const SPREAD_MS: u64 = 1_000;
/// How long all that is to wait has time to begin.
const BEGIN_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks whether any still waits.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let wait = json!({"Type": "Wait", "TimestampPath": "$.at", "End": true});
    let definition = json!({"StartAt": "W", "States": {"W": wait}});
    let machine = server.create("timers", &definition.to_string()).await?;
    let due = now()? + BEGIN_WITHIN;
    let input = move |number| {
        let at = due + Duration::from_millis(number as u64 * SPREAD_MS / TIMERS as u64);
        json!({"at": Timestamp(at.as_millis() as i64).to_string()}).to_string()
    };
    start_each(server.port, &machine, TIMERS, input).await?;
    if now()? >= due {
        bail!("not all began to wait within {BEGIN_WITHIN:?}");
    }
    tokio::time::sleep(due.saturating_sub(now()?)).await;
    let used = figure::Used::until_now(&server)?;
    let last = last_end(&server, &machine, due).await?;
    let late = last - (due.as_secs_f64() + SPREAD_MS as f64 / 1_000.0);
    figure::print("timers.late", late, "s");
    used.print_since("timers", &server, TIMERS as f64)?;
    Ok(())
}

fn now() -> anyhow::Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}

/// Waits until all have ended; returns when the last one did.
async fn last_end(server: &Server, machine: &str, due: Duration) -> anyhow::Result<f64> {
    let mut connection = server.connect().await?;
    let list =
        |status: &str| json!({"stateMachineArn": machine, "statusFilter": status, "maxResults": 1});
    loop {
        let running = connection.call_json("ListExecutions", &list("RUNNING")).await?;
        if running["executions"].as_array().context("no list")?.is_empty() {
            break;
        }
        if now()? > due + PATIENCE {
            bail!("not done after {PATIENCE:?}");
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    // Those that ended last come first.
    let ended = connection.call_json("ListExecutions", &list("SUCCEEDED")).await?;
    let stop = ended["executions"][0]["stopDate"].as_f64();
    stop.with_context(|| format!("nothing ended well: {ended}"))
}
