//! Putting a value where a Reference Path points (`ResultPath`).

use std::sync::Arc;

use compasso_types::{Json, Object};

use super::segment::Segment;

/// Says that the path `text` cannot take a value inside `data`.
pub(super) fn refusal(text: &str, data: &Json) -> String {
    format!("Unable to apply ReferencePath {text} to input {data}")
}

/// Returns `current` with `value` below it; `None` if something on the way cannot hold it. Only
/// the objects and arrays on the way are copied.
pub(super) fn put(current: Option<&Json>, segments: &[Segment], value: Json) -> Option<Json> {
    let Some((segment, rest)) = segments.split_first() else {
        return Some(value);
    };
    match (segment, current) {
        (Segment::Name(name), None) => {
            let child = put(None, rest, value)?;
            Some(Json::object([(&**name, child)]))
        }
        (Segment::Name(name), Some(Json::Object(members))) => {
            let child = put(members.get(name), rest, value)?;
            let mut members = Object::clone(members);
            match members.get_mut(name) {
                Some(member) => *member = child,
                None => {
                    members.insert(Arc::from(&**name), child);
                }
            }
            Some(Json::from(members))
        }
        (Segment::Index(index), Some(Json::Array(items))) => {
            let at = super::read::position(*index, items.len())?;
            let child = put(items.get(at), rest, value)?;
            let mut items = items.to_vec();
            items[at] = child;
            Some(Json::from(items))
        }
        _ => None,
    }
}
