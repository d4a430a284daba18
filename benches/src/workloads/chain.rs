//! W1: a chain of ten Pass and Choice states, started and described until it has succeeded.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::{Value, json};

use crate::figure;
use crate::http::{Connection, member};
use crate::server::Server;

/// How long each level of concurrency runs.
const SPAN: Duration = Duration::from_secs(5);
/// Executions before anything is counted.
const WARM_UP: usize = 200;
/// States of the chain.
const STATES: usize = 10;

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let machine = server.create("chain", &definition().to_string()).await?;
    let mut connection = server.connect().await?;
    for _ in 0..WARM_UP {
        one(&mut connection, &machine).await?;
    }
    for in_flight in [1, 16, 64] {
        level(&server, &machine, in_flight).await?;
    }
    Ok(())
}

async fn level(server: &Server, machine: &str, in_flight: usize) -> anyhow::Result<()> {
    let used = figure::Used::until_now(server)?;
    let begun = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..in_flight {
        let mut connection = server.connect().await?;
        let machine = machine.to_owned();
        clients.push(tokio::spawn(async move {
            let mut latencies = Vec::new();
            while begun.elapsed() < SPAN {
                let started = Instant::now();
                one(&mut connection, &machine).await?;
                latencies.push(started.elapsed());
            }
            anyhow::Ok(latencies)
        }));
    }
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await??);
    }
    let count = latencies.len() as f64;
    let name = format!("w1.{in_flight}");
    figure::print(&format!("{name}.rate"), count / begun.elapsed().as_secs_f64(), "executions/s");
    used.print_since(&name, server, count)?;
    figure::print_latencies(&name, &mut latencies);
    Ok(())
}

/// Starts an execution and describes it until it has succeeded.
async fn one(connection: &mut Connection, machine: &str) -> anyhow::Result<()> {
    let start = format!(r#"{{"stateMachineArn":"{machine}","input":"{{\"n\":1}}"}}"#);
    let answer = connection.call("StartExecution", &start).await?;
    let Some(arn) = member(&answer, "executionArn") else { bail!("no ARN in {answer}") };
    let describe = format!(r#"{{"executionArn":"{arn}"}}"#);
    loop {
        let answer = connection.call("DescribeExecution", &describe).await?;
        match member(&answer, "status") {
            Some("SUCCEEDED") => return Ok(()),
            Some("RUNNING") => {}
            _ => bail!("unexpected: {answer}"),
        }
    }
}

fn definition() -> Value {
    let mut states = serde_json::Map::new();
    for number in 0..STATES {
        let next = format!("S{}", number + 1);
        let last = number + 1 == STATES;
        let state = if number % 2 == 1 && !last {
            let rule = json!({"Variable": "$.n", "NumericGreaterThan": 0, "Next": next});
            json!({"Type": "Choice", "Choices": [rule], "Default": next})
        } else if last {
            json!({"Type": "Pass", "End": true})
        } else {
            json!({"Type": "Pass", "Next": next})
        };
        states.insert(format!("S{number}"), state);
    }
    json!({"StartAt": "S0", "States": states})
}
