//! From text to a call.

use compasso_types::Json;

use super::function::Function;
use super::{Argument, CALL_BYTES_MAX, Call, NESTING_MAX, text};
use crate::CompileError;
use crate::jsonpath::Path;

struct Parser<'t> {
    text: &'t str,
    position: usize,
}

pub(super) fn parse(text: &str) -> Result<Call, CompileError> {
    if text.len() > CALL_BYTES_MAX {
        return Err(error(format!("a call has at most {CALL_BYTES_MAX} bytes")));
    }
    let mut parser = Parser { text, position: 0 };
    parser.skip_blanks();
    let call = parser.call(1)?;
    parser.skip_blanks();
    if parser.rest().is_empty() {
        Ok(call)
    } else {
        Err(parser.error("unexpected text after the call"))
    }
}

impl<'t> Parser<'t> {
    fn call(&mut self, level: usize) -> Result<Call, CompileError> {
        if level > NESTING_MAX {
            return Err(self.error(format!("calls nest at most {NESTING_MAX} levels deep")));
        }
        let start = self.position;
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let Some(function) = Function::named(name) else {
            return Err(self.error(format!("'{name}' is not an intrinsic function")));
        };
        self.position += name.len();
        self.skip_blanks();
        if !self.skip('(') {
            return Err(self.error(format!("expected '(' after {name}")));
        }
        let arguments = self.arguments(level)?;
        let call = Call { function, arguments };
        call.check().map_err(|message| CompileError { offset: Some(start), ..error(message) })?;
        Ok(call)
    }

    fn arguments(&mut self, level: usize) -> Result<Vec<Argument>, CompileError> {
        let mut arguments = Vec::new();
        self.skip_blanks();
        if self.skip(')') {
            return Ok(arguments);
        }
        loop {
            self.skip_blanks();
            arguments.push(self.argument(level)?);
            self.skip_blanks();
            if self.skip(')') {
                return Ok(arguments);
            }
            if !self.skip(',') {
                return Err(self.error("expected ',' or ')' after an argument"));
            }
        }
    }

    fn argument(&mut self, level: usize) -> Result<Argument, CompileError> {
        match self.rest().chars().next() {
            Some('\'') => self.quoted(),
            Some('$') => {
                let (path, length) =
                    Path::parse_argument(self.rest()).map_err(|refused| CompileError {
                        offset: Some(self.position + refused.offset),
                        ..error(refused.message)
                    })?;
                self.position += length;
                Ok(Argument::Path(path))
            }
            Some('S') => Ok(Argument::Call(self.call(level + 1)?)),
            _ => self.literal(),
        }
    }

    /// Parses a number, `true`, `false` or `null`.
    fn literal(&mut self) -> Result<Argument, CompileError> {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let value = match word {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "null" => Json::Null,
            number => Json::parse(number).map_err(|_| {
                self.error(
                    "expected a string in single quotes, a number, true, false, null, a path or a \
                     call",
                )
            })?,
        };
        self.position += word.len();
        Ok(Argument::Literal(value))
    }

    /// Parses a text in single quotes; `\'`, `\{`, `\}` and `\\` are the escapes.
    fn quoted(&mut self) -> Result<Argument, CompileError> {
        self.position += 1;
        let mut value = String::new();
        let mut placeholders = Vec::new();
        let mut characters = self.rest().char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\'' => {
                    self.position += at + 1;
                    return Ok(Argument::Text { value: Json::from(value), placeholders });
                }
                '\\' => {
                    let escaped = characters.next().map(|(_, escaped)| escaped);
                    let Some(escaped @ ('\'' | '{' | '}' | '\\')) = escaped else {
                        self.position += at;
                        return Err(self.error(r"a backslash must be followed by ', {, } or \"));
                    };
                    value.push(escaped);
                }
                '{' if characters.as_str().starts_with('}') => {
                    characters.next();
                    placeholders.push(value.len());
                    value.push_str("{}");
                }
                other => value.push(other),
            }
        }
        self.position = self.text.len();
        Err(self.error("the string is not closed by a single quote"))
    }

    fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    fn skip(&mut self, character: char) -> bool {
        let found = self.rest().starts_with(character);
        if found {
            self.position += character.len_utf8();
        }
        found
    }

    fn skip_blanks(&mut self) {
        self.position = self.text.len() - self.rest().trim_start().len();
    }

    fn error(&self, message: impl Into<String>) -> CompileError {
        CompileError { offset: Some(self.position), ..error(message) }
    }
}

impl Call {
    /// Checks what can be known before running.
    fn check(&self) -> Result<(), String> {
        let (count, arity) = (self.arguments.len(), self.function.arity());
        if !arity.contains(&count) {
            let wanted = match (*arity.start(), *arity.end()) {
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("{least} to {most}"),
            };
            let name = self.function.name();
            return Err(format!("{name} takes {wanted} arguments, but there are {count}"));
        }
        match &self.arguments[..] {
            [Argument::Text { placeholders, .. }, values @ ..]
                if self.function == Function::Format && placeholders.len() != values.len() =>
            {
                Err(text::unequal(placeholders.len(), values.len()))
            }
            _ => Ok(()),
        }
    }
}

fn error(message: impl Into<String>) -> CompileError {
    CompileError { message: message.into(), ..CompileError::default() }
}
