//! From values to the JSON a caller gets.

use compasso_types::{Json, Number, Object};

use super::Value;
use crate::budget::{Budget, ITEM_BYTES, MEMBER_BYTES};
use crate::error::{EvaluationError, Result};

/// Most levels of a result the expression had a part in; texts of it can be parsed again.
const RESULT_NESTING_MAX: usize = 100;

impl Value {
    /// Returns the value as JSON; nothing stays nothing.
    pub(crate) fn into_result(self, budget: &Budget) -> Result<Option<Json>> {
        match self {
            Self::Undefined => Ok(None),
            Self::Json(Json::Number(number)) => Ok(Some(plain(number))),
            Self::Json(json) => Ok(Some(json)),
            made => convert(&made, budget, 1).map(Some),
        }
    }
}

/// Converts what the expression made; all of it is counted, as parts may be shared many times.
fn convert(value: &Value, budget: &Budget, level: usize) -> Result<Json> {
    if level > RESULT_NESTING_MAX {
        return Err(EvaluationError::Depth);
    }
    match value {
        Value::Undefined => Ok(Json::Null),
        Value::Function(_) => Err(EvaluationError::UnsupportedResult),
        Value::Json(Json::Number(number)) => Ok(plain(*number)),
        Value::Json(json) => {
            measure(json, budget, level)?;
            Ok(json.clone())
        }
        Value::List(list, _) => {
            budget.items(list.items.len())?;
            let items = list.items.iter().map(|item| convert(item, budget, level + 1));
            Ok(Json::from(items.collect::<Result<Vec<_>>>()?))
        }
        Value::Record(record) => {
            budget.steps(record.members.len())?;
            let mut members = Object::with_capacity(record.members.len());
            for (key, value) in &record.members {
                budget.bytes(MEMBER_BYTES + key.len())?;
                members.insert(key.clone(), convert(value, budget, level + 1)?);
            }
            Ok(Json::from(members))
        }
    }
}

/// Counts a part of a document that became a part of the result.
fn measure(json: &Json, budget: &Budget, level: usize) -> Result<()> {
    if level > RESULT_NESTING_MAX {
        return Err(EvaluationError::Depth);
    }
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(()),
        Json::String(text) => budget.bytes(text.len()),
        Json::Array(items) => {
            budget.bytes(items.len() * ITEM_BYTES)?;
            items.items().try_for_each(|item| measure(&item, budget, level + 1))
        }
        Json::Object(members) => members.iter().try_for_each(|(key, value)| {
            budget.bytes(MEMBER_BYTES + key.len())?;
            measure(value, budget, level + 1)
        }),
    }
}

/// Returns a number as JavaScript would print it: `1`, not `1.0`. What JSON has no number for is a
/// string, as Java's writers make it: so it was seen on AWS.
fn plain(number: Number) -> Json {
    match number {
        Number::Float(value) if value.is_nan() => Json::from("NaN"),
        Number::Float(value) if value.is_infinite() => {
            Json::from(if value > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Number::Float(value) => Json::Number(Number::from_f64(value).unwrap_or(number)),
        Number::Int(_) => Json::Number(number),
    }
}
