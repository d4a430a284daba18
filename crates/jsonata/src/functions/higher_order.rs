//! Functions that call functions.

use indexmap::IndexMap;

use super::Arguments;
use crate::error::{Result, failed};
use crate::signature::arity;
use crate::value::Value;

impl Arguments<'_, '_> {
    /// Calls the function given as argument `at` with as many of `values` as it declares.
    fn call(&self, at: usize, values: [Value; 3]) -> Result<Value> {
        let function = self.value(at);
        let wanted = match &function {
            Value::Function(function) => arity(function).clamp(1, 3),
            _ => 1,
        };
        let values = values.into_iter().take(wanted).collect();
        self.evaluator.apply(&function, values, self.input, self.name)
    }
}

pub(super) fn map(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    let mut results = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = Value::number(index as f64);
        let result = arguments.call(1, [item, place, arguments.value(0)])?;
        if !result.is_undefined() {
            results.push(result);
        }
    }
    arguments.evaluator.sequence(results)
}

pub(super) fn filter(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    let mut kept = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let place = Value::number(index as f64);
        let verdict = arguments.call(1, [item.clone(), place, arguments.value(0)])?;
        if arguments.evaluator.truth(&verdict)? {
            kept.push(item);
        }
    }
    arguments.evaluator.sequence(kept)
}

pub(super) fn single(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    let mut found = None;
    for (index, item) in items.iter().enumerate() {
        let matches = arguments.value(1).is_undefined() || {
            let place = Value::number(index as f64);
            let verdict = arguments.call(1, [item.clone(), place, arguments.value(0)])?;
            arguments.evaluator.truth(&verdict)?
        };
        arguments.evaluator.budget.steps(1)?;
        if matches && found.replace(item).is_some() {
            return Err(failed(
                "D3138",
                "The $single() function expected exactly 1 matching result.  Instead it matched more.",
            ));
        }
    }
    found.ok_or_else(|| {
        failed(
            "D3139",
            "The $single() function expected exactly 1 matching result.  Instead it matched 0.",
        )
    })
}

pub(super) fn reduce(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    let function = arguments.value(1);
    let wanted = match &function {
        Value::Function(function) => arity(function),
        _ => 0,
    };
    if wanted < 2 {
        return Err(failed(
            "D3050",
            "The second argument of reduce function must be a function with at least two arguments",
        ));
    }
    let mut result = arguments.value(2);
    let mut next = 0;
    if result.is_undefined() && items.len() > 0 {
        result = items.get(0);
        next = 1;
    }
    for index in next..items.len() {
        let place = Value::number(index as f64);
        let values = [result, items.get(index), place, arguments.value(0)];
        let values = values.into_iter().take(wanted.min(4)).collect();
        result = arguments.evaluator.apply(&function, values, arguments.input, arguments.name)?;
    }
    Ok(result)
}

pub(super) fn sift(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(members) = arguments.value(0).members() else {
        return Ok(Value::Undefined);
    };
    let mut kept = IndexMap::new();
    for (key, value) in members.iter() {
        let values = [value.clone(), Value::string(key.clone()), arguments.value(0)];
        let verdict = arguments.call(1, values)?;
        if arguments.evaluator.truth(&verdict)? {
            kept.insert(key, value);
        }
    }
    if kept.is_empty() {
        return Ok(Value::Undefined);
    }
    arguments.evaluator.record(kept)
}

pub(super) fn each(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let mut results = Vec::new();
    if let Some(members) = arguments.value(0).members() {
        for (key, value) in members.iter() {
            let result = arguments.call(1, [value, Value::string(key), arguments.value(0)])?;
            if !result.is_undefined() {
                results.push(result);
            }
        }
    }
    arguments.evaluator.sequence(results)
}
