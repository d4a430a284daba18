//! The JSON protocols: `json` itself, and the bodies of `rest-json`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_integrations::Call;
use compasso_integrations::models::{
    Kind, Location, Reference, Service, Structure, TimestampFormat,
};
use compasso_types::{Json, Object};

use super::{Wire, instant};

/// Writes a call of protocol `json`.
pub(super) fn write(call: &Call, parameters: &Object) -> Wire {
    let Call { service, operation, .. } = call;
    let body = service
        .input(operation)
        .map_or_else(Json::empty_object, |input| structure(service, input, parameters));
    let mut headers = vec![
        ("content-type".to_owned(), format!("application/x-amz-json-{}", service.json_version)),
        ("x-amz-target".to_owned(), format!("{}.{}", service.target, operation.name)),
    ];
    if service.query_compatible {
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    let body = body.to_string().into_bytes();
    Wire { method: "POST".to_owned(), path: "/".to_owned(), headers, body, ..Wire::default() }
}

/// Writes those members of a structure that are in the body.
pub(super) fn structure(service: &Service, structure: &Structure, members: &Object) -> Json {
    Json::object(structure.members.iter().filter_map(|member| {
        let given = members.get(&member.name)?;
        if member.location() != Location::Body {
            return None;
        }
        let written = if member.is_json_text() {
            Json::from(text_of(given))
        } else {
            value(service, member.kind, given)
        };
        Some((member.wire_name(), written))
    }))
}

/// Writes a value.
pub(super) fn value(service: &Service, kind: Reference, given: &Json) -> Json {
    match (service.kind(kind), given) {
        (Kind::Structure(shape), Json::Object(members)) => structure(service, shape, members),
        (Kind::List(list), Json::Array(items)) => {
            Json::array(items.iter().map(|item| value(service, list.item, item)))
        }
        (Kind::Map(map), Json::Object(members)) => Json::object(
            members.iter().map(|(key, item)| (key.clone(), value(service, map.value, item))),
        ),
        (Kind::Blob, given) => Json::from(STANDARD.encode(text_of(given))),
        (Kind::Timestamp(format), given) => {
            instant::write(given, format.unwrap_or(TimestampFormat::Unix))
        }
        (_, given) => given.clone(),
    }
}

/// Returns a text itself, and anything else as JSON.
pub(super) fn text_of(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
