//! The request that makes or changes a connection.

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

use crate::cli::ConnectionChange;

/// Whether the connection is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It is to be made, with all that it needs.
    New,
    /// It keeps what is not given.
    Stored,
}

/// Makes the request; the secret is read where the command line says.
pub(super) fn request(name: &str, change: ConnectionChange, known: Known) -> anyhow::Result<Value> {
    let mut request = json!({"Name": name});
    let mut parameters = Map::new();
    let is_kind_given =
        change.basic.is_some() || change.api_key.is_some() || change.oauth.is_some();
    if is_kind_given {
        let secret = secret(&change)?;
        if secret.is_none() && known == Known::New {
            bail!("say where the secret is: --secret-env VARIABLE or --secret-file FILE");
        }
        let (kind, member, value) = authorization(&change, secret, known)?;
        request["AuthorizationType"] = kind.into();
        parameters.insert(member.to_owned(), value);
    }
    let lists = [
        ("HeaderParameters", &change.header),
        ("QueryStringParameters", &change.query),
        ("BodyParameters", &change.body),
    ];
    let http = http_parameters(lists)?;
    if !http.is_empty() {
        parameters.insert("InvocationHttpParameters".to_owned(), http.into());
    }
    if !parameters.is_empty() {
        request["AuthParameters"] = parameters.into();
    }
    if let Some(description) = change.description {
        request["Description"] = description.into();
    }
    Ok(request)
}

fn authorization(
    change: &ConnectionChange,
    secret: Option<String>,
    known: Known,
) -> anyhow::Result<(&'static str, &'static str, Value)> {
    if let Some(user) = &change.basic {
        let value = given([("Username", Some(user.clone())), ("Password", secret)]);
        return Ok(("BASIC", "BasicAuthParameters", value));
    }
    if let Some(header) = &change.api_key {
        let value = given([("ApiKeyName", Some(header.clone())), ("ApiKeyValue", secret)]);
        return Ok(("API_KEY", "ApiKeyAuthParameters", value));
    }
    let usual = || (known == Known::New).then(|| "POST".to_owned());
    let mut value = given([
        ("AuthorizationEndpoint", change.token_url.clone()),
        ("HttpMethod", change.token_method.clone().or_else(usual)),
    ]);
    value["ClientParameters"] =
        given([("ClientID", change.oauth.clone()), ("ClientSecret", secret)]);
    let http = http_parameters([("BodyParameters", &change.token_body)])?;
    if !http.is_empty() {
        value["OAuthHttpParameters"] = http.into();
    }
    Ok(("OAUTH_CLIENT_CREDENTIALS", "OAuthParameters", value))
}

/// Makes an object of the members that have a value.
fn given<const N: usize>(members: [(&str, Option<String>); N]) -> Value {
    let members = members.into_iter();
    members.filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?)))).collect()
}

/// Reads the secret, if the command line says where it is. It has no option of its own: others
/// could read the command line.
fn secret(change: &ConnectionChange) -> anyhow::Result<Option<String>> {
    let text = match (&change.secret_env, change.secret_file.as_deref()) {
        (Some(variable), _) => {
            std::env::var(variable).ok().with_context(|| format!("{variable} is not set"))?
        }
        (None, Some("-")) => {
            std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?
        }
        (None, Some(path)) => {
            std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?
        }
        (None, None) => return Ok(None),
    };
    // Files and terminals end a line.
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn http_parameters<const N: usize>(
    lists: [(&str, &Vec<String>); N],
) -> anyhow::Result<Map<String, Value>> {
    let mut members = Map::new();
    for (member, pairs) in lists {
        if pairs.is_empty() {
            continue;
        }
        let pairs = pairs.iter().map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .with_context(|| format!("{pair} must have the form NAME=VALUE"))?;
            Ok(json!({"Key": key, "Value": value, "IsValueSecret": true}))
        });
        members.insert(member.to_owned(), pairs.collect::<anyhow::Result<Value>>()?);
    }
    Ok(members)
}
