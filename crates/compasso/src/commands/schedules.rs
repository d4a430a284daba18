//! `compasso schedules …`

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{and_one, instant, rest, show_some, text};
use super::input;
use crate::cli::{ScheduleChange, Schedules, Server};
use crate::client::{Api, Client};
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Schedules,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Schedules::Create { name, workflow, change, paused, server } => {
            let client = connect(server)?;
            let mut request = json!({"name": name, "paused": paused});
            add(&mut request, &change)?;
            change.timing.spec()?.context("write --cron, --every, --at or --spec")?;
            request["stateMachineArn"] = client.workflow_arn(&workflow).await?.into();
            let created = ask(&client, "CreateSchedule", &request).await?;
            tell(&created, &text(&created, "scheduleArn"), json);
        }
        Schedules::Update { name, workflow, change, server } => {
            let client = connect(server)?;
            let mut request = json!({"name": name});
            add(&mut request, &change)?;
            if let Some(workflow) = workflow {
                request["stateMachineArn"] = client.workflow_arn(&workflow).await?.into();
            }
            tell(&ask(&client, "UpdateSchedule", &request).await?, "", json);
        }
        Schedules::List { limit, server } => list(&connect(server)?, limit, json).await?,
        Schedules::Show { named } => {
            let request = json!({"name": named.name});
            let answer = ask(&connect(named.server)?, "DescribeSchedule", &request).await?;
            describe(&answer, json);
        }
        Schedules::Pause { named, reason, until } => {
            let by = std::env::var("USER").ok();
            let pause = json!({"by": by, "reason": reason, "until": until});
            pause_one(&connect(named.server)?, &named.name, pause, json).await?;
        }
        Schedules::Resume { named, catch_up } => {
            let request = json!({"name": named.name, "catchUp": catch_up});
            tell(&ask(&connect(named.server)?, "ResumeSchedule", &request).await?, "", json);
        }
        Schedules::Delete { named } => {
            let request = json!({"name": named.name});
            tell(&ask(&connect(named.server)?, "DeleteSchedule", &request).await?, "", json);
        }
        Schedules::Ticks { named, pipeline: true, limit } => {
            let path = ["pipelines", &named.name, "ticks"];
            let rows = connect(named.server)?.rest_pages(&path, &[], and_one(limit)).await?;
            show_some(
                (&rows, limit),
                json,
                &["SCHEDULED", "TRIGGER", "STATE", "REASON", "RUN"],
                |row| {
                    let run = both(row, "run", "detail");
                    let (at, trigger) = (text(row, "scheduledAt"), text(row, "trigger"));
                    vec![at, trigger, text(row, "state"), text(row, "reason"), run]
                },
            );
        }
        Schedules::Ticks { named, limit, .. } => {
            ticks(&connect(named.server)?, &named.name, limit, json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns two members in one cell.
fn both(row: &Value, first: &str, second: &str) -> String {
    let said = [first, second].map(|name| text(row, name)).into_iter();
    said.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Lets a schedule rest. Unlike the action of that name, the interface for people knows who asks.
async fn pause_one(
    client: &Client,
    name: &str,
    mut pause: Value,
    json: bool,
) -> anyhow::Result<()> {
    let described = ask(client, "DescribeSchedule", &json!({"name": name})).await?;
    pause["ids"] = json!([described["scheduleArn"]]);
    let path = ["schedules", "pause"];
    let done = client.rest(Method::POST, &path, &[], pause.to_string()).await?;
    let done = &done["items"][0];
    if let Some(why) = done["refused"].as_str() {
        bail!("{name}: {why}");
    }
    tell(done, "", json);
    Ok(())
}

async fn ask(client: &Client, action: &str, request: &Value) -> anyhow::Result<Value> {
    client.ask(Api::Compasso, action, request).await
}

fn add(request: &mut Value, change: &ScheduleChange) -> anyhow::Result<()> {
    if let Some(spec) = change.timing.spec()? {
        request["spec"] = serde_json::to_value(spec)?;
    }
    if let Some(argument) = &change.input {
        request["input"] = input::read("--input", argument)?.into();
    }
    if let Some(description) = &change.description {
        request["description"] = description.as_str().into();
    }
    Ok(())
}

/// Prints an answer as JSON, or a text for people if there is one.
fn tell(answer: &Value, people: &str, json: bool) {
    if json {
        output::json(answer);
    } else if !people.is_empty() {
        output::line(people);
    }
}

async fn list(client: &Client, limit: usize, json: bool) -> anyhow::Result<()> {
    let rows = client.rest_pages(&["schedules"], &[], and_one(limit)).await?;
    show_some((&rows, limit), json, &["NAME", "STATUS", "NEXT", "STARTS", "WHY"], |row| {
        let pause = |member| text(&row["pause"], member);
        let pause = rest(&pause("since"), &pause("by"), &pause("until"), &pause("reason"));
        let why = [text(row, "problem"), pause].into_iter().filter(|why| !why.is_empty());
        let next = row["next"][0].as_str().unwrap_or_default().to_owned();
        let status = text(row, "state").to_uppercase();
        let why = why.collect::<Vec<_>>().join("; ");
        vec![text(row, "id"), status, next, text(row, "workflowName"), why]
    });
    Ok(())
}

async fn ticks(client: &Client, name: &str, limit: usize, json: bool) -> anyhow::Result<()> {
    let request = json!({"name": name});
    let rows =
        client.pages_of((Api::Compasso, "ListTicks"), request, "ticks", and_one(limit)).await?;
    show_some((&rows, limit), json, &["SCHEDULED", "STATE", "REASON", "EXECUTION"], |row| {
        let reason = match (text(row, "reason"), instant(row, "through")) {
            (reason, through) if through.is_empty() => reason,
            (reason, through) => format!("{reason}, up to {through}"),
        };
        let execution = both(row, "executionArn", "detail");
        vec![instant(row, "scheduledAt"), text(row, "state"), reason, execution]
    });
    Ok(())
}

fn paused(row: &Value) -> String {
    let (since, until) = (instant(row, "pausedDate"), instant(row, "pausedUntil"));
    rest(&since, &text(row, "pausedBy"), &until, &text(row, "pauseReason"))
}

fn describe(answer: &Value, json: bool) {
    if json {
        output::json(answer);
        return;
    }
    let number = |name: &str| answer[name].to_string();
    let mut rows = vec![
        ("schedule", text(answer, "scheduleArn")),
        ("description", text(answer, "description")),
        ("status", text(answer, "status")),
        ("paused", paused(answer)),
        ("starts", text(answer, "stateMachineArn")),
        ("input", text(answer, "input")),
        ("spec", answer["spec"].to_string()),
        ("next", instant(answer, "nextTick")),
        ("active", number("activeRuns")),
        ("waiting", number("waitingTicks")),
        ("runs", number("runCount")),
        ("created", instant(answer, "creationDate")),
        ("changed", instant(answer, "updateDate")),
    ];
    rows.retain(|(_, value)| !value.is_empty());
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    for (label, value) in rows {
        output::line(&format!("{label:width$}  {}", output::for_people(&value)));
    }
}
