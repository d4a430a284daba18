//! Base64 and URLs.

use std::fmt::Write;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Arguments;
use crate::error::{Result, failed};
use crate::value::{Value, quoted};

/// Padding may be missing, as JavaScript has it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Characters URLs contain as they are.
const UNRESERVED: &str = "-_.!~*'()";
/// Characters that have a meaning in URLs.
const RESERVED: &str = ";/?:@&=+$,#";

pub(super) fn base64_encode(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.text(BASE64.encode(text.as_bytes()))
}

pub(super) fn base64_decode(arguments: &Arguments<'_, '_>) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.read_text(text.len())?;
    // Like JavaScript's decoder: both alphabets, everything else passed over.
    let digits: String = text
        .chars()
        .take_while(|c| *c != '=')
        .filter_map(|c| match c {
            '-' => Some('+'),
            '_' => Some('/'),
            c if c.is_ascii_alphanumeric() || matches!(c, '+' | '/') => Some(c),
            _ => None,
        })
        .collect();
    let whole = if digits.len() % 4 == 1 { &digits[..digits.len() - 1] } else { &digits };
    let bytes = BASE64.decode(whole).unwrap_or_default();
    arguments.evaluator.text(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn encode_url_component(arguments: &Arguments<'_, '_>) -> Result<Value> {
    encode(arguments, "")
}

pub(super) fn encode_url(arguments: &Arguments<'_, '_>) -> Result<Value> {
    encode(arguments, RESERVED)
}

pub(super) fn decode_url_component(arguments: &Arguments<'_, '_>) -> Result<Value> {
    decode(arguments, "")
}

pub(super) fn decode_url(arguments: &Arguments<'_, '_>) -> Result<Value> {
    decode(arguments, RESERVED)
}

fn encode(arguments: &Arguments<'_, '_>, kept: &str) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.make_text(text.len().saturating_mul(3))?;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || UNRESERVED.contains(c) || c.is_ascii() && kept.contains(c) {
            encoded.push(c);
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    Ok(Value::string(encoded))
}

fn decode(arguments: &Arguments<'_, '_>, kept: &str) -> Result<Value> {
    let Some(text) = arguments.text(0) else {
        return Ok(Value::Undefined);
    };
    arguments.evaluator.budget.make_text(text.len())?;
    let malformed = || {
        let text = quoted(&arguments.value(0));
        failed("D3140", format!("Malformed URL passed to ${}(): {text}", arguments.name))
    };
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            decoded.push(bytes[at]);
            at += 1;
            continue;
        }
        let digits = text.get(at + 1..at + 3).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let byte = digits.and_then(|d| u8::from_str_radix(d, 16).ok()).ok_or_else(malformed)?;
        if byte.is_ascii() && kept.contains(char::from(byte)) {
            decoded.extend_from_slice(&bytes[at..at + 3]);
        } else {
            decoded.push(byte);
        }
        at += 3;
    }
    String::from_utf8(decoded).map(Value::string).map_err(|_| malformed())
}
