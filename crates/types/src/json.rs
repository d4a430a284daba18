//! A JSON value whose clone costs a reference count, not a copy.
//!
//! Workflow data is read by many states and changed by few, so arrays, objects and strings are
//! shared. Objects keep the order of their members. Values nest at most as deep as `serde_json`
//! parses (128 levels) when they come from text; computed values are bounded by the expression
//! languages' own limits.

mod array;
mod number;
mod object;
mod serde_impl;

use std::sync::Arc;
use std::{fmt, io};

pub use array::Array;
pub use number::Number;
pub use object::Object;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// A JSON value; `clone` is cheap.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Arc<str>),
    /// An array.
    Array(Array),
    /// An object; two objects are equal whatever the order of their members.
    Object(Arc<Object>),
}

impl Json {
    /// Parses JSON text; duplicate keys: the last one wins.
    ///
    /// # Errors
    /// The text is not one JSON value or nests deeper than 128 levels.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Returns an empty object.
    pub fn empty_object() -> Self {
        Self::Object(Arc::default())
    }

    /// Returns an array of `items`.
    pub fn array(items: impl IntoIterator<Item = Self>) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }

    /// Returns an object of `members`, later ones replacing earlier ones of the same name.
    pub fn object<K: Into<Arc<str>>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(Arc::new(members.into_iter().map(|(k, v)| (k.into(), v)).collect()))
    }

    /// Returns the member `name` of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the items of an array.
    pub fn as_array(&self) -> Option<&Array> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the members of an object.
    pub fn as_object(&self) -> Option<&Arc<Object>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Returns a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns a number.
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns a number that is an integer, whether written `1` or `1.0`.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// Returns the name of the value's type as JSON calls it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

/// Writes compact JSON text.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.serialize(&mut Serializer::with_formatter(&mut text, Compact))
            .map_err(|_| fmt::Error)?;
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// No blanks, and numbers as [`Number`] writes them.
struct Compact;

impl Formatter for Compact {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{}", Number::Float(value))
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Self::Number(Number::Int(value))
    }
}

impl From<f64> for Json {
    fn from(value: f64) -> Self {
        Self::Number(Number::Float(value))
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Arc<str>> for Json {
    fn from(text: Arc<str>) -> Self {
        Self::String(text)
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Self>) -> Self {
        Self::Array(items.into())
    }
}

impl From<Object> for Json {
    fn from(members: Object) -> Self {
        Self::Object(Arc::new(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_a_round_trip() {
        for text in [
            r#"{"b":1,"a":[1.5,null,true,"x\n\u0001"],"c":{}}"#,
            "-0.5",
            "9223372036854775807",
            "1.0",
            "1.0E7",
            "1.5E-4",
            r#""é""#,
        ] {
            assert_eq!(Json::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert_eq!(Json::parse("[1, 2.0]").unwrap(), Json::parse("[1.0, 2]").unwrap());
        assert_ne!(Json::from(1), Json::from(1.1));
    }

    #[test]
    fn a_negative_zero_is_zero() {
        assert_eq!(Json::parse("[-0, -0.0]").unwrap().to_string(), "[0,0]");
    }

    #[test]
    fn text_nested_too_deep_is_refused() {
        assert!(Json::parse(&"[".repeat(10_000)).is_err());
    }
}
