//! Functions whose results differ from run to run; the host decides how.
#![expect(clippy::unnecessary_wraps, reason = "the functions of the library share one type")]

use compasso_types::scramble;
use compasso_types::uuid::v4_of_halves;

use super::Arguments;
use crate::error::Result;
use crate::value::Value;

/// Returns a number from 0 to below 1 made of the upper 53 bits.
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

pub(super) fn random(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let bits = match arguments.integer(0) {
        Some(seed) => scramble(seed as u64),
        None => arguments.evaluator.host.random(),
    };
    Ok(Value::number(fraction(bits)))
}

pub(super) fn shuffle(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(items) = arguments.items(0) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.items(items.len())?;
    let mut values: Vec<Value> = items.iter().collect();
    for last in (1..values.len()).rev() {
        let other = (fraction(arguments.evaluator.host.random()) * (last + 1) as f64) as usize;
        values.swap(last, other);
    }
    Value::list(values)
}

pub(super) fn uuid(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (high, low) = (arguments.evaluator.host.random(), arguments.evaluator.host.random());
    arguments.evaluator.text(v4_of_halves(high, low))
}
