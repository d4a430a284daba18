//! When deadlines are, as far as that is known before a run begins.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use compasso_schedule::Zone;
use compasso_types::Timestamp;

use crate::tree::{Deadline, DeadlineFrom, Due, Pipeline, Tasks, TriggerKind, Work};
use crate::units::ClockTime;

/// What is known of a run before it begins.
#[derive(Clone, Copy, Debug)]
pub struct Moments<'a> {
    /// The trigger that starts it, if one does.
    pub trigger: Option<&'a str>,
    /// When it was scheduled for, if it was.
    pub scheduled: Option<Timestamp>,
    /// The end of the interval that it is about.
    pub interval_end: Timestamp,
    /// When it was asked for.
    pub queued: Timestamp,
}

/// Returns the first instants after the scheduled time at which clocks show the times of day that
/// deadlines of a pipeline and of its tasks name (`06:00`), in the zone of the trigger.
pub fn clock_times(pipeline: &Pipeline, moments: &Moments<'_>) -> BTreeMap<String, Timestamp> {
    let mut times = BTreeSet::new();
    add_times(&pipeline.deadlines, &mut times);
    add_times_of_tasks(&pipeline.tasks, &mut times);
    let zone = zone(pipeline, moments.trigger);
    let after = moments.scheduled.unwrap_or(moments.queued);
    let instant = |time: ClockTime| (time.to_string(), first_after(&zone, time, after));
    times.into_iter().map(instant).collect()
}

/// Returns the deadlines of a run, numbered from 1, that do not count from its start, and when they
/// are.
pub fn known_deadlines(pipeline: &Pipeline, moments: &Moments<'_>) -> Vec<(u32, Timestamp)> {
    let scheduled = moments.scheduled.unwrap_or(moments.queued);
    let numbered = (1..).zip(&pipeline.deadlines);
    let known = numbered.filter_map(|(number, deadline)| {
        let at = match deadline.due {
            Due::After(after, DeadlineFrom::Scheduled) => scheduled.after(after),
            Due::After(after, DeadlineFrom::IntervalEnd) => moments.interval_end.after(after),
            Due::After(after, DeadlineFrom::Queued) => moments.queued.after(after),
            Due::After(_, DeadlineFrom::Started) => return None,
            Due::At(time) => first_after(&zone(pipeline, moments.trigger), time, scheduled),
        };
        Some((number, at))
    });
    known.collect()
}

impl Deadline {
    /// Whether it may be over before the run begins.
    pub(crate) fn is_known_early(&self) -> bool {
        !matches!(self.due, Due::After(_, DeadlineFrom::Started))
    }
}

/// Whether anything in a pipeline must be told when its deadlines are.
pub(crate) fn are_told(pipeline: &Pipeline) -> bool {
    let mut times = BTreeSet::new();
    add_times_of_tasks(&pipeline.tasks, &mut times);
    !times.is_empty() || pipeline.deadlines.iter().any(Deadline::is_known_early)
}

fn add_times(deadlines: &[Deadline], times: &mut BTreeSet<ClockTime>) {
    times.extend(deadlines.iter().filter_map(|deadline| match deadline.due {
        Due::At(time) => Some(time),
        Due::After(..) => None,
    }));
}

fn add_times_of_tasks(tasks: &Tasks, times: &mut BTreeSet<ClockTime>) {
    for task in tasks {
        add_times(&task.deadlines, times);
        if let Some(Work::Group(tasks)) = &task.work {
            add_times_of_tasks(tasks, times);
        }
    }
}

/// Returns the zone of the schedule that starts a run; of another run that of all schedules, if they
/// have the same one, otherwise UTC.
fn zone(pipeline: &Pipeline, trigger: Option<&str>) -> Zone {
    let schedules = pipeline.triggers.list.iter().filter_map(|it| match &it.kind {
        TriggerKind::Schedule(schedule) => {
            Some((&*it.id, schedule.timezone.as_deref().unwrap_or("UTC")))
        }
        _ => None,
    });
    let schedules: Vec<_> = schedules.collect();
    let own = schedules.iter().find(|(id, _)| Some(*id) == trigger).map(|(_, zone)| *zone);
    let all: BTreeSet<&str> = schedules.iter().map(|(_, zone)| *zone).collect();
    let only = all.first().copied().filter(|_| all.len() == 1);
    let named = own.or(only).and_then(|name| Zone::named(name).ok());
    named.unwrap_or_else(Zone::utc)
}

