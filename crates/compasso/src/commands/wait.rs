//! `compasso wait`.

use std::process::ExitCode;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::text;
use super::{compensate, tasks};
use crate::client::{Client, Patience};
use crate::output;

/// What stands in the ARN of a run of a pipeline.
const RUN: &str = ":run:";
/// How often a closed execution is waited for by asking: first and at most.
const ASK_INTERVAL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Waits until an execution is closed; the exit code tells how it ended.
pub(crate) async fn run(client: &Client, execution: &str, json: bool) -> anyhow::Result<ExitCode> {
    let arn = client.execution_arn(execution).await?;
    until_closed(client, &arn, Patience::default(), json).await
}

/// Waits for the execution `arn`.
pub(super) async fn until_closed(
    client: &Client,
    arn: &str,
    patience: Patience,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let answer = if json || !arn.contains(RUN) {
        closed(client, arn, patience).await?
    } else {
        tokio::select! {
            answer = closed(client, arn, patience) => answer?,
            never = tasks::tell_tried(client, arn) => match never {},
        }
    };
    let code = report(&answer, json);
    if !json && answer["status"] == "FAILED" {
        tasks::tell_failed(client, arn).await;
    }
    if !json && answer["status"] != "SUCCEEDED" && arn.contains(RUN) {
        let run = client.rest(Method::GET, &["runs", arn], &[], String::new()).await;
        // How it ended was told already.
        compensate::note_incomplete(&run.unwrap_or_default()["run"]["compensation"]);
    }
    Ok(code)
}

/// Waits for the execution `arn`, and returns how it ended.
pub(super) async fn closed(
    client: &Client,
    arn: &str,
    mut patience: Patience,
) -> anyhow::Result<Value> {
    let request = json!({"executionArn": arn});
    let mut interval = ASK_INTERVAL.0;
    loop {
        match client.call("DescribeExecution", &request).await {
            Ok(answer) if answer["status"] != "RUNNING" && answer["status"] != "QUEUED" => {
                return Ok(answer);
            }
            Ok(_) => {
                patience.answered();
                tokio::time::sleep(interval).await;
                interval = (interval * 2).min(ASK_INTERVAL.1);
            }
            Err(error) => patience.bear(client.explained(arn, error).await).await?,
        }
    }
}

/// Prints how an execution ended.
pub(super) fn report(ended: &Value, json: bool) -> ExitCode {
    let status = text(ended, "status");
    if json {
        output::json(ended);
    } else if let Some(result) = ended["output"].as_str() {
        output::line(&output::for_people(result));
    } else {
        let why = ["error", "cause"].map(|name| text(ended, name)).into_iter();
        let said: Vec<_> = why.filter(|text| !text.is_empty()).collect();
        output::note(format!("{status} {}", said.join(": ")).trim_end());
    }
    output::exit_code(&status)
}
