//! Secrets: put in just before a task runs, and nowhere stored.

use std::sync::Arc;

use compasso_engine::TaskError;
use compasso_types::{Json, Payload};
use futures::future::BoxFuture;

use crate::limits;

/// The member that names a secret.
const SECRET: &str = "$secret";

/// Where secrets are.
pub trait Secrets: Send + Sync + 'static {
    /// Returns the secret of an account that has this name; why not, if it cannot be had.
    fn secret<'a>(
        &'a self,
        account: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<String, String>>;
}

/// There are none.
pub(crate) struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret<'a>(
        &'a self,
        _account: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move { Err(format!("there is no secret '{name}'")) })
    }
}

/// Puts secrets in the place of their names; returns also the secrets.
pub(crate) async fn reveal(
    secrets: &dyn Secrets,
    account: &str,
    parameters: &Payload,
) -> Result<(Payload, Vec<String>), TaskError> {
    if !parameters.text().contains(SECRET) {
        return Ok((parameters.clone(), Vec::new()));
    }
    let mut names = Vec::new();
    find(parameters.value(), &mut names, 0);
    let mut known: Vec<(Arc<str>, Arc<str>)> = Vec::with_capacity(names.len());
    for name in names {
        if known.iter().any(|(other, _)| *other == name) {
            continue;
        }
        let secret = secrets.secret(account, &name).await;
        let secret = secret.map_err(|cause| TaskError::new("Rejected", cause))?;
        known.push((name, secret.into()));
    }
    let value = put_in(parameters.value(), &known, 0);
    let masks = known.iter().map(|(_, secret)| secret.to_string());
    Ok((Payload::from(value), masks.filter(|secret| !secret.is_empty()).collect()))
}

/// Returns the name of the secret that a value stands for.
fn named(value: &Json) -> Option<&Arc<str>> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    match members.get(SECRET)? {
        Json::String(name) => Some(name),
        _ => None,
    }
}

fn find(value: &Json, names: &mut Vec<Arc<str>>, depth: usize) {
    if depth > limits::SECRET_DEPTH_MAX {
        return;
    }
    if let Some(name) = named(value) {
        names.push(name.clone());
        return;
    }
    match value {
        Json::Array(items) => items.iter().for_each(|item| find(item, names, depth + 1)),
        Json::Object(members) => {
            members.values().for_each(|member| find(member, names, depth + 1));
        }
        _ => {}
    }
}

fn put_in(value: &Json, known: &[(Arc<str>, Arc<str>)], depth: usize) -> Json {
    if depth > limits::SECRET_DEPTH_MAX {
        return value.clone();
    }
    if let Some(name) = named(value) {
        let secret = known.iter().find(|(other, _)| other == name);
        return secret.map_or_else(|| value.clone(), |(_, secret)| Json::String(secret.clone()));
    }
    match value {
        Json::Array(items) => Json::array(items.iter().map(|item| put_in(item, known, depth + 1))),
        Json::Object(members) => Json::object(
            members.iter().map(|(name, it)| (name.clone(), put_in(it, known, depth + 1))),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shouted;

    impl Secrets for Shouted {
        fn secret<'a>(
            &'a self,
            _account: &'a str,
            name: &'a str,
        ) -> BoxFuture<'a, Result<String, String>> {
            Box::pin(async move {
                if name == "none" { Err("no 'none'".into()) } else { Ok(name.to_uppercase()) }
            })
        }
    }

    fn revealed(text: &str) -> Result<(String, Vec<String>), TaskError> {
        let parameters = Payload::parse(text).unwrap();
        let revealed = futures::executor::block_on(reveal(&Shouted, "0", &parameters))?;
        Ok((revealed.0.text().to_owned(), revealed.1))
    }

    #[test]
    fn secrets_are_put_in_at_any_depth_and_named_once() {
        let (text, masks) = revealed(
            r#"{"env":{"A":{"$secret":"a"}},"x":[{"$secret":"a"},{"$secret":"b","c":1}]}"#,
        )
        .unwrap();
        assert_eq!(text, r#"{"env":{"A":"A"},"x":["A",{"$secret":"b","c":1}]}"#);
        assert_eq!(masks, ["A"]);
    }

    #[test]
    fn a_secret_that_is_not_there_fails_the_task() {
        let error = revealed(r#"{"A":{"$secret":"none"}}"#).unwrap_err();
        assert_eq!(error, TaskError::new("Rejected", "no 'none'"));
    }
}
