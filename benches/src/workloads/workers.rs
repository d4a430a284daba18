//! W10: from the end of a task to the next one in the hands of a worker, while others wait.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::figure;
use crate::http::Connection;
use crate::server::Server;

/// How many tasks wait for a worker that never comes.
const WAITING: [usize; 3] = [1, 1_000, 10_000];
/// How many tasks a run has, those that are measured among them.
const SIZES: [usize; 3] = [100, 1_000, 10_000];
const CLIENTS: usize = 16;
/// Tasks of a run that are measured, one after the other.
const TASKS: usize = 40;
const RUNS: usize = 25;
const POLL: &str = r#"{"free":1,"wait_ms":30000}"#;

pub(crate) async fn run() -> anyhow::Result<()> {
    for waiting in WAITING {
        measure(&format!("w10.{waiting}"), TASKS, waiting).await?;
    }
    for size in SIZES {
        measure(&format!("w10.of.{size}"), size, 0).await?;
    }
    Ok(())
}

/// Measures runs of `size` tasks while `waiting` tasks of others wait.
async fn measure(name: &str, size: usize, waiting: usize) -> anyhow::Result<()> {
    let server = Server::start().await?;
    push(&server, size).await?;
    start(&server, "elsewhere", waiting).await?;
    until_waiting(&server, waiting).await?;
    let cpu = server.cpu()?;
    let begun = Instant::now();
    let mut latencies = work(&server).await?;
    let count = (RUNS * TASKS) as f64;
    figure::print(&format!("{name}.rate"), count / begun.elapsed().as_secs_f64(), "tasks/s");
    let used = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    figure::print(&format!("{name}.cpu"), used * 1e3 / count, "ms/task");
    figure::print_latencies(name, &mut latencies);
    Ok(())
}

/// Stores a pipeline of `size` tasks, some of them in a row and the others behind one that nobody takes, and one
/// whose only task nobody takes.
async fn push(server: &Server, size: usize) -> anyhow::Result<()> {
    let mut text = String::from(
        "pipeline: elsewhere\nconcurrency: {max_runs: 10000}\ntasks:\n  a: {uses: \"worker:never\"}\n---\n\
         pipeline: row\nconcurrency: {max_runs: 10000}\ntasks:\n",
    );
    if size > TASKS {
        text.push_str("  gate: {uses: \"worker:never\"}\n");
    }
    for task in TASKS + 1..size {
        writeln!(text, "  o{task}: {{noop: true, needs: [gate, t{}]}}", task % TASKS)?;
    }
    for task in 0..TASKS {
        let needs =
            task.checked_sub(1).map_or_else(String::new, |one| format!(", needs: [t{one}]"));
        writeln!(text, "  t{task}: {{uses: \"worker:step\"{needs}}}")?;
    }
    server.connect().await?.send("POST", "/api/v1/pipelines", &text).await?;
    Ok(())
}

async fn start(server: &Server, pipeline: &str, count: usize) -> anyhow::Result<()> {
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let mut connection = server.connect().await?;
        let path = format!("/api/v1/pipelines/{pipeline}/runs");
        clients.push(tokio::spawn(async move {
            for _ in (client..count).step_by(CLIENTS) {
                connection.send("POST", &path, "{}").await?;
            }
            anyhow::Ok(())
        }));
    }
    for client in clients {
        client.await??;
    }
    Ok(())
}

async fn until_waiting(server: &Server, count: usize) -> anyhow::Result<()> {
    let mut connection = server.connect().await?;
    loop {
        let queues: Value =
            serde_json::from_str(&connection.send("GET", "/api/v1/queues", "").await?)?;
        let waiting = queues["items"].as_array().into_iter().flatten();
        let waiting: u64 = waiting.filter_map(|queue| queue["waiting"].as_u64()).sum();
        if waiting >= count as u64 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Does the tasks of all runs, one run after the other; a poll is open when a task ends.
async fn work(server: &Server) -> anyhow::Result<Vec<Duration>> {
    let mut reports = server.connect().await?;
    let worker = json!({"name": "w", "handlers": ["step"], "slots": 2});
    reports.send("POST", "/api/v1/workers", &worker.to_string()).await?;
    let mut latencies = Vec::new();
    for _ in 0..RUNS {
        start(server, "row", 1).await?;
        let mut polls = server.connect().await?;
        let mut lease = take(&mut polls).await?;
        for _ in 1..TASKS {
            let polling = tokio::spawn(async move {
                let lease = take(&mut polls).await?;
                anyhow::Ok((polls, lease, Instant::now()))
            });
            // The poll is to be there before the task ends.
            tokio::time::sleep(Duration::from_millis(2)).await;
            let ended = Instant::now();
            done(&mut reports, &lease).await?;
            let (connection, next, taken) = polling.await??;
            latencies.push(taken - ended);
            (polls, lease) = (connection, next);
        }
        done(&mut reports, &lease).await?;
    }
    Ok(latencies)
}

async fn take(polls: &mut Connection) -> anyhow::Result<String> {
    loop {
        let answer: Value =
            serde_json::from_str(&polls.send("POST", "/api/v1/workers/w/poll", POLL).await?)?;
        if let Some(task) = answer["tasks"].get(0) {
            return Ok(task["lease"].as_str().context("no lease")?.to_owned());
        }
    }
}

async fn done(reports: &mut Connection, lease: &str) -> anyhow::Result<()> {
    let path = format!("/api/v1/leases/{lease}/done");
    reports.send("POST", &path, r#"{"output":1}"#).await?;
    Ok(())
}
