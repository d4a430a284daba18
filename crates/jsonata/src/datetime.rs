//! Dates, times and integers by picture strings.
#![expect(clippy::unnecessary_wraps, reason = "the functions of the library share one type")]

mod calendar;
mod format;
mod integer;
mod iso;
mod parse;
mod picture;
mod words;

use std::sync::Arc;

pub use iso::read as read_iso;

use integer::IntegerPicture;
use picture::Picture;

use crate::error::{Result, failed};
use crate::functions::Arguments;
use crate::value::{Value, quoted};

/// Longest picture string, bytes.
const PICTURE_BYTES_MAX: usize = 1_000;
/// How `$fromMillis` writes without a picture.
const ISO_PICTURE: &str = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";
/// Milliseconds JavaScript's dates reach on either side of 1970.
const MILLIS_MAX: f64 = 8.64e15;

/// Counts a picture's work and returns its text.
fn picture_text<'t>(arguments: &Arguments<'_, '_>, text: &'t str) -> Result<&'t str> {
    arguments.evaluator.budget.steps(100 + text.len())?;
    if text.len() > PICTURE_BYTES_MAX {
        return Err(failed("D3133", "The picture string is too long"));
    }
    Ok(text)
}

pub(crate) fn format_integer(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (Some(number), Some(text)) = (arguments.number(0), arguments.text(1)) else {
        return Ok(Value::Undefined);
    };
    let picture = IntegerPicture::parse(picture_text(arguments, text)?)?;
    let formatted = picture.format(number.floor(), &arguments.evaluator.budget)?;
    arguments.evaluator.text(formatted)
}

pub(crate) fn parse_integer(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let (Some(value), Some(text)) = (arguments.text(0), arguments.text(1)) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.steps(10 * value.len())?;
    let picture = IntegerPicture::parse(picture_text(arguments, text)?)?;
    Ok(picture.read(value)?.map_or(Value::Undefined, Value::number))
}

pub(crate) fn now(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let now = arguments.evaluator.host.now().0 as f64;
    format_millis(arguments, now, arguments.text(0), arguments.text(1))
}

pub(crate) fn millis(arguments: &Arguments<'_, '_>) -> Result<Value> {
    Ok(Value::number(arguments.evaluator.host.now().0 as f64))
}

pub(crate) fn from_millis(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(millis) = arguments.number(0) else {
        return Ok(Value::Undefined);
    };
    format_millis(arguments, millis, arguments.text(1), arguments.text(2))
}

fn format_millis(
    arguments: &Arguments<'_, '_>,
    millis: f64,
    picture: Option<&Arc<str>>,
    zone: Option<&Arc<str>>,
) -> Result<Value> {
    let offset = zone.map_or(0, |zone| offset_minutes(zone));
    format_at(arguments, millis, picture.map(|text| &**text), offset)
}

/// Writes an instant as clocks show it that are so many minutes ahead of UTC.
pub(crate) fn format_at(
    arguments: &Arguments<'_, '_>,
    millis: f64,
    picture: Option<&str>,
    offset: i64,
) -> Result<Value> {
    if millis.is_nan() || millis.abs() > MILLIS_MAX {
        return Err(failed(
            "D1001",
            format!("Number out of range: {}", quoted(&Value::number(millis))),
        ));
    }
    let picture = match picture {
        Some(text) => Picture::parse(picture_text(arguments, text)?)?,
        None => Picture::parse(ISO_PICTURE)?,
    };
    let text = picture.format(millis.trunc() as i64, offset, &arguments.evaluator.budget)?;
    arguments.evaluator.text(text)
}

/// Reads a zone such as `-0530`.
pub(crate) fn offset_minutes(zone: &str) -> i64 {
    let digits: String = zone
        .trim_start_matches(['+', '-'])
        .chars()
        .take_while(char::is_ascii_digit)
        .take(4)
        .collect();
    let number: i64 = digits.parse().unwrap_or(0);
    let minutes = number / 100 * 60 + number % 100;
    if zone.starts_with('-') { -minutes } else { minutes }
}

pub(crate) fn to_millis(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.read_text(text.len())?;
    let millis = match arguments.text(1) {
        Some(picture) => {
            let picture = Picture::parse(picture_text(arguments, picture)?)?;
            // Compiling the pattern to read by costs about as much as this many steps.
            arguments.evaluator.budget.steps(5_000)?;
            picture.read(text, arguments.evaluator.host.now().0)?
        }
        None => Some(iso::read(text).ok_or_else(|| {
            let given = quoted(&arguments.value(0));
            failed(
                "D3110",
                format!("The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given {given}"),
            )
        })?),
    };
    Ok(millis.map_or(Value::Undefined, |millis| Value::number(millis as f64)))
}
