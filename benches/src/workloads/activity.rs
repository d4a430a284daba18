//! W2: one activity task, done by workers over the API.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;
use tokio::sync::oneshot;

use crate::figure;
use crate::http::member;
use crate::server::Server;

const IN_FLIGHT: usize = 16;
const SPAN: Duration = Duration::from_secs(5);

/// Who waits for the task with this number to be reported.
type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<()>>>>;

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let activity = json!({"name": "work"});
    let answer = server.connect().await?.call_json("CreateActivity", &activity).await?;
    let activity = answer["activityArn"].as_str().context("no ARN")?.to_owned();
    let task = json!({"Type": "Task", "Resource": activity, "End": true});
    let definition = json!({"StartAt": "Work", "States": {"Work": task}});
    let machine = server.create("activity", &definition.to_string()).await?;

    let waiting: Waiting = Arc::default();
    let mut workers = Vec::new();
    for _ in 0..IN_FLIGHT {
        workers.push(tokio::spawn(work(server.port, activity.clone(), waiting.clone())));
    }
    let used = figure::Used::until_now(&server)?;
    let begun = Instant::now();
    let mut starters = Vec::new();
    for starter in 0..IN_FLIGHT as u64 {
        let order = (server.port, machine.clone(), waiting.clone());
        starters.push(tokio::spawn(start_many(order, starter, begun)));
    }
    let mut latencies = Vec::new();
    for starter in starters {
        latencies.extend(starter.await??);
    }
    let count = latencies.len() as f64;
    let rate = count / begun.elapsed().as_secs_f64();
    figure::print("w2.16.rate", rate, "executions/s");
    used.print_since("w2.16", &server, count)?;
    figure::print_latencies("w2.16", &mut latencies);
    workers.iter().for_each(tokio::task::JoinHandle::abort);
    Ok(())
}

/// Starts executions one after the other, each once the one before is described as succeeded.
async fn start_many(
    (port, machine, waiting): (u16, String, Waiting),
    starter: u64,
    begun: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = crate::http::Connection::open(port).await?;
    let mut latencies = Vec::new();
    let mut number = starter << 32;
    while begun.elapsed() < SPAN {
        let started = Instant::now();
        let (reported, report) = oneshot::channel();
        waiting.lock().expect("no holder panics").insert(number, reported);
        let start = format!(r#"{{"stateMachineArn":"{machine}","input":"{number}"}}"#);
        let answer = connection.call("StartExecution", &start).await?;
        report.await?;
        let arn = member(&answer, "executionArn").context("no ARN")?;
        let describe = format!(r#"{{"executionArn":"{arn}"}}"#);
        let answer = connection.call("DescribeExecution", &describe).await?;
        if member(&answer, "status") != Some("SUCCEEDED") {
            bail!("unexpected: {answer}");
        }
        latencies.push(started.elapsed());
        number += 1;
    }
    Ok(latencies)
}

/// Takes tasks and reports them done, for ever.
async fn work(port: u16, activity: String, waiting: Waiting) -> anyhow::Result<()> {
    let mut connection = crate::http::Connection::open(port).await?;
    let poll = format!(r#"{{"activityArn":"{activity}"}}"#);
    loop {
        let task = connection.call("GetActivityTask", &poll).await?;
        let Some(token) = member(&task, "taskToken") else { continue };
        let number = member(&task, "input").and_then(|input| input.parse().ok());
        let report = format!(r#"{{"taskToken":"{token}","output":"true"}}"#);
        connection.call("SendTaskSuccess", &report).await?;
        let waiter = number.and_then(|n: u64| waiting.lock().expect("no holder panics").remove(&n));
        if let Some(waiter) = waiter {
            let _ = waiter.send(());
        }
    }
}
