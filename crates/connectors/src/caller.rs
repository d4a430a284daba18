//! Who a call is from: the connection it is made with, and what that adds to it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_engine::TaskError;
use compasso_runtime::Job;
use compasso_types::{Json, Object};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};

use crate::aws_service::{account, region};
use crate::config::{Connection, Secret};
use crate::connections::{self, Connections, FoundConnection, invalid};
use crate::parameters::Parameters;
use crate::{AccessTokens, ConnectorsConfig};

/// The connection of a call, and the token it was given.
pub struct Caller {
    found: FoundConnection,
    token: Option<Arc<str>>,
}

impl Caller {
    /// Finds the connection that the task of `job` names by its ARN or its name.
    pub(crate) async fn find(
        config: &ConnectorsConfig,
        kept: &dyn Connections,
        tokens: &AccessTokens,
        job: &Job,
        named: &str,
    ) -> Result<Self, TaskError> {
        let account = account(job);
        let arn = if named.starts_with("arn:") {
            named.to_owned()
        } else {
            format!("arn:aws:events:{}:{account}:connection/{named}", region(job))
        };
        let found = connections::find(kept, config, account, &arn).await?;
        let token = match &found.connection.oauth {
            None => None,
            Some(oauth) => {
                let token = tokens.get(&found.identity, oauth).await;
                Some(token.map_err(|why| invalid(&why))?)
            }
        };
        Ok(Self { found, token })
    }

    /// Adds what the connection has to a request, over what the task has.
    ///
    /// # Errors
    /// A secret of the connection cannot be read, or it has members for a body that is no object.
    pub fn apply(
        &self,
        call: (&mut Url, &mut HeaderMap, &mut Option<Json>),
        parameters: &Parameters<'_>,
    ) -> Result<(), TaskError> {
        apply(&self.found.connection, self.token.as_deref(), call, parameters)
    }

    /// Hears of an answer that is no success: a token that was not taken is asked for anew by the
    /// next attempt.
    pub(crate) async fn refused(&self, tokens: &AccessTokens, status: StatusCode) {
        if let Some(token) = &self.token
            && matches!(status.as_u16(), 401 | 407)
        {
            tokens.forget(&self.found.identity, token).await;
        }
    }
}

fn apply(
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
            return Err(parameters
                .refuse("The connection adds members to the body, so the body must be an object"));
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
