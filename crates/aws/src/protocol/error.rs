//! Errors that services answer with.

use compasso_integrations::Call;
use compasso_integrations::models::Protocol;
use compasso_types::Json;
use roxmltree::Document;

use super::shown;
use crate::Answer;

/// Headers that tell the id of a request.
const REQUEST_ID: [&str; 3] = ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"];
const EXTENDED_REQUEST_ID: &str = "x-amz-id-2";

/// An error that a service answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceError {
    /// The name of the error's shape or its code; nothing if the answer does not tell.
    pub(crate) kind: String,
    /// The code that is shown: services that once spoke `query` keep their codes of old.
    pub(crate) code: String,
    pub(crate) message: Option<String>,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) extended_request_id: Option<String>,
}

/// Reads the answer to a call that went wrong.
pub(crate) fn read_error(call: &Call, answer: &Answer) -> ServiceError {
    let mut error = ServiceError {
        kind: String::new(),
        code: String::new(),
        message: None,
        status: answer.status.as_u16(),
        request_id: request_id(answer),
        extended_request_id: answer.header(EXTENDED_REQUEST_ID).map(str::to_owned),
    };
    let text = String::from_utf8_lossy(&answer.body);
    match call.service.protocol {
        Protocol::Json | Protocol::RestJson => of_json(answer, &text, &mut error),
        Protocol::RestXml | Protocol::Query | Protocol::Ec2 => of_xml(&text, &mut error),
    }
    if error.kind.is_empty() && error.status == 404 {
        // An answer to HEAD has no body.
        let name = match &*call.operation.name {
            "HeadObject" => "NoSuchKey",
            "HeadBucket" => "NoSuchBucket",
            _ => "",
        };
        name.clone_into(&mut error.kind);
    }
    if error.code.is_empty() {
        error.code.clone_from(&error.kind);
    }
    error
}

/// Makes the error that breaks off a stream; `member` of the stream is the error's shape with a small
/// letter in front.
pub(crate) fn streamed_error(
    call: &Call,
    answer: &Answer,
    member: &str,
    message: Option<String>,
) -> ServiceError {
    let known = call.service.errors.iter().find(|known| known.code.eq_ignore_ascii_case(member));
    let kind = known.map_or(member, |known| &known.code).to_owned();
    ServiceError {
        code: kind.clone(),
        kind,
        message,
        status: known.map_or(answer.status.as_u16(), |known| known.status),
        request_id: request_id(answer),
        extended_request_id: None,
    }
}

/// Returns the id that a service gave a request.
pub(crate) fn request_id(answer: &Answer) -> Option<String> {
    REQUEST_ID.into_iter().find_map(|name| answer.header(name)).map(str::to_owned)
}

fn of_json(answer: &Answer, text: &str, error: &mut ServiceError) {
    let body = Json::parse(text).unwrap_or_default();
    let member =
        |names: &[&str]| names.iter().find_map(|name| body.get(name)?.as_str().map(str::to_owned));
    let of_old = answer.header("x-amzn-query-error");
    let of_old = of_old.and_then(|header| header.split(';').next());
    of_old.unwrap_or_default().clone_into(&mut error.code);
    let kind = answer
        .header("x-amzn-errortype")
        .map(str::to_owned)
        .or_else(|| member(&["__type", "code", "Code"]))
        .unwrap_or_default();
    // It may stand between a namespace and a URL: `aws.lambda#Code:http://…`.
    let kind = kind.rsplit('#').next().unwrap_or_default();
    kind.split(':').next().unwrap_or_default().clone_into(&mut error.kind);
    error.message = member(&["message", "Message", "errorMessage"]);
}

fn of_xml(text: &str, error: &mut ServiceError) {
    let Ok(document) = Document::parse(text) else {
        return;
    };
    let found = |name: &str| {
        let mut named = document.descendants().filter(|node| node.tag_name().name() == name);
        named.next().map(shown::text)
    };
    error.kind = found("Code").unwrap_or_default();
    error.message = found("Message");
    let in_body = || found("RequestId").or_else(|| found("RequestID"));
    error.request_id = error.request_id.take().or_else(in_body);
    error.extended_request_id = error.extended_request_id.take().or_else(|| found("HostId"));
}
