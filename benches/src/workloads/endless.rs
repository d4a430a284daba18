//! W9: one execution that loops through a million states and then waits: what a long history costs.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::figure;
use crate::http::Connection;
use crate::server::Server;

/// Loops, if [`LOOPS_VARIABLE`] names no other number; each goes through three states.
const LOOPS: u64 = 333_333;
const LOOPS_VARIABLE: &str = "COMPASSO_BENCH_LOOPS";
const STATES_OF_A_LOOP: u64 = 3;
/// Events of a page.
const PAGE: u64 = 1_000;
/// Pages whose time is taken together.
const PAGES_TIMED: u32 = 20;
/// How often it is asked how far the execution is.
const ASK_INTERVAL: Duration = Duration::from_millis(100);
/// How long the loop may take.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// How far the execution was, and what the server had computed by then.
#[derive(Clone, Copy)]
struct Sample {
    event: u64,
    cpu: Duration,
}

/// Lets an execution loop, and asks for its history; restarts, stops and redrives it.
pub(crate) async fn run() -> anyhow::Result<()> {
    let loops = match std::env::var(LOOPS_VARIABLE) {
        Ok(number) => number.parse().with_context(|| format!("{LOOPS_VARIABLE}={number}"))?,
        Err(_) => LOOPS,
    };
    let mut server = Server::start().await?;
    let machine = server.create("endless", &definition(loops).to_string()).await?;
    let mut connection = server.connect().await?;
    let (idle, begun) = (server.resident_kib()?, Instant::now());
    let started = call(&mut connection, "StartExecution", json!({"stateMachineArn": machine}));
    let execution = json!({"executionArn": started.await?["executionArn"]});
    let samples = follow(&server, &mut connection, &execution, loops).await?;
    let states = loops * STATES_OF_A_LOOP;
    figure::print("w9.rate", states as f64 / begun.elapsed().as_secs_f64(), "states/s");
    print_cpu(&samples);
    figure::print("w9.memory", (server.peak_kib()? - idle) / 1024.0, "MiB");
    figure::print("w9.disk", server.data_bytes()? as f64 / states as f64, "bytes/state");
    print_pages(&mut connection, &execution).await?;
    server.kill().await?;
    server.restart().await?;
    figure::print("w9.restart", server.start_up.as_secs_f64() * 1000.0, "ms");
    let mut connection = server.connect().await?;
    for action in ["StopExecution", "RedriveExecution"] {
        let begun = Instant::now();
        call(&mut connection, action, execution.clone()).await?;
        figure::print(&format!("w9.{action}"), begun.elapsed().as_secs_f64() * 1000.0, "ms");
    }
    Ok(())
}

fn definition(loops: u64) -> Value {
    json!({"StartAt": "Begin", "States": {
        "Begin": {"Type": "Pass", "Result": {"n": 0}, "Next": "Add"},
        "Add": {
            "Type": "Pass",
            "Parameters": {"n.$": "States.MathAdd($.n, 1)"},
            "Next": "Pause",
        },
        "Pause": {"Type": "Wait", "Seconds": 0, "Next": "More"},
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": loops, "Next": "Add"}],
            "Default": "Rest",
        },
        "Rest": {"Type": "Wait", "Seconds": 86_400, "End": true},
    }})
}

async fn call(connection: &mut Connection, action: &str, request: Value) -> anyhow::Result<Value> {
    connection.call_json(action, &request).await
}

/// Returns the number and the type of the last event.
async fn last(connection: &mut Connection, execution: &Value) -> anyhow::Result<(u64, String)> {
    let mut request = execution.clone();
    request["reverseOrder"] = true.into();
    request["maxResults"] = 1.into();
    let answer = call(connection, "GetExecutionHistory", request).await?;
    let event = &answer["events"][0];
    let kind = event["type"].as_str().context("an event has a type")?;
    Ok((event["id"].as_u64().context("an event has a number")?, kind.to_owned()))
}

/// Waits until the loop is over, and notes how far it is now and then.
async fn follow(
    server: &Server,
    connection: &mut Connection,
    execution: &Value,
    loops: u64,
) -> anyhow::Result<Vec<Sample>> {
    let (begun, mut samples) = (Instant::now(), Vec::new());
    // Each state has two events.
    let end = 2 * loops * STATES_OF_A_LOOP;
    while begun.elapsed() < PATIENCE {
        let (event, kind) = last(connection, execution).await?;
        samples.push(Sample { event, cpu: server.cpu()? });
        if event > end && kind == "WaitStateEntered" {
            return Ok(samples);
        }
        tokio::time::sleep(ASK_INTERVAL).await;
    }
    bail!("not done after {PATIENCE:?}")
}

/// Prints what a state costs in the first and in the last third of the loop.
fn print_cpu(samples: &[Sample]) {
    let third = samples.len() / 3;
    for (name, part) in
        [("first", &samples[..=third]), ("last", &samples[samples.len() - third - 1..])]
    {
        let (Some(from), Some(to)) = (part.first(), part.last()) else { continue };
        let states = (to.event - from.event) as f64 / 2.0;
        let cpu = to.cpu.saturating_sub(from.cpu).as_secs_f64();
        figure::print(&format!("w9.cpu.{name}"), cpu * 1_000_000.0 / states, "us/state");
    }
}

/// Prints how long a page of the history takes: at the beginning, in the middle and at the end, in
/// either direction.
async fn print_pages(connection: &mut Connection, execution: &Value) -> anyhow::Result<()> {
    let (events, _) = last(connection, execution).await?;
    let pages = u32::try_from(events / PAGE)?;
    for (direction, reverse) in [("forward", false), ("reverse", true)] {
        let mut request = execution.clone();
        request["reverseOrder"] = reverse.into();
        request["maxResults"] = PAGE.into();
        let mut timed = Timed::new(pages);
        for page in 0..pages {
            let begun = Instant::now();
            let mut answer = call(connection, "GetExecutionHistory", request.clone()).await?;
            timed.add(page, begun.elapsed());
            request["nextToken"] = answer["nextToken"].take();
        }
        timed.print(&format!("w9.page.{direction}"));
    }
    Ok(())
}

/// Times of pages at three places.
struct Timed {
    places: [(&'static str, u32); 3],
    sums: [Duration; 3],
}

impl Timed {
    fn new(pages: u32) -> Self {
        let late = pages.saturating_sub(PAGES_TIMED + 1);
        Self {
            places: [("first", 0), ("middle", late / 2), ("last", late)],
            sums: Default::default(),
        }
    }

    fn add(&mut self, page: u32, took: Duration) {
        for ((_, from), sum) in self.places.iter().zip(&mut self.sums) {
            if (*from..from + PAGES_TIMED).contains(&page) {
                *sum += took;
            }
        }
    }

    fn print(&self, name: &str) {
        for ((place, _), sum) in self.places.iter().zip(self.sums) {
            let value = (sum / PAGES_TIMED).as_secs_f64() * 1000.0;
            figure::print(&format!("{name}.{place}"), value, "ms");
        }
    }
}
