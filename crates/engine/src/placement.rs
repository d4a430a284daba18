//! Tasks that wait for a place before they start, and their limits in milliseconds.

use std::time::Duration;

use compasso_ir::{Field, Placement};
use compasso_types::{Json, Payload, Timestamp, duration};
use serde::{Deserialize, Serialize};

use crate::context::Scene;
use crate::dataflow::shown;
use crate::problem::Problem;

/// What a task waits for before it starts, and its limits, as evaluated for one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// What it wants, for whoever places tasks.
    pub wants: Json,
    /// Longest wait for its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_timeout_ms: Option<u64>,
    /// Limit of the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Longest silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_ms: Option<u64>,
    /// When all attempts must have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
}

impl Scene<'_> {
    /// Evaluates what a task waits for.
    pub(crate) fn placed(
        &self,
        placement: &Placement,
        input: &Payload,
    ) -> Result<Box<Placed>, Problem> {
        let Placement { wants, queue_timeout, timeout, heartbeat, total_timeout: _ } = placement;
        Ok(Box::new(Placed {
            wants: self.query(wants, &self.sight(input, None), "Placement")?,
            queue_timeout_ms: self.span(queue_timeout.as_ref(), "QueueTimeout", input)?,
            timeout_ms: self.span(timeout.as_ref(), "Timeout", input)?,
            heartbeat_ms: self.span(heartbeat.as_ref(), "Heartbeat", input)?,
            ends_at: self.total_end(placement, input)?,
        }))
    }

    /// Returns when all attempts must have ended, counted from the first.
    pub(crate) fn total_end(
        &self,
        placement: &Placement,
        input: &Payload,
    ) -> Result<Option<Timestamp>, Problem> {
        let total = self.span(placement.total_timeout.as_ref(), "TotalTimeout", input)?;
        let entered = self.active().entered;
        Ok(total.map(|ms| entered.after(Duration::from_millis(ms))))
    }

    /// Evaluates a span of time, in milliseconds.
    pub(crate) fn span(
        &self,
        field: Option<&Field<Duration>>,
        name: &str,
        input: &Payload,
    ) -> Result<Option<u64>, Problem> {
        let query = match field {
            None => return Ok(None),
            Some(Field::Literal(span)) => return Ok(Some(whole_ms(*span))),
            Some(Field::Query(query)) => query,
            Some(Field::Path(_) | Field::Intrinsic(_)) => {
                unreachable!("placements belong to a language without paths")
            }
        };
        let value = self.query(query, &self.sight(input, None), name)?;
        let span = match &value {
            Json::Number(number) => duration::seconds(number.as_f64()),
            Json::String(text) => duration::parse(text),
            _ => return Err(self.unexpected_type(name, shown(query), "duration", &value)),
        };
        match span {
            Some(span) if !span.is_zero() => Ok(Some(whole_ms(span))),
            _ => Err(self.query_problem(name, &format!("The {name} is no duration: {value}"))),
        }
    }
}

/// Makes the error of a task that nobody took in time; `awaited` is what it waited for until then.
pub(crate) fn not_started(placed: &Placed, awaited: Option<String>) -> Problem {
    let limit = shown_span(placed.queue_timeout_ms);
    let awaited = awaited.map(|what| format!(" It waited for {what}.")).unwrap_or_default();
    Problem::new("QueueTimeout", format!("The task did not start within {limit}.{awaited}"))
}

/// Makes the error of a task whose attempts together took too long.
pub(crate) fn too_long(placed: &Placed) -> Problem {
    let end = placed.ends_at.unwrap_or_default();
    Problem::new("Timeout", format!("All attempts of the task had to end by {end}."))
}

/// Makes the error of a task that ran for too long, or whose worker fell silent.
pub(crate) fn too_late(placed: &Placed, heartbeat: bool) -> Problem {
    let (error, what, limit) = if heartbeat {
        ("Heartbeat", "gave no sign of life for", placed.heartbeat_ms)
    } else {
        ("Timeout", "ran longer than", placed.timeout_ms)
    };
    Problem::new(error, format!("The task {what} {}.", shown_span(limit)))
}

/// Words a length of time.
pub(crate) fn shown_span(ms: Option<u64>) -> String {
    match ms.unwrap_or_default() {
        ms if ms % 1000 == 0 => format!("{} s", ms / 1000),
        ms => format!("{ms} ms"),
    }
}

fn whole_ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1)
}
