//! Parameters of a call: what is wrong with them, and the form that all protocols write.

use compasso_types::{Json, Object};

use crate::models::{Kind, Member, Reference, Service, Structure};
use crate::own::{OwnParameters, own_parameters};
use crate::{Call, Naming};

/// Most misfits told of at once.
const MISFITS_MAX: usize = 100;

/// How parameters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As the values that are sent.
    Values,
    /// As a payload template: the value of a member whose name ends in `.$` is not known yet.
    JsonPath,
    /// With expressions in `{% … %}`, whose values are not known yet.
    Jsonata,
}

/// Something in parameters that the called service would not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Where, as a JSON Pointer.
    pub pointer: String,
    /// What is wrong, in AWS's words.
    pub message: String,
    /// The members that are there for one that is not.
    pub known: Vec<String>,
}

/// Returns what is wrong with the parameters of `service:action`, as far as they are known; the
/// first hundred misfits.
pub fn misfits(service: &str, action: &str, parameters: &Json, written: Written) -> Vec<Misfit> {
    if let Some(call) = Call::describing(service, action) {
        return of_call(&call, parameters, written);
    }
    let Some(own) = own_parameters(service, action) else { return Vec::new() };
    match parameters {
        Json::Object(members) => of_own(own, members, written),
        other => of_no_object(other, written),
    }
}

/// Returns what is wrong with the parameters of a call, in AWS's words; nothing if they can be sent.
pub fn problems(call: &Call, parameters: &Json) -> Vec<String> {
    let misfits = of_call(call, parameters, Written::Values);
    misfits.into_iter().map(|misfit| misfit.message).collect()
}

fn of_call(call: &Call, parameters: &Json, written: Written) -> Vec<Misfit> {
    let Json::Object(members) = parameters else { return of_no_object(parameters, written) };
    let none = Structure::default();
    let mut walk = Walk::new(call, written);
    walk.structure(call.service.input(call.operation).unwrap_or(&none), members);
    walk.misfits
}

fn of_no_object(parameters: &Json, written: Written) -> Vec<Misfit> {
    let misfit = || Misfit::at("", "The Parameters must be a JSON object".to_owned());
    written.is_known(parameters).then(misfit).into_iter().collect()
}

/// Checks the names of members that no model describes.
fn of_own(own: &OwnParameters, members: &Object, written: Written) -> Vec<Misfit> {
    let given = members.iter().filter(|(_, value)| **value != Json::Null);
    let given: Vec<(&str, &str)> = given.map(|(key, _)| (&**key, written.name(key))).collect();
    let unknown = given.iter().filter(|(_, name)| !own.names().any(|known| known == *name));
    let unknown = unknown.map(|(key, name)| Misfit {
        known: own.names().map(str::to_owned).collect(),
        ..Misfit::at(&format!("/{}", step(key)), unsupported(name))
    });
    let is_missing = |name: &&&str| !given.iter().any(|(_, given)| given == *name);
    let missing = own.required.iter().filter(is_missing);
    let missing = missing.map(|name| Misfit::at("", missing_member(name)));
    unknown.chain(missing).take(MISFITS_MAX).collect()
}

impl Misfit {
    fn at(pointer: &str, message: String) -> Self {
        Self { pointer: pointer.to_owned(), message, known: Vec::new() }
    }
}

impl Written {
    /// Returns the name of the member that `key` writes.
    fn name(self, key: &str) -> &str {
        match self {
            Self::JsonPath => key.strip_suffix(".$").unwrap_or(key),
            Self::Values | Self::Jsonata => key,
        }
    }

    /// Says whether a value is known, and no expression.
    pub(crate) fn is_known(self, value: &Json) -> bool {
        match (self, value) {
            (Self::Jsonata, Json::String(text)) => {
                !(text.starts_with("{%") && text.ends_with("%}"))
            }
            (Self::Values | Self::JsonPath | Self::Jsonata, _) => true,
        }
    }
}

/// Returns the parameters with the model's own names and kinds: texts where texts belong, bytes
/// in base64 are left to the protocols. What the model does not know is dropped, see [`problems`].
pub fn conform(call: &Call, parameters: &Json) -> Json {
    let walk = Walk::new(call, Written::Values);
    match (parameters.as_object(), call.service.input(call.operation)) {
        (Some(members), Some(input)) => walk.conform_structure(input, members),
        _ => Json::empty_object(),
    }
}

