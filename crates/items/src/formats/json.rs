//! A JSON file: the items are the elements of an array, or the members of an object.

use std::sync::Arc;

use super::json_scanner::Scanner;
use super::{Found, Input, Items};
use crate::ItemsError;

/// The items of one JSON file, read one by one.
pub(super) struct JsonItems {
    scanner: Scanner<Input>,
    source: Arc<str>,
    kind: Kind,
    /// Whether the pointer means the whole file, so that nothing follows it.
    is_whole: bool,
    is_first: bool,
    is_over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Array,
    Object,
}

impl JsonItems {
    /// Finds the array or object that `pointer` means.
    pub(super) fn open(input: Input, pointer: &str, source: Arc<str>) -> Result<Self, ItemsError> {
        let mut scanner = Scanner::new(input);
        for token in tokens(pointer) {
            if !step_into(&mut scanner, &token)? {
                return Err(ItemsError::not_iterable());
            }
        }
        let kind = match scanner.peek_token()? {
            Some(b'[') => Kind::Array,
            Some(b'{') => Kind::Object,
            Some(_) => {
                scanner.skip_value()?;
                return Err(ItemsError::not_iterable());
            }
            None => return Err(ItemsError::not_iterable()),
        };
        scanner.skip_token()?;
        let is_whole = pointer.is_empty();
        Ok(Self { scanner, source, kind, is_whole, is_first: true, is_over: false })
    }

    fn end(&mut self) -> Result<Option<Found>, ItemsError> {
        self.is_over = true;
        if self.is_whole {
            self.scanner.expect_end()?;
        }
        Ok(None)
    }
}

impl Items for JsonItems {
    fn next(&mut self) -> Result<Option<Found>, ItemsError> {
        if self.is_over {
            return Ok(None);
        }
        let is_first = std::mem::replace(&mut self.is_first, false);
        let close = if self.kind == Kind::Array { b']' } else { b'}' };
        if !self.scanner.has_element(close, is_first)? {
            return self.end();
        }
        let key = match self.kind {
            Kind::Array => None,
            Kind::Object => Some(Arc::from(self.scanner.read_key()?)),
        };
        let (value, bytes) = self.scanner.read_value()?;
        Ok(Some(Found { key, value, source: Arc::clone(&self.source), bytes }))
    }
}

/// Goes to the element or member that a token of a JSON Pointer names; whether there is one.
fn step_into(scanner: &mut Scanner<Input>, token: &str) -> Result<bool, ItemsError> {
    match scanner.peek_token()? {
        Some(b'{') => {
            scanner.skip_token()?;
            let mut is_first = true;
            while scanner.has_element(b'}', is_first)? {
                if scanner.read_key()? == token {
                    return Ok(true);
                }
                scanner.skip_value()?;
                is_first = false;
            }
            Ok(false)
        }
        Some(b'[') => {
            let Some(index) = array_index(token) else {
                return Ok(false);
            };
            scanner.skip_token()?;
            let mut position = 0;
            while scanner.has_element(b']', position == 0)? {
                if position == index {
                    return Ok(true);
                }
                scanner.skip_value()?;
                position += 1;
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Returns the tokens of a JSON Pointer.
fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// Returns the index that a token means: decimal without leading zeros.
fn array_index(token: &str) -> Option<u64> {
    let is_plain = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| is_plain)
}
