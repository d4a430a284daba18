//! `$formatNumber`: numbers by a picture, as `XPath` defines it.

mod picture;

use std::fmt::Write;

pub(crate) use picture::regular;

use picture::{Picture, Symbols};

use super::Arguments;
use super::numbers::round_half_even;
use crate::error::{Result, failed};
use crate::value::Value;

/// Most digits a picture may ask for; more are never significant.
const PICTURE_BYTES_MAX: usize = 1_000;

pub(super) fn format_number(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (Some(number), Some(text)) = (arguments.number(0), arguments.text(1)) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.steps(50 + text.len())?;
    if text.len() > PICTURE_BYTES_MAX {
        return Err(failed("D3080", "The picture string is too long"));
    }
    let symbols = Symbols::new(&arguments.value(2));
    let mut parts = text.split(symbols.pattern_separator);
    let positive = Picture::parse(parts.next().unwrap_or_default(), &symbols)?;
    let negative = match parts.next() {
        Some(part) => Picture::parse(part, &symbols)?,
        None => {
            Picture { prefix: format!("{}{}", symbols.minus, positive.prefix), ..positive.clone() }
        }
    };
    if parts.next().is_some() {
        let message = "The picture string must only contain a maximum of two sub-pictures";
        return Err(failed("D3080", message));
    }
    let picture = if number < 0.0 { negative } else { positive };
    let formatted = picture.format(number.abs(), &symbols);
    arguments.evaluator.text(format!("{}{formatted}{}", picture.prefix, picture.suffix))
}

impl Picture {
    /// Formats a number that is not negative.
    fn format(&self, number: f64, symbols: &Symbols) -> String {
        let (mantissa, exponent) = self.scaled(number * self.factor);
        let rounded = round_half_even(mantissa, self.fraction_max as i32);
        let fixed = format!("{rounded:.*}", self.fraction_max);
        let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
        let whole = whole.trim_start_matches('0');
        let mut whole: Vec<char> = whole.chars().collect();
        while whole.len() < self.integer_min {
            whole.insert(0, '0');
        }
        let mut fraction: Vec<char> = fraction.trim_end_matches('0').chars().collect();
        while fraction.len() < self.fraction_min {
            fraction.push('0');
        }
        let mut out = self.group_integer(&whole, symbols);
        if !fraction.is_empty() {
            out.push(symbols.decimal);
            for (at, digit) in fraction.iter().enumerate() {
                if self.fraction_groups.contains(&at) {
                    out.push(symbols.grouping);
                }
                out.push(*digit);
            }
        }
        if self.exponent_min > 0 {
            out.push(symbols.exponent);
            if exponent < 0 {
                out.push(symbols.minus);
            }
            let width = self.exponent_min;
            write!(out, "{:0width$}", exponent.abs()).expect("writing to a string cannot fail");
        }
        out.chars().map(|c| symbols.digit_for(c)).collect()
    }

    /// Returns mantissa and exponent; without an exponent the number itself.
    fn scaled(&self, number: f64) -> (f64, i32) {
        let mut mantissa = number;
        let mut exponent = 0;
        if self.exponent_min > 0 && number > 0.0 && number.is_finite() {
            let most = 10_f64.powi(self.scaling as i32);
            let least = 10_f64.powi(self.scaling as i32 - 1);
            while mantissa < least {
                mantissa *= 10.0;
                exponent -= 1;
            }
            while mantissa > most {
                mantissa /= 10.0;
                exponent += 1;
            }
        }
        (mantissa, exponent)
    }

    fn group_integer(&self, digits: &[char], symbols: &Symbols) -> String {
        let mut out = String::new();
        for (at, digit) in digits.iter().enumerate() {
            let behind = digits.len() - at;
            let separated = match self.regular_group {
                Some(size) => behind.is_multiple_of(size),
                None => self.integer_groups.contains(&behind),
            };
            if at > 0 && separated {
                out.push(symbols.grouping);
            }
            out.push(*digit);
        }
        out
    }
}
