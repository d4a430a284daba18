//! Numbers: rounding, sums, randomness.

use compasso_types::{Json, Number, uuid};

use crate::Environment;

/// Returns a number as an integer, halves rounded towards positive infinity.
pub(super) fn rounded(value: &Json, what: &str) -> Result<i64, String> {
    let number = match value {
        Json::Number(Number::Int(integer)) => return Ok(*integer),
        Json::Number(Number::Float(float)) => *float,
        other => {
            return Err(format!("{what} must be a number, but it is {}", described(other)));
        }
    };
    let floor = number.floor();
    let rounded = if number - floor >= 0.5 { floor + 1.0 } else { floor };
    if rounded.abs() < 9.2e18 { Ok(rounded as i64) } else { Err(format!("{what} is out of range")) }
}

/// Names a value's type with its article, for messages.
pub(super) fn described(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

pub(super) fn add(left: &Json, right: &Json) -> Result<Json, String> {
    let left = rounded(left, "the first argument")?;
    let right = rounded(right, "the second argument")?;
    left.checked_add(right).map(Json::from).ok_or_else(|| "the sum is out of range".to_owned())
}

/// Draws an integer from `start` up to, but not including, `end`. A seed decides it entirely.
pub(super) fn random(
    start: &Json,
    end: &Json,
    seed: Option<&Json>,
    environment: &dyn Environment,
) -> Result<Json, String> {
    let start = rounded(start, "the start")?;
    let end = rounded(end, "the end")?;
    let width = i128::from(end) - i128::from(start);
    if width <= 0 {
        return Err(format!("the start {start} must be less than the end {end}"));
    }
    let bits = match seed {
        Some(seed) => scrambled(rounded(seed, "the seed")? as u64),
        None => environment.random(),
    };
    // The high half of a product maps 64 bits evenly onto the width.
    let offset = (u128::from(bits) * width.unsigned_abs()) >> 64;
    Ok(Json::from((i128::from(start) + offset as i128) as i64))
}

/// One step of `SplitMix64`: neighbouring seeds give unrelated bits.
fn scrambled(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// Makes a random UUID (version 4).
pub(super) fn random_uuid(environment: &dyn Environment) -> Json {
    let (high, low) = (environment.random(), environment.random());
    Json::from(uuid::v4_of_halves(high, low))
}
