//! The REST protocols: parts of the call are in path, query and headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_integrations::Call;
use compasso_integrations::models::{Kind, Location, Member, Protocol, Service, TimestampFormat};
use compasso_sigv4::encoded;
use compasso_types::{Json, Object};

use super::json::text_of;
use super::{Wire, instant, json, xml};

/// Writes a call.
pub(super) fn write(call: &Call, parameters: &Object) -> Wire {
    let operation = call.operation;
    let (path, query) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    let mut wire = Wire {
        method: operation.method.clone(),
        path: path.to_owned(),
        query: fixed_query(query),
        ..Wire::default()
    };
    let members = call.service.input(operation).map_or(&[][..], |input| &input.members);
    for member in members {
        if let Some(given) = parameters.get(&member.name) {
            place(call.service, member, given, &mut wire);
        }
    }
    body(call, parameters, &mut wire);
    wire
}

fn fixed_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    pairs.map(|pair| owned(pair.split_once('=').unwrap_or((pair, "")))).collect()
}

fn place(service: &Service, member: &Member, given: &Json, wire: &mut Wire) {
    let name = member.wire_name();
    match member.location() {
        Location::Uri => {
            let text = scalar(service, member, given, TimestampFormat::Iso8601);
            let greedy: Vec<String> = text.split('/').map(encoded).collect();
            wire.path = wire
                .path
                .replace(&format!("{{{name}+}}"), &greedy.join("/"))
                .replace(&format!("{{{name}}}"), &encoded(&text));
        }
        Location::Query => add_query(service, member, given, &mut wire.query),
        Location::Header => {
            let text = match (service.kind(member.kind), given) {
                (Kind::List(_), Json::Array(items)) => {
                    items.iter().map(text_of).collect::<Vec<_>>().join(",")
                }
                _ if member.is_json_text() => STANDARD.encode(text_of(given)),
                _ => scalar(service, member, given, TimestampFormat::Rfc822),
            };
            wire.headers.push((name.to_ascii_lowercase(), text));
        }
        Location::Headers => {
            for (key, value) in given.as_object().into_iter().flat_map(|members| members.iter()) {
                wire.headers.push((format!("{name}{key}").to_ascii_lowercase(), text_of(value)));
            }
        }
        Location::Body | Location::Status => {}
    }
}

fn add_query(service: &Service, member: &Member, given: &Json, query: &mut Vec<(String, String)>) {
    let name = encoded(member.wire_name());
    match (service.kind(member.kind), given) {
        (Kind::List(_), Json::Array(items)) => {
            query.extend(items.iter().map(|item| (name.clone(), encoded(&text_of(item)))));
        }
        (Kind::Map(_), Json::Object(members)) => {
            for (key, value) in members.iter() {
                let values = value.as_array().map_or(std::slice::from_ref(value), |list| &list[..]);
                query.extend(values.iter().map(|item| (encoded(key), encoded(&text_of(item)))));
            }
        }
        _ => query.push((name, encoded(&scalar(service, member, given, TimestampFormat::Iso8601)))),
    }
}

fn scalar(service: &Service, member: &Member, given: &Json, usual: TimestampFormat) -> String {
    match service.kind(member.kind) {
        Kind::Timestamp(format) => text_of(&instant::write(given, format.unwrap_or(usual))),
        _ => text_of(given),
    }
}

fn body(call: &Call, parameters: &Object, wire: &mut Wire) {
    let Call { service, operation, .. } = call;
    let Some(input) = service.input(operation) else {
        return;
    };
    let is_xml = service.protocol == Protocol::RestXml;
    if let Some(payload) = input.payload_member() {
        let Some(given) = parameters.get(&payload.name) else {
            return;
        };
        if matches!(service.kind(payload.kind), Kind::Blob | Kind::String) {
            wire.body = text_of(given).into_bytes();
            content_type(wire, "application/octet-stream");
        } else if is_xml {
            wire.body = xml::write_member(service, payload, given).into_bytes();
            content_type(wire, "application/xml");
        } else {
            wire.body = json::value(service, payload.kind, given).to_string().into_bytes();
            content_type(wire, "application/json");
        }
    } else if input.members.iter().any(|member| member.location() == Location::Body) {
        if is_xml {
            wire.body = xml::write_body(service, operation, input, parameters).into_bytes();
            content_type(wire, "application/xml");
        } else {
            wire.body = json::structure(service, input, parameters).to_string().into_bytes();
            content_type(wire, "application/json");
        }
    }
}

fn content_type(wire: &mut Wire, usual: &str) {
    if !wire.headers.iter().any(|(name, _)| name == "content-type") {
        wire.headers.push(("content-type".to_owned(), usual.to_owned()));
    }
}