/// Returns the first instant after another one at which clocks of a zone show a time of day.
fn first_after(zone: &Zone, time: ClockTime, after: Timestamp) -> Timestamp {
    // The day before: clocks that are set back may show the time of day once more.
    let before = Timestamp(after.0 - DAY.as_millis() as i64);
    let mut date = zone.local(before).date();
    loop {
        let shown = date.at(time.hour as i8, time.minute as i8, 0, 0);
        let at = zone.instant(shown);
        if at > after {
            return at;
        }
        let Ok(next) = date.tomorrow() else { return at };
        date = next;
    }
}

/// A day of elapsed time.
const DAY: Duration = Duration::from_secs(86_400);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn pipeline(more: &str) -> std::sync::Arc<Pipeline> {
        let text = format!("pipeline: p\n{more}");
        let parsed = crate::parse(&text);
        assert!(!parsed.has_errors(), "{:?}", parsed.diagnostics);
        parsed.pipelines.into_iter().next().unwrap().into()
    }

    fn moments(trigger: Option<&'static str>, scheduled: &str) -> Moments<'static> {
        let scheduled = at(scheduled);
        let (interval_end, queued) = (scheduled, scheduled.after(Duration::from_secs(60)));
        Moments { trigger, scheduled: Some(scheduled), interval_end, queued }
    }

    const SCHEDULES: &str = "on: {schedule: [{id: ny, cron: '0 1 * * *', timezone: America/New_York}, \
                             {id: utc, cron: '0 1 * * *'}]}\n";

    #[test]
    fn a_time_of_day_is_the_first_after_the_scheduled_time_in_the_zone_of_the_trigger() {
        let text = format!(
            "{SCHEDULES}deadline: [{{at: '06:00'}}]\n\
             tasks: {{t: {{noop: true, deadline: [{{at: '02:30'}}]}}}}\n"
        );
        let found = |trigger, scheduled: &str| {
            let times = clock_times(&pipeline(&text), &moments(trigger, scheduled));
            times
                .into_iter()
                .map(|(time, at)| format!("{time} {at}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(
            found(Some("ny"), "2026-01-31T06:00:00Z"),
            "02:30 2026-01-31T07:30:00.000Z, 06:00 2026-01-31T11:00:00.000Z"
        );
        // At the time itself it is that of the day after; clocks leave 02:30 out on 8 March.
        assert_eq!(
            found(Some("ny"), "2026-03-07T11:00:00Z"),
            "02:30 2026-03-08T07:00:00.000Z, 06:00 2026-03-08T10:00:00.000Z"
        );
        // With several zones and a run of none of them it is UTC.
        assert_eq!(
            found(None, "2026-01-31T06:00:00Z"),
            "02:30 2026-02-01T02:30:00.000Z, 06:00 2026-02-01T06:00:00.000Z"
        );
    }

    #[test]
    fn deadlines_are_known_that_do_not_count_from_the_start() {
        let text = "deadline: [{after: 1h}, {after: 1h, from: scheduled}, {after: 2h, from: \
                    interval_end}, {after: 3h, from: queued}, {at: '06:00'}]\n\
                    tasks: {t: {noop: true}}\n";
        let found = known_deadlines(&pipeline(text), &moments(None, "2026-01-31T05:00:00Z"));
        let shown: Vec<_> =
            found.iter().map(|(n, at)| format!("{n} {}", &at.to_string()[11..19])).collect();
        assert_eq!(shown, ["2 06:00:00", "3 07:00:00", "4 08:01:00", "5 06:00:00"]);
    }
}
