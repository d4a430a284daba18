//! The tokens of JSON: blanks, strings, numbers and words.

use std::ops::Range;
use std::sync::Arc;

use compasso_types::Number;

use super::position::line_column;
use super::{SyntaxError, Value};

const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
/// Longest piece of an unknown word that is shown.
const TOKEN_SHOWN_MAX: usize = 256;

/// Reads a text from its beginning.
pub(super) struct Lexer<'t> {
    text: &'t str,
    /// Offset of the next byte.
    pub(super) at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Skips blanks and returns the next character without taking it.
    pub(super) fn peek(&mut self) -> Option<char> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.text[self.at..].chars().next()
    }

    /// Takes `expected` if it comes next, blanks apart.
    pub(super) fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    /// Reads a string literal; the opening quote is next. `what` names it in errors.
    pub(super) fn string(
        &mut self,
        what: StringRole,
    ) -> Result<(Arc<str>, Range<usize>), SyntaxError> {
        let start = self.at;
        self.at += 1;
        let plain = self.plain_run();
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok((plain.into(), start..self.at));
        }
        let mut value = plain.to_owned();
        loop {
            match self.byte() {
                None => return Err(self.end_of_input(what.end_of_input())),
                Some(b'"') => break,
                Some(b'\\') => value.push(self.escape()?),
                Some(_) => return Err(self.illegal_character(what)),
            }
            value.push_str(self.plain_run());
        }
        self.at += 1;
        Ok((value.into(), start..self.at))
    }

    /// Reads a number, `null`, `true` or `false`.
    pub(super) fn scalar(&mut self, first: char) -> Result<Value, SyntaxError> {
        match first {
            '-' | '0'..='9' => self.number(),
            c if c.is_alphabetic() || c == '_' || c == '$' => self.word(),
            ']' | '}' => Err(self.unexpected(first, "expected a value")),
            _ => Err(self.unexpected(first, &format!("expected a valid value {VALUES}"))),
        }
    }

    /// Makes the error for the character `c`, which comes next.
    pub(super) fn unexpected(&self, c: char, comment: &str) -> SyntaxError {
        let message = format!("Unexpected character ({}): {comment}", described(c));
        self.error_after(c.len_utf8(), message)
    }

    /// Makes the error for a text that ends too soon.
    pub(super) fn end_of_input(&self, comment: &str) -> SyntaxError {
        self.error(format!("Unexpected end-of-input{comment}"))
    }

    /// Makes an error at the current place.
    pub(super) fn error(&self, message: String) -> SyntaxError {
        self.error_after(0, message)
    }

    /// Writes the place of `offset` as Jackson does.
    pub(super) fn location(&self, offset: usize) -> String {
        let (line, column) = line_column(self.text, offset);
        super::position::source_location(line, column)
    }

    /// Makes an error at the current place for a reader that has read `len` more bytes.
    pub(super) fn error_after(&self, len: usize, message: String) -> SyntaxError {
        let (line, column) = line_column(self.text, self.at + len);
        SyntaxError { message, line, column, offset: self.at }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes what needs no decoding inside a string.
    fn plain_run(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let len =
            rest.bytes().position(|b| matches!(b, b'"' | b'\\') || b < 0x20).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn illegal_character(&self, what: StringRole) -> SyntaxError {
        let c = char::from(self.byte().unwrap_or_default());
        let message = format!(
            "Illegal unquoted character ({}): has to be escaped using backslash to be included in {}",
            described(c),
            what.name()
        );
        self.error_after(1, message)
    }

    /// Reads an escape sequence; the backslash is next.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        self.at += 1;
        let Some(c) = self.text[self.at..].chars().next() else {
            return Err(self.end_of_input(" in character escape sequence"));
        };
        let meant = match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => {
                let message = format!("Unrecognized character escape {}", described(c));
                return Err(self.error_after(c.len_utf8(), message));
            }
        };
        self.at += 1;
        Ok(meant)
    }

    /// Reads the digits of `\u…` and the second half of a surrogate pair; a half without its
    /// partner stands for nothing and becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let first = self.hex_digits()?;
        if !(0xD800..0xDC00).contains(&first) || !self.text[self.at..].starts_with("\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 2;
        let second = self.hex_digits()?;
        if (0xDC00..0xE000).contains(&second) {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex_digits(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(c) = self.text[self.at..].chars().next() else {
                return Err(self.end_of_input(" in character escape sequence"));
            };
            let Some(digit) = c.to_digit(16) else {
                return Err(
                    self.unexpected(c, "expected a hex-digit for character escape sequence")
                );
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn word(&mut self) -> Result<Value, SyntaxError> {
        let rest = &self.text[self.at..];
        let len = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .unwrap_or(rest.len());
        let word = &rest[..len];
        let value = match word {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "NaN" | "Infinity" => {
                let message = format!(
                    "Non-standard token '{word}': enable JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS to allow"
                );
                return Err(self.error_after(len, message));
            }
            _ => return Err(self.error_after(len, unrecognized(word))),
        };
        self.at += len;
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
            self.require_digit(
                "expected digit (0-9) to follow minus sign, for valid numeric value",
            )?;
        }
        let integer = self.at;
        self.digits();
        if self.text.as_bytes()[integer] == b'0' && self.at > integer + 1 {
            self.at = integer;
            let message = "Invalid numeric value: Leading zeroes not allowed".to_owned();
            return Err(self.error_after(1, message));
        }
        let mut whole = true;
        if self.byte() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.require_digit("Decimal point not followed by a digit")?;
            self.digits();
        }
        if let Some(b'e' | b'E') = self.byte() {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.require_digit("Exponent indicator not followed by a digit")?;
            self.digits();
        }
        self.convert(start, whole)
    }

    fn digits(&mut self) {
        while self.byte().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn require_digit(&self, comment: &str) -> Result<(), SyntaxError> {
        match self.text[self.at..].chars().next() {
            Some('0'..='9') => Ok(()),
            Some(c) => {
                let message =
                    format!("Unexpected character ({}) in numeric value: {comment}", described(c));
                Err(self.error_after(c.len_utf8(), message))
            }
            None => Err(self.end_of_input(&format!(" in numeric value: {comment}"))),
        }
    }

    /// Converts the number that was read from `start` on: an integer if it is written as one and
    /// fits, except for the negative zero.
    fn convert(&self, start: usize, whole: bool) -> Result<Value, SyntaxError> {
        let text = &self.text[start..self.at];
        if whole
            && text != "-0"
            && let Ok(value) = text.parse()
        {
            return Ok(Value::Number(Number::Int(value)));
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Value::Number(Number::Float(value))),
            _ => Err(self.error(format!("Numeric value ({}) out of range of double", shown(text)))),
        }
    }
}

/// What a string literal is there for.
#[derive(Clone, Copy)]
pub(super) enum StringRole {
    Name,
    Value,
}

impl StringRole {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Value => "string value",
        }
    }

    fn end_of_input(self) -> &'static str {
        match self {
            Self::Name => " in field name",
            Self::Value => ": was expecting closing quote for a string value",
        }
    }
}

fn unrecognized(word: &str) -> String {
    format!("Unrecognized token '{}': was expecting {VALUES}", shown(word))
}

/// Cuts a text that is too long to be shown.
fn shown(text: &str) -> String {
    match text.char_indices().nth(TOKEN_SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Describes a character as Jackson does.
fn described(c: char) -> String {
    let code = u32::from(c);
    if c.is_control() {
        format!("(CTRL-CHAR, code {code})")
    } else if code > 255 {
        format!("'{c}' (code {code} / 0x{code:x})")
    } else {
        format!("'{c}' (code {code})")
    }
}
