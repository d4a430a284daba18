//! What a record holds: `{"id", "type", "details", "previous_event_id", "event_timestamp",
//! "execution_arn", "redrive_count"}`, as AWS writes it to log groups.

use compasso_engine::Event;
use compasso_history::{View, details};
use compasso_runtime::{HistoryLog, LogLevel, News};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Record;

/// Data longer than this is cut, bytes: a log takes no larger records.
const DATA_BYTES_MAX: usize = 248 * 1024;
/// The members of details that hold data of the execution.
const DATA: [&str; 4] = ["input", "output", "parameters", "assignedVariables"];
/// Those that hold text of the execution, left out without its data.
const FAILURE: [&str; 2] = ["error", "cause"];

#[derive(Serialize)]
struct Written<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'a str,
    details: Map<String, Value>,
    previous_event_id: String,
    event_timestamp: String,
    execution_arn: &'a str,
    redrive_count: String,
}

/// Returns the records of what happened, if it is to be logged.
pub(super) fn of(news: &News) -> impl Iterator<Item = Record> {
    let log = news.record.log.as_ref();
    log.into_iter().flat_map(move |log| {
        let shown = news.events.iter().filter(|event| event.kind.is_shown());
        shown.filter_map(move |event| record(news, log, event))
    })
}

fn record(news: &News, log: &HistoryLog, event: &Event) -> Option<Record> {
    let kind = event.kind.type_name();
    if !is_logged(log.level, &kind) {
        return None;
    }
    let start = &news.record.start;
    let region = start.id.split(':').nth(3).unwrap_or_default();
    let view = View { region, with_data: log.with_data, with_people: false };
    let mut details = details(event, view);
    if log.with_data {
        cut(&mut details);
    } else {
        details.retain(|name, _| !FAILURE.contains(&name.as_str()));
    }
    let written = Written {
        id: event.id.to_string(),
        kind: &kind,
        details,
        previous_event_id: event.previous.to_string(),
        event_timestamp: event.at.0.to_string(),
        execution_arn: &start.id,
        redrive_count: news.redrive.as_ref().map_or(0, |redrive| redrive.count).to_string(),
    };
    let text = serde_json::to_string(&written).expect("records have text keys").into();
    let machine = start.workflow_name.clone();
    Some(Record { group: log.group.clone(), machine, at: event.at.0, text })
}

/// Says whether an event is logged; the levels are AWS's.
fn is_logged(level: LogLevel, kind: &str) -> bool {
    let failed = ["Failed", "TimedOut", "Aborted"].iter().any(|end| kind.ends_with(end));
    match level {
        LogLevel::All => true,
        LogLevel::Error => failed || kind == "FailStateEntered",
        LogLevel::Fatal => failed && kind.starts_with("Execution"),
    }
}

/// Cuts data that is too long for a record, and says so.
fn cut(details: &mut Map<String, Value>) {
    for name in DATA {
        let Some(Value::String(text)) = details.get_mut(name) else { continue };
        if text.len() <= DATA_BYTES_MAX {
            continue;
        }
        let end = (0..=DATA_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        let truncated = Map::from_iter([("truncated".to_owned(), Value::Bool(true))]);
        details.insert(format!("{name}Details"), Value::Object(truncated));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_choose_events_as_aws_does() {
        let logged = |level, kinds: [&str; 5]| kinds.map(|kind| is_logged(level, kind));
        let kinds = [
            "PassStateEntered",
            "FailStateEntered",
            "TaskFailed",
            "MapIterationAborted",
            "ExecutionTimedOut",
        ];
        assert_eq!(logged(LogLevel::All, kinds), [true; 5]);
        assert_eq!(logged(LogLevel::Error, kinds), [false, true, true, true, true]);
        assert_eq!(logged(LogLevel::Fatal, kinds), [false, false, false, false, true]);
    }

    #[test]
    fn data_that_is_too_long_is_cut_at_a_character() {
        let text = format!("\"{}\"", "é".repeat(DATA_BYTES_MAX));
        let mut details = Map::from_iter([("input".to_owned(), Value::String(text))]);
        cut(&mut details);
        let Value::String(text) = &details["input"] else { panic!("input is text") };
        assert_eq!(text.len(), DATA_BYTES_MAX - 1);
        assert_eq!(details["inputDetails"]["truncated"], true);
    }
}
