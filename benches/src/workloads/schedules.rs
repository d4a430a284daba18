//! Ten thousand schedules: what they cost while nothing is due, and how late their runs begin.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use compasso_schedule::jitter;
use compasso_types::Timestamp;
use serde_json::{Value, json};

use crate::figure;
use crate::server::Server;

const SCHEDULES: usize = 10_000;
const CLIENTS: usize = 16;
const SETTINGS: &str = "[beyond-aws]\nschedules = true\n";
/// How long idle schedules are watched.
const IDLE: Duration = Duration::from_secs(20);
/// How long before they are due schedules are created.
const AHEAD: Duration = Duration::from_secs(90);
/// How long the last run may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);
/// Over what time runs that are spread begin.
const SPREAD: Duration = Duration::from_secs(30);

pub(crate) async fn run() -> anyhow::Result<()> {
    idle().await?;
    lateness("spread", SPREAD).await?;
    lateness("at-once", Duration::ZERO).await
}

async fn idle() -> anyhow::Result<()> {
    let server = Server::start_with(SETTINGS).await?;
    let before = server.resident_kib()?;
    create(&server, &json!({"cron": "@yearly", "timezone": "Europe/Lisbon"})).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    figure::print("schedules.memory", (server.resident_kib()? - before) / SCHEDULES as f64, "KiB");
    let cpu = server.cpu()?;
    tokio::time::sleep(IDLE).await;
    let used = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    figure::print("schedules.idle", used / IDLE.as_secs_f64() * 100.0, "% of a core");
    Ok(())
}

/// Measures from the instant a run is due to the one at which it started.
async fn lateness(name: &str, spread: Duration) -> anyhow::Result<()> {
    let server = Server::start_with(SETTINGS).await?;
    let at = Timestamp(i64::try_from(now()?.as_millis())?).after(AHEAD);
    let spec = json!({"at": [at.to_string()], "jitter": format!("{}s", spread.as_secs())});
    let machine = create(&server, &spec).await?;
    if now()? > Duration::from_millis(at.0.unsigned_abs()) {
        bail!("creating schedules took longer than {AHEAD:?}");
    }
    let cpu = server.cpu()?;
    let end = Duration::from_millis(at.0.unsigned_abs()) + spread;
    // Nobody asks before all are due: that would take the server's time.
    tokio::time::sleep(end.saturating_sub(now()?)).await;
    let mut latencies = loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let started = started(&server, &machine).await?;
        if started.len() == SCHEDULES {
            let late = |(name, start): &(String, Timestamp)| {
                let schedule = name.split('-').nth(1).unwrap_or_default();
                start.since(at.after(jitter(schedule, at, spread)))
            };
            break started.iter().map(late).collect::<Vec<_>>();
        }
        if now()? > end + PATIENCE {
            bail!("only {} of {SCHEDULES} runs began", started.len());
        }
    };
    let used = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    figure::print(&format!("schedules.{name}.cpu"), used * 1e3 / SCHEDULES as f64, "ms/run");
    figure::print_latencies(&format!("schedules.{name}"), &mut latencies);
    Ok(())
}

/// Creates all schedules of a state machine that succeeds at once; returns its ARN.
async fn create(server: &Server, spec: &Value) -> anyhow::Result<String> {
    let definition = json!({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}});
    let machine = server.create("scheduled", &definition.to_string()).await?;
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let mut connection = server.connect().await?;
        let (machine, spec) = (machine.clone(), spec.clone());
        clients.push(tokio::spawn(async move {
            for number in (client..SCHEDULES).step_by(CLIENTS) {
                let name = format!("n{number}");
                let request = json!({"name": name, "stateMachineArn": machine, "spec": spec});
                connection.call_of("Compasso", "CreateSchedule", &request.to_string()).await?;
            }
            anyhow::Ok(())
        }));
    }
    for client in clients {
        client.await??;
    }
    Ok(machine)
}

/// Returns the names of all executions and when they started.
async fn started(server: &Server, machine: &str) -> anyhow::Result<Vec<(String, Timestamp)>> {
    let mut connection = server.connect().await?;
    let mut request = json!({"stateMachineArn": machine, "maxResults": 1000});
    let mut found = Vec::new();
    loop {
        let answer = connection.call_json("ListExecutions", &request).await?;
        for execution in answer["executions"].as_array().context("no executions")? {
            let name = execution["name"].as_str().context("no name")?.to_owned();
            let start = execution["startDate"].as_f64().context("no start")? * 1000.0;
            found.push((name, Timestamp(start.round() as i64)));
        }
        match &answer["nextToken"] {
            Value::Null => return Ok(found),
            token => request["nextToken"] = token.clone(),
        }
    }
}

fn now() -> anyhow::Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}