struct Walk<'a> {
    service: &'a Service,
    naming: Naming,
    written: Written,
    /// Where it is, as a JSON Pointer.
    place: String,
    misfits: Vec<Misfit>,
}

impl<'a> Walk<'a> {
    fn new(call: &Call, written: Written) -> Self {
        let (service, naming) = (call.service, call.naming());
        Self { service, naming, written, place: String::new(), misfits: Vec::new() }
    }

    fn structure(&mut self, structure: &'a Structure, members: &Object) {
        let mut given: Vec<&Member> = Vec::new();
        for (key, value) in members.iter().filter(|(_, value)| **value != Json::Null) {
            let name = self.written.name(key);
            match structure.member(name, self.naming) {
                Some(member) => {
                    given.push(member);
                    if name.len() == key.len() {
                        self.below(key, |walk| walk.value(member.kind, name, value));
                    }
                }
                None => self.below(key, |walk| walk.report_unknown(structure, name)),
            }
        }
        for member in structure.members.iter().filter(|member| member.is_required()) {
            let is_given = given.iter().any(|given| std::ptr::eq(*given, member));
            if !member.is_token() && !is_given {
                self.report(missing_member(&member.shown(self.naming)));
            }
        }
    }

    fn value(&mut self, kind: Reference, name: &str, value: &Json) {
        if !self.written.is_known(value) {
            return;
        }
        match (self.service.kind(kind), value) {
            (_, Json::Null) => {}
            (Kind::Structure(structure), Json::Object(members)) => {
                self.structure(structure, members);
            }
            (Kind::List(list), Json::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.below(&index.to_string(), |walk| walk.value(list.item, name, item));
                }
            }
            (Kind::Map(map), Json::Object(members)) => {
                for (key, value) in members.iter() {
                    if self.written.name(key).len() == key.len() {
                        self.below(key, |walk| walk.value(map.value, name, value));
                    }
                }
            }
            (kind, value) => {
                if scalar(kind, value).is_none() {
                    self.report(format!("The value of the field '{name}' has an invalid format"));
                }
            }
        }
    }

    fn below(&mut self, key: &str, walk: impl FnOnce(&mut Self)) {
        let length = self.place.len();
        self.place.push('/');
        self.place.push_str(&step(key));
        walk(self);
        self.place.truncate(length);
    }

    fn report(&mut self, message: String) {
        if self.misfits.len() < MISFITS_MAX {
            self.misfits.push(Misfit::at(&self.place, message));
        }
    }

    fn report_unknown(&mut self, structure: &Structure, name: &str) {
        if self.misfits.len() < MISFITS_MAX {
            let known = structure.members.iter().map(|member| member.shown(self.naming)).collect();
            self.misfits.push(Misfit { known, ..Misfit::at(&self.place, unsupported(name)) });
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

fn missing_member(name: &str) -> String {
    format!("The field '{name}' is required but was missing")
}

/// Returns a name as a step of a JSON Pointer.
fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
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
    fn members_that_no_model_describes_are_checked_too() {
        let check = |service, action, parameters: &str, expected: &[&str]| {
            let parameters = Json::parse(parameters).unwrap();
            let found = misfits(service, action, &parameters, Written::Values);
            let found: Vec<String> = found.into_iter().map(|misfit| misfit.message).collect();
            assert_eq!(found, expected);
        };
        check("compasso", "process", r#"{"Command":["a"],"Shell":null}"#, &[]);
        check("compasso", "process", "[]", &["The Parameters must be a JSON object"]);
        check(
            "elasticmapreduce",
            "addStep",
            r#"{"ClusterId":"c","Steps":[]}"#,
            &[
                "The field \"Steps\" is not supported by Step Functions",
                "The field 'Step' is required but was missing",
            ],
        );
    }

    #[test]
    fn of_many_misfits_the_first_are_told() {
        let names = (0..MISFITS_MAX * 3).map(|index| (format!("Unknown{index}"), Json::from(1)));
        let parameters = Json::object(names);
        for (service, action) in [("sqs", "sendMessage"), ("compasso", "process")] {
            let found = misfits(service, action, &parameters, Written::Values);
            assert_eq!(found.len(), MISFITS_MAX, "{service}:{action}");
        }
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
