//! XML bodies of requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_integrations::models::{
    Kind, Location, Member, Operation, Reference, Service, Structure, TimestampFormat,
};
use compasso_types::{Json, Object};

use super::instant;
use super::json::text_of;

/// Writes the member that is the whole body.
pub(super) fn write_member(service: &Service, member: &Member, given: &Json) -> String {
    let mut writer = Writer { service, text: String::new() };
    writer.member(member, given);
    writer.text
}

/// Writes a body of several members.
pub(super) fn write_body(
    service: &Service,
    operation: &Operation,
    input: &Structure,
    members: &Object,
) -> String {
    let mut writer = Writer { service, text: String::new() };
    let usual = format!("{}Request {}", operation.name, service.namespace);
    let wrapper = if operation.wrapper.is_empty() { &usual } else { &operation.wrapper };
    let (name, namespace) = wrapper.split_once(' ').unwrap_or((wrapper, ""));
    writer.open(name, namespace, &[]);
    writer.structure(input, members);
    writer.close(name);
    writer.text
}

struct Writer<'a> {
    service: &'a Service,
    text: String,
}

impl Writer<'_> {
    /// Opens an element; a namespace may have a prefix and a blank in front.
    fn open(&mut self, name: &str, namespace: &str, attributes: &[(String, String)]) {
        let declared = match namespace.split_once(' ') {
            Some((prefix, uri)) => format!(" xmlns:{prefix}=\"{}\"", escaped(uri)),
            None if namespace.is_empty() => String::new(),
            None => format!(" xmlns=\"{}\"", escaped(namespace)),
        };
        self.text.push_str(&["<", name, &declared].concat());
        for (name, value) in attributes {
            self.text.push_str(&[" ", name, "=\"", &escaped(value), "\""].concat());
        }
        self.text.push('>');
    }

    fn close(&mut self, name: &str) {
        self.text.push_str(&["</", name, ">"].concat());
    }

    fn structure(&mut self, structure: &Structure, members: &Object) {
        for member in &structure.members {
            if let Some(given) = members.get(&member.name)
                && member.location() == Location::Body
                && !member.is_attribute()
            {
                self.member(member, given);
            }
        }
    }

    fn member(&mut self, member: &Member, given: &Json) {
        let name = member.wire_name();
        let attributes = self.attributes(member.kind, given);
        match (self.service.kind(member.kind), given) {
            (Kind::List(list), Json::Array(items)) if member.is_flattened() => {
                for item in items.iter() {
                    self.element(name, &member.namespace, list.item, item, &[]);
                }
            }
            (Kind::Map(_), Json::Object(_)) if member.is_flattened() => {
                self.entries(name, member.kind, given);
            }
            _ => self.element(name, &member.namespace, member.kind, given, &attributes),
        }
    }

    fn attributes(&self, kind: Reference, given: &Json) -> Vec<(String, String)> {
        let (Kind::Structure(structure), Json::Object(members)) = (self.service.kind(kind), given)
        else {
            return Vec::new();
        };
        let attributes = structure.members.iter().filter(|member| member.is_attribute());
        attributes
            .filter_map(|member| {
                Some((member.wire_name().to_owned(), text_of(members.get(&member.name)?)))
            })
            .collect()
    }

    fn element(
        &mut self,
        name: &str,
        namespace: &str,
        kind: Reference,
        given: &Json,
        attributes: &[(String, String)],
    ) {
        self.open(name, namespace, attributes);
        match (self.service.kind(kind), given) {
            (Kind::Structure(structure), Json::Object(members)) => {
                self.structure(structure, members);
            }
            (Kind::List(list), Json::Array(items)) => {
                let item_name = if list.item_name.is_empty() { "member" } else { &list.item_name };
                for item in items.iter() {
                    let attributes = self.attributes(list.item, item);
                    self.element(item_name, "", list.item, item, &attributes);
                }
            }
            (Kind::Map(_), Json::Object(_)) => self.entries("entry", kind, given),
            (Kind::Blob, given) => self.text += &STANDARD.encode(text_of(given)),
            (Kind::Timestamp(format), given) => {
                let format = format.unwrap_or(TimestampFormat::Iso8601);
                self.text += &text_of(&instant::write(given, format));
            }
            (_, given) => self.text += &escaped(&text_of(given)),
        }
        self.close(name);
    }

    fn entries(&mut self, name: &str, kind: Reference, given: &Json) {
        let (Kind::Map(map), Some(members)) = (self.service.kind(kind), given.as_object()) else {
            return;
        };
        let key_name = if map.key_name.is_empty() { "key" } else { &map.key_name };
        let value_name = if map.value_name.is_empty() { "value" } else { &map.value_name };
        for (key, value) in members.iter() {
            self.open(name, "", &[]);
            self.element(key_name, "", map.key, &Json::from(&**key), &[]);
            self.element(value_name, "", map.value, value, &[]);
            self.close(name);
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\r' => out += "&#xD;",
            '\n' => out += "&#xA;",
            other => out.push(other),
        }
    }
    out
}
