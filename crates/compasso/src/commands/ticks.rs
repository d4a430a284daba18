//! `compasso ticks`, and how the command line says when something is due.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use compasso_pipeline::tree::TriggerKind;
use compasso_runtime::{Clock as _, SystemClock};
use compasso_schedule::{Invalid, Schedule, Spec, Tick, Within};
use compasso_types::Timestamp;
use serde_json::{Value, json};

use super::graph::read_pipelines;
use super::input;
use super::validate::EXIT_BROKEN;
use crate::cli::{Ticks, Timing};
use crate::output;

/// What `H` follows from where there is no name.
const NAME: &str = "ticks";

/// A schedule whose ticks are printed.
struct Printed {
    /// The pipeline and the trigger it belongs to.
    of: Option<(Arc<str>, Arc<str>)>,
    schedule: Schedule,
}

/// Prints the ticks of a schedule, or of those of a file.
pub(crate) fn run(order: &Ticks, json: bool) -> anyhow::Result<ExitCode> {
    let schedules = match &order.file {
        None => vec![Printed { of: None, schedule: said(order)? }],
        Some(file) => match in_file(file, order.trigger.as_deref())? {
            Some(schedules) => schedules,
            None => return Ok(ExitCode::from(EXIT_BROKEN)),
        },
    };
    let mut rows = vec![vec!["AT".to_owned(), "LOCAL".to_owned(), "STANDS FOR".to_owned()]];
    if order.file.is_some() {
        rows[0].push("OF".to_owned());
    }
    for printed in &schedules {
        let schedule = &printed.schedule;
        let from = time(order.from.as_deref(), schedule)?.unwrap_or_else(|| SystemClock.now());
        let to = time(order.to.as_deref(), schedule)?.unwrap_or(Timestamp(i64::MAX));
        for tick in schedule.between(from, to).take(order.limit) {
            if json {
                output::json(&printed.json(tick));
            } else {
                rows.push(printed.row(tick));
            }
        }
    }
    if !json {
        output::table(&rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the schedule that options say.
fn said(order: &Ticks) -> anyhow::Result<Schedule> {
    let way_out = "write a file of pipelines, or --cron, --every, --at or --spec";
    let spec = order.timing.spec()?.context(way_out)?;
    let name = order.name.as_deref().unwrap_or(NAME);
    spec.compile(name).map_err(|problems| anyhow!(told(&problems)))
}

/// Returns the schedules of a file's pipelines; `None`, after its errors were told, if it has any.
fn in_file(file: &Path, wanted: Option<&str>) -> anyhow::Result<Option<Vec<Printed>>> {
    if !file.exists() {
        let name = file.display();
        bail!(
            "there is no file '{name}'; what became of the ticks of a pipeline on a server is told \
             by 'compasso schedules ticks {name} --pipeline'"
        );
    }
    let Some(pipelines) = read_pipelines(file)? else { return Ok(None) };
    let mut found = Vec::new();
    for pipeline in &pipelines {
        for trigger in &pipeline.triggers.list {
            let TriggerKind::Schedule(schedule) = &trigger.kind else { continue };
            if wanted.is_some_and(|wanted| *wanted != *trigger.id) {
                continue;
            }
            if let Some(calendar) = &schedule.calendar {
                let name = &calendar.name;
                output::note(&format!("the calendar '{name}' is left out: a server has it"));
            }
            let name = format!("{}/{}", pipeline.name, trigger.id);
            let within = Within { name: &name, hashed: &pipeline.name, calendars: None };
            let compiled = schedule.spec().compile_within(&within);
            let schedule = compiled.map_err(|problems| anyhow!(told(&problems)))?;
            let of = Some((pipeline.name.clone(), trigger.id.clone()));
            found.push(Printed { of, schedule });
        }
    }
    if found.is_empty() {
        let which = wanted.map(|id| format!(" '{id}'")).unwrap_or_default();
        bail!("{} has no schedule{which}", file.display());
    }
    Ok(Some(found))
}

fn told(problems: &[Invalid]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Printed {
    fn row(&self, tick: Tick) -> Vec<String> {
        let schedule = &self.schedule;
        let partition = schedule.partition(schedule.interval(tick.at)).unwrap_or_default();
        let closed = if tick.closed { "  closed" } else { "" };
        let stands_for = format!("{partition}{closed}");
        let mut row = vec![tick.at.to_string(), local(schedule, tick.at), stands_for];
        row.extend(self.of.as_ref().map(|(pipeline, trigger)| format!("{pipeline}/{trigger}")));
        row
    }

    fn json(&self, tick: Tick) -> Value {
        let schedule = &self.schedule;
        let interval = schedule.interval(tick.at);
        let mut shown = json!({
            "at": tick.at.to_string(),
            "local": local(schedule, tick.at),
            "date": schedule.zone().local(interval.start).date().to_string(),
            "partition": schedule.partition(interval),
            "interval": {
                "start": interval.start.to_string(),
                "end": interval.end.to_string(),
            },
            "closed": tick.closed,
        });
        if let Some((pipeline, trigger)) = &self.of {
            shown["pipeline"] = (**pipeline).into();
            shown["trigger"] = (**trigger).into();
        }
        shown
    }
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
