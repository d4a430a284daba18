//! What a plain scalar means in the core schema of YAML 1.2: `on`, `yes` and `no` are text.

use std::sync::Arc;

use compasso_types::Number;

use super::{Style, Value};

/// Returns the value of a plain scalar; `None` for infinities and `.nan`, which JSON cannot hold.
pub(super) fn resolve(text: &str) -> Option<Value> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_beyond_json(text) => return None,
        _ => match number(text) {
            Some(number) => Value::Number(number),
            None => Value::Text(Arc::from(text), Style::Bare),
        },
    };
    Some(value)
}

fn is_beyond_json(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn number(text: &str) -> Option<Number> {
    let based = |digits: &str, radix| {
        let is_number = !digits.starts_with(['+', '-']);
        is_number.then(|| i64::from_str_radix(digits, radix).ok()).flatten().map(Number::Int)
    };
    if let Some(digits) = text.strip_prefix("0o") {
        return based(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return based(digits, 16);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.is_empty() || !is_decimal(unsigned) {
        return None;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(whole) = text.parse()
    {
        return Some(Number::Int(whole));
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Number::Float(value))
}

/// Whether `text` is `12`, `1.`, `.5`, `1.5`, each with an exponent or without.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_exponent = |exponent: &str| {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !unsigned.is_empty() && digits(unsigned)
    };
    !(whole.is_empty() && fraction.is_empty())
        && digits(whole)
        && digits(fraction)
        && exponent.is_none_or(has_exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_have_the_types_of_the_core_schema() {
        for (text, expected) in [
            ("on", "Text(\"on\", Bare)"),
            ("yes", "Text(\"yes\", Bare)"),
            ("no", "Text(\"no\", Bare)"),
            ("~", "Null"),
            ("", "Null"),
            ("True", "Bool(true)"),
            ("12", "Number(Int(12))"),
            ("+12", "Number(Int(12))"),
            ("012", "Number(Int(12))"),
            ("0o17", "Number(Int(15))"),
            ("0xff", "Number(Int(255))"),
            ("0x-1", "Text(\"0x-1\", Bare)"),
            ("1.5", "Number(Float(1.5))"),
            (".5e1", "Number(Float(5.0))"),
            ("1e3", "Number(Float(1000.0))"),
            (".", "Text(\".\", Bare)"),
            ("1_000", "Text(\"1_000\", Bare)"),
            ("12:30", "Text(\"12:30\", Bare)"),
            ("2026-01-01", "Text(\"2026-01-01\", Bare)"),
            ("inf", "Text(\"inf\", Bare)"),
        ] {
            assert_eq!(format!("{:?}", resolve(text).unwrap()), expected, "{text}");
        }
        assert!(resolve(".inf").is_none() && resolve("-.INF").is_none());
        assert!(resolve(".nan").is_none());
    }
}
