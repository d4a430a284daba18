//! Request bodies: read within bounds, parsed, and explained when they are wrong.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use bytes::Bytes;
use compasso_service::Error;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use crate::errors::Failure;

/// Longest time a body may take to come.
const BODY_READ_MAX: Duration = Duration::from_secs(60);
/// So much of a body that is too large is read and dropped, as a multiple of what is allowed: most
/// clients take an answer only once they have sent everything.
const DROPPED_MAX: usize = 3;

/// Reads a whole body of at most `bytes_max` bytes.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<Bytes, Failure> {
    let whole = tokio::time::timeout(BODY_READ_MAX, read_bounded(headers, body, bytes_max)).await;
    whole.unwrap_or_else(|_| Err(Failure::too_slow(BODY_READ_MAX)))
}

async fn read_bounded(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Bytes, Failure> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > bytes_max) {
        // Who waits to be told to go on has sent nothing yet.
        if !headers.contains_key(EXPECT) {
            drop_some(body, DROPPED_MAX * bytes_max).await;
        }
        return Err(Failure::too_large(bytes_max));
    }
    to_bytes(body, bytes_max).await.map_err(|error| {
        let hung_up = std::error::Error::source(&error)
            .is_none_or(|source| !source.to_string().contains("length limit"));
        if hung_up {
            Failure::serialization("The request body could not be read")
        } else {
            Failure::too_large(bytes_max)
        }
    })
}

async fn drop_some(body: Body, bytes_max: usize) {
    let mut chunks = body.into_data_stream();
    let mut dropped = 0;
    while dropped < bytes_max
        && let Some(Ok(chunk)) = chunks.next().await
    {
        dropped += chunk.len();
    }
}

/// Parses a JSON object.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    // A struct would take an array of its members as well.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Failure::serialization("Expected a JSON object as request body"));
    }
    serde_json::from_slice(body).map_err(|error| explain::<T>(body, &error))
}

/// Says what is wrong with a body, naming the members: parsing once more is only for this.
fn explain<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Failure {
    let missing = missing_members::<T>(body);
    if !missing.is_empty() {
        return Error::missing_members(&missing).into();
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
        return Failure::serialization(error.to_string());
    };
    let path = error.path().to_string();
    let text = error.inner().to_string();
    match path.as_str() {
        "." | "?" => Failure::serialization(text),
        path => Failure::serialization(format!("{path}: {text}")),
    }
}

/// Finds the required members that an object or what it holds lacks, by adding one after the
/// other; what is null is not there.
fn missing_members<T: DeserializeOwned>(body: &[u8]) -> Vec<String> {
    let mut missing = Vec::new();
    let Ok(object) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return missing;
    };
    let mut value = Value::Object(object);
    drop_nulls(&mut value);
    while let Err(error) = serde_path_to_error::deserialize::<_, T>(value.clone()) {
        let text = error.inner().to_string();
        let member = text.strip_prefix("missing field `").and_then(|text| text.split_once('`'));
        let Some((member, _)) = member else { break };
        let Some((place, mut steps)) = follow(&mut value, error.path()) else { break };
        let Some(object) = place.as_object_mut() else { break };
        if object.insert(member.to_owned(), Value::String(String::new())).is_some() {
            break;
        }
        steps.push(member.to_owned());
        missing.push(steps.join("."));
    }
    missing
}

/// Follows a path into a value: returns what is there, and the steps as messages name them.
fn follow<'a>(mut place: &'a mut Value, path: &Path) -> Option<(&'a mut Value, Vec<String>)> {
    let mut steps = Vec::new();
    for step in path {
        place = match step {
            Segment::Seq { index } => {
                steps.push(format!("{}.member", index + 1));
                place.get_mut(*index)
            }
            Segment::Map { key } => {
                steps.push(key.clone());
                place.get_mut(key)
            }
            Segment::Enum { .. } | Segment::Unknown => None,
        }?;
    }
    Some((place, steps))
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "only how it is parsed matters")]
    struct Example {
        role_arn: String,
        count: Option<i64>,
    }

    fn refusal(body: &str) -> (&'static str, String) {
        let failure = parse::<Example>(body.as_bytes()).unwrap_err();
        (failure.name, failure.message)
    }

    #[test]
    fn a_wrong_type_is_reported_with_its_member() {
        assert_eq!(
            refusal(r#"{"roleArn": 5}"#),
            (
                "SerializationException",
                "roleArn: invalid type: integer `5`, expected a string at line 1 column 13".into()
            )
        );
        assert_eq!(refusal(r#"{"roleArn": "a", "count": "1"}"#).0, "SerializationException");
    }

    #[test]
    fn a_missing_member_breaks_a_constraint() {
        let expected = "1 validation error detected: Value null at 'roleArn' failed to satisfy \
                        constraint: Member must not be null";
        assert_eq!(refusal(r#"{"count": 1}"#), ("ValidationException", expected.into()));
        assert_eq!(refusal(r#"{"roleArn": null}"#), ("ValidationException", expected.into()));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["", "[]", "null", "{", "\u{0}", r#"{"roleArn": "a"} x"#] {
            assert_eq!(refusal(body).0, "SerializationException", "{body}");
        }
    }

    #[test]
    fn deep_json_is_refused_or_skipped_without_harm() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        let unknown = format!(r#"{{"roleArn": "a", "unknown": {deep}}}"#);
        let _ = parse::<Example>(unknown.as_bytes());
        assert_eq!(refusal(&format!(r#"{{"roleArn": {deep}}}"#)).0, "SerializationException");
    }
}
