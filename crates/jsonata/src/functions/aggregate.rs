//! Functions from many numbers to one.
#![expect(clippy::unnecessary_wraps, reason = "the functions of the library share one type")]

use super::Arguments;
use crate::error::Result;
use crate::value::Value;

/// Returns the numbers of the first argument, counting them.
fn numbers(arguments: &Arguments<'_, '_>) -> Result<Option<Vec<f64>>> {
    let Some(items) = arguments.items(0) else {
        return Ok(None);
    };
    arguments.evaluator.budget.steps(items.len())?;
    Ok(Some(items.iter().filter_map(|item| item.as_f64()).collect()))
}

fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Undefined, Value::number)
}

pub(super) fn sum(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(number(numbers(arguments)?.map(|numbers| numbers.iter().fold(0.0, |sum, n| sum + n))))
}

pub(super) fn count(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::number(arguments.items(0).map_or(0, |items| items.len()) as f64))
}

pub(super) fn max(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(number(numbers(arguments)?.and_then(|numbers| numbers.into_iter().reduce(f64::max))))
}

pub(super) fn min(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(number(numbers(arguments)?.and_then(|numbers| numbers.into_iter().reduce(f64::min))))
}

pub(super) fn average(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let numbers = numbers(arguments)?.filter(|numbers| !numbers.is_empty());
    Ok(number(numbers.map(|n| n.iter().fold(0.0, |sum, n| sum + n) / n.len() as f64)))
}
