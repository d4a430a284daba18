//! Ten thousand schedules: what they cost while nothing is due, and how late their runs begin. Those of
//! lateness are of one state machine, or each of a pipeline of its own.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use compasso_schedule::jitter;
use compasso_types::Timestamp;
use serde_json::{Value, json};

use crate::figure;
use crate::server::Server;

const SCHEDULES: usize = 10_000;
const CLIENTS: usize = 16;
/// Pipelines pushed in one call.
const PUSHED: usize = 100;
/// Runs on a page.
const PAGE: usize = 200;
const SETTINGS: &str = "[beyond-aws]\nschedules = true\n";
/// How long idle schedules are watched.
const IDLE: Duration = Duration::from_secs(20);
/// How many schedules tell how long it takes to create all of them.
const TRIAL: usize = 2 * PUSHED;
/// How long before they are due schedules are created, beyond that; and at most.
const SPARE: Duration = Duration::from_secs(5);
const AHEAD_MAX: Duration = Duration::from_secs(120);
/// How long the last run may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);
/// When the schedules of a trial are due: later than it ends.
const DAY: Duration = Duration::from_secs(86_400);
/// Over what time runs that are spread begin.
const SPREAD: Duration = Duration::from_secs(30);

/// What idle schedules cost, and how late runs of pipelines begin that are spread.
pub(crate) async fn run() -> anyhow::Result<()> {
    idle().await?;
    lateness(Kind::Pipelines, "schedules.pipelines.spread", SPREAD).await
}

/// The same of one state machine.
pub(crate) async fn of_machine() -> anyhow::Result<()> {
    lateness(Kind::Machine, "schedules.spread", SPREAD).await
}

/// How late runs begin that are all due in the same instant.
pub(crate) async fn at_once() -> anyhow::Result<()> {
    lateness(Kind::Machine, "schedules.at-once", Duration::ZERO).await?;
    lateness(Kind::Pipelines, "schedules.pipelines.at-once", Duration::ZERO).await
}

/// What schedules start.
#[derive(Clone, Copy)]
enum Kind {
    /// All of them one state machine.
    Machine,
    /// Each a pipeline of its own.
    Pipelines,
}

async fn idle() -> anyhow::Result<()> {
    let server = Server::start_with(SETTINGS).await?;
    let before = server.resident_kib()?;
    create(&server, &json!({"cron": "@yearly", "timezone": "Europe/Lisbon"}), SCHEDULES).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    figure::print("schedules.memory", (server.resident_kib()? - before) / SCHEDULES as f64, "KiB");
    let cpu = server.cpu()?;
    tokio::time::sleep(IDLE).await;
    let used = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    figure::print("schedules.idle", used / IDLE.as_secs_f64() * 100.0, "% of a core");
    Ok(())
}

/// Measures from the instant a run is due to the one at which it started.
async fn lateness(kind: Kind, name: &str, spread: Duration) -> anyhow::Result<()> {
    let server = Server::start_with(SETTINGS).await?;
    let ahead = ahead(kind).await?;
    let at = Timestamp(i64::try_from(now()?.as_millis())?).after(ahead);
    let machine = make(&server, kind, at, spread, SCHEDULES).await?;
    if now()? > Duration::from_millis(at.0.unsigned_abs()) {
        bail!("creating schedules took longer than {ahead:?}");
    }
    let cpu = server.cpu()?;
    let end = Duration::from_millis(at.0.unsigned_abs()) + spread;
    // Nobody asks before all are due: that would take the server's time.
    tokio::time::sleep(end.saturating_sub(now()?)).await;
    let mut latencies = loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let started = match &machine {
            Some(machine) => started(&server, machine).await?,
            None => started_runs(&server).await?,
        };
        if started.len() == SCHEDULES {
            let late = |(schedule, start): &(String, Timestamp)| {
                start.since(at.after(jitter(schedule, at, spread)))
            };
            break started.iter().map(late).collect::<Vec<_>>();
        }
        if now()? > end + PATIENCE {
            bail!("only {} of {SCHEDULES} runs began", started.len());
        }
    };
    let used = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    figure::print(&format!("{name}.cpu"), used * 1e3 / SCHEDULES as f64, "ms/run");
    figure::print_latencies(name, &mut latencies);
    Ok(())
}

