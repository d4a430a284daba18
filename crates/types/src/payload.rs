//! JSON data on its way through a workflow: the text, the value, or both.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{Array, Json, sealed};

/// JSON data that keeps its text verbatim until a field touches it.
///
/// Amazon's history shows a caller's input exactly as it was written, blanks included, and
/// compact text once a value was computed. A payload made from text keeps that text and parses it
/// on first use; one made from a value writes compact text on first use. `clone` is cheap.
#[derive(Clone)]
pub struct Payload(Arc<Parts>);

struct Parts {
    text: OnceLock<Text>,
    value: OnceLock<Json>,
}

/// A long text is shared with the value, which takes the items of an array from it.
enum Text {
    Short(Box<str>),
    Long(Arc<String>),
}

/// Texts from here on are long, bytes.
const LONG_BYTES: usize = 1024 * 1024;

/// The text is not one JSON value.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PayloadError(#[from] serde_json::Error);

impl Payload {
    /// Checks `text` and keeps it verbatim.
    ///
    /// # Errors
    /// The text is not one JSON value or nests deeper than 128 levels.
    pub fn parse(text: impl Into<Box<str>>) -> Result<Self, PayloadError> {
        let text = text.into();
        let value = Json::parse(&text)?;
        Ok(Self(Arc::new(Parts { text: Text::from(text).into(), value: value.into() })))
    }

    /// Keeps `text` without a check: the text of an earlier payload.
    pub fn known(text: impl Into<Box<str>>) -> Self {
        let text = Text::from(text.into());
        Self(Arc::new(Parts { text: text.into(), value: OnceLock::new() }))
    }

    /// Returns the array of `parts`, each part's text verbatim.
    pub fn array_of(parts: &[Self]) -> Self {
        Self::array_of_texts(parts.iter().map(Self::text))
    }

    /// Returns the array of `parts`, the texts of earlier payloads, verbatim.
    pub fn array_of_texts<'t>(parts: impl Iterator<Item = &'t str> + Clone) -> Self {
        let mut text = String::with_capacity(2 + parts.clone().map(|p| p.len() + 1).sum::<usize>());
        text.push('[');
        for (index, part) in parts.enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(part);
        }
        text.push(']');
        Self::known(text)
    }

    /// Returns the text as people see it: without what is sealed.
    pub fn shown(&self) -> Cow<'_, str> {
        sealed::hide(self.text())
    }

    /// Returns the compact text; for a payload that came from text, that text.
    pub fn text(&self) -> &str {
        self.0.text.get_or_init(|| self.value().to_string().into_boxed_str().into()).as_str()
    }

    /// Returns how deep arrays and objects nest; 0 for a scalar.
    pub fn depth(&self) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        let mut bytes = self.text().bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'[' | b'{' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                b'"' => {
                    while let Some(inside) = bytes.next() {
                        match inside {
                            b'"' => break,
                            b'\\' => drop(bytes.next()),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        deepest
    }

    /// Returns the value, parsing the text on first use.
    pub fn value(&self) -> &Json {
        self.0.value.get_or_init(|| {
            let text = self.0.text.get().expect("a payload has a text or a value");
            text.unread().unwrap_or_else(|| {
                Json::parse(text.as_str()).expect("a payload's text was checked when it was made")
            })
        })
    }
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(text) => text,
        }
    }

    /// Returns the value of a long text if it is an array.
    fn unread(&self) -> Option<Json> {
        match self {
            Self::Short(_) => None,
            Self::Long(text) => Array::unread(text).map(Json::Array),
        }
    }
}

impl From<Box<str>> for Text {
    fn from(text: Box<str>) -> Self {
        if text.len() < LONG_BYTES {
            return Self::Short(text);
        }
        Self::Long(Arc::new(text.into_string()))
    }
}

impl From<Json> for Payload {
    fn from(value: Json) -> Self {
        Self(Arc::new(Parts { text: OnceLock::new(), value: value.into() }))
    }
}

impl Default for Payload {
    fn default() -> Self {
        Json::empty_object().into()
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.text() == other.text()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Written as the JSON it holds, verbatim. Only `serde_json` can write and read it.
impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(value) = self.0.value.get()
            && self.0.text.get().is_none()
        {
            return value.serialize(serializer);
        }
        let raw: &RawValue =
            serde_json::from_str(self.text()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::known(raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untouched_text_is_kept_and_computed_text_is_compact() {
        let verbatim = Payload::parse("{ \"a\" :  1 }").unwrap();
        assert_eq!(verbatim.text(), "{ \"a\" :  1 }");
        assert_eq!(serde_json::to_string(&verbatim).unwrap(), "{ \"a\" :  1 }");
        assert_eq!(Payload::from(verbatim.value().clone()).text(), r#"{"a":1}"#);
    }

    #[test]
    fn depth_counts_brackets_outside_strings() {
        for (text, depth) in [("1", 0), ("[]", 1), (r#"{"a":[{"b\"]":1}]}"#, 3), (r#""[[""#, 0)] {
            assert_eq!(Payload::parse(text).unwrap().depth(), depth, "{text}");
        }
    }

    #[test]
    fn a_long_array_is_the_same_as_a_short_one() {
        let items = r#"{"a": [1, "]"]},"#.repeat(LONG_BYTES / 8);
        let text = format!("[{items} null]");
        let payload = Payload::known(&*text);
        let expected = Json::parse(&text).unwrap();
        assert_eq!(payload.value(), &expected);
        assert_eq!(Payload::from(payload.value().clone()).text(), expected.to_string());
        assert_eq!(payload.text(), text);
    }

    #[test]
    fn stored_text_is_read_back_verbatim() {
        let read: Payload = serde_json::from_str("[1,  2]").unwrap();
        assert_eq!(read.text(), "[1,  2]");
        assert_eq!(read.value(), &Json::array([Json::from(1), Json::from(2)]));
    }
}
