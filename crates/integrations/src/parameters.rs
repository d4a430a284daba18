//! Parameters of a call: what is wrong with them, and the form that all protocols write.

use compasso_types::{Json, Object};

use crate::models::{Kind, Reference, Service, Structure};
use crate::{Call, Naming};

/// Returns what is wrong with the parameters of a call, in AWS's words; nothing if they can be sent.
pub fn problems(call: &Call, parameters: &Json) -> Vec<String> {
    let mut problems = Vec::new();
    let walk = Walk { service: call.service, naming: call.naming() };
    match (parameters.as_object(), call.service.input(call.operation)) {
        (Some(members), Some(input)) => walk.structure(input, members, &mut problems),
        (Some(members), None) => {
            problems.extend(members.keys().map(|name| unsupported(name)));
        }
        (None, _) => problems.push("The Parameters must be a JSON object".to_owned()),
    }
    problems
}

/// Returns the parameters with the model's own names and kinds: texts where texts belong, bytes
/// in base64 are left to the protocols. What the model does not know is dropped, see [`problems`].
pub fn conform(call: &Call, parameters: &Json) -> Json {
    let walk = Walk { service: call.service, naming: call.naming() };
    match (parameters.as_object(), call.service.input(call.operation)) {
        (Some(members), Some(input)) => walk.conform_structure(input, members),
        _ => Json::empty_object(),
    }
}

struct Walk<'a> {
    service: &'a Service,
    naming: Naming,
}

impl Walk<'_> {
    fn structure(&self, structure: &Structure, members: &Object, problems: &mut Vec<String>) {
        for (name, value) in members.iter().filter(|(_, value)| **value != Json::Null) {
            match structure.member(name, self.naming) {
                Some(member) => self.value(member.kind, name, value, problems),
                None => problems.push(unsupported(name)),
            }
        }
        for member in structure.members.iter().filter(|member| member.is_required()) {
            let is_given = |(name, value): (&std::sync::Arc<str>, &Json)| {
                *value != Json::Null
                    && structure
                        .member(name, self.naming)
                        .is_some_and(|given| std::ptr::eq(given, member))
            };
            if !member.is_token() && !members.iter().any(is_given) {
                let name = member.shown(self.naming);
                problems.push(format!("The field '{name}' is required but was missing"));
            }
        }
    }

    fn value(&self, kind: Reference, name: &str, value: &Json, problems: &mut Vec<String>) {
        match (self.service.kind(kind), value) {
            (_, Json::Null) => {}
            (Kind::Structure(structure), Json::Object(members)) => {
                self.structure(structure, members, problems);
            }
            (Kind::List(list), Json::Array(items)) => {
                for item in items.iter() {
                    self.value(list.item, name, item, problems);
                }
            }
            (Kind::Map(map), Json::Object(members)) => {
                for value in members.values() {
                    self.value(map.value, name, value, problems);
                }
            }
            (kind, value) => {
                if scalar(kind, value).is_none() {
                    problems.push(format!("The value of the field '{name}' has an invalid format"));
                }
            }
        }
    }

    fn conform_structure(&self, structure: &Structure, members: &Object) -> Json {
        let known = members.iter().filter(|(_, value)| **value != Json::Null);
        Json::object(known.filter_map(|(name, value)| {
            let member = structure.member(name, self.naming)?;
            Some((member.name.as_str(), self.conform_value(member.kind, value)))
        }))
    }

    fn conform_value(&self, kind: Reference, value: &Json) -> Json {
        match (self.service.kind(kind), value) {
            (Kind::Structure(structure), Json::Object(members)) => {
                self.conform_structure(structure, members)
            }
            (Kind::List(list), Json::Array(items)) => {
                Json::array(items.iter().map(|item| self.conform_value(list.item, item)))
            }
            (Kind::Map(map), Json::Object(members)) => {
                let conform = |value| self.conform_value(map.value, value);
                Json::object(members.iter().map(|(key, value)| (key.clone(), conform(value))))
            }
            (kind, value) => scalar(kind, value).unwrap_or_default(),
        }
    }
}

fn unsupported(name: &str) -> String {
    format!("The field \"{name}\" is not supported by Step Functions")
}