/// Returns how long before they are due schedules are created: as long as it takes twice, by a trial
/// on a server of its own.
async fn ahead(kind: Kind) -> anyhow::Result<Duration> {
    let server = Server::start_with(SETTINGS).await?;
    let begun = Instant::now();
    let later = Timestamp(i64::try_from(now()?.as_millis())?).after(DAY);
    make(&server, kind, later, Duration::ZERO, TRIAL).await?;
    let of_all = begun.elapsed() * u32::try_from(SCHEDULES / TRIAL)?;
    Ok((2 * of_all + SPARE).min(AHEAD_MAX))
}

/// Makes schedules that are due at an instant; returns the ARN of their state machine, if they have one.
async fn make(
    server: &Server,
    kind: Kind,
    at: Timestamp,
    spread: Duration,
    count: usize,
) -> anyhow::Result<Option<String>> {
    match kind {
        Kind::Machine => {
            let jitter = format!("{}s", spread.as_secs());
            let spec = json!({"at": [at.to_string()], "jitter": jitter});
            create(server, &spec, count).await.map(Some)
        }
        Kind::Pipelines => push(server, at, spread, count).await.map(|()| None),
    }
}

/// Creates schedules of a state machine that succeeds at once; returns its ARN.
async fn create(server: &Server, spec: &Value, count: usize) -> anyhow::Result<String> {
    let definition = json!({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}});
    let machine = server.create("scheduled", &definition.to_string()).await?;
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let mut connection = server.connect().await?;
        let (machine, spec) = (machine.clone(), spec.clone());
        clients.push(tokio::spawn(async move {
            for number in (client..count).step_by(CLIENTS) {
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

/// Pushes a pipeline for each schedule.
async fn push(
    server: &Server,
    at: Timestamp,
    spread: Duration,
    count: usize,
) -> anyhow::Result<()> {
    let mut connection = server.connect().await?;
    let numbers: Vec<usize> = (0..count).collect();
    for numbers in numbers.chunks(PUSHED) {
        let text = |number: &usize| {
            let jitter = spread.as_secs();
            format!(
                "pipeline: n{number}\non: {{schedule: {{at: [\"{at}\"], jitter: {jitter}s}}}}\n\
                 tasks: {{done: {{noop: true}}}}\n"
            )
        };
        let texts: Vec<String> = numbers.iter().map(text).collect();
        connection.send("POST", "/api/v1/pipelines", &texts.join("---\n")).await?;
    }
    Ok(())
}

/// Returns the schedules of all runs and when these started.
async fn started_runs(server: &Server) -> anyhow::Result<Vec<(String, Timestamp)>> {
    let mut connection = server.connect().await?;
    let (mut found, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/runs?limit={PAGE}{next}");
        let answer: Value = serde_json::from_str(&connection.send("GET", &path, "").await?)?;
        for run in answer["items"].as_array().context("no runs")? {
            let pipeline = run["workflow"].as_str().and_then(|arn| arn.rsplit(':').next());
            let pipeline = pipeline.context("no pipeline")?;
            let start = run["started"].as_str().context("no start")?;
            found.push((format!("{pipeline}/schedule"), start.parse()?));
        }
        match answer["next"].as_str() {
            Some(token) => next = format!("&next={token}"),
            None => return Ok(found),
        }
    }
}

/// Returns the schedules of all executions and when these started.
async fn started(server: &Server, machine: &str) -> anyhow::Result<Vec<(String, Timestamp)>> {
    let mut connection = server.connect().await?;
    let mut request = json!({"stateMachineArn": machine, "maxResults": 1000});
    let mut found = Vec::new();
    loop {
        let answer = connection.call_json("ListExecutions", &request).await?;
        for execution in answer["executions"].as_array().context("no executions")? {
            let name = execution["name"].as_str().context("no name")?;
            let schedule = name.split('-').nth(1).unwrap_or_default().to_owned();
            let start = execution["startDate"].as_f64().context("no start")? * 1000.0;
            found.push((schedule, Timestamp(start.round() as i64)));
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
