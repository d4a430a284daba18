//! More clients that start executions than can be served: what still becomes durable, and how long results
//! of tasks take meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use tokio::task::JoinSet;

use crate::figure;
use crate::http::{Connection, member};
use crate::server::Server;

/// Clients at once; the last phase shows whether the server comes back.
const PHASES: [(&str, usize); 4] = [("64", 64), ("512", 512), ("2048", 2_048), ("again", 64)];
const SPAN: Duration = Duration::from_secs(6);
const WORKERS: usize = 16;

/// What happened in a phase.
#[derive(Default)]
struct Tally {
    started: AtomicUsize,
    refused: AtomicUsize,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let answer =
        server.connect().await?.call_json("CreateActivity", &json!({"name": "work"})).await?;
    let activity = answer["activityArn"].as_str().context("no ARN")?.to_owned();
    let task = json!({"Type": "Task", "Resource": activity, "End": true});
    let definition = json!({"StartAt": "Work", "States": {"Work": task}});
    let machine = server.create("activity", &definition.to_string()).await?;
    for (name, clients) in PHASES {
        phase(name, clients, server.port, &machine, &activity).await?;
    }
    Ok(())
}

async fn phase(
    name: &str,
    clients: usize,
    port: u16,
    machine: &str,
    activity: &str,
) -> anyhow::Result<()> {
    let tally = Arc::<Tally>::default();
    let until = Instant::now() + SPAN;
    let (mut starters, mut workers) = (JoinSet::new(), JoinSet::new());
    for _ in 0..WORKERS {
        workers.spawn(work(port, activity.to_owned(), until));
    }
    for _ in 0..clients {
        starters.spawn(start(port, machine.to_owned(), until, tally.clone()));
    }
    while let Some(ended) = starters.join_next().await {
        ended??;
    }
    let mut results = Vec::new();
    while let Some(ended) = workers.join_next().await {
        results.extend(ended??);
    }
    let per_second = |count: usize| count as f64 / SPAN.as_secs_f64();
    let of = |count: &AtomicUsize| per_second(count.load(Ordering::Relaxed));
    figure::print(&format!("overload.{name}.rate"), of(&tally.started), "executions/s");
    figure::print(&format!("overload.{name}.refused"), of(&tally.refused), "requests/s");
    figure::print(&format!("overload.{name}.results"), per_second(results.len()), "tasks/s");
    figure::print_latencies(&format!("overload.{name}.result"), &mut results);
    Ok(())
}

/// Starts executions without a pause, whatever the answers are.
async fn start(
    port: u16,
    machine: String,
    until: Instant,
    tally: Arc<Tally>,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(port).await?;
    let order = format!(r#"{{"stateMachineArn":"{machine}"}}"#);
    while Instant::now() < until {
        let counter = match connection.call("StartExecution", &order).await {
            Ok(_) => &tally.started,
            Err(_) => &tally.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Takes tasks and reports them done; returns how long each report took.
async fn work(port: u16, activity: String, until: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(port).await?;
    let poll = format!(r#"{{"activityArn":"{activity}"}}"#);
    let mut took = Vec::new();
    while Instant::now() < until {
        let task = connection.call("GetActivityTask", &poll).await?;
        let Some(token) = member(&task, "taskToken") else { continue };
        let report = format!(r#"{{"taskToken":"{token}","output":"true"}}"#);
        let begun = Instant::now();
        connection.call("SendTaskSuccess", &report).await?;
        took.push(begun.elapsed());
    }
    Ok(took)
}
