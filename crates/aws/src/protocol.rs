//! The protocols of AWS: a call and its parameters become an HTTP request, and an answer becomes the
//! JSON that states see.

mod answer;
mod error;
pub(crate) mod event_stream;
mod form;
mod instant;
mod json;
mod rest;
mod shown;
mod xml;

use compasso_integrations::Call;
use compasso_integrations::models::Protocol;
use compasso_types::{Json, Object};

pub(crate) use answer::read;
pub(crate) use error::{ServiceError, read_error, request_id, streamed_error};

/// A request without its host and its signature.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    /// Such as `POST`.
    pub(crate) method: String,
    /// Encoded, with a slash in front.
    pub(crate) path: String,
    /// Names and values, encoded.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Writes a call with parameters in the model's own names; `token` stands for idempotency tokens that
/// are not given.
pub(crate) fn write(call: &Call, parameters: &Json, token: &str) -> Wire {
    let parameters = with_tokens(call, parameters, token);
    match call.service.protocol {
        Protocol::Json => json::write(call, &parameters),
        Protocol::Query | Protocol::Ec2 => form::write(call, &parameters),
        Protocol::RestJson | Protocol::RestXml => rest::write(call, &parameters),
    }
}

fn with_tokens(call: &Call, parameters: &Json, token: &str) -> Object {
    let mut members =
        parameters.as_object().map_or_else(Object::new, |members| (**members).clone());
    let input = call.service.input(call.operation);
    for member in input.iter().flat_map(|input| &input.members).filter(|member| member.is_token()) {
        members.insert_if_absent(member.name.as_str().into(), || Json::from(token));
    }
    members
}
