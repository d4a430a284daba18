//! JSON Lines: one JSON value a line.

use std::io::{BufRead, Read};
use std::sync::Arc;

use compasso_types::Json;

use super::{Found, ITEM_BYTES_MAX, Input, Items, too_large, unreadable};
use crate::ItemsError;

/// The lines of a file; empty ones count for nothing.
pub(super) struct JsonLinesItems {
    input: Input,
    source: Arc<str>,
    line: Vec<u8>,
    line_number: u64,
}

impl JsonLinesItems {
    pub(super) fn new(input: Input, source: Arc<str>) -> Self {
        Self { input, source, line: Vec::new(), line_number: 0 }
    }

    /// Reads one line; whether there was one.
    fn read_line(&mut self) -> Result<bool, ItemsError> {
        self.line.clear();
        self.line_number += 1;
        let mut bounded = (&mut self.input).take(ITEM_BYTES_MAX as u64 + 1);
        let count =
            bounded.read_until(b'\n', &mut self.line).map_err(|error| unreadable(&error))?;
        if count > ITEM_BYTES_MAX {
            return Err(too_large());
        }
        Ok(count > 0)
    }
}

impl Items for JsonLinesItems {
    fn next(&mut self) -> Result<Option<Found>, ItemsError> {
        while self.read_line()? {
            let text = self.line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let value: Json = serde_json::from_slice(text).map_err(|error| {
                let number = self.line_number;
                ItemsError::reader(format!("Line {number} of the JSONL file is not JSON: {error}"))
            })?;
            let (source, bytes) = (Arc::clone(&self.source), self.line.len());
            return Ok(Some(Found { key: None, value, source, bytes }));
        }
        Ok(None)
    }
}
