//! Dates and times.

use crate::error::Result;
use crate::functions::Arguments;
use crate::value::Value;

pub(crate) fn format_integer(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let _ = arguments;
    Ok(Value::Undefined)
}
pub(crate) fn parse_integer(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let _ = arguments;
    Ok(Value::Undefined)
}
pub(crate) fn now(arguments: &Arguments<'_, '_>) -> Result<Value> {
    arguments
        .evaluator
        .text(arguments.evaluator.host.now().to_string())
}
pub(crate) fn millis(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::number(arguments.evaluator.host.now().0 as f64))
}
pub(crate) fn to_millis(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let _ = arguments;
    Ok(Value::Undefined)
}
pub(crate) fn from_millis(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let _ = arguments;
    Ok(Value::Undefined)
}
