//! Literals inside paths: quoted strings, numbers, words, arrays and objects. Strings may stand in
//! single or double quotes.

use std::iter::Peekable;
use std::str::Chars;

use compasso_types::{Json, Number, Object};

use super::parser::{Parsed, Parser};

impl Parser<'_> {
    /// Parses a literal value.
    pub(super) fn literal(&mut self) -> Parsed<Json> {
        match self.peek() {
            Some(b'\'' | b'"') => Ok(Json::from(self.quoted()?)),
            Some(b'[') => self.nested(Self::array_literal),
            Some(b'{') => self.nested(Self::object_literal),
            Some(b'-' | b'+' | b'.' | b'0'..=b'9') => self.number_literal(),
            _ => self.word_literal(),
        }
    }

    /// Parses a string in single or double quotes.
    pub(super) fn quoted(&mut self) -> Parsed<String> {
        let quote = self.peek();
        let start = self.position + 1;
        let mut end = start;
        let bytes = self.text.as_bytes();
        while bytes.get(end).copied() != quote {
            match bytes.get(end) {
                None => {
                    return Err(self.error("Property has not been closed - missing closing quote"));
                }
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
            }
        }
        self.position = end + 1;
        Ok(unescape(&self.text[start..end]))
    }

    fn array_literal(&mut self) -> Parsed<Json> {
        self.position += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        while !self.skip("]") {
            if !items.is_empty() && !self.skip(",") {
                return Err(self.error("expected ',' or ']' in an array"));
            }
            self.skip_blanks();
            items.push(self.literal()?);
            self.skip_blanks();
        }
        Ok(Json::from(items))
    }

    fn object_literal(&mut self) -> Parsed<Json> {
        self.position += 1;
        let mut members = Object::new();
        self.skip_blanks();
        while !self.skip("}") {
            if !members.is_empty() && !self.skip(",") {
                return Err(self.error("expected ',' or '}' in an object"));
            }
            self.skip_blanks();
            if !matches!(self.peek(), Some(b'\'' | b'"')) {
                return Err(self.error("expected a quoted name in an object"));
            }
            let name = self.quoted()?;
            self.skip_blanks();
            if !self.skip(":") {
                return Err(self.error("expected ':' after the name of a member"));
            }
            self.skip_blanks();
            members.insert(name.into(), self.literal()?);
            self.skip_blanks();
        }
        Ok(Json::from(members))
    }

    fn number_literal(&mut self) -> Parsed<Json> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
        let text = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let number = match text.parse::<i64>() {
            Ok(integer) => Number::Int(integer),
            Err(_) => match text.parse::<f64>() {
                Ok(float) if float.is_finite() => Number::Float(float),
                _ => return Err(self.error(format!("'{text}' is not a number"))),
            },
        };
        self.position += text.len();
        Ok(Json::Number(number))
    }

    fn word_literal(&mut self) -> Parsed<Json> {
        let words =
            [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)];
        for (word, value) in words {
            if self.skip(word) {
                return Ok(value);
            }
        }
        Err(self.error("expected a path, a string, a number, true, false, null or an array"))
    }
}

/// Resolves `\n`, `\u0041` and the like; a backslash before any other character vanishes.
fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            continue;
        }
        let Some(escaped) = characters.next() else {
            break;
        };
        let meant = match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                units.push(code_unit(&mut characters));
                continue;
            }
            other => other,
        };
        units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}

/// Reads up to four hexadecimal digits.
fn code_unit(characters: &mut Peekable<Chars<'_>>) -> u16 {
    let mut unit = 0;
    for _ in 0..4 {
        let Some(digit) = characters.peek().and_then(|c| c.to_digit(16)) else {
            break;
        };
        unit = unit * 16 + digit as u16;
        characters.next();
    }
    unit
}
