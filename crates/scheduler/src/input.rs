//! The inputs of runs: JSON in which strings `{% … %}` are computed from the tick.

use std::cell::Cell;

use compasso_expr::query::Query;
use compasso_expr::{CompileError, Environment};
use compasso_jsonata::Host;
use compasso_schedule::Schedule;
use compasso_types::{Json, Payload, Timestamp};
use serde_json::json;

use crate::limits::INPUT_STEPS_MAX;

/// The one variable that expressions see.
const VARIABLE: &str = "schedule";

/// A compiled input; without one, a run gets what expressions see.
#[derive(Clone, Debug, Default)]
pub struct Input(Option<Query>);

/// An input cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InputError(pub String);

impl Input {
    /// Compiles an input.
    ///
    /// # Errors
    /// An expression cannot be read, or reads a variable that there is not.
    pub fn compile(input: Option<&Json>) -> Result<Self, InputError> {
        let Some(input) = input else { return Ok(Self(None)) };
        let describe = |errors: Vec<CompileError>| {
            let texts: Vec<_> = errors
                .into_iter()
                .map(|error| match error.pointer.as_str() {
                    "" => error.message,
                    place => format!("{place}: {}", error.message),
                })
                .collect();
            InputError(texts.join("; "))
        };
        let query = Query::compile(input).map_err(describe)?;
        match query.variables().into_iter().find(|name| name != VARIABLE) {
            Some(name) => {
                let known = "$schedule has name, scheduled_at, interval, date and partition";
                Err(InputError(format!("${name} is unknown; {known}")))
            }
            None => Ok(Self(Some(query))),
        }
    }

    /// Returns the input of a tick's run.
    ///
    /// # Errors
    /// An expression fails.
    pub fn of(&self, schedule: &Schedule, at: Timestamp) -> Result<Payload, InputError> {
        let seen = seen(schedule, at);
        let Some(query) = &self.0 else { return Ok(Payload::from(seen)) };
        let tick = Tick { seen, at, drawn: Cell::new(0), steps: Cell::new(INPUT_STEPS_MAX) };
        let value = query.evaluate(&Json::Null, &tick, "input");
        match value {
            Ok(Some(value)) => Ok(Payload::from(value)),
            Ok(None) => Err(InputError("the expression returned nothing".into())),
            Err(failure) => Err(InputError(failure.to_string())),
        }
    }
}

/// Returns what expressions see of a tick as `$schedule`.
fn seen(schedule: &Schedule, at: Timestamp) -> Json {
    let interval = schedule.interval(at);
    let seen = json!({
        "name": schedule.name,
        "scheduled_at": at.to_string(),
        "interval": { "start": interval.start.to_string(), "end": interval.end.to_string() },
        "date": schedule.zone().local(interval.start).date().to_string(),
        "partition": schedule.partition(interval),
    });
    serde_json::from_value(seen).expect("it is plain JSON")
}

/// The surroundings of expressions: the tick, and nothing else.
struct Tick {
    seen: Json,
    at: Timestamp,
    drawn: Cell<u64>,
    steps: Cell<u64>,
}

impl Host for Tick {
    fn variable(&self, name: &str) -> Option<Json> {
        (name == VARIABLE).then(|| self.seen.clone())
    }

    fn now(&self) -> Timestamp {
        self.at
    }

    /// The same numbers for the same tick.
    fn random(&self) -> u64 {
        let drawn = self.drawn.get() + 1;
        self.drawn.set(drawn);
        // SplitMix64.
        let mut bits =
            self.at.0.cast_unsigned().wrapping_add(drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn allowance(&self) -> u64 {
        self.steps.get()
    }

    fn spend(&self, steps: u64) {
        self.steps.set(self.steps.get().saturating_sub(steps));
    }
}

impl Environment for Tick {
    fn context(&self) -> Json {
        Json::Null
    }
}
