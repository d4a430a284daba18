//! Secrets: put in just before a task runs, and nowhere stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::TaskError;
use compasso_types::{Json, Payload};
use futures::future::BoxFuture;

use crate::place::account_of;
use crate::wants::SecretPlace;

/// The member that names a secret.
const SECRET: &str = "$secret";

/// How the names of secrets begin that are params of the run.
const PARAM: &str = "params.";

/// Where secrets are.
pub trait Secrets: Send + Sync + 'static {
    /// Returns the secret of an account that has this name; why not, if it cannot be had.
    fn secret<'a>(
        &'a self,
        account: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<String, String>>;

    /// Returns the secret param of a run that has this name; why not, if it cannot be had.
    fn param<'a>(&'a self, run: &'a str, name: &'a str) -> BoxFuture<'a, Result<String, String>>;
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

    fn param<'a>(&'a self, _run: &'a str, name: &'a str) -> BoxFuture<'a, Result<String, String>> {
        self.secret("", name)
    }
}

/// Puts secrets in the places that the definition of the task has for them, and nowhere else;
/// returns also the secrets.
pub(crate) async fn reveal(
    secrets: &dyn Secrets,
    run: &str,
    parameters: &Payload,
    places: &[SecretPlace],
) -> Result<(Payload, Vec<String>), TaskError> {
    if places.is_empty() {
        return Ok((parameters.clone(), Vec::new()));
    }
    let mut known: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    let mut value = parameters.value().clone();
    for place in places {
        let steps: Vec<String> = place.at.split('/').skip(1).map(unescaped).collect();
        if !is_there(&value, &steps, &place.name) {
            continue;
        }
        if !known.contains_key(&place.name) {
            let secret = match place.name.strip_prefix(PARAM) {
                Some(param) => secrets.param(run, param).await,
                None => secrets.secret(&account_of(run), &place.name).await,
            };
            let secret = secret.map_err(|cause| TaskError::new("Rejected", cause))?;
            known.insert(place.name.clone(), secret.into());
        }
        value = put_in(&value, &steps, &known[&place.name]);
    }
    let masks = known.values().filter(|secret| !secret.is_empty()).map(ToString::to_string);
    Ok((Payload::from(value), masks.collect()))
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// Says whether the name of a secret is in a place: what was computed may have left it out.
fn is_there(value: &Json, steps: &[String], name: &str) -> bool {
    let found = steps.iter().try_fold(value, |value, step| match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    });
    let members = found.and_then(Json::as_object).filter(|members| members.len() == 1);
    members.and_then(|members| members.get(SECRET)?.as_str()) == Some(name)
}

/// Returns `value` with a secret in a place that is there.
fn put_in(value: &Json, steps: &[String], secret: &Arc<str>) -> Json {
    let Some((step, steps)) = steps.split_first() else { return Json::String(secret.clone()) };
    match value {
        Json::Array(items) => Json::array(items.iter().enumerate().map(|(index, item)| {
            if index.to_string() == *step { put_in(item, steps, secret) } else { item.clone() }
        })),
        Json::Object(members) => Json::object(members.iter().map(|(name, member)| {
            let is_it = **name == **step;
            let member = if is_it { put_in(member, steps, secret) } else { member.clone() };
            (name.clone(), member)
        })),
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

        fn param<'a>(
            &'a self,
            run: &'a str,
            name: &'a str,
        ) -> BoxFuture<'a, Result<String, String>> {
            Box::pin(async move { Ok(format!("{name} of {run}")) })
        }
    }

    fn revealed(text: &str, places: &[(&str, &str)]) -> Result<(String, Vec<String>), TaskError> {
        let parameters = Payload::parse(text).unwrap();
        let place =
            |(at, name): &(&str, &str)| SecretPlace { at: (*at).into(), name: (*name).into() };
        let places: Vec<SecretPlace> = places.iter().map(place).collect();
        let revealed = reveal(&Shouted, "run", &parameters, &places);
        let revealed = futures::executor::block_on(revealed)?;
        Ok((revealed.0.text().to_owned(), revealed.1))
    }

    #[test]
    fn secrets_are_put_in_where_the_definition_has_them() {
        let (text, masks) = revealed(
            r#"{"env":{"A/~":{"$secret":"a"}},"x":[{"$secret":"a"},{"y":{"$secret":"a"}}]}"#,
            &[("/env/A~1~0", "a"), ("/x/1/y", "a"), ("/x/2", "b"), ("/z", "b")],
        )
        .unwrap();
        assert_eq!(text, r#"{"env":{"A/~":"A"},"x":[{"$secret":"a"},{"y":"A"}]}"#);
        assert_eq!(masks, ["A"]);
    }

    #[test]
    fn secret_params_are_those_of_the_run() {
        let (text, masks) =
            revealed(r#"{"A":{"$secret":"params.pw"}}"#, &[("/A", "params.pw")]).unwrap();
        assert_eq!((text.as_str(), masks), (r#"{"A":"pw of run"}"#, vec!["pw of run".to_owned()]));
    }

    #[test]
    fn data_that_looks_like_a_secret_stays_data() {
        let text = r#"{"stdin":{"$secret":"top"},"env":{"A":{"$secret":"top"}}}"#;
        assert_eq!(revealed(text, &[]).unwrap(), (text.to_owned(), Vec::new()));
        assert_eq!(revealed(text, &[("/env/A", "a")]).unwrap(), (text.to_owned(), Vec::new()));
    }

    #[test]
    fn a_secret_that_is_not_there_fails_the_task() {
        let error = revealed(r#"{"A":{"$secret":"none"}}"#, &[("/A", "none")]).unwrap_err();
        assert_eq!(error, TaskError::new("Rejected", "no 'none'"));
    }
}
