//! YAML 1.2 with the place of every value.
//!
//! A thin reader over the events of `granit-parser`: the core schema, unique keys, merge keys, and
//! aliases as copies of what they name. **Invariant:** depth, values and bytes are bounded, copies
//! of aliases included, so that no text takes the stack or the memory.

mod documents;
mod place;
mod reader;
mod scalar;

use std::ops::Range;
use std::sync::Arc;

use compasso_types::{Json, Number};

pub use documents::documents;
pub(crate) use place::inside;
pub(crate) use reader::read;

/// Largest text, bytes.
pub const TEXT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Deepest nesting of lists and maps, copies of aliases included.
pub const NESTING_MAX: usize = 100;
/// Most values of one text, copies of aliases included.
pub const VALUES_MAX: usize = 1_000_000;

/// Bytes of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Returns the bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Plain, or as a block: characters stand for themselves.
    Bare,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
}

/// Where a scalar stands and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) span: Span,
    pub(crate) style: Style,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// All bytes of a scalar, those from the first to the last part of a list or map.
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>, Style),
    List(Vec<Node>),
    Map(Vec<Member>),
}

/// A member of a map; no two have the same key.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) key: Arc<str>,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

/// Returns what the first document of a text says, without places; `None` if nothing can be read.
pub fn value_of(text: &str) -> Option<Json> {
    read(text).roots.first().map(Node::to_json)
}

impl Node {
    /// Returns the bytes to point at: a scalar's own, the opening mark or first bytes of others.
    pub(crate) fn mark(&self) -> Span {
        match &self.value {
            Value::List(_) | Value::Map(_) => {
                Span { start: self.span.start, end: self.span.end.min(self.span.start + 1) }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(..) => self.span,
        }
    }

    /// Returns the text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// Returns the members of a map; none for other values.
    pub(crate) fn members(&self) -> &[Member] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    /// Returns the items of a list; none for other values.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Returns the member `name` of a map.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|member| &*member.key == name).map(|member| &member.value)
    }

    /// Returns what kind of value it is, as messages name it.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(..) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// Returns the value without places.
    pub(crate) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::Number(*number),
            Value::Text(text, _) => Json::String(text.clone()),
            Value::List(items) => Json::array(items.iter().map(Self::to_json)),
            Value::Map(members) => Json::object(
                members.iter().map(|member| (member.key.clone(), member.value.to_json())),
            ),
        }
    }
}
