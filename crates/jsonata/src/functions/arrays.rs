//! Functions on arrays.

use super::Arguments;
use crate::error::{Result, failed};
use crate::evaluator::{compare_text, merge_sort};
use crate::value::{Distinct, Items, Value};

pub(super) fn append(arguments: &Arguments<'_, '_>) -> Result<Value> {
    arguments.evaluator.append(arguments.value(0), arguments.value(1))
}

pub(super) fn reverse(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    if items.len() < 2 {
        return Ok(arguments.value(0));
    }
    arguments.evaluator.budget.items(items.len())?;
    Value::list(items.iter().rev().collect())
}

pub(super) fn zip(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let columns: Vec<_> = arguments.values.iter().map(Value::items).collect();
    let length = columns.iter().map(|column| column.as_ref().map_or(0, Items::len)).min();
    let mut rows = Vec::new();
    for index in 0..length.unwrap_or(0) {
        let row = columns.iter().flatten().map(|column| column.get(index)).collect();
        rows.push(arguments.evaluator.list(row)?);
    }
    arguments.evaluator.list(rows)
}

pub(super) fn distinct(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.value(0);
    let Some(items) = value.items() else {
        return Ok(value);
    };
    if items.len() < 2 {
        return Ok(value);
    }
    let mut seen = Distinct::default();
    let mut kept = Vec::new();
    for item in items.iter() {
        if seen.insert(&arguments.evaluator.budget, &item)? {
            kept.push(item);
        }
    }
    if value.is_sequence() {
        arguments.evaluator.sequence(kept)
    } else {
        arguments.evaluator.list(kept)
    }
}

pub(super) fn sort(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    if items.len() < 2 {
        return Ok(arguments.value(0));
    }
    let evaluator = arguments.evaluator;
    let budget = &evaluator.budget;
    budget.items(items.len() * 2)?;
    let values: Vec<Value> = items.iter().collect();
    let comparator = arguments.value(1);
    let sorted = if !comparator.is_undefined() {
        merge_sort(values, &mut |a, b| {
            let pair = vec![a.clone(), b.clone()];
            let after = evaluator.apply(&comparator, pair, arguments.input, arguments.name)?;
            evaluator.truth(&after)
        })?
    } else if values.iter().all(|value| value.as_f64().is_some()) {
        merge_sort(values, &mut |a, b| {
            budget.steps(1)?;
            Ok(a.as_f64() > b.as_f64())
        })?
    } else if values.iter().all(|value| value.as_str().is_some()) {
        merge_sort(values, &mut |a, b| match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => {
                budget.read_text(a.len().min(b.len()))?;
                Ok(compare_text(a, b).is_gt())
            }
            _ => Ok(false),
        })?
    } else {
        return Err(failed(
            "D3070",
            "The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function",
        ));
    };
    Value::list(sorted)
}
