//! `compasso ticks`, and how the command line says when something is due.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use compasso_runtime::{Clock as _, SystemClock};
use compasso_schedule::{Schedule, Spec};
use compasso_types::Timestamp;
use serde_json::json;

use super::input;
use crate::cli::{Ticks, Timing};
use crate::output;

/// What `H` and jitter follow from where there is no schedule.
const NAME: &str = "ticks";

/// Prints the ticks of a schedule.
pub(crate) fn run(order: &Ticks, json: bool) -> anyhow::Result<ExitCode> {
    let spec = order.timing.spec()?.context("write --cron, --every, --at or --spec")?;
    let schedule = match spec.compile(NAME) {
        Ok(schedule) => schedule,
        Err(problems) => {
            let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
            bail!(lines.join("\n"));
        }
    };
    let from = time(order.from.as_deref(), &schedule)?.unwrap_or_else(|| SystemClock.now());
    let to = time(order.to.as_deref(), &schedule)?.unwrap_or(Timestamp(i64::MAX));
    let mut rows = vec![vec!["AT".to_owned(), "LOCAL".to_owned(), "STANDS FOR".to_owned()]];
    for tick in schedule.between(from, to).take(order.limit) {
        let interval = schedule.interval(tick.at);
        let (at, local) = (tick.at.to_string(), local(&schedule, tick.at));
        let partition = schedule.partition(interval);
        if json {
            output::json(&json!({
                "at": at,
                "local": local,
                "date": schedule.zone().local(interval.start).date().to_string(),
                "partition": partition,
                "interval": {
                    "start": interval.start.to_string(),
                    "end": interval.end.to_string(),
                },
                "closed": tick.closed,
            }));
        } else {
            let closed = if tick.closed { "  closed" } else { "" };
            rows.push(vec![at, local, format!("{partition}{closed}")]);
        }
    }
    if !json {
        output::table(&rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn local(schedule: &Schedule, at: Timestamp) -> String {
    let zone = schedule.zone();
    format!("{} {zone}", zone.local(at).strftime("%a %Y-%m-%d %H:%M:%S"))
}

fn time(text: Option<&str>, schedule: &Schedule) -> anyhow::Result<Option<Timestamp>> {
    let Some(text) = text else { return Ok(None) };
    let time = schedule.zone().time(text);
    let way_out = "write RFC 3339, such as 2026-01-31T02:00:00Z, or a date";
    time.map(Some).with_context(|| format!("'{text}' is no time; {way_out}"))
}

impl Timing {
    /// Returns what a schedule is to say; `None` if nothing is.
    pub(crate) fn spec(&self) -> anyhow::Result<Option<Spec>> {
        let mut spec = match &self.spec {
            Some(argument) => {
                let text = input::read("--spec", argument)?;
                serde_json::from_str(&text).context("--spec is no schedule")?
            }
            None => Spec::default(),
        };
        for (member, option) in [
            (&mut spec.cron, &self.cron),
            (&mut spec.every, &self.every),
            (&mut spec.timezone, &self.timezone),
        ] {
            if option.is_some() {
                member.clone_from(option);
            }
        }
        spec.at.extend(self.at.iter().cloned());
        Ok((spec != Spec::default()).then_some(spec))
    }
}
