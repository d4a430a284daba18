//! Values as text, the way JavaScript writes them.

use std::fmt::Write;

use compasso_types::Json;

use super::Value;
use crate::budget::Budget;
use crate::error::{Result, failed};

/// Longest value quoted in a message, bytes.
const QUOTED_BYTES_MAX: usize = 512;
/// Significant digits `$string` writes.
const DIGITS: usize = 15;

/// Returns what `$string` makes of a value.
pub(crate) fn stringify(budget: &Budget, value: &Value, pretty: bool) -> Result<String> {
    if let Some(text) = value.as_str() {
        budget.make_text(text.len())?;
        return Ok(text.to_string());
    }
    if value.as_f64().is_some_and(|number| !number.is_finite()) {
        return Err(failed("D3001", "Attempting to invoke string function on Infinity or NaN"));
    }
    if value.is_undefined() || matches!(value, Value::Function(_)) {
        return Ok(String::new());
    }
    let mut writer = Writer { budget: Some(budget), out: String::new(), pretty, digits: DIGITS };
    writer.value(value, 0)?;
    Ok(writer.out)
}

/// Returns a value as error messages show it.
pub(crate) fn quoted(value: &Value) -> String {
    let mut writer = Writer { budget: None, out: String::new(), pretty: false, digits: 17 };
    let finished = writer.value(value, 0).is_ok();
    if !finished {
        writer.out.push('…');
    }
    writer.out
}

struct Writer<'b> {
    budget: Option<&'b Budget>,
    out: String,
    pretty: bool,
    digits: usize,
}

impl Writer<'_> {
    /// Counts what was written since `start`; without a budget, stops at the length of a message.
    fn count(&self, start: usize) -> Result<()> {
        match self.budget {
            Some(budget) => {
                budget.bytes(self.out.len() - start)?;
                budget.read_text(self.out.len() - start)
            }
            None if self.out.len() > QUOTED_BYTES_MAX => Err(failed("", "")),
            None => Ok(()),
        }
    }

    fn value(&mut self, value: &Value, level: usize) -> Result<()> {
        let start = self.out.len();
        if let Some(items) = value.items() {
            return self.sequence('[', ']', items.len(), level, |writer, index| {
                writer.value(&items.get(index), level + 1)
            });
        }
        if let Some(members) = value.members() {
            let members: Vec<_> = members.iter().filter(|(_, v)| !v.is_undefined()).collect();
            return self.sequence('{', '}', members.len(), level, |writer, index| {
                let (key, value) = &members[index];
                let start = writer.out.len();
                write_json_string(key, &mut writer.out);
                writer.out.push_str(if writer.pretty { ": " } else { ":" });
                writer.count(start)?;
                writer.value(value, level + 1)
            });
        }
        match value {
            Value::Json(Json::Bool(value)) => {
                self.out.push_str(if *value { "true" } else { "false" });
            }
            Value::Json(Json::Number(number)) => {
                let number = number.as_f64();
                self.out.push_str(&rounded_text(number, self.digits));
            }
            Value::Json(Json::String(text)) => {
                if let Some(budget) = self.budget {
                    budget.bytes(text.len())?;
                }
                write_json_string(text, &mut self.out);
            }
            Value::Function(_) => self.out.push_str("\"\""),
            _ => self.out.push_str("null"),
        }
        self.count(start)
    }

    fn sequence(
        &mut self,
        open: char,
        close: char,
        length: usize,
        level: usize,
        mut item: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        self.out.push(open);
        for index in 0..length {
            let start = self.out.len();
            if index > 0 {
                self.out.push(',');
            }
            self.line(level + 1);
            self.count(start)?;
            item(self, index)?;
        }
        let start = self.out.len();
        if length > 0 {
            self.line(level);
        }
        self.out.push(close);
        self.count(start)
    }

    fn line(&mut self, level: usize) {
        if self.pretty {
            self.out.push('\n');
            (0..level).for_each(|_| self.out.push_str("  "));
        }
    }
}

fn rounded_text(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return "null".into();
    }
    if digits >= 17 || number.fract() == 0.0 && number.abs() < 1e15 {
        return number_text(number);
    }
    let rounded = format!("{number:.*e}", digits - 1).parse().unwrap_or(number);
    number_text(rounded)
}

/// Writes a number as JavaScript's `String(number)` does.
pub(crate) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    if !number.is_finite() {
        return "null".into();
    }
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return (number as i64).to_string();
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) =
        scientific.split_once('e').expect("scientific notation has an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent is an integer");
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let mut text = String::from(if number < 0.0 { "-" } else { "" });
    let count = digits.len() as i32;
    match exponent {
        0..=20 if count <= exponent + 1 => {
            text.push_str(&digits);
            text.extend(std::iter::repeat_n('0', (exponent + 1 - count) as usize));
        }
        0..=20 => {
            let (whole, fraction) = digits.split_at((exponent + 1) as usize);
            text.push_str(whole);
            text.push('.');
            text.push_str(fraction);
        }
        -6..=-1 => {
            text.push_str("0.");
            text.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
            text.push_str(&digits);
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            text.push_str(first);
            if !rest.is_empty() {
                text.push('.');
                text.push_str(rest);
            }
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(text, "e{sign}{}", exponent.abs()).expect("writing to a string cannot fail");
        }
    }
    text
}

/// Writes a JSON string literal.
pub(crate) fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => {
                write!(out, "\\u{:04x}", c as u32).expect("writing to a string cannot fail");
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
