//! Functions on objects and on values of any type.
#![expect(clippy::unnecessary_wraps, reason = "the functions of the library share one type")]

use std::sync::Arc;

use compasso_types::Json;
use indexmap::{IndexMap, IndexSet};

use super::Arguments;
use crate::budget::{ITEM_BYTES, MEMBER_BYTES};
use crate::error::{Result, failed};
use crate::value::Value;

pub(super) fn keys(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let mut keys = IndexSet::new();
    collect_keys(arguments, &arguments.value(0), &mut keys)?;
    arguments.evaluator.sequence(keys.into_iter().map(Value::string).collect())
}

fn collect_keys(
    arguments: &Arguments<'_, '_>,
    value: &Value,
    keys: &mut IndexSet<Arc<str>>,
) -> Result<()> {
    let budget = &arguments.evaluator.budget;
    if let Some(items) = value.items() {
        budget.steps(items.len())?;
        return items.iter().try_for_each(|item| collect_keys(arguments, &item, keys));
    }
    if let Some(members) = value.members() {
        budget.items(members.len())?;
        keys.extend(members.iter().map(|(key, _)| key));
    }
    Ok(())
}

pub(super) fn lookup(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let name = arguments.text(1).map_or("", |name| name);
    arguments.evaluator.member(&arguments.value(0), name)
}

pub(super) fn spread(arguments: &Arguments<'_, '_>) -> Result<Value> {
    spread_value(arguments, arguments.value(0))
}

fn spread_value(arguments: &Arguments<'_, '_>, value: Value) -> Result<Value> {
    let evaluator = arguments.evaluator;
    if let Some(items) = value.items() {
        if items.len() == 0 {
            return evaluator.sequence(Vec::new());
        }
        let mut all = Vec::new();
        for item in items.iter() {
            let parts = spread_value(arguments, item)?;
            match parts.items() {
                Some(parts) => {
                    evaluator.budget.items(parts.len())?;
                    all.extend(parts.iter());
                }
                None => all.push(parts),
            }
        }
        evaluator.budget.items(all.len())?;
        return Value::list(all);
    }
    if let Some(members) = value.members() {
        let mut parts = Vec::with_capacity(members.len());
        for (key, value) in members.iter() {
            parts.push(evaluator.record(IndexMap::from([(key, value)]))?);
        }
        return evaluator.sequence(parts);
    }
    Ok(value)
}

pub(super) fn merge(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    let mut merged = IndexMap::new();
    for item in items.iter() {
        let Some(members) = item.members() else {
            continue;
        };
        arguments.evaluator.budget.steps(members.len())?;
        arguments.evaluator.budget.bytes(members.len() * MEMBER_BYTES)?;
        merged.extend(members.iter());
    }
    arguments.evaluator.record(merged)
}

/// Values are never changed in place, so the value itself serves as its copy.
pub(super) fn clone(arguments: &Arguments<'_, '_>) -> Result<Value> {
    arguments.evaluator.budget.bytes(ITEM_BYTES)?;
    Ok(arguments.value(0))
}

pub(super) fn type_name(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let name = match arguments.value(0).type_letter() {
        'm' => return Ok(Value::Undefined),
        's' => "string",
        'n' => "number",
        'b' => "boolean",
        'l' => "null",
        'a' => "array",
        'f' => "function",
        _ => "object",
    };
    Ok(Value::string(name))
}

pub(super) fn boolean(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.value(0);
    if value.is_undefined() {
        return Ok(value);
    }
    Ok(Value::bool(holds(arguments, &value)?))
}

pub(super) fn not(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.value(0);
    if value.is_undefined() {
        return Ok(value);
    }
    Ok(Value::bool(!holds(arguments, &value)?))
}

/// A function by itself is false here.
fn holds(arguments: &Arguments<'_, '_>, value: &Value) -> Result<bool> {
    Ok(!matches!(value, Value::Function(_)) && arguments.evaluator.truth(value)?)
}

pub(super) fn exists(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::bool(!arguments.value(0).is_undefined()))
}

pub(super) fn error(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let message = arguments.text(0).map_or("$error() function evaluated", |message| message);
    Err(failed("D3137", message))
}

pub(super) fn assert(arguments: &Arguments<'_, '_>) -> Result<Value> {
    if matches!(arguments.value(0), Value::Json(Json::Bool(true))) {
        return Ok(Value::Undefined);
    }
    let message = arguments.text(1).map_or("$assert() statement failed", |message| message);
    Err(failed("D3141", message))
}
