//! What a connection adds to a call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_engine::TaskError;
use compasso_types::{Json, Object};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::config::{Connection, Secret};
use crate::connections::invalid;
use crate::parameters::Parameters;

/// Adds what a connection has to a request, over what the task has.
pub(super) fn apply(
    connection: &Connection,
    access_token: Option<&str>,
    (url, headers, body): (&mut Url, &mut HeaderMap, &mut Option<Json>),
    parameters: &Parameters<'_>,
) -> Result<(), TaskError> {
    apply_headers(connection, access_token, headers)?;
    apply_query(connection, url)?;
    if connection.body.is_empty() {
        return Ok(());
    }
    let mut members = match body.take() {
        None => Object::new(),
        Some(Json::Object(members)) => (*members).clone(),
        Some(_) => {
            return Err(parameters.refuse(
                "The connection adds members to the body, so 'RequestBody' must be an object",
            ));
        }
    };
    for (name, value) in &connection.body {
        members.insert(name.as_str().into(), Json::from(reveal(value)?));
    }
    *body = Some(Json::from(members));
    Ok(())
}

fn apply_headers(
    connection: &Connection,
    access_token: Option<&str>,
    headers: &mut HeaderMap,
) -> Result<(), TaskError> {
    let mut set = |name: &str, value: &str| {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid("a header's name is not valid"))?;
        let mut value =
            HeaderValue::from_str(value).map_err(|_| invalid("a header's value is not valid"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    };
    for (name, value) in &connection.headers {
        set(name, &reveal(value)?)?;
    }
    if let Some(basic) = &connection.basic {
        let pair = format!("{}:{}", basic.username, reveal(&basic.password)?);
        set(AUTHORIZATION.as_str(), &format!("Basic {}", STANDARD.encode(pair)))?;
    }
    if let Some(key) = &connection.api_key {
        set(&key.name, &reveal(&key.value)?)?;
    }
    if let Some(token) = access_token {
        set(AUTHORIZATION.as_str(), &format!("Bearer {token}"))?;
    }
    Ok(())
}

fn apply_query(connection: &Connection, url: &mut Url) -> Result<(), TaskError> {
    if connection.query.is_empty() {
        return Ok(());
    }
    let own: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let kept = own.into_iter().filter(|(name, _)| !connection.query.contains_key(name));
    let mut pairs: Vec<(String, String)> = kept.collect();
    for (name, value) in &connection.query {
        pairs.push((name.clone(), reveal(value)?));
    }
    url.query_pairs_mut().clear().extend_pairs(pairs);
    Ok(())
}

fn reveal(secret: &Secret) -> Result<String, TaskError> {
    secret.reveal().map_err(|why| invalid(&why))
}
