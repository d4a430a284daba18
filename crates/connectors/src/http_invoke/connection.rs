//! Connections: credentials that the configuration keeps and a task names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_engine::TaskError;
use compasso_types::{Json, Object};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::ConnectorsConfig;
use crate::config::{Connection, Secret};
use crate::parameters::Parameters;

/// Finds the connection that an ARN names: `arn:…:connection/⟨name⟩/⟨id⟩`.
pub(super) fn find<'a>(
    config: &'a ConnectorsConfig,
    arn: &str,
) -> Result<&'a Connection, TaskError> {
    let resource = arn.rsplit(':').next().unwrap_or_default();
    let name = resource.strip_prefix("connection/").unwrap_or(resource);
    let name = name.split('/').next().unwrap_or_default();
    config.connections.get(name).ok_or_else(|| {
        let cause = format!(
            "Connection with arn {arn} does not exist. Name it in the configuration as \
             [connections.{name}]"
        );
        TaskError::new("Events.ConnectionResource.ResourceNotFound", cause)
    })
}

/// Adds what a connection has to a request, over what the task has.
pub(super) fn apply(
    connection: &Connection,
    url: &mut Url,
    headers: &mut HeaderMap,
    body: &mut Option<Json>,
    parameters: &Parameters<'_>,
) -> Result<(), TaskError> {
    apply_headers(connection, headers)?;
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

fn apply_headers(connection: &Connection, headers: &mut HeaderMap) -> Result<(), TaskError> {
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

fn invalid(why: &str) -> TaskError {
    let cause = format!("The connection cannot be used: {why}");
    TaskError::new("Events.ConnectionResource.InvalidConnectionState", cause)
}
