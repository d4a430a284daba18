//! The inputs of runs: JSON in which strings `{% … %}` are computed from the tick.

use compasso_expr::query::Query;
use compasso_expr::{CompileError, FixedEnvironment};
use compasso_schedule::Schedule;
use compasso_types::{Json, Payload, Timestamp};
use serde_json::json;

use crate::limits::INPUT_STEPS_MAX;

/// The one variable that expressions see.
const VARIABLE: &str = "schedule";

/// A compiled input; without one, a run gets what expressions see.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The input of an execution, or the params of a run.
    value: Option<Query>,
    /// What must hold for a run of a pipeline to begin.
    condition: Option<Query>,
}

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
        let Some(input) = input else { return Ok(Self::default()) };
        let query = Query::compile(input).map_err(describe)?;
        match query.variables().into_iter().find(|name| name != VARIABLE) {
            Some(name) => {
                let known = "$schedule has name, scheduled_at, interval, date and partition";
                Err(InputError(format!("${name} is unknown; {known}")))
            }
            None => Ok(Self { value: Some(query), condition: None }),
        }
    }

    /// Compiles the condition and the params of a pipeline's schedule, whose expressions see the
    /// members `trigger` and `run` of a document. The condition holds if it gives `true`.
    ///
    /// # Errors
    /// An expression cannot be read.
    pub fn of_pipeline(
        condition: Option<&Json>,
        params: Option<&Json>,
    ) -> Result<Self, InputError> {
        let compiled = |value: Option<&Json>| {
            value.map(Query::compile_over_document).transpose().map_err(describe)
        };
        Ok(Self { value: compiled(params)?, condition: compiled(condition)? })
    }

    /// Returns the input of a tick's run.
    ///
    /// # Errors
    /// An expression fails.
    pub fn of(&self, schedule: &Schedule, at: Timestamp) -> Result<Payload, InputError> {
        let seen = seen(schedule, at);
        let Some(query) = &self.value else { return Ok(Payload::from(seen)) };
        let tick = surroundings(at).with_variable(VARIABLE, seen);
        let value = query.evaluate(&Json::Null, &tick, "input");
        match value {
            Ok(Some(value)) => Ok(Payload::from(value)),
            Ok(None) => Err(InputError("the expression returned nothing".into())),
            Err(failure) => Err(InputError(failure.to_string())),
        }
    }

    /// Returns what expressions of a pipeline's schedule see of a tick.
    pub fn seen(&self, schedule: &Schedule, pipeline: &str, at: Timestamp) -> Json {
        let seen = seen(schedule, at);
        let member = |name: &str| seen.get(name).cloned();
        let of_trigger = ["scheduled_at", "interval"];
        let trigger = of_trigger.into_iter().filter_map(|name| Some((name, member(name)?)));
        let of_run = ["scheduled_at", "interval", "date", "partition"];
        let run = of_run.into_iter().filter_map(|name| Some((name, member(name)?)));
        let name = pipeline.rsplit(':').next().unwrap_or(pipeline);
        let id = schedule.name.rsplit('/').next().unwrap_or_default();
        let known = [("pipeline", Json::from(name)), ("trigger_id", Json::from(id))];
        let run = Json::object(run.chain(known).collect::<Vec<_>>());
        let trigger = Json::object(trigger.collect::<Vec<_>>());
        Json::object([("trigger", trigger), ("run", run)])
    }

    /// Returns the params of the run of a pipeline's tick; `None` if the condition does not hold.
    ///
    /// # Errors
    /// An expression fails.
    pub fn params(&self, seen: &Json, at: Timestamp) -> Result<Option<Json>, InputError> {
        let tick = surroundings(at);
        let failed = |failure: compasso_expr::Failure| InputError(failure.to_string());
        if let Some(condition) = &self.condition {
            let holds = condition.evaluate(seen, &tick, "if").map_err(failed)?;
            if holds != Some(Json::Bool(true)) {
                return Ok(None);
            }
        }
        let Some(params) = &self.value else { return Ok(Some(Json::empty_object())) };
        let params = params.evaluate(seen, &tick, "params").map_err(failed)?;
        Ok(Some(params.unwrap_or_else(Json::empty_object)))
    }
}

/// Evaluates a text with expressions over a document: strings as they are, nothing as none.
///
/// # Errors
/// It cannot be read, or fails.
pub fn text_of(text: &Json, document: &Json, at: Timestamp) -> Result<Option<String>, InputError> {
    let query = Query::compile_over_document(text).map_err(describe)?;
    let found = query.evaluate(document, &surroundings(at), "value");
    let found = found.map_err(|failure| InputError(failure.to_string()))?;
    Ok(found.and_then(|value| match value {
        Json::Null => None,
        Json::String(text) => Some(text.to_string()),
        other => Some(other.to_string()),
    }))
}

fn describe(errors: Vec<CompileError>) -> InputError {
    let texts: Vec<_> = errors
        .into_iter()
        .map(|error| match error.pointer.as_str() {
            "" => error.message,
            place => format!("{place}: {}", error.message),
        })
        .collect();
    InputError(texts.join("; "))
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

/// Returns the surroundings of expressions of a tick: the same random numbers for the same one.
fn surroundings(at: Timestamp) -> FixedEnvironment {
    FixedEnvironment::new(at, at.0.cast_unsigned(), INPUT_STEPS_MAX)
}
