//! Forty tasks of a pipeline, one after the other and all at once: scripts on the server, scripts on a
//! remote worker, and handlers of a worker in Python.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::figure;
use crate::http::Connection;
use crate::server::{Server, binary};

const TASKS: usize = 40;
/// Runs of each kind; the median counts.
const RUNS: usize = 7;
/// Tasks at once, of the server and of each worker.
const SLOTS: usize = 8;
/// Between two looks at a run: it must not take the server's time.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// What the tasks do.
const SCRIPT: [&str; 5] = ["bash", "-euo", "pipefail", "-c", "true"];

pub(crate) async fn run() -> anyhow::Result<()> {
    let server = Server::start_with(&format!("[worker]\nslots = {SLOTS}\n")).await?;
    let place = TempDir::new()?;
    let alone = process_alone().await?;
    figure::print("scripts.process", alone.as_secs_f64() * 1000.0, "ms");
    measure(&server, "scripts.here", "run: \"true\"").await?;
    let _worker = remote_worker(&server, place.path())?;
    measure(&server, "scripts.remote", "{run: \"true\", runs_on: [bench]}").await?;
    let _python = python_worker(&server, place.path())?;
    measure(&server, "scripts.python", "uses: \"worker:noop\"").await
}

/// Returns what the process of a task takes by itself.
async fn process_alone() -> anyhow::Result<Duration> {
    let begun = Instant::now();
    for _ in 0..TASKS {
        let mut command = Command::new(SCRIPT[0]);
        command.args(&SCRIPT[1..]).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).output().await?;
    }
    Ok(begun.elapsed() / u32::try_from(TASKS)?)
}

/// Measures runs of tasks that do `work`.
async fn measure(server: &Server, name: &str, work: &str) -> anyhow::Result<()> {
    let mut connection = server.connect().await?;
    for (shape, is_chain) in [("sequence", true), ("parallel", false)] {
        let pipeline = format!("{}-{shape}", name.replace('.', "-"));
        connection.post("/pipelines", &definition(&pipeline, work, is_chain)).await?;
        // The first one waits for the worker, and warms up.
        one(&mut connection, &pipeline).await?;
        let cpu = server.cpu()?;
        let mut times = Vec::new();
        for _ in 0..RUNS {
            times.push(one(&mut connection, &pipeline).await?);
        }
        times.sort_by(f64::total_cmp);
        figure::print(&format!("{name}.{shape}"), times[RUNS / 2] * 1000.0, "ms");
        let used = server.cpu()?.saturating_sub(cpu).as_secs_f64();
        let tasks = (RUNS * TASKS) as f64;
        figure::print(&format!("{name}.{shape}.cpu"), used * 1000.0 / tasks, "ms/task");
    }
    Ok(())
}

fn definition(name: &str, work: &str, is_chain: bool) -> String {
    let mut text = format!("pipeline: {name}\ntasks:\n");
    let work = work.trim_start_matches('{').trim_end_matches('}');
    for task in 0..TASKS {
        let needs =
            if is_chain && task > 0 { format!("needs: t{}, ", task - 1) } else { String::new() };
        writeln!(text, "  t{task}: {{{needs}{work}}}").expect("writing to a string succeeds");
    }
    text
}

/// Starts a run, waits for its end, and returns its seconds by the server's clock.
async fn one(connection: &mut Connection, pipeline: &str) -> anyhow::Result<f64> {
    let started = connection.post(&format!("/pipelines/{pipeline}/runs"), "{}").await?;
    let run = json!({"executionArn": started["id"]});
    let begun = Instant::now();
    loop {
        let found = connection.call_json("DescribeExecution", &run).await?;
        let instant = |name: &str| found[name].as_f64().context("no instant");
        match found["status"].as_str() {
            Some("SUCCEEDED") => return Ok(instant("stopDate")? - instant("startDate")?),
            Some("RUNNING") if begun.elapsed() < PATIENCE => tokio::time::sleep(LOOK_EVERY).await,
            _ => bail!("unexpected: {}", Value::to_string(&found)),
        }
    }
}

fn remote_worker(server: &Server, place: &Path) -> anyhow::Result<Child> {
    let mut command = Command::new(binary()?);
    command.args(["worker", "--name", "bench", "--tags", "bench"]);
    command.args(["--slots", &SLOTS.to_string(), "--server", &url(server), "--data"]).arg(place);
    Ok(command.env("COMPASSO_LOG", "warn").kill_on_drop(true).spawn()?)
}

fn python_worker(server: &Server, place: &Path) -> anyhow::Result<Child> {
    let script = place.join("worker.py");
    let text = format!(
        "from compasso import Worker\nworker = Worker({:?}, name='python', slots={SLOTS})\n\
         @worker.task('noop')\ndef noop(task):\n    return None\nworker.run()\n",
        url(server)
    );
    std::fs::write(&script, text)?;
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/python/src");
    let mut command = Command::new("python3");
    Ok(command.arg(script).env("PYTHONPATH", package).kill_on_drop(true).spawn()?)
}

fn url(server: &Server) -> String {
    format!("http://127.0.0.1:{}", server.port)
}
