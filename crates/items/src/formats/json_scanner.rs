//! Walks through JSON text of any size that comes piece by piece.
//!
//! Only one value at a time is held. The structure of values that nobody asked for is checked too.

use std::io::BufRead;

use compasso_types::Json;

use super::{ITEM_BYTES_MAX, too_large, unreadable};
use crate::ItemsError;

/// Deepest nesting of a file: as deep as `Json` is parsed.
const DEPTH_MAX: usize = 127;

/// A place in JSON text.
pub(super) struct Scanner<R> {
    input: R,
    /// Bytes before the place.
    position: u64,
    captured: Vec<u8>,
    is_capturing: bool,
}

impl<R: BufRead> Scanner<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, position: 0, captured: Vec::new(), is_capturing: false }
    }

    /// Returns the first byte of the next token without passing it; `None` at the end.
    pub(super) fn peek_token(&mut self) -> Result<Option<u8>, ItemsError> {
        self.pass_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))?;
        self.peek()
    }

    /// Passes a token of one byte.
    pub(super) fn skip_token(&mut self) -> Result<(), ItemsError> {
        self.peek_token()?;
        self.pass(1)
    }

    /// Within an array or object, goes to the next element or behind `close`; whether there is an
    /// element.
    pub(super) fn has_element(&mut self, close: u8, is_first: bool) -> Result<bool, ItemsError> {
        match self.peek_token()? {
            Some(byte) if byte == close => {
                self.pass(1)?;
                Ok(false)
            }
            Some(b',') if !is_first => {
                self.pass(1)?;
                Ok(true)
            }
            Some(_) if is_first => Ok(true),
            _ => Err(self.malformed()),
        }
    }

    /// Reads a member's name and the colon.
    pub(super) fn read_key(&mut self) -> Result<String, ItemsError> {
        if self.peek_token()? != Some(b'"') {
            return Err(self.malformed());
        }
        let text = self.capture(Self::skip_string)?;
        let name = serde_json::from_slice(&text).map_err(|_| self.malformed())?;
        self.skip_colon()?;
        Ok(name)
    }

    /// Reads one value; returns it and the length of its text.
    pub(super) fn read_value(&mut self) -> Result<(Json, usize), ItemsError> {
        self.peek_token()?;
        let text = self.capture(|scanner| scanner.skip_nested(1))?;
        let value = serde_json::from_slice(&text).map_err(|_| self.malformed())?;
        let bytes = text.len();
        // The buffer is used again, but not kept if one item was large.
        if bytes <= super::BUFFER_BYTES {
            self.captured = text;
        }
        Ok((value, bytes))
    }

    /// Passes one value.
    pub(super) fn skip_value(&mut self) -> Result<(), ItemsError> {
        self.skip_nested(1)
    }

    /// Checks that nothing follows.
    pub(super) fn expect_end(&mut self) -> Result<(), ItemsError> {
        if self.peek_token()?.is_some() { Err(self.malformed()) } else { Ok(()) }
    }

    fn skip_nested(&mut self, depth: usize) -> Result<(), ItemsError> {
        let Some(first) = self.peek_token()? else {
            return Err(self.malformed());
        };
        match first {
            b'{' | b'[' if depth >= DEPTH_MAX => Err(self.malformed()),
            b'{' => self.skip_elements(b'}', depth),
            b'[' => self.skip_elements(b']', depth),
            b'"' => self.skip_string(),
            b't' => self.skip_word(b"true"),
            b'f' => self.skip_word(b"false"),
            b'n' => self.skip_word(b"null"),
            _ => self.skip_number(),
        }
    }

    fn skip_elements(&mut self, close: u8, depth: usize) -> Result<(), ItemsError> {
        self.pass(1)?;
        let mut is_first = true;
        while self.has_element(close, is_first)? {
            if close == b'}' {
                if self.peek_token()? != Some(b'"') {
                    return Err(self.malformed());
                }
                self.skip_string()?;
                self.skip_colon()?;
            }
            self.skip_nested(depth + 1)?;
            is_first = false;
        }
        Ok(())
    }

    fn skip_colon(&mut self) -> Result<(), ItemsError> {
        if self.peek_token()? == Some(b':') { self.pass(1) } else { Err(self.malformed()) }
    }

    /// Passes a string, whose opening quote is next.
    fn skip_string(&mut self) -> Result<(), ItemsError> {
        self.pass(1)?;
        loop {
            self.pass_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F))?;
            match self.peek()? {
                Some(b'"') => return self.pass(1),
                Some(b'\\') => {
                    self.pass(1)?;
                    if self.peek()?.is_none_or(|byte| !br#""\/bfnrtu"#.contains(&byte)) {
                        return Err(self.malformed());
                    }
                    self.pass(1)?;
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    fn skip_word(&mut self, word: &[u8]) -> Result<(), ItemsError> {
        for &expected in word {
            if self.peek()? != Some(expected) {
                return Err(self.malformed());
            }
            self.pass(1)?;
        }
        Ok(())
    }

    fn skip_number(&mut self) -> Result<(), ItemsError> {
        let before = self.position;
        self.pass_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))?;
        if self.position == before { Err(self.malformed()) } else { Ok(()) }
    }

    fn peek(&mut self) -> Result<Option<u8>, ItemsError> {
        Ok(self.input.fill_buf().map_err(|error| unreadable(&error))?.first().copied())
    }

    fn pass_while(&mut self, belongs: impl Fn(u8) -> bool) -> Result<(), ItemsError> {
        loop {
            let buffer = self.input.fill_buf().map_err(|error| unreadable(&error))?;
            let count = buffer.iter().take_while(|&&byte| belongs(byte)).count();
            let is_all = count == buffer.len();
            if count > 0 {
                self.pass(count)?;
            }
            if count == 0 || !is_all {
                return Ok(());
            }
        }
    }

    /// Passes bytes that are in the input's buffer.
    fn pass(&mut self, count: usize) -> Result<(), ItemsError> {
        if self.is_capturing {
            let buffer = self.input.fill_buf().map_err(|error| unreadable(&error))?;
            self.captured.extend_from_slice(&buffer[..count.min(buffer.len())]);
            if self.captured.len() > ITEM_BYTES_MAX {
                return Err(too_large());
            }
        }
        self.input.consume(count);
        self.position += count as u64;
        Ok(())
    }

    /// Returns the bytes that `read` passes.
    fn capture(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<(), ItemsError>,
    ) -> Result<Vec<u8>, ItemsError> {
        self.captured.clear();
        self.is_capturing = true;
        let outcome = read(self);
        self.is_capturing = false;
        outcome.map(|()| std::mem::take(&mut self.captured))
    }

    fn malformed(&self) -> ItemsError {
        let at = self.position;
        ItemsError::reader(format!("The JSON file is malformed at byte {at}."))
    }
}
