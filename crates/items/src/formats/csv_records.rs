//! The records of separated values, by the rules of Step Functions.
//!
//! - A newline ends a record, with or without a carriage return before it; empty lines count for
//!   nothing.
//! - Between quotes, delimiters and newlines are ordinary. Two quotes are one.
//! - A quote amid a field is kept, though it opens or closes a quoted part.
//! - Within a field a backslash makes a backslash, quote or delimiter ordinary; before anything else
//!   it vanishes.

use std::io::BufRead;

use super::{ITEM_BYTES_MAX, too_large, unreadable};
use crate::ItemsError;

/// The records of a text of any size, one after the other.
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    /// For messages.
    number: u64,
}

/// What is done with fields that nobody asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Kept,
    DroppedAfter(usize),
}

/// One record.
pub(super) struct Record {
    pub(super) fields: Vec<String>,
    /// The length of its text.
    pub(super) bytes: usize,
}

/// A record that is being read.
struct Builder {
    rest: Rest,
    fields: Vec<String>,
    field: Vec<u8>,
    bytes: usize,
    /// Whether delimiters and newlines are ordinary.
    is_quoted: bool,
    /// Whether the field has begun, so that two quotes are one and a backslash may escape.
    has_begun: bool,
    /// Whether the byte before was the delimiter or the beginning of the record.
    is_at_start: bool,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self { input, delimiter, number: 0 }
    }

    /// Returns the next record; `None` after the last.
    pub(super) fn read(&mut self, rest: Rest) -> Result<Option<Record>, ItemsError> {
        loop {
            let mut builder = Builder::new(rest);
            self.number += 1;
            let is_more = self.read_line(&mut builder)?;
            let is_empty = builder.fields.is_empty() && builder.is_at_start;
            if !is_empty {
                builder.end_field();
                return Ok(Some(Record { fields: builder.fields, bytes: builder.bytes }));
            }
            if !is_more {
                return Ok(None);
            }
        }
    }

    /// Reads to the end of the record; whether it ended with a newline.
    fn read_line(&mut self, builder: &mut Builder) -> Result<bool, ItemsError> {
        loop {
            self.read_ordinary(builder)?;
            let Some(byte) = self.take(builder)? else {
                if builder.is_quoted {
                    return Err(self.unterminated());
                }
                return Ok(false);
            };
            let next = self.peek()?;
            match byte {
                b'"' if builder.has_begun_or_is_quoted() && next == Some(b'"') => {
                    self.take(builder)?;
                    builder.push(b'"');
                    builder.has_begun = !builder.has_begun;
                }
                b'"' => builder.toggle_quotes(next.is_none_or(|next| self.ends_field(next))),
                b'\\' => {
                    builder.begin();
                    if let Some(next) = next.filter(|next| self.is_escapable(*next)) {
                        self.take(builder)?;
                        builder.push(next);
                    }
                }
                b'\r' if !builder.is_quoted && next == Some(b'\n') => {}
                b'\n' if !builder.is_quoted => return Ok(true),
                _ if byte == self.delimiter && !builder.is_quoted => builder.end_field(),
                _ => {
                    builder.begin();
                    builder.push(byte);
                }
            }
        }
    }

    /// Reads bytes that mean nothing but themselves.
    fn read_ordinary(&mut self, builder: &mut Builder) -> Result<(), ItemsError> {
        loop {
            let buffer = self.input.fill_buf().map_err(|error| unreadable(&error))?;
            let special =
                |&byte: &u8| matches!(byte, b'"' | b'\\' | b'\r' | b'\n') || byte == self.delimiter;
            let count = buffer.iter().position(special).unwrap_or(buffer.len());
            if count == 0 {
                return Ok(());
            }
            builder.begin();
            builder.extend(&buffer[..count]);
            self.input.consume(count);
            builder.count(count)?;
        }
    }

    fn take(&mut self, builder: &mut Builder) -> Result<Option<u8>, ItemsError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.input.consume(1);
            builder.count(1)?;
        }
        Ok(byte)
    }

    fn peek(&mut self) -> Result<Option<u8>, ItemsError> {
        Ok(self.input.fill_buf().map_err(|error| unreadable(&error))?.first().copied())
    }

    fn ends_field(&self, byte: u8) -> bool {
        byte == self.delimiter || matches!(byte, b'\r' | b'\n')
    }

    fn is_escapable(&self, byte: u8) -> bool {
        byte == self.delimiter || matches!(byte, b'"' | b'\\')
    }

    fn unterminated(&self) -> ItemsError {
        let number = self.number;
        ItemsError::reader(format!(
            "Record {number} of the CSV file has a quote that does not end."
        ))
    }
}

impl Builder {
    fn new(rest: Rest) -> Self {
        Self {
            rest,
            fields: Vec::new(),
            field: Vec::new(),
            bytes: 0,
            is_quoted: false,
            has_begun: false,
            is_at_start: true,
        }
    }

    /// Something of a field was met.
    fn begin(&mut self) {
        self.has_begun = true;
        self.is_at_start = false;
    }

    fn has_begun_or_is_quoted(&self) -> bool {
        self.has_begun || self.is_quoted
    }

    /// A quote opens or closes a quoted part. It is kept unless it stands at an edge of the field.
    fn toggle_quotes(&mut self, is_before_end: bool) {
        if !self.is_at_start && !is_before_end {
            if !self.is_quoted && self.field.iter().all(u8::is_ascii_whitespace) {
                self.field.clear();
            } else {
                self.push(b'"');
            }
        }
        self.is_quoted = !self.is_quoted;
        self.has_begun = !self.has_begun;
        self.is_at_start = false;
    }

    fn end_field(&mut self) {
        if self.is_wanted() {
            self.fields.push(String::from_utf8_lossy(&self.field).into_owned());
        }
        self.field.clear();
        self.has_begun = false;
        self.is_at_start = true;
    }

    fn push(&mut self, byte: u8) {
        self.extend(&[byte]);
    }

    fn extend(&mut self, bytes: &[u8]) {
        if self.is_wanted() {
            self.field.extend_from_slice(bytes);
        }
    }

    fn is_wanted(&self) -> bool {
        match self.rest {
            Rest::Kept => true,
            Rest::DroppedAfter(count) => self.fields.len() < count,
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), ItemsError> {
        self.bytes += bytes;
        if self.bytes > ITEM_BYTES_MAX { Err(too_large()) } else { Ok(()) }
    }
}
