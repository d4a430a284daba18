//! `compasso logs`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use compasso_engine::Chosen;
use futures::TryStreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::answer::text;
use crate::cli::Lines;
use crate::client::{Client, Patience, hint};
use crate::output;

/// Before a stream that ended too early is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(250);

/// Prints what tasks wrote. A log that is followed goes on when the server was away, and ends when
/// the execution closes.
pub(crate) async fn run(
    client: &Client,
    execution: &str,
    lines: Lines,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(execution).await?;
    check_task(client, &arn, &lines).await?;
    let follow = lines.follow;
    let mut reader =
        Reader { client, arn: &arn, json, lines, after: 0, patience: Patience::default() };
    loop {
        let closed = match reader.read(follow).await {
            Ok(()) if !follow => break,
            // A server that is being stopped ends the stream as well.
            Ok(()) => reader.is_closed().await,
            Err(error) => Err(error),
        };
        match closed {
            Ok(true) => {
                // It may have closed after the stream ended.
                reader.read(false).await?;
                break;
            }
            Ok(false) => tokio::time::sleep(REOPEN_PAUSE).await,
            Err(error) => reader.patience.bear(client.explained(&arn, error).await).await?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a task that the pipeline of a run does not have. Of the states of other executions nothing
/// is known before they are entered.
async fn check_task(client: &Client, arn: &str, lines: &Lines) -> anyhow::Result<()> {
    let (Some(task), true) = (lines.task(), arn.contains(":run:")) else { return Ok(()) };
    let answer = client.rest(Method::GET, &["runs", arn, "tasks"], &[], String::new()).await;
    // What is wrong with the run itself, the log says.
    let Ok(answer) = answer else { return Ok(()) };
    let rows = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
    let known: Vec<_> = rows.iter().map(|row| text(row, "id")).collect();
    // What a state does for its task stands behind its name.
    let doing = task.strip_suffix(')').and_then(|task| task.rsplit_once(" ("));
    let named = Chosen::parse(doing.map_or(task, |(name, _)| name));
    if known.is_empty() {
        return Ok(());
    }
    if known.contains(&named.task()) {
        return check_instance(client, arn, &named, lines).await;
    }
    bail!("{}", hint(&format!("the run has no task '{task}'"), task, &known))
}

/// Refuses keys that no instance has; who follows a log may wait for one that is to begin.
async fn check_instance(
    client: &Client,
    arn: &str,
    named: &Chosen,
    lines: &Lines,
) -> anyhow::Result<()> {
    if lines.follow || !named.is_of_instance() {
        return Ok(());
    }
    let name = named.to_string();
    let way = ["runs", arn, "tasks", &name, "instances"];
    client.rest(Method::GET, &way, &[("limit", "1")], String::new()).await.map(|_| ())
}

struct Reader<'a> {
    client: &'a Client,
    arn: &'a str,
    json: bool,
    lines: Lines,
    /// The number of the last line that was printed.
    after: u64,
    patience: Patience,
}

impl Reader<'_> {
    /// Prints the lines after the last one until the stream ends.
    async fn read(&mut self, follow: bool) -> anyhow::Result<()> {
        let answer = self.client.log(self.arn, &self.lines.query(self.after, follow)).await?;
        self.patience.answered();
        let mut stream = answer.bytes_stream();
        let mut waiting = Vec::new();
        loop {
            let next = stream.try_next().await.map_err(|error| self.client.unreachable(&error))?;
            let Some(bytes) = next else { return Ok(()) };
            waiting.extend_from_slice(&bytes);
            while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = waiting.drain(..=end).collect();
                self.print(&serde_json::from_slice(&line).context("the log is not JSON lines")?);
            }
        }
    }

    fn print(&mut self, line: &Value) {
        self.after = line["line"].as_u64().unwrap_or(self.after);
        if self.json {
            output::json(line);
        } else {
            let attempt = line["attempt"].as_u64().unwrap_or(1);
            output::line(&format!(
                "{} | {}",
                output::in_line(&writer(&text(line, "state"), attempt)),
                text(line, "text")
            ));
        }
    }

    async fn is_closed(&self) -> anyhow::Result<bool> {
        let request = json!({"executionArn": self.arn});
        let answer = self.client.call("DescribeExecution", &request).await?;
        Ok(answer["status"] != "RUNNING")
    }
}

/// Says which task wrote a line, and in which attempt, from 1, if it is not the first.
pub(crate) fn writer(state: &str, attempt: u64) -> String {
    if attempt == 1 { state.to_owned() } else { format!("{state} (attempt {attempt})") }
}
