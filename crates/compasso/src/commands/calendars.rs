//! `compasso calendars …`

use std::process::ExitCode;

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{show, text};
use crate::cli::{Calendars, Server};
use crate::client::Client;
use crate::output;

/// Does what was asked; `connect` makes the client of a server.
pub(crate) async fn run(
    order: Calendars,
    connect: impl Fn(Server) -> anyhow::Result<Client>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match order {
        Calendars::List { server } => {
            let rows = connect(server)?.rest_pages(&["calendars"], &[], usize::MAX).await?;
            show(&rows, json, &["NAME", "DAYS", "CHANGED", "DESCRIPTION"], |row| {
                let changed = text(row, "modified");
                vec![text(row, "name"), days(row), changed, text(row, "description")]
            });
        }
        Calendars::Show { name, server } => {
            let path = ["calendars", &name];
            let found = connect(server)?.rest(Method::GET, &path, &[], String::new()).await?;
            output::line(&serde_json::to_string_pretty(&found)?);
        }
        Calendars::Put { name, date, weekday, rule, ics, description, server } => {
            let mut body = json!({
                "dates": date,
                "weekdays": weekday,
                "rules": rule,
                "description": description,
                "by": std::env::var("USER").ok(),
            });
            if let Some(file) = ics {
                let read = std::fs::read_to_string(&file);
                let shown = file.display();
                body["ics"] = read.with_context(|| format!("{shown} cannot be read"))?.into();
            }
            let path = ["calendars", &name];
            let put = connect(server)?.rest(Method::PUT, &path, &[], body.to_string()).await?;
            if json {
                output::json(&put);
            } else {
                output::line(&format!("{name}: {}", days(&put)));
            }
        }
        Calendars::Delete { name, server } => {
            let path = ["calendars", &name];
            connect(server)?.rest(Method::DELETE, &path, &[], "{}".into()).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells how many days a calendar has.
fn days(row: &Value) -> String {
    let count = |name: &str| row[name].as_array().map_or(0, Vec::len);
    let parts = [("dates", "dates"), ("weekdays", "days of the week"), ("rules", "rules")];
    let told: Vec<_> = parts
        .into_iter()
        .filter(|(name, _)| count(name) > 0)
        .map(|(name, unit)| format!("{} {unit}", count(name)))
        .collect();
    if told.is_empty() { "no days".into() } else { told.join(", ") }
}
