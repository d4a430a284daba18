//! From text to a route: roots, names and functions. Brackets are parsed in
//! [`super::bracket_parser`], filters in [`super::filter_parser`], literals in
//! [`super::literal_parser`].

use super::segment::{Argument, Call, Function, Operand, Route, Segment, Start};
use super::{Root, SyntaxError};

/// Longest text of a path, bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// Most segments of one route.
const SEGMENTS_MAX: usize = 256;
/// Deepest nesting of filters, parentheses, arguments and literals.
const NESTING_MAX: usize = 32;

pub(super) type Parsed<T> = Result<T, SyntaxError>;

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) position: usize,
    place: Place,
    nesting: usize,
    document_operands: usize,
}

/// Where a route stands, which decides what ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The whole text is the path.
    Alone,
    /// An argument: a blank, a comma or a parenthesis ends it.
    Argument,
    /// An operand in a filter: comparison signs end it as well.
    Filter,
}

/// Compiles a whole text; blanks after the path are ignored, as Jayway does.
pub(super) fn parse(text: &str) -> Parsed<(Root, Route, usize)> {
    let mut parser = Parser::new(text.trim_end_matches(' '), Place::Alone);
    if text.len() > TEXT_BYTES_MAX {
        return Err(parser.error(format!("a path has at most {TEXT_BYTES_MAX} bytes")));
    }
    let (root, route) = parser.path()?;
    if parser.position < parser.text.len() {
        return Err(parser.illegal_character());
    }
    Ok((root, route, parser.document_operands))
}

