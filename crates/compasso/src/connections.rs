//! Lets HTTP tasks use the connections that the service keeps.

use std::collections::BTreeMap;

use compasso_actions::Actions;
use compasso_connectors::{
    AccessTokens, ApiKey, BasicAuthorization, Connection, ConnectionRefused, Connections,
    Connectors, FoundConnection, OAuth, OAuthMethod, Secret, public_text,
};
use compasso_service::{
    AuthParameters, Authorizer, ConnectionUnusable, HttpParameter, HttpParameters, OAuthParameters,
    Service, UsableConnection,
};
use compasso_sql::Target;
use compasso_triggers::{Databases, KeySets};
use futures::FutureExt as _;
use futures::future::BoxFuture;

/// The service as connectors see it.
pub(crate) struct KeptConnections(pub(crate) Service);

/// The databases of actions as triggers see them.
pub(crate) struct ActionDatabases(pub(crate) Actions);

/// Fetches keys with the client of the connectors.
pub(crate) struct FetchedKeys(pub(crate) Connectors);

/// The connectors' tokens as the service sees them.
pub(crate) struct TokenAuthorizer(pub(crate) AccessTokens);

impl Connections for KeptConnections {
    fn find<'a>(
        &'a self,
        account: &'a str,
        arn: &'a str,
    ) -> BoxFuture<'a, Result<FoundConnection, ConnectionRefused>> {
        async move {
            let UsableConnection { identity, parameters } =
                self.0.usable_connection(account, arn).await.map_err(refused)?;
            Ok(FoundConnection { identity, connection: connection(parameters) })
        }
        .boxed()
    }
}

impl Databases for ActionDatabases {
    fn database(&self, connection: &str) -> Result<Target, String> {
        self.0.database(connection)
    }
}

impl KeySets for FetchedKeys {
    fn fetch<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<String, String>> {
        public_text(self.0.client(), url).boxed()
    }
}

impl Authorizer for TokenAuthorizer {
    fn authorize(&self, connection: UsableConnection) -> BoxFuture<'_, Result<(), String>> {
        async move {
            let Some(parameters) = connection.parameters.oauth_parameters else { return Ok(()) };
            self.0.get(&connection.identity, &oauth(parameters)).await.map(drop)
        }
        .boxed()
    }
}

fn refused(why: ConnectionUnusable) -> ConnectionRefused {
    match why {
        ConnectionUnusable::Unknown => ConnectionRefused::Unknown,
        ConnectionUnusable::AccessDenied => ConnectionRefused::AccessDenied,
        ConnectionUnusable::AuthInProgress => ConnectionRefused::AuthInProgress,
        ConnectionUnusable::InvalidState { state, reason } => {
            let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            ConnectionRefused::InvalidState(format!("{state}{reason}"))
        }
        ConnectionUnusable::Internal(why) => ConnectionRefused::Internal(why),
    }
}

fn connection(parameters: AuthParameters) -> Connection {
    let basic = parameters.basic_auth_parameters.map(|basic| BasicAuthorization {
        username: basic.username.unwrap_or_default(),
        password: secret(basic.password),
    });
    let api_key = parameters.api_key_auth_parameters.map(|key| ApiKey {
        name: key.api_key_name.unwrap_or_default(),
        value: secret(key.api_key_value),
    });
    let http = parameters.invocation_http_parameters.unwrap_or_default();
    let HttpParameters { header_parameters, query_string_parameters, body_parameters } = http;
    Connection {
        basic,
        oauth: parameters.oauth_parameters.map(oauth),
        api_key,
        headers: named(header_parameters),
        query: named(query_string_parameters),
        body: named(body_parameters),
        sql: None,
    }
}

fn oauth(parameters: OAuthParameters) -> OAuth {
    let client = parameters.client_parameters.unwrap_or_default();
    let http = parameters.oauth_http_parameters.unwrap_or_default();
    let HttpParameters { header_parameters, query_string_parameters, body_parameters } = http;
    OAuth {
        client_id: client.client_id.unwrap_or_default(),
        client_secret: secret(client.client_secret),
        endpoint: parameters.authorization_endpoint.unwrap_or_default(),
        method: match parameters.http_method.as_deref() {
            Some("GET") => OAuthMethod::Get,
            Some("PUT") => OAuthMethod::Put,
            _ => OAuthMethod::Post,
        },
        headers: named(header_parameters),
        query: named(query_string_parameters),
        body: named(body_parameters),
    }
}

fn named(parameters: Option<Vec<HttpParameter>>) -> BTreeMap<String, Secret> {
    let pair =
        |parameter: HttpParameter| (parameter.key.unwrap_or_default(), secret(parameter.value));
    parameters.unwrap_or_default().into_iter().map(pair).collect()
}

fn secret(text: Option<String>) -> Secret {
    Secret::Text(text.unwrap_or_default())
}
