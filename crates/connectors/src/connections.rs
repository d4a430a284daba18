//! Connections: who HTTP tasks say they are. They stand in the configuration, or are kept by the
//! layer above.

use std::sync::Arc;

use compasso_engine::TaskError;
use futures::future::BoxFuture;

use crate::ConnectorsConfig;
use crate::config::Connection;

/// Finds the connections that are kept.
pub trait Connections: Send + Sync + 'static {
    /// Returns the connection that a task of an execution of `account` names by its ARN.
    fn find<'a>(
        &'a self,
        account: &'a str,
        arn: &'a str,
    ) -> BoxFuture<'a, Result<FoundConnection, ConnectionRefused>>;
}

/// A connection to use.
#[derive(Clone)]
pub struct FoundConnection {
    /// Names it as it is now: whenever it changes, this does.
    pub identity: Arc<str>,
    /// What it adds to a call.
    pub connection: Connection,
}

/// Why a connection cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionRefused {
    /// There is none with this ARN.
    Unknown,
    /// It belongs to another account.
    AccessDenied,
    /// It is not authorized yet.
    AuthInProgress,
    /// It is not authorized; says in which state it is, and why.
    InvalidState(String),
    /// It cannot be read; says why.
    Internal(String),
}

/// No connections but those of the configuration.
pub(crate) struct NoConnections;

impl Connections for NoConnections {
    fn find<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<FoundConnection, ConnectionRefused>> {
        Box::pin(async { Err(ConnectionRefused::Unknown) })
    }
}

/// Finds the connection with an ARN, `arn:…:connection/⟨name⟩/⟨id⟩`: a kept one, or the one of that
/// name in the configuration.
pub(crate) async fn find(
    kept: &dyn Connections,
    config: &ConnectorsConfig,
    account: &str,
    arn: &str,
) -> Result<FoundConnection, TaskError> {
    let refused = match kept.find(account, arn).await {
        Ok(found) => return Ok(found),
        Err(refused) => refused,
    };
    let resource = arn.rsplit(':').next().unwrap_or_default();
    let name = resource.strip_prefix("connection/").unwrap_or(resource);
    let name = name.split('/').next().unwrap_or_default();
    match (refused, config.connections.get(name)) {
        (ConnectionRefused::Unknown | ConnectionRefused::AccessDenied, Some(connection)) => {
            Ok(FoundConnection {
                identity: format!("configuration:{name}").into(),
                connection: connection.clone(),
            })
        }
        (ConnectionRefused::Unknown, None) => {
            let cause = format!(
                "Connection with arn {arn} does not exist. Create it, or name it in the \
                 configuration as [connections.{name}]"
            );
            Err(error("ResourceNotFound", cause))
        }
        (ConnectionRefused::AccessDenied, None) => {
            let cause = format!("Account {account} is not authorized to use the connection {arn}");
            Err(error("AccessDenied", cause))
        }
        (ConnectionRefused::AuthInProgress, _) => {
            let cause = format!("The connection {arn} is being authorized");
            Err(error("AuthInProgress", cause))
        }
        (ConnectionRefused::InvalidState(why), _) => {
            Err(error("InvalidConnectionState", format!("The connection {arn} is {why}")))
        }
        (ConnectionRefused::Internal(why), _) => Err(error("InternalError", why)),
    }
}

/// Says that a connection has something that cannot be used.
pub(crate) fn invalid(why: &str) -> TaskError {
    error("InvalidConnectionState", format!("The connection cannot be used: {why}"))
}

fn error(name: &str, cause: impl Into<Arc<str>>) -> TaskError {
    TaskError::new(format!("Events.ConnectionResource.{name}"), cause)
}
