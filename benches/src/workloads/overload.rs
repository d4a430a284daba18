//! More clients that start executions than can be served: what still becomes durable, what it costs, and how long
//! results of tasks, signs of life and stops take meanwhile, none of which may be refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use tokio::task::JoinSet;

use crate::figure::{self, Used};
use crate::http::{Connection, member};
use crate::server::Server;

/// Clients at once; the last phase shows whether the server comes back.
const PHASES: [(&str, usize); 4] = [("64", 64), ("512", 512), ("2048", 2_048), ("again", 64)];
const SPAN: Duration = Duration::from_secs(6);
const WORKERS: usize = 16;
/// Executions that somebody stops, one after the other, in a phase.
const STOPS: usize = 100;

/// What happened in a phase.
#[derive(Default)]
struct Tally {
    started: AtomicUsize,
    refused: AtomicUsize,
}

/// How long calls took that end work.
#[derive(Default)]
struct Ends {
    results: Vec<Duration>,
    beats: Vec<Duration>,
}

/// What clients ask for.
struct Subjects {
    /// Each of its executions is a task of the activity.
    works: String,
    /// Each of its executions waits.
    waits: String,
    activity: String,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let answer =
        server.connect().await?.call_json("CreateActivity", &json!({"name": "work"})).await?;
    let activity = answer["activityArn"].as_str().context("no ARN")?.to_owned();
    let task = json!({"Type": "Task", "Resource": activity, "HeartbeatSeconds": 60, "End": true});
    let works = json!({"StartAt": "Work", "States": {"Work": task}});
    let wait = json!({"Type": "Wait", "Seconds": 3_600, "End": true});
    let waits = json!({"StartAt": "Wait", "States": {"Wait": wait}});
    let works = server.create("works", &works.to_string()).await?;
    let waits = server.create("waits", &waits.to_string()).await?;
    let subjects = Arc::new(Subjects { works, waits, activity });
    for (name, clients) in PHASES {
        phase(name, clients, &server, &subjects).await?;
    }
    Ok(())
}

async fn phase(
    name: &str,
    clients: usize,
    server: &Server,
    subjects: &Arc<Subjects>,
) -> anyhow::Result<()> {
    let waiting = waiting(server, subjects).await?;
    let (tally, port) = (Arc::<Tally>::default(), server.port);
    let used = Used::until_now(server)?;
    let until = Instant::now() + SPAN;
    let (mut starters, mut workers) = (JoinSet::new(), JoinSet::new());
    for _ in 0..WORKERS {
        workers.spawn(work(port, subjects.clone(), until));
    }
    for _ in 0..clients {
        starters.spawn(start(port, subjects.clone(), until, tally.clone()));
    }
    let mut stops = stop(port, waiting, until).await?;
    let mut starts = Vec::new();
    while let Some(ended) = starters.join_next().await {
        starts.extend(ended??);
    }
    let mut ends = Ends::default();
    while let Some(ended) = workers.join_next().await {
        let Ends { results, beats } = ended??;
        ends.results.extend(results);
        ends.beats.extend(beats);
    }
    let per_second = |count: usize| count as f64 / SPAN.as_secs_f64();
    let started = tally.started.load(Ordering::Relaxed);
    let refused = tally.refused.load(Ordering::Relaxed);
    figure::print(&format!("overload.{name}.rate"), per_second(started), "executions/s");
    figure::print(&format!("overload.{name}.refused"), per_second(refused), "requests/s");
    figure::print(&format!("overload.{name}.results"), per_second(ends.results.len()), "tasks/s");
    used.print_since(&format!("overload.{name}"), server, started as f64)?;
    figure::print_latencies(&format!("overload.{name}.start"), &mut starts);
    figure::print_latencies(&format!("overload.{name}.result"), &mut ends.results);
    figure::print_latencies(&format!("overload.{name}.heartbeat"), &mut ends.beats);
    figure::print_latencies(&format!("overload.{name}.stop"), &mut stops);
    Ok(())
}

/// Starts executions that wait, for somebody to stop them.
async fn waiting(server: &Server, subjects: &Subjects) -> anyhow::Result<Vec<String>> {
    let mut connection = server.connect().await?;
    let order = format!(r#"{{"stateMachineArn":"{}"}}"#, subjects.waits);
    let mut arns = Vec::with_capacity(STOPS);
    for _ in 0..STOPS {
        let started = connection.call("StartExecution", &order).await?;
        arns.push(member(&started, "executionArn").context("no ARN")?.to_owned());
    }
    Ok(arns)
}

/// Stops executions, one after the other; returns how long each stop took.
async fn stop(port: u16, arns: Vec<String>, until: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(port).await?;
    let mut took = Vec::with_capacity(arns.len());
    for arn in arns {
        if Instant::now() >= until {
            break;
        }
        let begun = Instant::now();
        connection.call("StopExecution", &format!(r#"{{"executionArn":"{arn}"}}"#)).await?;
        took.push(begun.elapsed());
    }
    Ok(took)
}

/// Starts executions without a pause, whatever the answers are; returns how long those took that came to be.
async fn start(
    port: u16,
    subjects: Arc<Subjects>,
    until: Instant,
    tally: Arc<Tally>,
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(port).await?;
    let order = format!(r#"{{"stateMachineArn":"{}"}}"#, subjects.works);
    let mut took = Vec::new();
    while Instant::now() < until {
        let begun = Instant::now();
        let counter = match connection.call("StartExecution", &order).await {
            Ok(_) => {
                took.push(begun.elapsed());
                &tally.started
            }
            Err(_) => &tally.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
    Ok(took)
}

/// Takes tasks, gives a sign of life and reports them done.
async fn work(port: u16, subjects: Arc<Subjects>, until: Instant) -> anyhow::Result<Ends> {
    let mut connection = Connection::open(port).await?;
    let poll = format!(r#"{{"activityArn":"{}"}}"#, subjects.activity);
    let mut ends = Ends::default();
    while Instant::now() < until {
        let task = connection.call("GetActivityTask", &poll).await?;
        let Some(token) = member(&task, "taskToken") else { continue };
        let begun = Instant::now();
        let beat = format!(r#"{{"taskToken":"{token}"}}"#);
        connection.call("SendTaskHeartbeat", &beat).await?;
        ends.beats.push(begun.elapsed());
        let begun = Instant::now();
        let report = format!(r#"{{"taskToken":"{token}","output":"true"}}"#);
        connection.call("SendTaskSuccess", &report).await?;
        ends.results.push(begun.elapsed());
    }
    Ok(ends)
}
