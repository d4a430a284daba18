//! JSON text with the place of every value.
//!
//! A strict reader that keeps the order of members and the bytes of every value and key, so that a
//! diagnostic can point at what it means. Start with [`parse`]. **Invariant:** no text, however
//! deep or broken, makes it panic or recurse without a bound.

mod lexer;
mod parser;
pub(crate) mod position;

use std::ops::Range;
use std::sync::Arc;

use compasso_types::{Json, Number, Object};

pub use position::LineCounter;

/// Deepest nesting of arrays and objects that is read.
pub const NESTING_MAX: usize = 1000;

/// The text is not JSON; `message` is worded as AWS words it (its parser is Jackson).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, of the character after the last one read, as Jackson counts.
    pub column: usize,
    /// Byte offset of the offending text.
    pub offset: usize,
}

impl SyntaxError {
    /// Returns the place as the API writes it: `[Source: (String); line: 1, column: 4]`.
    pub fn location(&self) -> String {
        position::source_location(self.line, self.column)
    }
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The bytes it covers, quotes and brackets included.
    pub bytes: Range<usize>,
    /// What stands there.
    pub value: Value,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, escapes resolved.
    String(Arc<str>),
    /// An array.
    Array(Vec<Node>),
    /// An object; members in order of appearance.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name, escapes resolved.
    pub key: Arc<str>,
    /// The bytes of its name, quotes included.
    pub key_bytes: Range<usize>,
    /// Whether an earlier member of the object has the same name.
    pub repeated: bool,
    /// Its value.
    pub value: Node,
}

/// Reads one JSON value; nesting is bounded by [`NESTING_MAX`].
///
/// # Errors
/// The text is not one JSON value.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    parser::parse(text)
}

impl Node {
    /// Returns the member `name` of an object, the first if there are several.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.member(name).map(|member| &member.value)
    }

    /// Returns the member `name` of an object with its key.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| &*member.key == name)
    }

    /// Returns the members of an object; none for other values.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// Returns the items of an array; none for other values.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// Returns whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value a JSON Pointer leads to.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |node, token| match &node.value {
            Value::Array(items) => items.get(token.parse::<usize>().ok()?),
            Value::Object(_) => node.get(&token.replace("~1", "/").replace("~0", "~")),
            _ => None,
        })
    }

    /// Returns the bytes to point at for the value a JSON Pointer leads to: the name of a member; `None`
    /// for the value itself and for what is not there.
    pub(crate) fn place_of(&self, pointer: &str) -> Option<Range<usize>> {
        let (parent, step) = pointer.rsplit_once('/')?;
        let parent = self.pointer(parent)?;
        match parent.member(&step.replace("~1", "/").replace("~0", "~")) {
            Some(member) => Some(member.key_bytes.clone()),
            None => parent.pointer(&format!("/{step}")).map(|item| item.bytes.clone()),
        }
    }

    /// Writes the way `pointer` takes from here as the API names places: `/name[0]`.
    pub(crate) fn steps(&self, pointer: &str) -> String {
        let mut node = Some(self);
        let mut steps = String::new();
        for token in pointer.split('/').skip(1) {
            let is_item = node.is_some_and(|node| matches!(node.value, Value::Array(_)));
            let name = token.replace("~1", "/").replace("~0", "~");
            let step = if is_item { format!("[{name}]") } else { format!("/{name}") };
            steps.push_str(&step);
            node = node.and_then(|node| node.pointer(&format!("/{token}")));
        }
        steps
    }

    /// Returns the value without places; of repeated members the last one counts.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::Number(*number),
            Value::String(text) => Json::String(text.clone()),
            Value::Array(items) => Json::array(items.iter().map(Self::to_json)),
            Value::Object(members) => {
                let mut object = Object::with_capacity(members.len());
                for member in members {
                    object.insert(member.key.clone(), member.value.to_json());
                }
                Json::from(object)
            }
        }
    }
}
