//! Functions on numbers.

use super::Arguments;
use crate::error::{Result, failed};
use crate::evaluator::finite;
use crate::value::{Value, number_text, quoted};

fn with_number(
    arguments: &Arguments<'_, '_>,
    change: impl FnOnce(f64) -> Result<f64>,
) -> Result<Value> {
    match arguments.number(0) {
        Some(number) => change(number).map(Value::number),
        None => Ok(Value::Undefined),
    }
}

pub(super) fn number(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let value = arguments.value(0);
    if value.is_undefined() || value.as_f64().is_some() {
        return Ok(value);
    }
    if let Some(text) = value.as_str() {
        arguments.evaluator.budget.read_text(text.len())?;
        if let Some(number) = parse(text) {
            return Ok(Value::number(number));
        }
        return Err(failed(
            "D3030",
            format!("Unable to cast value to a number: {}", quoted(&value)),
        ));
    }
    Ok(Value::number(if arguments.evaluator.truth(&value)? { 1.0 } else { 0.0 }))
}

/// Reads a number in JSON's notation, or with one of JavaScript's prefixes.
fn parse(text: &str) -> Option<f64> {
    if let Some(prefix) = text.get(..2) {
        let radix = match &*prefix.to_ascii_lowercase() {
            "0x" => 16,
            "0o" => 8,
            "0b" => 2,
            _ => 0,
        };
        if radix > 0 {
            let digits = &text[2..];
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return valid.then(|| {
                digits
                    .chars()
                    .filter_map(|digit| digit.to_digit(radix))
                    .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
            });
        }
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || !digits(exponent) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

pub(super) fn floor(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_number(arguments, |number| Ok(number.floor()))
}

pub(super) fn ceil(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_number(arguments, |number| Ok(number.ceil()))
}

pub(super) fn abs(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_number(arguments, |number| Ok(number.abs()))
}

pub(super) fn round(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let precision = arguments.integer(1).unwrap_or(0).clamp(-400, 400);
    with_number(arguments, |number| Ok(round_half_even(number, precision as i32)))
}

/// Rounds to `precision` decimal places, halves to the even neighbour.
///
/// The point is moved in the decimal text, as a multiplication would add its own error.
pub(crate) fn round_half_even(number: f64, precision: i32) -> f64 {
    let shifted = shift(number, precision);
    if !shifted.is_finite() {
        return number;
    }
    shift(shifted.round_ties_even(), -precision)
}

/// Multiplies by a power of ten, exactly in decimal.
fn shift(number: f64, places: i32) -> f64 {
    if places == 0 || number == 0.0 {
        return number;
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    format!("{mantissa}e{}", exponent + places).parse().unwrap_or(number)
}

pub(super) fn sqrt(arguments: &Arguments<'_, '_>) -> Result<Value> {
    with_number(arguments, |number| {
        if number < 0.0 {
            let message = format!(
                "The sqrt function cannot be applied to a negative number: {}",
                number_text(number)
            );
            return Err(failed("D3060", message));
        }
        Ok(number.sqrt())
    })
}

pub(super) fn power(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let exponent = arguments.number(1);
    with_number(arguments, |base| {
        let exponent = exponent.unwrap_or(f64::NAN);
        let result = base.powf(exponent);
        finite(result).map_err(|_| {
            let message = format!(
                "The power function has resulted in a value that cannot be represented as a JSON number: base={}, exponent={}",
                number_text(base),
                number_text(exponent)
            );
            failed("D3061", message)
        })
    })
}

pub(super) fn format_base(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(number) = arguments.number(0) else {
        return Ok(Value::Undefined);
    };
    let number = round_half_even(number, 0);
    let radix = arguments.number(1).map_or(10.0, |radix| round_half_even(radix, 0));
    if !(2.0..=36.0).contains(&radix) {
        let message = format!(
            "The radix of the formatBase function must be between 2 and 36.  It was given {}",
            number_text(radix)
        );
        return Err(failed("D3100", message));
    }
    let mut rest = number.abs();
    let mut digits = Vec::new();
    while rest >= 1.0 {
        let digit = (rest % radix) as u32;
        digits.push(char::from_digit(digit, radix as u32).unwrap_or('0'));
        rest = (rest / radix).floor();
    }
    if digits.is_empty() {
        digits.push('0');
    } else if number < 0.0 {
        digits.push('-');
    }
    arguments.evaluator.text(digits.into_iter().rev().collect())
}
