//! From text to tokens.

use std::sync::Arc;

use crate::error::SyntaxError;

/// The smallest parts of the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Operator(&'static str),
    Name(Arc<str>),
    Variable(Arc<str>),
    String(Arc<str>),
    Number(f64),
    Bool(bool),
    Null,
    /// A regular expression and its flags.
    Regex(String, String),
    End,
}

impl Token {
    /// Returns the token as error messages quote it.
    pub(crate) fn quoted(&self) -> String {
        match self {
            Self::Operator(text) => quote(text),
            Self::Name(text) | Self::Variable(text) | Self::String(text) => quote(text),
            Self::Number(number) => crate::value::number_text(*number),
            Self::Bool(value) => value.to_string(),
            Self::Null => "null".into(),
            Self::Regex(pattern, _) => quote(pattern),
            Self::End => quote("(end)"),
        }
    }
}

fn quote(text: &str) -> String {
    let mut quoted = String::new();
    crate::value::write_json_string(text, &mut quoted);
    quoted
}

/// What a `/` means at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slash {
    Divides,
    OpensRegex,
}

/// Operators of more than one character, before their prefixes.
const OPERATORS: [&str; 32] = [
    "..", ":=", "!=", ">=", "<=", "**", "~>", ".", "[", "]", "{", "}", "(", ")", ",", "@", "#",
    ";", ":", "?", "+", "-", "*", "/", "%", "|", "=", "<", ">", "^", "&", "~",
];

/// Reads tokens from a text.
pub(crate) struct Lexer<'t> {
    text: &'t str,
    /// Offset of what is read next.
    pub(crate) position: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    /// Returns the text not read yet.
    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    /// Reads the next token; returns it with its offset.
    pub(crate) fn next(&mut self, slash: Slash) -> Result<(Token, usize), SyntaxError> {
        self.skip_blanks()?;
        let start = self.position;
        let Some(first) = self.rest().chars().next() else {
            return Ok((Token::End, start));
        };
        let token = match first {
            '/' if slash == Slash::OpensRegex => self.regex()?,
            '"' | '\'' => self.string(first)?,
            '`' => self.quoted_name()?,
            '0'..='9' => self.number()?,
            _ => match OPERATORS.iter().find(|operator| self.rest().starts_with(**operator)) {
                Some(operator) if *operator != "~" => {
                    self.position += operator.len();
                    Token::Operator(operator)
                }
                _ => self.word()?,
            },
        };
        Ok((token, start))
    }

    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}']);
            self.position += rest.len() - trimmed.len();
            if !trimmed.starts_with("/*") {
                return Ok(());
            }
            let Some(end) = trimmed[2..].find("*/") else {
                let start = self.position;
                return Err(SyntaxError::new("S0106", "Comment has no closing tag", start));
            };
            self.position += end + 4;
        }
    }

    fn regex(&mut self) -> Result<Token, SyntaxError> {
        let start = self.position;
        let body = &self.text[start + 1..];
        let mut depth = 0_i32;
        let mut escaped = false;
        for (offset, c) in body.char_indices() {
            if escaped {
                escaped = false;
                continue;
            }
            match c {
                '/' if depth == 0 => {
                    if offset == 0 {
                        let message = "Empty regular expressions are not allowed";
                        return Err(SyntaxError::new("S0301", message, start));
                    }
                    let after = &body[offset + 1..];
                    let flags: String =
                        after.chars().take_while(|c| matches!(c, 'i' | 'm')).collect();
                    self.position = start + offset + 2 + flags.len();
                    return Ok(Token::Regex(body[..offset].to_owned(), flags));
                }
                '\\' => escaped = true,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
        }
        Err(SyntaxError::new("S0302", "No terminating / in regular expression", start))
    }

    fn string(&mut self, quote: char) -> Result<Token, SyntaxError> {
        let start = self.position;
        self.position += 1;
        let mut units: Vec<u16> = Vec::new();
        while let Some(c) = self.character() {
            match c {
                '\\' => units.push(self.escape()?),
                c if c == quote => {
                    return Ok(Token::String(String::from_utf16_lossy(&units).into()));
                }
                c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            }
        }
        let message = "String literal must be terminated by a matching quote";
        Err(SyntaxError::new("S0101", message, start))
    }

    fn character(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.position += c.len_utf8();
        Some(c)
    }

    /// Reads what follows a backslash; returns a UTF-16 unit, as surrogates come in pairs.
    fn escape(&mut self) -> Result<u16, SyntaxError> {
        let start = self.position;
        let Some(c) = self.character() else {
            let message = "String literal must be terminated by a matching quote";
            return Err(SyntaxError::new("S0101", message, start));
        };
        let plain = match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let digits =
                    self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
                self.position += 4;
                return unit.ok_or_else(|| {
                    let message = "The escape sequence \\u must be followed by 4 hex digits";
                    SyntaxError::new("S0104", message, start)
                });
            }
            other => {
                let message =
                    format!("Unsupported escape sequence: \\{}", quote(&other.to_string()));
                return Err(SyntaxError::new("S0103", message, start));
            }
        };
        Ok(plain as u16)
    }

    fn quoted_name(&mut self) -> Result<Token, SyntaxError> {
        let start = self.position;
        let Some(end) = self.text[start + 1..].find('`') else {
            let message = "Quoted property name must be terminated with a backquote (`)";
            return Err(SyntaxError::new("S0105", message, start));
        };
        self.position = start + end + 2;
        Ok(Token::Name(self.text[start + 1..=start + end].into()))
    }

    fn number(&mut self) -> Result<Token, SyntaxError> {
        let start = self.position;
        let bytes = self.text.as_bytes();
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let mut end = if bytes[start] == b'0' { start + 1 } else { digits(start) };
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > end + 1 {
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let after = digits(end + 1 + sign);
            if after > end + 1 + sign {
                end = after;
            }
        }
        self.position = end;
        let text = &self.text[start..end];
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Token::Number(number)),
            _ => {
                let message = format!("Number out of range: {}", quote(text));
                Err(SyntaxError::new("S0102", message, start))
            }
        }
    }

    fn word(&mut self) -> Result<Token, SyntaxError> {
        let start = self.position;
        let rest = self.rest();
        let ends = |c: char| {
            matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '!')
                || OPERATORS.iter().any(|operator| operator.starts_with(c))
        };
        let after_first = rest.chars().next().map_or(0, char::len_utf8);
        let length =
            rest[after_first..].find(ends).map_or(rest.len(), |offset| offset + after_first);
        let word = &rest[..length];
        self.position += length;
        if let Some(name) = word.strip_prefix('$') {
            return Ok(Token::Variable(name.into()));
        }
        Ok(match word {
            "or" => Token::Operator("or"),
            "in" => Token::Operator("in"),
            "and" => Token::Operator("and"),
            "true" => Token::Bool(true),
            "false" => Token::Bool(false),
            "null" => Token::Null,
            "!" | "~" => {
                let message = format!("Unknown operator: {}", quote(word));
                return Err(SyntaxError::new("S0204", message, start));
            }
            _ => Token::Name(word.into()),
        })
    }
}
