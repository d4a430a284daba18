//! What executions are searched by.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_types::{Json, Number};

/// Values of an execution's input, by the names they are searched by.
pub type Attributes = BTreeMap<Arc<str>, AttributeValue>;

/// A value that executions are searched by.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// Text.
    Text(Arc<str>),
    /// A number; finite.
    Number(f64),
    /// True or false.
    Bool(bool),
}

/// Writes all of them as JSON; nothing if there are none.
pub fn written(attributes: &Attributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let json = attributes.iter().map(|(name, value)| {
        let value = match value {
            AttributeValue::Text(text) => text.clone().into(),
            AttributeValue::Number(number) => {
                Number::from_f64(*number).map_or(Json::Null, Json::Number)
            }
            AttributeValue::Bool(value) => Json::Bool(*value),
        };
        (name.clone(), value)
    });
    Some(Json::object(json).to_string())
}

/// Reads what [`written`] made; nothing if it is something else.
pub fn read(text: &str) -> Option<Attributes> {
    let json = Json::parse(text).ok()?;
    let attributes = json.as_object()?.iter().map(|(name, value)| {
        let value = match value {
            Json::String(text) => AttributeValue::Text(text.clone()),
            Json::Number(number) => AttributeValue::Number(number.as_f64()),
            Json::Bool(value) => AttributeValue::Bool(*value),
            Json::Null | Json::Array(_) | Json::Object(_) => return None,
        };
        Some((name.clone(), value))
    });
    attributes.collect()
}
