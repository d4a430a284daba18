//! Secrets: put in just before a task runs, and nowhere stored.
//!
//! What is secret is in a task's parameters in two ways: `{"$secret": NAME}` where its definition
//! names a secret of the server, and sealed where it is data of the run (`compasso_types::sealed`).

use std::collections::BTreeMap;
use std::sync::Arc;

use compasso_engine::{TaskError, TaskResult};
use compasso_types::{Json, Payload, sealed};
use futures::future::BoxFuture;

use crate::wants::SecretPlace;

/// The member that names a secret.
const SECRET: &str = "$secret";
/// The member of a script's result whose files are found by what is in it.
const ARTIFACTS: &str = "artifacts";

/// Where secrets are, and what is sealed is opened.
pub trait Secrets: Send + Sync + 'static {
    /// Returns the secret of an account that has this name; why not, if it cannot be had.
    fn secret<'a>(
        &'a self,
        account: &'a str,
        name: &'a str,
    ) -> BoxFuture<'a, Result<String, String>>;

    /// Seals a value for the runs of an account.
    ///
    /// # Errors
    /// Why it cannot.
    fn seal(&self, account: &str, plain: &Json) -> Result<String, String>;

    /// Opens what was sealed for the runs of an account.
    ///
    /// # Errors
    /// Why it cannot.
    fn open(&self, account: &str, sealed: &str) -> Result<Json, String>;

    /// Returns the links of an approval, by what stands for them in messages; why not, if there are
    /// none to be had now.
    fn links<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Result<Links, String>> {
        let Asked { place, .. } = asked;
        Box::pin(async move { Err(format!("there is no approval at {place}")) })
    }
}

/// An approval whose links somebody is to be sent.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The run whose task asks.
    pub run: &'a str,
    /// Where the task stands in it.
    pub place: &'a str,
    /// What sends them.
    pub action: &'a str,
    /// What it is given.
    pub parameters: &'a Json,
}

/// Links of an approval, by what stands for them.
pub type Links = Vec<(String, String)>;

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

    fn seal(&self, _account: &str, _plain: &Json) -> Result<String, String> {
        Err("this server keeps no secrets".into())
    }

    fn open(&self, account: &str, _sealed: &str) -> Result<Json, String> {
        self.seal(account, &Json::Null).map(Json::from)
    }
}

/// Puts in what is secret: secrets in the places that the definition of the task has for them, and
/// nowhere else; sealed values wherever they stand. Returns also what no log may show.
pub(crate) async fn reveal(
    secrets: &dyn Secrets,
    account: &str,
    parameters: &Payload,
    places: &[SecretPlace],
) -> Result<(Payload, Vec<String>), TaskError> {
    let has_sealed = sealed::may_hold(parameters.text());
    if places.is_empty() && !has_sealed {
        return Ok((parameters.clone(), Vec::new()));
    }
    let mut masks = Vec::new();
    let mut value = parameters.value().clone();
    if has_sealed {
        let mut open = |text: &str| {
            let plain = secrets.open(account, text)?;
            masks.extend(mask_of(&plain));
            Ok(plain)
        };
        value = sealed::open(&value, &mut open).map_err(rejected)?;
    }
    let (value, named) =
        put_in_named(secrets, account, value, places, |secret| Ok(Json::String(secret.clone())))
            .await?;
    masks.extend(named.iter().filter(|secret| !secret.is_empty()).map(ToString::to_string));
    Ok((Payload::from(value), masks))
}

/// Puts secrets in sealed, for who keeps what it is given.
pub(crate) async fn hand_on(
    secrets: &dyn Secrets,
    account: &str,
    parameters: &Payload,
    places: &[SecretPlace],
) -> Result<Payload, TaskError> {
    if places.is_empty() {
        return Ok(parameters.clone());
    }
    let seal = |secret: &Arc<str>| {
        secrets.seal(account, &Json::String(secret.clone())).map(|text| sealed::wrap(&text))
    };
    let value = parameters.value().clone();
    let (value, _) = put_in_named(secrets, account, value, places, seal).await?;
    Ok(Payload::from(value))
}

/// Puts links into the texts of a value.
pub(crate) fn put_in_links(value: &Json, links: &[(String, String)]) -> Json {
    match value {
        Json::String(text) => {
            let put = links.iter().fold(text.to_string(), |text, (mark, link)| {
                if text.contains(&**mark) { text.replace(&**mark, link) } else { text }
            });
            Json::from(put)
        }
        Json::Array(items) => {
            Json::array(items.items().map(|item| put_in_links(&item, links)).collect::<Vec<_>>())
        }
        Json::Object(members) => Json::object(
            members.iter().map(|(name, member)| (name.clone(), put_in_links(member, links))),
        ),
        other => other.clone(),
    }
}

/// Seals the output of a task that nobody may see; its files are found all the same.
pub(crate) fn seal(secrets: &dyn Secrets, account: &str, result: TaskResult) -> TaskResult {
    let output = result?;
    let seal_one = |plain: &Json| secrets.seal(account, plain);
    let sealed = sealed::seal(output.value(), &seal_one).map_err(rejected)?;
    let artifacts = output.value().get(ARTIFACTS).filter(|artifacts| lists_files(artifacts));
    let value = match (artifacts, sealed.as_object()) {
        (Some(artifacts), Some(members)) => Json::object(members.iter().map(|(name, member)| {
            let is_it = &**name == ARTIFACTS;
            (name.clone(), if is_it { artifacts.clone() } else { member.clone() })
        })),
        _ => sealed,
    };
    Ok(Payload::from(value))
}

