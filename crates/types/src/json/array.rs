//! The items of an array.
//!
//! A list can have a million items that are looked at one after the other. As values they take many
//! times the room of their text. So an array of a long text keeps that, and makes each item when it
//! is asked for.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Serialize, Serializer};

use super::Json;

/// The items of an array, in order; `clone` is cheap.
///
/// It can be used like a vector of values. [`Array::len`], [`Array::item`] and [`Array::items`] do not
/// make more values than are asked for; all else makes those of the whole array and keeps them.
#[derive(Clone)]
pub struct Array(Held);

#[derive(Clone)]
enum Held {
    Values(Arc<Vec<Json>>),
    Text(Arc<Unread>),
}

/// An array by its text.
struct Unread {
    /// JSON text that was checked.
    text: Arc<String>,
    /// Where each item begins; its end is the comma before the next one, or the bracket.
    starts: Vec<u32>,
    end: usize,
    values: OnceLock<Vec<Json>>,
}

impl Array {
    /// Takes the items from JSON text that was checked, if it is that of an array.
    pub(crate) fn unread(text: &Arc<String>) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        let (starts, end) = item_starts(text)?;
        let unread = Unread { text: text.clone(), starts, end, values: OnceLock::new() };
        Some(Self(Held::Text(Arc::new(unread))))
    }

    /// Returns how many items there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::Values(values) => values.len(),
            Held::Text(unread) => unread.starts.len(),
        }
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the item at a place.
    pub fn item(&self, index: usize) -> Option<Json> {
        match &self.0 {
            Held::Values(values) => values.get(index).cloned(),
            Held::Text(unread) => match unread.values.get() {
                Some(values) => values.get(index).cloned(),
                None => unread.item(index),
            },
        }
    }

    /// Goes through the items, one at a time.
    pub fn items(&self) -> impl Iterator<Item = Json> + '_ {
        (0..self.len()).filter_map(|index| self.item(index))
    }

    fn values(&self) -> &Vec<Json> {
        match &self.0 {
            Held::Values(values) => values,
            Held::Text(unread) => unread.values.get_or_init(|| match Json::parse(&unread.text) {
                Ok(Json::Array(Self(Held::Values(values)))) => Arc::unwrap_or_clone(values),
                _ => unreachable!("the text of an array was checked"),
            }),
        }
    }
}

impl Unread {
    fn item(&self, index: usize) -> Option<Json> {
        let start = *self.starts.get(index)? as usize;
        let end = self.starts.get(index + 1).map_or(self.end, |next| *next as usize - 1);
        Some(Json::parse(&self.text[start..end]).expect("the text of an array was checked"))
    }
}

/// Returns where the items of an array begin, right behind the bracket or comma, and where the last
/// one ends.
fn item_starts(text: &str) -> Option<(Vec<u32>, usize)> {
    let begin = text.len() - text.trim_start().len();
    let end = text.trim_end().len().checked_sub(1)?;
    if end <= begin || !text[begin..].starts_with('[') {
        return None;
    }
    let inside = &text[begin + 1..end];
    if inside.trim().is_empty() {
        return Some((Vec::new(), end));
    }
    let place = |at: usize| u32::try_from(begin + 1 + at).expect("the length of the text fits");
    let mut starts = vec![place(0)];
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b',' if depth == 0 => starts.push(place(at + 1)),
            _ => {}
        }
    }
    starts.shrink_to_fit();
    Some((starts, end))
}

impl Serialize for Array {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Held::Values(values) => serializer.collect_seq(values.iter()),
            Held::Text(_) => serializer.collect_seq(self.items()),
        }
    }
}

impl Default for Array {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<Json>> for Array {
    fn from(values: Vec<Json>) -> Self {
        Self(Held::Values(Arc::new(values)))
    }
}

impl Deref for Array {
    type Target = Vec<Json>;

    fn deref(&self) -> &Vec<Json> {
        self.values()
    }
}

impl PartialEq for Array {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Held::Values(one), Held::Values(other)) => one == other,
            _ => self.len() == other.len() && self.items().eq(other.items()),
        }
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.items()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(text: &str) -> Array {
        Array::unread(&Arc::new(text.to_owned())).expect("an array")
    }

    #[test]
    fn items_of_a_text_are_those_of_its_value() {
        for text in [
            "[]",
            " [ ] ",
            "[1]",
            r#" [1, "a,\"]", [2,[3,4]], {"b":[5,6],"c":"\\"} , null ] "#,
            r#"["é,ü",[],{}]"#,
        ] {
            let (array, value) = (unread(text), Json::parse(text).unwrap());
            let expected = value.as_array().unwrap();
            assert_eq!(array.len(), expected.len(), "{text}");
            assert_eq!(array.items().collect::<Vec<_>>(), ***expected, "{text}");
            assert_eq!((array.item(array.len()), array.is_empty()), (None, expected.is_empty()));
            assert_eq!(Json::Array(array.clone()).to_string(), value.to_string());
            assert_eq!(*array, **expected, "all at once: {text}");
            assert_eq!(array, *expected);
        }
    }

    #[test]
    fn only_arrays_have_items() {
        for text in ["1", "{}", r#""[1]""#, "null"] {
            assert!(Array::unread(&Arc::new(text.to_owned())).is_none(), "{text}");
        }
    }

    #[test]
    fn a_value_is_no_larger_for_it() {
        assert_eq!(size_of::<Json>(), 24);
    }
}
