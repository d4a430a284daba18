//! Events as they come over HTTP: JSON that has all of them, or one `CloudEvent` in binary mode.
//!
//! In binary mode the headers `ce-…` have the attributes of the event, and the body is its data.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_types::{Json, Object};
use percent_encoding::percent_decode_str;

use crate::errors::Failure;

/// What the names of headers with attributes begin with.
const PREFIX: &str = "ce-";
/// The attributes that each event has.
const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];
/// Members of an event that no header is: they follow from the body.
const OF_BODY: [&str; 3] = ["data", "data_base64", "datacontenttype"];
/// The header that each event in binary mode has.
const VERSION: &str = "ce-specversion";
/// What the content type of events in structured mode begins with, also of a list of them.
const STRUCTURED: &str = "application/cloudevents";

/// Says whether a request tells `CloudEvents`, as no form of a page can.
pub(super) fn is_told_by(headers: &HeaderMap) -> bool {
    headers.contains_key(VERSION) || is_structured(kind_of(headers))
}

fn kind_of(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

/// Media types are the same in capitals.
fn is_structured(kind: &str) -> bool {
    kind.get(..STRUCTURED.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(STRUCTURED))
}

/// Reads what is told as JSON; an event in binary mode as it would be in structured mode.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Json, Failure> {
    let kind = kind_of(headers);
    let named = |name: &str| headers.contains_key(format!("{PREFIX}{name}"));
    if is_structured(kind) || !REQUIRED.iter().any(|name| named(name)) {
        return parsed(body);
    }
    if let Some(missing) = REQUIRED.iter().find(|name| !named(name)) {
        let message = format!("a CloudEvent in binary mode has the header '{PREFIX}{missing}'");
        return Err(Failure::new("ValidationException", message));
    }
    let mut event = attributes(headers)?;
    if !kind.is_empty() {
        event.insert("datacontenttype".into(), Json::from(kind));
    }
    if !body.is_empty() {
        let (name, value) = data(kind, body)?;
        event.insert(name.into(), value);
    }
    Ok(Json::from(event))
}

fn attributes(headers: &HeaderMap) -> Result<Object, Failure> {
    let mut event = Object::default();
    for (name, value) in headers {
        let name = name.as_str().strip_prefix(PREFIX).filter(|name| !OF_BODY.contains(name));
        let Some(name) = name else { continue };
        // What is no plain ASCII is percent-encoded.
        let text = std::str::from_utf8(value.as_bytes()).ok();
        let text = text.and_then(|text| percent_decode_str(text).decode_utf8().ok());
        let wrong = || Failure::serialization(format!("the header '{PREFIX}{name}' is no UTF-8"));
        event.insert(name.into(), Json::from(&*text.ok_or_else(wrong)?));
    }
    Ok(event)
}

/// Returns the member that the data of an event is, and its value.
fn data(kind: &str, body: &[u8]) -> Result<(&'static str, Json), Failure> {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind.is_empty() || kind == "application/json" || kind.ends_with("+json") {
        return Ok(("data", parsed(body)?));
    }
    Ok(match std::str::from_utf8(body) {
        Ok(text) => ("data", Json::from(text)),
        Err(_) => ("data_base64", Json::from(STANDARD.encode(body))),
    })
}

fn parsed(body: &[u8]) -> Result<Json, Failure> {
    let text =
        std::str::from_utf8(body).map_err(|error| Failure::serialization(error.to_string()))?;
    Json::parse(text).map_err(|error| Failure::serialization(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: [(&str, &str); 4] =
        [("ce-specversion", "1.0"), ("ce-id", "e4"), ("ce-source", "/shop"), ("ce-type", "paid")];

    fn told(more: &[(&'static str, &'static str)], body: &[u8]) -> Result<String, String> {
        let headers = ORDER.iter().chain(more);
        let headers: HeaderMap =
            headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        read(&headers, body).map(|event| event.to_string()).map_err(|failure| failure.message)
    }

    #[test]
    fn an_event_in_binary_mode_is_read_as_in_structured_mode() {
        let more = [("content-type", "application/json"), ("ce-subject", "a%20%C3%A9")];
        assert_eq!(
            told(&more, br#"{"n":1}"#).unwrap(),
            r#"{"specversion":"1.0","id":"e4","source":"/shop","type":"paid","subject":"a é","datacontenttype":"application/json","data":{"n":1}}"#
        );
    }

    #[test]
    fn an_event_without_a_body_has_no_data() {
        let bare = r#"{"specversion":"1.0","id":"e4","source":"/shop","type":"paid"}"#;
        assert_eq!(told(&[], b"").unwrap(), bare);
        let members = [("ce-data", "x"), ("ce-data_base64", "eA=="), ("ce-datacontenttype", "a/b")];
        assert_eq!(told(&members, b"").unwrap(), bare, "headers are no data");
    }

    #[test]
    fn data_is_json_text_or_bytes() {
        let data = |kind, body: &[u8]| {
            let event = Json::parse(&told(&[("content-type", kind)], body).unwrap()).unwrap();
            ["data", "data_base64"].map(|name| event.get(name).map(Json::to_string))
        };
        assert_eq!(data("text/plain", b"hi"), [Some("\"hi\"".into()), None]);
        assert_eq!(data("application/avro", &[0xff, 0]), [None, Some("\"/wA=\"".into())]);
        assert_eq!(data("application/x+json; charset=utf-8", b"[1]"), [Some("[1]".into()), None]);
        assert_eq!(data("application/json", b""), [None, None]);
        assert!(told(&[("content-type", "application/json")], b"{").is_err());
    }

    #[test]
    fn structured_events_are_read_from_the_body_alone() {
        for kind in ["application/cloudevents+json", "Application/CloudEvents+JSON; charset=utf-8"]
        {
            let kind = ("content-type", kind);
            assert_eq!(told(&[kind], b"{\"id\":\"1\"}").unwrap(), "{\"id\":\"1\"}");
        }
        assert_eq!(read(&HeaderMap::new(), b"[]").unwrap().to_string(), "[]");
    }

    #[test]
    fn a_missing_attribute_is_named() {
        let headers = HeaderMap::from_iter([("ce-id".parse().unwrap(), "1".parse().unwrap())]);
        let why = read(&headers, b"{}").unwrap_err();
        assert_eq!(why.message, "a CloudEvent in binary mode has the header 'ce-specversion'");
    }
}
