//! The form protocols `query` and `ec2`: parameters as a form in the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_integrations::Call;
use compasso_integrations::models::{
    Kind, Member, Protocol, Reference, Service, Structure, TimestampFormat,
};
use compasso_sigv4::encoded;
use compasso_types::{Json, Object};

use super::json::text_of;
use super::{Wire, instant};

/// Writes a call.
pub(super) fn write(call: &Call, parameters: &Object) -> Wire {
    let Call { service, operation, .. } = call;
    let mut form = Form { service, pairs: Vec::new() };
    form.add("Action", &operation.name);
    form.add("Version", &service.version);
    if let Some(input) = service.input(operation) {
        form.structure("", input, parameters);
    }
    let pairs: Vec<String> =
        form.pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    Wire {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: pairs.join("&").into_bytes(),
        ..Wire::default()
    }
}

struct Form<'a> {
    service: &'a Service,
    pairs: Vec<(String, String)>,
}

impl Form<'_> {
    fn add(&mut self, name: &str, value: &str) {
        self.pairs.push((name.to_owned(), value.to_owned()));
    }

    fn is_ec2(&self) -> bool {
        self.service.protocol == Protocol::Ec2
    }

    fn structure(&mut self, prefix: &str, structure: &Structure, members: &Object) {
        for member in &structure.members {
            let Some(given) = members.get(&member.name) else {
                continue;
            };
            let name = self.name(member);
            self.member(&joined(prefix, &name), prefix, member, given);
        }
    }

    fn name(&self, member: &Member) -> String {
        if !self.is_ec2() {
            return member.wire_name().to_owned();
        }
        let mut name = member.wire_name().chars();
        name.next().map_or_else(String::new, |first| first.to_uppercase().chain(name).collect())
    }

    fn member(&mut self, name: &str, prefix: &str, member: &Member, given: &Json) {
        let flattened = member.is_flattened() || self.is_ec2();
        match self.service.kind(member.kind) {
            // The items of a flattened list stand where the list would, by their own name.
            Kind::List(list) if flattened && !list.item_name.is_empty() && !self.is_ec2() => {
                self.items(&joined(prefix, &list.item_name), list.item, given);
            }
            Kind::List(list) if flattened => self.items(name, list.item, given),
            Kind::Map(_) if flattened => self.entries(name, member.kind, given),
            _ => self.value(name, member.kind, given),
        }
    }

    fn value(&mut self, name: &str, kind: Reference, given: &Json) {
        match (self.service.kind(kind), given) {
            (Kind::Structure(structure), Json::Object(members)) => {
                self.structure(name, structure, members);
            }
            (Kind::List(list), Json::Array(items)) if items.is_empty() => {
                let _ = list;
                self.add(name, "");
            }
            (Kind::List(list), given) => {
                let item = if list.item_name.is_empty() { "member" } else { &list.item_name };
                self.items(&joined(name, item), list.item, given);
            }
            (Kind::Map(_), given) => self.entries(&joined(name, "entry"), kind, given),
            (Kind::Blob, given) => self.add(name, &STANDARD.encode(text_of(given))),
            (Kind::Timestamp(format), given) => {
                let format = format.unwrap_or(TimestampFormat::Iso8601);
                self.add(name, &text_of(&instant::write(given, format)));
            }
            (_, given) => self.add(name, &text_of(given)),
        }
    }

    fn items(&mut self, name: &str, kind: Reference, given: &Json) {
        for (index, item) in given.as_array().into_iter().flat_map(|items| items.iter()).enumerate()
        {
            self.value(&format!("{name}.{}", index + 1), kind, item);
        }
    }

    fn entries(&mut self, name: &str, kind: Reference, given: &Json) {
        let (Kind::Map(map), Some(members)) = (self.service.kind(kind), given.as_object()) else {
            return;
        };
        let or = |name: &str, default: &str| {
            if name.is_empty() { default.to_owned() } else { name.to_owned() }
        };
        let (key, value) = (or(&map.key_name, "key"), or(&map.value_name, "value"));
        for (index, (name_given, item)) in members.iter().enumerate() {
            self.add(&format!("{name}.{}.{key}", index + 1), name_given);
            self.value(&format!("{name}.{}.{value}", index + 1), map.value, item);
        }
    }
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
