//! The actions of the EventBridge API that are about connections, by name.

use bytes::Bytes;
use compasso_service::{Error, Service};
use serde::Serialize;

use crate::errors::Failure;
use crate::protocol::Call;
use crate::request::parse;

/// Carries out an action and returns the answer's body.
pub(crate) async fn act(
    service: &Service,
    action: &str,
    call: &Call<'_>,
) -> Result<Bytes, Failure> {
    let (caller, body) = (call.caller(), call.body);
    match action {
        "CreateConnection" => reply(service.create_connection(&caller, parse(body)?).await),
        "UpdateConnection" => reply(service.update_connection(&caller, parse(body)?).await),
        "DescribeConnection" => reply(service.describe_connection(&caller, parse(body)?).await),
        "DeleteConnection" => reply(service.delete_connection(&caller, parse(body)?).await),
        "DeauthorizeConnection" => {
            reply(service.deauthorize_connection(&caller, parse(body)?).await)
        }
        "ListConnections" => reply(service.list_connections(&caller, parse(body)?).await),
        _ => Err(Failure::unknown_operation(format!("Unknown operation: '{action}'"))),
    }
}

fn reply<T: Serialize>(outcome: Result<T, Error>) -> Result<Bytes, Failure> {
    let answer = outcome.map_err(failure)?;
    Ok(serde_json::to_vec(&answer).expect("an answer is plain data").into())
}

/// Gives an error the name that EventBridge has for it, where it is another one.
fn failure(error: Error) -> Failure {
    let name = match &error {
        Error::Overtaken { .. } => "ConcurrentModificationException",
        Error::Internal(_) | Error::Unavailable(_) => "InternalException",
        Error::InvalidToken => "ValidationException",
        _ => return error.into(),
    };
    Failure { name, ..error.into() }
}
