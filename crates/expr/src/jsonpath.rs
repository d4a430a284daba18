//! JSONPath in the dialect Step Functions speaks (Jayway).
//!
//! A path is compiled once and read many times. Definite paths walk by reference and clone only
//! what they find; indefinite ones collect every match, and a branch that does not match is left
//! out, which is why an indefinite path never fails for a missing member.
//!
//! **Invariant:** no text panics or hangs. Segments, nesting and the size of regular expressions
//! are bounded when compiling, the visited values when reading.

mod bracket_parser;
mod condition;
mod filter_parser;
mod function;
mod insert;
mod literal_parser;
mod parser;
mod read;
mod segment;

use std::fmt::{self, Write as _};
use std::sync::Arc;

use compasso_types::Json;

use crate::Environment;
use segment::{Route, Segment};

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

/// A compiled path; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Path(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    text: Box<str>,
    root: Root,
    route: Route,
    /// How many operands of filters start from the document; each is read at most once.
    document_operands: usize,
}

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
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let (root, route, document_operands) = parser::parse(text)?;
        Ok(Self(Arc::new(Compiled { text: text.into(), root, route, document_operands })))
    }

    /// Compiles the path at the start of `text`, which ends where an argument does (at a blank, a
    /// comma or a closing parenthesis), and returns it with its length.
    pub(crate) fn parse_argument(text: &str) -> Result<(Self, usize), SyntaxError> {
        let (root, route, document_operands, length) = parser::parse_argument(text)?;
        let text = text[..length].into();
        Ok((Self(Arc::new(Compiled { text, root, route, document_operands })), length))
    }

    /// Returns the text it was made from.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns what it starts from.
    pub fn root(&self) -> &Root {
        &self.0.root
    }

    /// Returns the name of the variable it reads, if it reads one.
    pub fn variable(&self) -> Option<&str> {
        match &self.0.root {
            Root::Variable(name) => Some(name),
            Root::Data | Root::Context => None,
        }
    }

    /// Returns the names of the variables read, each once, sorted.
    pub fn variables(&self) -> Vec<String> {
        self.variable().map(str::to_owned).into_iter().collect()
    }

    /// Returns whether it can name at most one node (no wildcard, slice, union, filter or descent).
    pub fn is_definite(&self) -> bool {
        self.0.route.is_definite()
    }

    /// Returns whether it is a Reference Path: definite, with names and indexes only.
    pub fn is_reference(&self) -> bool {
        self.0.route.is_reference()
    }

    /// Returns whether reading may make a value instead of sharing one with the data.
    pub(crate) fn makes_values(&self) -> bool {
        !self.is_definite() || self.0.route.call.is_some()
    }

    /// Returns whether it is the bare root: `$`, `$$` or `$name`.
    pub fn is_root(&self) -> bool {
        self.0.route.is_empty()
    }

    /// Reads from `data`, the context or a variable as the root says. An indefinite path without a
    /// match gives an empty array.
    ///
    /// # Errors
    /// A definite path without a match, an undefined variable, an aggregate of nothing, and a path
    /// that visits more values than one reading may.
    pub fn read(&self, data: &Json, environment: &dyn Environment) -> Result<Json, NotFound> {
        let compiled = &*self.0;
        match &compiled.root {
            Root::Data => read::read(&compiled.route, compiled.document_operands, data),
            Root::Context => {
                let context = environment.context();
                read::read(&compiled.route, compiled.document_operands, &context)
            }
            Root::Variable(name) => {
                let value = environment
                    .variable(name)
                    .ok_or_else(|| NotFound(format!("Variable '{name}' is not defined")))?;
                read::read(&compiled.route, compiled.document_operands, &value)
            }
        }
    }

    /// Returns what a Reference Path that starts from `$` leads to in `data`.
    pub fn follow(&self, data: &Json) -> Option<Json> {
        let compiled = &*self.0;
        if compiled.root != Root::Data || !self.is_reference() {
            return None;
        }
        read::read(&compiled.route, compiled.document_operands, data).ok()
    }

    /// Returns `data` with `value` put where this Reference Path (root `$`) points, making missing
    /// objects on the way.
    ///
    /// # Errors
    /// A value on the way is no object (or no array, for an index), or an index is out of range.
    pub fn insert(&self, data: &Json, value: Json) -> Result<Json, InsertError> {
        let refused = || InsertError(insert::refusal(&self.0.text, data));
        if self.0.root != Root::Data || !self.is_reference() {
            return Err(refused());
        }
        insert::put(Some(data), &self.0.route.segments, value).ok_or_else(refused)
    }
}

/// Paths are equal when their texts are.
impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// Writes a route in the one form Jayway's messages use: `$['a'][5]`.
fn normalized(segments: &[Segment]) -> String {
    let mut text = String::from("$");
    for segment in segments {
        write!(text, "{segment}").expect("writing to a string cannot fail");
    }
    text
}
