//! JSON text with the place of every value.

use std::ops::Range;

/// The text is not JSON; `message` is worded as AWS words it (its parser is Jackson).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// Byte offset.
    pub offset: usize,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The bytes it covers.
    pub bytes: Range<usize>,
}

/// Reads one JSON value; nesting is bounded.
///
/// # Errors
/// The text is not one JSON value.
pub fn parse(_text: &str) -> Result<Node, SyntaxError> {
    unimplemented!()
}
