//! Values of answers, in the names and forms that states see.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_integrations::models::{Kind, Location, Member, Reference, Structure};
use compasso_integrations::{Call, Family};
use compasso_types::{Json, Number, Object};
use roxmltree::Node;

use super::instant;

/// Reads the members of a structure from a JSON object.
pub(super) fn of_json(call: &Call, structure: &Structure, body: &Json) -> Object {
    let mut members = Object::new();
    for member in structure.members.iter().filter(|member| member.location() == Location::Body) {
        if let Some(value) = body.get(member.wire_name()).filter(|value| **value != Json::Null) {
            members.insert(
                member.shown(call.naming()).into(),
                value_of_json(call, member.kind, value),
            );
        }
    }
    members.sort_keys();
    members
}

/// Reads a value from JSON.
pub(super) fn value_of_json(call: &Call, kind: Reference, value: &Json) -> Json {
    match (call.service.kind(kind), value) {
        (Kind::Structure(structure), Json::Object(_)) => {
            Json::from(of_json(call, structure, value))
        }
        (Kind::List(list), Json::Array(items)) => {
            Json::array(items.iter().map(|item| value_of_json(call, list.item, item)))
        }
        (Kind::Map(map), Json::Object(members)) => {
            let present = members.iter().filter(|(_, value)| **value != Json::Null);
            let read = |value| value_of_json(call, map.value, value);
            Json::object(present.map(|(key, value)| (key.clone(), read(value))))
        }
        (Kind::Timestamp(_), value) => match call.family {
            Family::Sdk => instant::read(value),
            Family::Optimized(_) => instant::in_milliseconds(value),
        },
        (Kind::Blob, Json::String(text)) => bytes(text),
        (_, value) => value.clone(),
    }
}

/// Reads the members of a structure from an XML element.
pub(super) fn of_xml(call: &Call, structure: &Structure, element: Node<'_, '_>) -> Object {
    let mut members = Object::new();
    for member in structure.members.iter().filter(|member| member.location() == Location::Body) {
        if let Some(value) = member_of_xml(call, member, element) {
            members.insert(member.shown(call.naming()).into(), value);
        }
    }
    members.sort_keys();
    members
}

fn member_of_xml(call: &Call, member: &Member, element: Node<'_, '_>) -> Option<Json> {
    let name = member.wire_name();
    if member.is_attribute() {
        let local = name.rsplit(':').next().unwrap_or(name);
        let attribute = element.attributes().find(|attribute| attribute.name() == local)?;
        return Some(Json::from(attribute.value()));
    }
    if !member.is_flattened() {
        return Some(value_of_xml(call, member.kind, child(element, name)?));
    }
    match call.service.kind(member.kind) {
        Kind::List(list) => {
            // Items of a flattened list have a name of their own, or the list's.
            let name = if list.item_name.is_empty() { name } else { &list.item_name };
            let items: Vec<Json> =
                children(element, name).map(|item| value_of_xml(call, list.item, item)).collect();
            (!items.is_empty()).then(|| Json::from(items))
        }
        Kind::Map(map) => {
            let entries: Vec<_> = children(element, name).collect();
            (!entries.is_empty()).then(|| entries_of_xml(call, map, entries.into_iter()))
        }
        _ => Some(value_of_xml(call, member.kind, child(element, name)?)),
    }
}

/// Reads a value from an XML element.
pub(super) fn value_of_xml(call: &Call, kind: Reference, element: Node<'_, '_>) -> Json {
    match call.service.kind(kind) {
        Kind::Structure(structure) => Json::from(of_xml(call, structure, element)),
        Kind::List(list) => {
            let items = element.children().filter(Node::is_element);
            Json::array(items.map(|item| value_of_xml(call, list.item, item)))
        }
        Kind::Map(map) => entries_of_xml(call, map, element.children().filter(Node::is_element)),
        kind => scalar(kind, &text(element)),
    }
}

fn entries_of_xml<'a, 'input: 'a>(
    call: &Call,
    map: &compasso_integrations::models::Map,
    entries: impl Iterator<Item = Node<'a, 'input>>,
) -> Json {
    let or = |name: &'static str, given: &str| {
        if given.is_empty() { name.to_owned() } else { given.to_owned() }
    };
    let (key_name, value_name) = (or("key", &map.key_name), or("value", &map.value_name));
    Json::object(entries.filter_map(|entry| {
        let key = text(child(entry, &key_name)?);
        Some((key, value_of_xml(call, map.value, child(entry, &value_name)?)))
    }))
}

/// Reads a value without parts from text.
pub(super) fn scalar(kind: Kind<'_>, text: &str) -> Json {
    match kind {
        Kind::Integer | Kind::Float => number(text).unwrap_or_else(|| Json::from(text)),
        Kind::Boolean => match text {
            "true" => Json::from(true),
            "false" => Json::from(false),
            other => Json::from(other),
        },
        Kind::Timestamp(_) => instant::read(&Json::from(text)),
        Kind::Blob => bytes(text),
        _ => Json::from(text),
    }
}

fn number(text: &str) -> Option<Json> {
    match text.parse::<i64>() {
        Ok(whole) => Some(Json::from(whole)),
        Err(_) => Number::from_f64(text.parse().ok()?).map(Json::Number),
    }
}

/// Shows bytes as the text they are, and bytes that are no text as they were sent, in base64.
fn bytes(encoded: &str) -> Json {
    let text = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Json::from(text.unwrap_or_else(|| encoded.to_owned()))
}

fn child<'a, 'input>(element: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    element.children().find(|child| child.is_element() && child.tag_name().name() == name)
}

fn children<'a, 'input>(
    element: Node<'a, 'input>,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    element.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// Returns all text of an element.
pub(super) fn text(element: Node<'_, '_>) -> String {
    element.children().filter_map(|child| child.text()).collect()
}
