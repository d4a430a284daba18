//! How programs write a value that they are given: in Base64, in JSON and in addresses.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use compasso_types::Json;

/// Shorter pieces of Base64 are left: other words look like them.
const BASE64_CHARACTERS_MIN: usize = 6;
/// The punctuation that programs leave in addresses as it is: all but what no address has, that of paths, and that of
/// `encodeURIComponent`.
const LEFT: [&str; 3] = ["", "/", "!*'()"];

/// Returns the other ways in which `value` is written; some may be the same.
pub(super) fn of(value: &str) -> Vec<String> {
    let mut forms = in_json(value);
    forms.extend(LEFT.map(|left| in_address(value, left)));
    forms.push(in_address(value, "").replace("%20", "+"));
    for before in 0..3 {
        let piece = in_base64(value, before);
        if piece.len() >= BASE64_CHARACTERS_MIN {
            forms.push(piece.replace('+', "-").replace('/', "_"));
            forms.push(piece);
        }
    }
    forms
}

/// Writes `value` as JSON, with its other characters as they are, and escaped.
fn in_json(value: &str) -> Vec<String> {
    let quoted = Json::from(value).to_string();
    let plain = quoted[1..quoted.len() - 1].to_owned();
    let mut escaped = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c.is_ascii() {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(escaped, "\\u{unit:04x}").expect("texts take all that is written");
        }
    }
    vec![plain, escaped]
}

/// Writes `value` as in addresses, with the punctuation in `left` as it is.
fn in_address(value: &str, left: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-_.~".contains(c) || left.contains(c) {
            text.push(c);
        } else {
            write!(text, "%{byte:02X}").expect("texts take all that is written");
        }
    }
    text
}

/// Returns the characters of Base64 that are those of `value` alone, behind `before` bytes of another text.
fn in_base64(value: &str, before: usize) -> String {
    let mut bytes = vec![0; before];
    bytes.extend(value.bytes());
    let text = STANDARD_NO_PAD.encode(&bytes);
    let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    text[first..end].to_owned()
}
