//! What a caller may reach: what belongs to the account of its key.
//!
//! A server without keys takes every caller's word for its account: that keeps accounts apart by
//! mistake, not by malice.

use axum::http::HeaderMap;
use compasso_service::{Act, Caller, Error};
use serde::Deserialize;

use crate::caller;
use crate::errors::Failure;
use crate::permissions::Rule;

/// The members that say what a request is about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Subjects {
    #[serde(rename = "stateMachineArn")]
    machine: Option<String>,
    #[serde(rename = "executionArn")]
    execution: Option<String>,
    #[serde(rename = "activityArn")]
    activity: Option<String>,
    #[serde(rename = "resourceArn")]
    resource: Option<String>,
    #[serde(rename = "stateMachineVersionArn")]
    version: Option<String>,
    #[serde(rename = "stateMachineAliasArn")]
    alias: Option<String>,
    #[serde(rename = "mapRunArn")]
    map_run: Option<String>,
    #[serde(rename = "routingConfiguration")]
    routes: Option<Vec<Route>>,
}

/// A version that an alias is to stand for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Route {
    #[serde(rename = "stateMachineVersionArn")]
    version: Option<String>,
}

/// Demands that everything `body` names belongs to `caller`.
///
/// # Errors
/// Something belongs to another account, or the body cannot be read.
pub(crate) fn check_body(caller: &Caller, action: &str, body: &[u8]) -> Result<(), Failure> {
    // Refused even if the action itself would read past what is wrong: nothing goes unchecked.
    let subjects: Subjects =
        serde_json::from_slice(body).map_err(|error| Failure::serialization(error.to_string()))?;
    subjects.check(caller, action)
}

/// Demands the same of a caller without proof who names an account; what cannot be read is left to
/// the action, which words it better.
///
/// # Errors
/// Something belongs to another account.
pub(crate) fn check_claim(headers: &HeaderMap, action: &str, body: &[u8]) -> Result<(), Failure> {
    let Some(caller) = caller::named(headers) else { return Ok(()) };
    let subjects: Subjects = serde_json::from_slice(body).unwrap_or_default();
    subjects.check(&caller, action)
}

impl Subjects {
    fn check(&self, caller: &Caller, action: &str) -> Result<(), Failure> {
        let Self { machine, execution, activity, resource, version, alias, map_run, routes } = self;
        let routes = routes.iter().flatten().map(|route| &route.version);
        [machine, execution, activity, resource, version, alias, map_run]
            .into_iter()
            .chain(routes)
            .flatten()
            .try_for_each(|arn| check_arn(caller, action, arn))
    }
}

/// Says in the audit log what a request is about: the kind is what the action is named after.
pub(crate) fn tell_subject(rule: Rule, body: &[u8]) {
    let Ok(named) = serde_json::from_slice::<Named>(body) else { return };
    let kind = rule.action.and_then(|action| action.split('.').next()).unwrap_or_default();
    let Named { subjects, name, connection } = named;
    let Subjects { machine, execution, activity, resource, version, alias, map_run, routes: _ } =
        subjects;
    let arns = [alias, version, resource, activity, map_run, execution, machine];
    let found = arns.into_iter().flatten().next().or(name).or(connection);
    if let Some(found) = found {
        Act::concerns(format!("{kind}:{found}"));
    }
}

/// What a request is about that goes by names.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(flatten)]
    subjects: Subjects,
    name: Option<String>,
    #[serde(rename = "Name")]
    connection: Option<String>,
}

/// Demands that `arn` belongs to `caller`; a text that is no ARN belongs to nobody.
///
/// # Errors
/// It belongs to another account.
pub(crate) fn check_arn(caller: &Caller, action: &str, arn: &str) -> Result<(), Failure> {
    match arn.split(':').nth(4) {
        Some(account) if account != &*caller.account => {
            let (account, action) = (caller.account.to_string(), action.to_owned());
            Err(Error::AccessDenied { account, action, arn: arn.to_owned() }.into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> Option<&'static str> {
        check_body(&Caller::default(), "X", body.as_bytes()).err().map(|failure| failure.name)
    }

    #[test]
    fn what_belongs_to_others_is_refused_wherever_it_is_named() {
        let theirs = "arn:aws:states:us-east-1:999999999999:x:y";
        let members = [
            "stateMachineArn",
            "executionArn",
            "activityArn",
            "resourceArn",
            "stateMachineVersionArn",
            "stateMachineAliasArn",
            "mapRunArn",
        ];
        let named = members.map(|member| format!(r#"{{"{member}":"{theirs}"}}"#));
        let routed =
            format!(r#"{{"routingConfiguration":[{{"stateMachineVersionArn":"{theirs}"}}]}}"#);
        for body in named.into_iter().chain([routed]) {
            assert_eq!(refusal(&body), Some("AccessDeniedException"));
            assert_eq!(refusal(&body.replace("999999999999", "000000000000")), None);
        }
        assert_eq!(refusal(r#"{"name":"a"}"#), None);
    }

    #[test]
    fn a_body_that_hides_its_subject_is_refused() {
        for body in ["", "[]x", r#"{"activityArn":5,"stateMachineArn":"a:b:c:d:9:f"}"#] {
            assert_eq!(refusal(body), Some("SerializationException"), "{body}");
        }
    }
}
