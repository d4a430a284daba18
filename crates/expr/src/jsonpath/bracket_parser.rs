//! Segments in brackets: names, indexes, slices, wildcards and filters.

use super::SyntaxError;
use super::parser::{Parsed, Parser};
use super::segment::{Segment, Slice};

impl Parser<'_> {
    /// Parses what stands in a pair of brackets.
    pub(super) fn bracket(&mut self) -> Parsed<Segment> {
        let opened = self.position;
        self.position += 1;
        self.skip_blanks();
        match self.peek() {
            Some(b'\'' | b'"') => self.names(),
            Some(b'0'..=b'9' | b'-' | b':') => self.indexes(opened),
            Some(b'*') => {
                self.position += 1;
                self.close_bracket()?;
                Ok(Segment::Wildcard)
            }
            Some(b'?') => self.filter(opened),
            _ => Err(unparsed(opened)),
        }
    }

    fn names(&mut self) -> Parsed<Segment> {
        let mut names = vec![self.quoted()?.into_boxed_str()];
        self.skip_blanks();
        while self.skip(",") {
            self.skip_blanks();
            if !matches!(self.peek(), Some(b'\'' | b'"')) {
                return Err(self.error(format!("Found empty property at index {}", self.position)));
            }
            names.push(self.quoted()?.into_boxed_str());
            self.skip_blanks();
        }
        self.close_bracket()?;
        Ok(match names.pop() {
            Some(name) if names.is_empty() => Segment::Name(name),
            last => Segment::Names(names.into_iter().chain(last).collect()),
        })
    }

    fn indexes(&mut self, opened: usize) -> Parsed<Segment> {
        let Some(length) = self.rest().find(']') else {
            return Err(unparsed(opened));
        };
        let expression = self.rest()[..length].trim();
        let number = |text: &str| {
            let number = text.trim().parse::<i32>().map(i64::from);
            number.map_err(|_| SyntaxError {
                message: format!("Failed to parse array index: {expression}"),
                offset: opened,
            })
        };
        let segment = if expression.contains(':') {
            let mut bounds = expression.split(':').map(str::trim);
            let mut bound =
                || bounds.next().filter(|text| !text.is_empty()).map(number).transpose();
            // A third number, the step, is read and ignored, as Jayway does.
            let (slice, _step) = (Slice { from: bound()?, to: bound()? }, bound()?);
            if slice.from.is_none() && slice.to.is_none() {
                let message = format!("Failed to parse SliceOperation: {expression}");
                return Err(SyntaxError { message, offset: opened });
            }
            Segment::Slice(slice)
        } else {
            let indexes: Vec<i64> = expression.split(',').map(number).collect::<Parsed<_>>()?;
            match indexes[..] {
                [index] => Segment::Index(index),
                _ => Segment::Indexes(indexes),
            }
        };
        self.position += length + 1;
        Ok(segment)
    }

    fn filter(&mut self, opened: usize) -> Parsed<Segment> {
        self.position += 1;
        self.skip_blanks();
        if !self.skip("(") || !self.rest().contains(')') {
            return Err(unparsed(opened));
        }
        let condition = self.nested(Self::condition)?;
        self.skip_blanks();
        if !self.skip(")") {
            return Err(self.error("expected ')' at the end of the filter"));
        }
        self.close_bracket()?;
        Ok(Segment::Filter(condition))
    }

    fn close_bracket(&mut self) -> Parsed<()> {
        self.skip_blanks();
        if self.skip("]") { Ok(()) } else { Err(self.error("expected ']'")) }
    }
}

fn unparsed(offset: usize) -> SyntaxError {
    let message =
        format!("Could not parse token starting at position {offset}. Expected ?, ', 0-9, * ");
    SyntaxError { message, offset }
}
