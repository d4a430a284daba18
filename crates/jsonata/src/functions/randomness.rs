//! Functions whose results differ from run to run; the host decides how.
#![expect(clippy::unnecessary_wraps, reason = "the functions of the library share one type")]

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

/// Spreads a seed over 64 bits: the output step of the `SplitMix64` generator.
fn scramble(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
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