/// Compiles the path at the start of `text`; the last part of the result is its length.
pub(super) fn parse_argument(text: &str) -> Parsed<(Root, Route, usize, usize)> {
    let mut parser = Parser::new(text, Place::Argument);
    let (root, route) = parser.path()?;
    Ok((root, route, parser.document_operands, parser.position))
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, place: Place) -> Self {
        Self { text, position: 0, place, nesting: 0, document_operands: 0 }
    }

    fn path(&mut self) -> Parsed<(Root, Route)> {
        if !self.skip("$") {
            return Err(self.error("a path must start with '$'"));
        }
        let root = self.root();
        let route = self.route()?;
        Ok((root, route))
    }

    fn root(&mut self) -> Root {
        if self.skip("$") {
            return Root::Context;
        }
        let rest = self.rest();
        if !rest.starts_with(unicode_ident::is_xid_start) {
            return Root::Data;
        }
        let length = rest.find(|c| !unicode_ident::is_xid_continue(c)).unwrap_or(rest.len());
        self.position += length;
        Root::Variable(rest[..length].to_owned())
    }

    /// Parses an operand of a filter or a function: `@…` or `$…`.
    pub(super) fn operand(&mut self) -> Parsed<Operand> {
        let start = if self.skip("@") {
            Start::Item
        } else {
            self.position += 1;
            self.document_operands += 1;
            Start::Document(self.document_operands - 1)
        };
        Ok(Operand { start, route: self.route()? })
    }

    /// Parses the operand of a filter.
    pub(super) fn filter_operand(&mut self) -> Parsed<Operand> {
        let outer = std::mem::replace(&mut self.place, Place::Filter);
        let operand = self.operand();
        self.place = outer;
        operand
    }

    fn route(&mut self) -> Parsed<Route> {
        let mut route = Route::default();
        while !self.at_end() {
            if route.segments.len() >= SEGMENTS_MAX {
                return Err(self.error(format!("a path has at most {SEGMENTS_MAX} segments")));
            }
            match self.peek() {
                Some(b'.') => self.dot(&mut route)?,
                Some(b'[') => route.segments.push(self.bracket()?),
                _ => return Err(self.illegal_character()),
            }
            if route.call.is_some() {
                break;
            }
        }
        if matches!(route.segments.last(), Some(Segment::Descent)) {
            return Err(self.error("'..' must be followed by a name, '*' or '['"));
        }
        Ok(route)
    }

    fn dot(&mut self, route: &mut Route) -> Parsed<()> {
        if self.skip("..") {
            route.segments.push(Segment::Descent);
        } else {
            self.position += 1;
        }
        if self.at_end() {
            return Err(self.error("Path must not end with a '.' or '..'"));
        }
        match self.peek() {
            Some(b'.') => {
                let message = format!("Character '.' on position {} is not valid.", self.position);
                Err(self.error(message))
            }
            Some(b'[') => {
                route.segments.push(self.bracket()?);
                Ok(())
            }
            Some(b'*') => {
                self.position += 1;
                route.segments.push(Segment::Wildcard);
                Ok(())
            }
            _ => self.name(route),
        }
    }

    fn name(&mut self, route: &mut Route) -> Parsed<()> {
        let start = self.position;
        while !self.at_end() && !matches!(self.peek(), Some(b'.' | b'[' | b'(')) {
            if self.peek() == Some(b' ') {
                let message = format!(
                    "Use bracket notion ['my prop'] if your property contains blank characters. \
                     position: {start}"
                );
                return Err(self.error(message));
            }
            self.position += 1;
        }
        let name = &self.text[start..self.position];
        if name.is_empty() {
            return Err(self.error("a name is missing"));
        }
        if self.peek() == Some(b'(') {
            let gathers = matches!(route.segments.first(), Some(Segment::Descent));
            route.call = Some(self.call(start, gathers)?);
            return Ok(());
        }
        route.segments.push(Segment::Name(name.into()));
        // Jayway ignores a bracket that is opened by the very last character after a name.
        if self.place == Place::Alone && self.rest() == "[" {
            self.position += 1;
        }
        Ok(())
    }

    fn call(&mut self, start: usize, gathers: bool) -> Parsed<Call> {
        let name = &self.text[start..self.position];
        let Some(function) = Function::named(name) else {
            let message = format!("Function with name: {name} does not exist.");
            return Err(SyntaxError { message, offset: start });
        };
        self.position += 1;
        let arguments = self.nested(Self::arguments)?;
        Ok(Call { function, arguments, gathers })
    }

    fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        let outer = std::mem::replace(&mut self.place, Place::Argument);
        let mut arguments = Vec::new();
        self.skip_blanks();
        while !self.skip(")") {
            if !arguments.is_empty() && !self.skip(",") {
                return Err(self.error("Arguments to function are not closed properly."));
            }
            self.skip_blanks();
            arguments.push(match self.peek() {
                Some(b'$' | b'@') => Argument::Operand(self.operand()?),
                _ => Argument::Literal(self.literal()?),
            });
            self.skip_blanks();
        }
        self.place = outer;
        Ok(arguments)
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting == NESTING_MAX {
            return Err(self.error(format!("a path nests at most {NESTING_MAX} levels deep")));
        }
        self.nesting += 1;
        let parsed = parse(self);
        self.nesting -= 1;
        parsed
    }

    /// Returns whether nothing of the route in hand is left.
    fn at_end(&self) -> bool {
        let rest = self.rest();
        let Some(next) = rest.bytes().next() else {
            return true;
        };
        match self.place {
            Place::Alone => false,
            Place::Argument => b" \t\r\n,)".contains(&next),
            Place::Filter => {
                b" \t\r\n,)<>=~!]".contains(&next)
                    || rest.starts_with("&&")
                    || rest.starts_with("||")
            }
        }
    }

    pub(super) fn rest(&self) -> &'t str {
        // A name is cut at ASCII signs, so that only its inner bytes can fall inside a character.
        self.text.get(self.position..).unwrap_or("\u{fffd}")
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// Steps over `token` if it is next.
    pub(super) fn skip(&mut self, token: &str) -> bool {
        let found = self.text.as_bytes()[self.position..].starts_with(token.as_bytes());
        if found {
            self.position += token.len();
        }
        found
    }

    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.position += 1;
        }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError { message: message.into(), offset: self.position }
    }

    fn illegal_character(&self) -> SyntaxError {
        let position = self.position;
        self.error(format!("Illegal character at position {position} expected '.' or '['"))
    }
}