/// Says whether a value is the list of files that a script left.
fn lists_files(value: &Json) -> bool {
    let is_file = |item: &Json| item.get("sha256").is_some() && item.get("uri").is_some();
    value.as_array().is_some_and(|items| items.iter().all(is_file))
}

/// Puts what `as_value` makes of secrets in their places; returns also the secrets.
async fn put_in_named(
    secrets: &dyn Secrets,
    account: &str,
    mut value: Json,
    places: &[SecretPlace],
    as_value: impl Fn(&Arc<str>) -> Result<Json, String>,
) -> Result<(Json, Vec<Arc<str>>), TaskError> {
    let mut known: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    for place in places {
        let steps: Vec<String> = place.at.split('/').skip(1).map(unescaped).collect();
        if !is_there(&value, &steps, &place.name) {
            continue;
        }
        if !known.contains_key(&place.name) {
            let secret = secrets.secret(account, &place.name).await.map_err(rejected)?;
            known.insert(place.name.clone(), secret.into());
        }
        let secret = as_value(&known[&place.name]).map_err(rejected)?;
        value = put_in(&value, &steps, &secret);
    }
    Ok((value, known.into_values().collect()))
}

/// Returns what logs must not show of a value; what is true or false tells nothing.
fn mask_of(plain: &Json) -> Option<String> {
    match plain {
        Json::String(text) if !text.is_empty() => Some(text.to_string()),
        Json::Number(_) => Some(plain.to_string()),
        _ => None,
    }
}

fn rejected(cause: String) -> TaskError {
    TaskError::new("Rejected", cause)
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
fn put_in(value: &Json, steps: &[String], secret: &Json) -> Json {
    let Some((step, steps)) = steps.split_first() else { return secret.clone() };
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

    /// Seals a value by telling whose it is.
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

        fn seal(&self, account: &str, plain: &Json) -> Result<String, String> {
            Ok(format!("{account}/{}", compasso_types::hex(plain.to_string().as_bytes())))
        }

        fn open(&self, account: &str, sealed: &str) -> Result<Json, String> {
            let own = sealed.strip_prefix(account).and_then(|text| text.strip_prefix('/'));
            let hex = own.ok_or("it is another's")?;
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let bytes = (0..hex.len()).step_by(2).map(byte).collect();
            Ok(Json::parse(&String::from_utf8(bytes).unwrap()).unwrap())
        }
    }

    fn places(places: &[(&str, &str)]) -> Vec<SecretPlace> {
        let place =
            |(at, name): &(&str, &str)| SecretPlace { at: (*at).into(), name: (*name).into() };
        places.iter().map(place).collect()
    }

    fn revealed(text: &str, at: &[(&str, &str)]) -> Result<(String, Vec<String>), TaskError> {
        let parameters = Payload::parse(text).unwrap();
        let places = places(at);
        let revealed = reveal(&Shouted, "me", &parameters, &places);
        let revealed = futures::executor::block_on(revealed)?;
        Ok((revealed.0.text().to_owned(), revealed.1))
    }

    fn sealed_output(text: &str) -> Payload {
        seal(&Shouted, "me", Ok(Payload::parse(text).unwrap())).unwrap()
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
    fn what_is_sealed_is_opened_wherever_it_stands() {
        let output = sealed_output(r#"{"pw":"hunter2","port":5432,"tls":true}"#);
        let text = format!(r#"{{"a":{},"b":"x"}}"#, output.text());
        let (text, masks) = revealed(&text, &[]).unwrap();
        assert_eq!(text, r#"{"a":{"pw":"hunter2","port":5432,"tls":true},"b":"x"}"#);
        assert_eq!(masks, ["hunter2", "5432"]);
    }

    #[test]
    fn what_another_account_sealed_is_not_opened() {
        let error = revealed(r#"{"A":{"$sealed":"other/22"}}"#, &[]).unwrap_err();
        assert_eq!(error, TaskError::new("Rejected", "it is another's"));
    }

    #[test]
    fn who_keeps_what_it_is_given_is_given_secrets_sealed() {
        let parameters = Payload::parse(r#"{"params":{"pw":{"$secret":"a"}}}"#).unwrap();
        let places = places(&[("/params/pw", "a")]);
        let given = hand_on(&Shouted, "me", &parameters, &places);
        let given = futures::executor::block_on(given).unwrap();
        assert_eq!(given.text(), r#"{"params":{"pw":{"$sealed":"me/224122"}}}"#);
    }

    #[test]
    fn the_files_of_a_sealed_output_are_still_found() {
        let files = r#"[{"name":"a","uri":"artifact://r/t/a","size":1,"sha256":"00"}]"#;
        let output = sealed_output(&format!(r#"{{"output":1,"artifacts":{files}}}"#));
        assert_eq!(
            output.text(),
            format!(r#"{{"output":{{"$sealed":"me/31"}},"artifacts":{files}}}"#)
        );
        let other = sealed_output(r#"{"artifacts":["secret"]}"#);
        assert!(!other.text().contains("secret"));
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
