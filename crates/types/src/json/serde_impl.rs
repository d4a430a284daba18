//! Reading and writing [`Json`] with serde.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::ser::{Serialize, Serializer};

use super::{Json, Number, Object};

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Int(value) => serializer.serialize_i64(value),
            Self::Float(value) => serializer.serialize_f64(value),
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => items.serialize(serializer),
            Self::Object(members) => serializer.collect_map(members.iter()),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader(&Names::default()).deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Object(members) => Ok(Arc::unwrap_or_clone(members)),
            other => {
                let found = Unexpected::Other(other.type_name());
                Err(serde::de::Error::invalid_type(found, &"an object"))
            }
        }
    }
}

/// Names that were read lately: the objects of a list have the same, and share them.
#[derive(Default)]
struct Names(RefCell<Vec<Arc<str>>>);

/// Most names that are remembered, and the longest of them.
const NAMES_MAX: usize = 32;
const NAME_BYTES_MAX: usize = 64;

impl Names {
    fn shared(&self, name: &str) -> Arc<str> {
        if name.len() > NAME_BYTES_MAX {
            return name.into();
        }
        let mut known = self.0.borrow_mut();
        if let Some(found) = known.iter().find(|known| ***known == *name) {
            return found.clone();
        }
        if known.len() == NAMES_MAX {
            // They are those of other objects.
            known.clear();
        }
        let name: Arc<str> = name.into();
        known.push(name.clone());
        name
    }
}

/// Reads a value, whose objects share names.
#[derive(Clone, Copy)]
struct Reader<'n>(&'n Names);

/// Reads the name of a member.
struct NameReader<'n>(&'n Names);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> DeserializeSeed<'de> for NameReader<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameReader<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Arc<str>, E> {
        Ok(self.0.shared(name))
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or_else(|_| Json::from(value as f64), Json::from))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        // The reader makes the integer `-0` a double to keep its sign; to Amazon it is 0.
        let is_negative_zero = value == 0.0 && value.is_sign_negative();
        Ok(if is_negative_zero { Json::from(0) } else { Json::from(value) })
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::with_capacity(access.size_hint().unwrap_or(0).min(1024));
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(Json::from(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members = Object::new();
        while let Some(name) = access.next_key_seed(NameReader(self.0))? {
            members.insert(name, access.next_value_seed(self)?);
        }
        members.shrink_to_fit();
        Ok(Json::from(members))
    }
}
