//! The functions that may end a path: `.length()`, `.sum()`, `.keys()` and the like.

use std::borrow::Cow;

use compasso_types::Json;

use super::NotFound;
use super::read::Reader;
use super::segment::{Argument, Call, Function};

impl Reader<'_> {
    /// Applies a function to `model`, or to all `matches` of a descent.
    pub(super) fn call(
        &self,
        call: &Call,
        model: &Json,
        matches: Option<&[Json]>,
    ) -> Result<Json, NotFound> {
        let arguments: Vec<Cow<'_, Json>> = match matches {
            Some(matches) => matches.iter().map(Cow::Borrowed).collect(),
            None => self.arguments(call, model),
        };
        // After a descent the function is over the matches alone.
        let model = if matches.is_some() { &Json::Null } else { model };
        let numbers = || numbers(model, &arguments);
        match call.function {
            Function::Sum => aggregate(&numbers(), |values| values.iter().sum()),
            Function::Average => aggregate(&numbers(), mean),
            Function::StandardDeviation => aggregate(&numbers(), standard_deviation),
            Function::Minimum => {
                aggregate(&numbers(), |values| values.iter().copied().fold(f64::INFINITY, f64::min))
            }
            Function::Maximum => aggregate(&numbers(), |values| {
                values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            }),
            Function::Concatenate => {
                let texts: Vec<_> = flat(model, &arguments).filter_map(Json::as_str).collect();
                Ok(Json::from(texts.concat()))
            }
            Function::Length => Ok(length(model, &arguments, matches.is_some())),
            Function::Append => Ok(append(model, &arguments)),
            Function::Keys => Ok(model.as_object().map_or(Json::Null, |members| {
                Json::array(members.keys().map(|name| Json::from(name.clone())))
            })),
            Function::First => item(model, Some(0)),
            Function::Last => item(model, Some(-1)),
            Function::Index => item(model, arguments.first().and_then(|index| index.as_i64())),
        }
    }

    fn arguments<'a>(&'a self, call: &'a Call, model: &'a Json) -> Vec<Cow<'a, Json>> {
        let value = |argument: &'a Argument| match argument {
            Argument::Literal(value) => Cow::Borrowed(value),
            Argument::Operand(operand) => self.operand(operand, model),
        };
        call.arguments.iter().map(value).collect()
    }
}

/// Returns the items of `model` and the arguments, arrays among them item by item.
fn flat<'v>(model: &'v Json, arguments: &'v [Cow<'_, Json>]) -> impl Iterator<Item = &'v Json> {
    let items = model.as_array().into_iter().flat_map(|items| items.iter());
    items.chain(arguments.iter().flat_map(|argument| match &**argument {
        Json::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    }))
}

fn numbers(model: &Json, arguments: &[Cow<'_, Json>]) -> Vec<f64> {
    flat(model, arguments).filter_map(Json::as_number).map(compasso_types::Number::as_f64).collect()
}

fn aggregate(values: &[f64], combine: impl Fn(&[f64]) -> f64) -> Result<Json, NotFound> {
    if values.is_empty() {
        let message = "Aggregation function attempted to calculate value using empty array";
        return Err(NotFound(message.to_owned()));
    }
    let result = combine(values);
    if !result.is_finite() {
        return Err(NotFound("the result of the function is not a finite number".to_owned()));
    }
    Ok(Json::from(result))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn standard_deviation(values: &[f64]) -> f64 {
    let squares: f64 = values.iter().map(|value| value * value).sum();
    let mean = mean(values);
    (squares / values.len() as f64 - mean * mean).max(0.0).sqrt()
}

/// Counts the children of the arguments if there are any, otherwise those of `model`.
fn length(model: &Json, arguments: &[Cow<'_, Json>], gathered: bool) -> Json {
    let count = |value: &Json| match value {
        Json::Array(items) => Some(items.len()),
        Json::Object(members) => Some(members.len()),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => None,
    };
    let total = if gathered || !arguments.is_empty() {
        Some(arguments.iter().filter_map(|argument| count(argument)).sum())
    } else {
        count(model)
    };
    total.map_or(Json::Null, |total: usize| Json::from(total as i64))
}

fn append(model: &Json, arguments: &[Cow<'_, Json>]) -> Json {
    match model {
        Json::Array(items) => {
            let added = arguments.iter().map(|argument| Json::clone(argument));
            Json::array(items.iter().cloned().chain(added))
        }
        other => other.clone(),
    }
}

fn item(model: &Json, index: Option<i64>) -> Result<Json, NotFound> {
    let missing = || NotFound("the function found no item at that index".to_owned());
    let items = model.as_array().ok_or_else(missing)?;
    let at = index.and_then(|index| super::read::position(index, items.len()));
    at.and_then(|at| items.get(at).cloned()).ok_or_else(missing)
}
