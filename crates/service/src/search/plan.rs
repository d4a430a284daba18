//! Which index a query is answered from.
//!
//! What a query demands of every execution it finds narrows the rows that are looked at; the query
//! itself decides about each of them. Rows stand in the order of their last change, which is never
//! before the start and, of closed ones, the end.

use compasso_query::{Comparison, Condition, Query, Test, Value};
use compasso_store::{AttributeValue, ExecutionFilter, Status};
use compasso_types::Timestamp;

use super::row::{ERROR, attribute, status_word};
use super::waiting;
use crate::pipelines::QUEUED;

const STATUSES: [Status; 6] = [
    Status::Running,
    Status::Succeeded,
    Status::Failed,
    Status::TimedOut,
    Status::Aborted,
    Status::Quarantined,
];

/// Returns a filter that shows all executions that `query` finds, and as few others as may be.
pub(crate) fn filter(query: &Query, now: Timestamp) -> ExecutionFilter {
    let with_failures = query.fields().contains(&ERROR);
    let mut filter = ExecutionFilter { with_failures, ..ExecutionFilter::default() };
    for Test { field, condition } in query.required() {
        if **field == *waiting::FIELD {
            // Only open ones wait.
            filter.status = filter.status.or(Some(Status::Running));
        }
        let Condition::Compare(comparison, value) = condition else { continue };
        match (&**field, comparison, value) {
            ("status", Comparison::Equal, Value::Word(word)) => {
                filter.status = STATUSES.into_iter().find(|status| status_word(*status) == *word);
            }
            (
                "started" | "stopped",
                Comparison::Equal | Comparison::Greater | Comparison::GreaterOrEqual,
                Value::Time(time),
            ) => filter.since = filter.since.max(Some(time.at(now))),
            ("stopped", Comparison::Less | Comparison::LessOrEqual, Value::Time(time)) => {
                let until = time.at(now);
                filter.until = Some(filter.until.map_or(until, |before| before.min(until)));
            }
            (field, Comparison::Equal, value) if filter.attribute.is_none() => {
                filter.attribute =
                    attribute(field).and_then(|name| Some((name.into(), indexed(value)?)));
            }
            _ => {}
        }
    }
    filter
}

/// Says whether `query` finds runs that wait for a place, and no others.
pub(crate) fn is_of_queued(query: &Query) -> bool {
    query.required().any(|Test { field, condition }| {
        let is_it = |value: &Value| matches!(value, Value::Word(word) if **word == *QUEUED);
        let is_equal =
            matches!(condition, Condition::Compare(Comparison::Equal, value) if is_it(value));
        **field == *"status" && is_equal
    })
}

/// Returns the state machine whose executions alone `query` finds.
pub(super) fn workflow(query: &Query) -> Option<&str> {
    query.required().find_map(|Test { field, condition }| match condition {
        Condition::Compare(Comparison::Equal, Value::Text(name)) if **field == *"workflow" => {
            Some(&**name)
        }
        _ => None,
    })
}

fn indexed(value: &Value) -> Option<AttributeValue> {
    match value {
        Value::Text(text) => Some(AttributeValue::Text(text.clone())),
        Value::Number(number) => Some(AttributeValue::Number(number.as_f64())),
        Value::Bool(value) => Some(AttributeValue::Bool(*value)),
        Value::Word(_) | Value::Time(_) | Value::Duration(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::row::FIELDS;

    const NOW: Timestamp = Timestamp(10_000_000);

    fn plan(text: &str) -> ExecutionFilter {
        filter(&Query::parse(text, &FIELDS).unwrap(), NOW)
    }

    #[test]
    fn what_must_hold_chooses_the_index() {
        let status = Some(Status::Failed);
        let attribute = Some(("customer".into(), AttributeValue::Text("c-1".into())));
        let failed = ExecutionFilter { status, ..ExecutionFilter::default() };
        assert_eq!(plan("status = failed"), failed);
        assert_eq!(
            plan("status = FAILED and started > now-1h and input.customer = c-1"),
            ExecutionFilter { attribute, since: Some(Timestamp(6_400_000)), ..failed }
        );
        let label = Some(("labels.team".into(), AttributeValue::Text("7".into())));
        assert_eq!(
            plan("labels.team = 7 and duration > 1h"),
            ExecutionFilter { attribute: label, ..ExecutionFilter::default() }
        );
        let waiting =
            ExecutionFilter { status: Some(Status::Running), ..ExecutionFilter::default() };
        assert_eq!(plan("waiting = people"), waiting);
        assert_eq!(plan("waiting exists and name = a"), waiting);
        let with_failures = ExecutionFilter { with_failures: true, ..ExecutionFilter::default() };
        assert_eq!(plan("name = a or error = Broken"), with_failures);
        let time =
            plan("started > now-1h and started >= now-30m and stopped < now and stopped < now-1m");
        assert_eq!(time.since, Some(Timestamp(8_200_000)));
        assert_eq!(time.until, Some(Timestamp(9_940_000)));
    }

    #[test]
    fn what_may_hold_chooses_nothing() {
        for text in [
            "status = FAILED or status = ABORTED",
            "not status = FAILED",
            "status != FAILED",
            "started < now-1h",
            "input.total > 5",
            "workflow = orders",
            "not waiting = people",
        ] {
            assert_eq!(plan(text), ExecutionFilter::default(), "{text}");
        }
    }
}