/// Returns a value as a member of a kind without parts takes it; `None` if it cannot.
fn scalar(kind: Kind<'_>, value: &Json) -> Option<Json> {
    match (kind, value) {
        (Kind::Document, value) => Some(value.clone()),
        (Kind::String | Kind::Blob, Json::String(_)) => Some(value.clone()),
        // Anything else where text belongs is written as JSON, such as the body of a message.
        (Kind::String | Kind::Blob, value) => Some(Json::from(value.to_string())),
        (Kind::Integer, Json::Number(number)) => number.as_i64().map(Json::from),
        (Kind::Integer, Json::String(text)) => text.parse::<i64>().ok().map(Json::from),
        (Kind::Float, Json::Number(_)) => Some(value.clone()),
        (Kind::Float, Json::String(text)) => {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(Json::from)
        }
        (Kind::Boolean, Json::Bool(_)) => Some(value.clone()),
        (Kind::Boolean, Json::String(text)) => text.parse::<bool>().ok().map(Json::from),
        (Kind::Timestamp(_), Json::Number(_) | Json::String(_)) => instant(value),
        _ => None,
    }
}

/// Reads an instant, written as ISO text or as seconds since 1970; returns the latter.
fn instant(value: &Json) -> Option<Json> {
    match value {
        Json::Number(_) => Some(value.clone()),
        Json::String(text) => {
            let instant: compasso_types::Timestamp = text.parse().ok()?;
            Some(match instant.0 % 1000 {
                0 => Json::from(instant.0 / 1000),
                _ => Json::from(instant.epoch_seconds()),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(service: &str, action: &str, parameters: &str, expected: &[&str]) {
        let call = Call::of(service, action).unwrap();
        assert_eq!(problems(&call, &Json::parse(parameters).unwrap()), expected);
    }

    #[test]
    fn unknown_missing_and_wrong_members_are_named() {
        check("aws-sdk:dynamodb", "getItem", r#"{"TableName":"t","Key":{"id":{"S":"1"}}}"#, &[]);
        check(
            "aws-sdk:dynamodb",
            "getItem",
            r#"{"tableName":"t","Key":{"id":{"X":"1"}}}"#,
            &[
                "The field \"tableName\" is not supported by Step Functions",
                "The field \"X\" is not supported by Step Functions",
                "The field 'TableName' is required but was missing",
            ],
        );
        check(
            "aws-sdk:dynamodb",
            "getItem",
            r#"{"TableName":"t","Key":"id","ConsistentRead":7}"#,
            &[
                "The value of the field 'Key' has an invalid format",
                "The value of the field 'ConsistentRead' has an invalid format",
            ],
        );
    }

    #[test]
    fn names_are_those_of_the_sdk_behind_the_integration() {
        let sets = r#"{"TableName":"t","Item":{"id":{"Ss":["a"]},"b":{"Bool":true}}}"#;
        check("aws-sdk:dynamodb", "putItem", sets, &[]);
        check("dynamodb", "putItem", &sets.replace("Ss", "SS").replace("Bool", "BOOL"), &[]);
        check(
            "batch",
            "submitJob",
            r#"{"JobName":"j","JobQueue":"q","JobDefinition":"d","RetryStrategy":{"attempts":5}}"#,
            &[],
        );
    }

    #[test]
    fn values_take_the_kinds_of_the_model() {
        let call = Call::of("sqs", "sendMessage").unwrap();
        let parameters =
            Json::parse(r#"{"QueueUrl":"u","MessageBody":{"a":1},"DelaySeconds":"5"}"#);
        assert_eq!(
            conform(&call, &parameters.unwrap()).to_string(),
            r#"{"QueueUrl":"u","MessageBody":"{\"a\":1}","DelaySeconds":5}"#
        );
        let call = Call::of("aws-sdk:scheduler", "createSchedule").unwrap();
        let parameters = Json::parse(r#"{"StartDate":"2026-01-31T12:00:00Z"}"#);
        assert_eq!(conform(&call, &parameters.unwrap()).to_string(), r#"{"StartDate":1769860800}"#);
    }
}
