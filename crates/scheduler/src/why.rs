//! Why ticks do not run, in words for people.

use std::time::Duration;

use compasso_schedule::{CatchUp, Schedule};
use compasso_types::{Json, Timestamp};

use crate::record::{Pause, Record};

/// What waited had to make room.
pub(crate) const REPLACED: &str = "a newer tick waits in its place";
/// What the pipeline allows is under way.
pub(crate) const NO_ROOM: &str = "the pipeline's concurrency has no room";

/// Most characters of a condition that are told.
const CONDITION_CHARS_MAX: usize = 200;
/// What a condition stands in, as a schedule has it.
const OPENS: &str = "{% $boolean(";
const CLOSES: &str = ") %}";

/// Makes the condition of a schedule of an expression: it holds if that is anything but nothing.
pub fn condition(text: &str) -> Json {
    Json::from(format!("{OPENS}{text}{CLOSES}"))
}

/// Says since when, by whom, until when and why a schedule rests.
pub(crate) fn paused(pause: &Pause) -> String {
    let by = pause.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let until = pause.until.map(|until| format!(", until {until}")).unwrap_or_default();
    let reason = pause.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("since {}{by}{until}{reason}", pause.since)
}

/// Says how late a tick was handled, and how late it may be.
pub(crate) fn late(schedule: &Schedule, due: Timestamp, now: Timestamp) -> String {
    let late = Duration::from_secs(now.since(due).as_secs());
    format!("handled {late:?} after it was due, and runs within {:?}", patience(schedule))
}

/// Returns how late a tick may be and runs still.
pub(crate) fn patience(schedule: &Schedule) -> Duration {
    match schedule.catch_up {
        CatchUp::Within(age) => age.max(schedule.misfire_grace),
        CatchUp::None | CatchUp::Last | CatchUp::All => schedule.misfire_grace,
    }
}

/// Says which calendar closes a day.
pub(crate) fn closed(record: &Record) -> String {
    match record.spec.calendar.as_ref().and_then(|calendar| calendar.name.as_ref()) {
        Some(name) => format!("the calendar '{name}' closes the day"),
        None => "the schedule's calendar closes the day".to_owned(),
    }
}

/// Says which condition of a pipeline's schedule does not hold.
pub(crate) fn filtered(condition: Option<&Json>) -> String {
    let text = condition.and_then(Json::as_str).unwrap_or_default();
    let inner = text.strip_prefix(OPENS).and_then(|text| text.strip_suffix(CLOSES));
    let text = inner.unwrap_or(text);
    let shown: String = text.trim().chars().take(CONDITION_CHARS_MAX).collect();
    format!("'if' does not hold: {shown}")
}

/// Says which run of the schedule is under way.
pub(crate) fn busy(record: &Record) -> Option<String> {
    record.lane.active.first().map(|run| format!("the run of {run} is under way"))
}
