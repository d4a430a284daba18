//! Values as Java writes them, which is what `States.Format` and Jayway's messages show:
//! `{Arg1=1, Arg2=[]}`.

use std::fmt::{self, Write as _};

use compasso_types::{Json, Number};

/// Returns the text of `value`: strings without quotes, objects as `{name=value, …}`.
pub(crate) fn of(value: &Json) -> String {
    let mut text = String::new();
    write(&mut text, value).expect("writing to a string cannot fail");
    text
}

/// Returns the text of a number: `1`, `1.5`, `1.0E10`.
pub(crate) fn of_number(number: Number) -> String {
    match number {
        Number::Int(value) => value.to_string(),
        Number::Float(value) => of_double(value),
    }
}

fn write(text: &mut String, value: &Json) -> fmt::Result {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(value) => write!(text, "{value}")?,
        Json::Number(number) => text.push_str(&of_number(*number)),
        Json::String(string) => text.push_str(string),
        Json::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(text, item)?;
            }
            text.push(']');
        }
        Json::Object(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                write!(text, "{}{name}=", if index > 0 { ", " } else { "" })?;
                write(text, member)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

/// `Double.toString`: plain from 0.001 up to ten million, otherwise with an exponent.
fn of_double(value: f64) -> String {
    let magnitude = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_java_does() {
        let rows = [
            (r#"{"Arg1":1,"Arg2":[]}"#, "{Arg1=1, Arg2=[]}"),
            (r#"["a",null,true,{"b":"c"}]"#, "[a, null, true, {b=c}]"),
            ("1.1", "1.1"),
            ("1.0", "1.0"),
            ("-0.001", "-0.001"),
            ("0.0001", "1.0E-4"),
            ("9999999.5", "9999999.5"),
            ("1e7", "1.0E7"),
            ("-1.25e21", "-1.25E21"),
        ];
        for (value, text) in rows {
            assert_eq!(of(&Json::parse(value).unwrap()), text);
        }
    }
}
