//! The items of a Map: as a value, or, of many instances, each as its text.

use std::fmt;

use compasso_types::Json;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::chunks::{Chunks, Texts};

/// More items of an `each` are kept as their texts, which take less room than values.
const VALUES_MAX: usize = 1_000;

/// The items of a Map.
#[derive(Clone, Debug)]
pub(crate) enum Items {
    Value(Json),
    Texts(List),
}

/// Items by their texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    count: u32,
    texts: Chunks<Texts>,
    /// Whether items were forgotten.
    has_gaps: bool,
}

impl Items {
    /// Keeps the items of a Map; those of an `each` as texts if they are many.
    pub(crate) fn new(items: &Json, is_each: bool) -> Self {
        match items.as_array() {
            Some(values) if is_each && values.len() > VALUES_MAX => {
                let mut list = List::default();
                values.iter().for_each(|item| list.push(&item.to_string()));
                Self::Texts(list)
            }
            Some(_) | None => Self::Value(items.clone()),
        }
    }

    pub(crate) fn get(&self, index: u32) -> Option<Json> {
        match self {
            Self::Value(items) => items.as_array()?.get(index as usize).cloned(),
            Self::Texts(list) => {
                Some(Json::parse(list.get(index)?).expect("an item's text was written by us"))
            }
        }
    }

    /// Adds items behind the others.
    pub(super) fn extend(&mut self, items: &Json) {
        let Self::Texts(list) = self else { return };
        items.as_array().iter().flat_map(|items| items.iter()).for_each(|item| {
            list.push(&item.to_string());
        });
    }

    /// Forgets an item.
    pub(super) fn release(&mut self, index: u32) {
        if let Self::Texts(list) = self {
            list.texts.remove(index);
            list.has_gaps = true;
        }
    }

    /// Returns them as a value.
    pub(crate) fn into_value(self) -> Json {
        match &self {
            Self::Value(items) => items.clone(),
            Self::Texts(list) => Json::array((0..list.count).filter_map(|index| self.get(index))),
        }
    }
}

impl List {
    fn push(&mut self, text: &str) {
        let (chunk, at) = self.texts.get_mut(self.count);
        chunk.set(at, text);
        self.count += 1;
    }

    fn get(&self, index: u32) -> Option<&str> {
        let (chunk, at) = self.texts.get(index)?;
        chunk.get(at)
    }
}

impl Serialize for Items {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = match self {
            Self::Value(items) => return items.serialize(serializer),
            Self::Texts(list) => list,
        };
        let raw = |text| serde_json::from_str::<&RawValue>(text).map_err(serde::ser::Error::custom);
        let texts = (0..list.count).filter_map(|index| Some((index, list.get(index)?)));
        if list.has_gaps || list.count as usize <= VALUES_MAX {
            let mut written = serializer.serialize_map(None)?;
            written.serialize_entry(COUNT, &list.count)?;
            for (index, text) in texts {
                written.serialize_entry(&index, raw(text)?)?;
            }
            return written.end();
        }
        let mut written = serializer.serialize_seq(Some(list.count as usize))?;
        for (_, text) in texts {
            written.serialize_element(raw(text)?)?;
        }
        written.end()
    }
}

/// How many items a list with gaps has, among the items by their places.
const COUNT: &str = "count";

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let mut reader = serde_json::Deserializer::from_str(raw.get());
        let list = reader.deserialize_any(Reader).map_err(serde::de::Error::custom)?;
        if list.has_gaps || list.count as usize > VALUES_MAX {
            return Ok(Self::Texts(list));
        }
        Json::parse(raw.get()).map(Self::Value).map_err(serde::de::Error::custom)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = List;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
        let mut list = List::default();
        while let Some(item) = items.next_element::<&RawValue>()? {
            list.push(item.get());
        }
        Ok(list)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
        let mut list = List { has_gaps: true, ..List::default() };
        while let Some((name, item)) = items.next_entry::<&str, &RawValue>()? {
            let number = |text: &str| text.parse::<u32>().map_err(serde::de::Error::custom);
            if name == COUNT {
                list.count = number(item.get())?;
                continue;
            }
            let (chunk, at) = list.texts.get_mut(number(name)?);
            chunk.set(at, item.get());
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(items: &Items) -> (String, Items) {
        let text = serde_json::to_string(items).unwrap();
        let read = serde_json::from_str(&text).unwrap();
        (text, read)
    }

    #[test]
    fn items_that_were_forgotten_leave_gaps() {
        let mut items = Items::Texts(List::default());
        items.extend(&Json::array((0..4).map(Json::from)));
        items.release(0);
        items.release(2);
        let (text, mut read) = stored(&items);
        assert_eq!(text, r#"{"count":4,"1":1,"3":3}"#);
        read.extend(&Json::array([Json::from(9)]));
        let found: Vec<_> = (0..6).map(|index| read.get(index)).collect();
        assert_eq!(found, [None, Some(1), None, Some(3), Some(9), None].map(|n| n.map(Json::from)));
    }

    #[test]
    fn many_items_are_kept_as_texts_and_few_as_values() {
        let values = |count: i64| Json::array((0..count).map(Json::from));
        for (count, is_list) in [(10, false), (2_000, true)] {
            let items = Items::new(&values(count), true);
            let (text, read) = stored(&items);
            assert_eq!(matches!(items, Items::Texts(_)), is_list);
            assert_eq!(matches!(read, Items::Texts(_)), is_list);
            assert_eq!(text, values(count).to_string());
            assert_eq!(read.into_value(), values(count));
        }
    }
}
