//! JSONPath in the dialect Step Functions speaks (Jayway).

use compasso_types::Json;

use crate::Environment;

/// What a path starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// `$`: the data the field is evaluated over.
    Data,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
}

/// A compiled path.
#[derive(Clone, Debug)]
pub struct Path {}

/// The text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the text.
    pub offset: usize,
}

/// A definite path leads nowhere; the text is Jayway's (`No results for path: $['a']`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotFound(pub String);

/// A reference path cannot take the insertion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InsertError(pub String);

impl Path {
    /// Compiles a path starting with `$`, `$$` or `$name`.
    pub fn parse(_text: &str) -> Result<Self, SyntaxError> {
        unimplemented!()
    }

    /// Returns the text it was made from.
    pub fn text(&self) -> &str {
        unimplemented!()
    }

    /// Returns what it starts from.
    pub fn root(&self) -> &Root {
        unimplemented!()
    }

    /// Returns whether it can name at most one node (no wildcard, slice, union, filter or descent).
    pub fn is_definite(&self) -> bool {
        unimplemented!()
    }

    /// Returns whether it is a Reference Path: definite, with names and indexes only.
    pub fn is_reference(&self) -> bool {
        unimplemented!()
    }

    /// Reads from `data`, the context or a variable as the root says. An indefinite path without a
    /// match gives an empty array.
    pub fn read(&self, _data: &Json, _environment: &dyn Environment) -> Result<Json, NotFound> {
        unimplemented!()
    }

    /// Returns `data` with `value` put where this Reference Path (root `$`) points, making missing
    /// objects on the way.
    pub fn insert(&self, _data: &Json, _value: Json) -> Result<Json, InsertError> {
        unimplemented!()
    }
}
