//! The Lambda API: `POST /2015-03-31/functions/{name}/invocations`, signed.

use std::time::Duration;

use compasso_engine::TaskError;
use compasso_sigv4::encoded;
use compasso_types::{Json, Payload};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::{Invocation, InvocationKind, Invoked, Lambda, function_error};
use crate::sdk_metadata::Headers;
use compasso_aws::{
    Answer, Credentials, Endpoint, NoAnswer, Request, Signer, exception_name, service_cause, sign,
};

/// A function may run for 15 minutes, and its start takes a moment.
const CALL_TIMEOUT: Duration = Duration::from_secs(15 * 60 + 30);
/// Lambda's own limit of an answer is 6 MB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Errors that the API's model has for `Invoke`; others go by the service's general name.
const MODELLED: [&str; 31] = [
    "EC2AccessDeniedException",
    "EC2ThrottledException",
    "EC2UnexpectedException",
    "EFSIOException",
    "EFSMountConnectivityException",
    "EFSMountFailureException",
    "EFSMountTimeoutException",
    "ENILimitReachedException",
    "InvalidParameterValueException",
    "InvalidRequestContentException",
    "InvalidRuntimeException",
    "InvalidSecurityGroupIDException",
    "InvalidSubnetIDException",
    "InvalidZipFileException",
    "KMSAccessDeniedException",
    "KMSDisabledException",
    "KMSInvalidStateException",
    "KMSNotFoundException",
    "RecursiveInvocationException",
    "RequestTooLargeException",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "ResourceNotReadyException",
    "SerializedRequestEntityTooLargeException",
    "ServiceException",
    "SnapStartException",
    "SnapStartNotReadyException",
    "SnapStartTimeoutException",
    "SubnetIPAddressLimitReachedException",
    "TooManyRequestsException",
    "UnsupportedMediaTypeException",
];

impl Lambda {
    /// Calls a function by the API.
    pub(super) async fn invoke_remote(
        &self,
        endpoint: &Endpoint,
        keys: &Credentials,
        invocation: &Invocation,
    ) -> Result<Invoked, TaskError> {
        let request = self.request(endpoint, keys, invocation)?;
        let answer = request.send(&self.client).await.map_err(error_of_no_answer)?;
        if !answer.status.is_success() {
            return Err(error_of_answer(&answer));
        }
        if answer.header("x-amz-function-error").is_some() {
            return Err(function_error(&answer.body));
        }
        invoked(&answer, invocation.kind)
    }

    fn request(
        &self,
        endpoint: &Endpoint,
        keys: &Credentials,
        invocation: &Invocation,
    ) -> Result<Request, TaskError> {
        let own = || self.aws.settings().region();
        let region = invocation.function.region.as_deref().unwrap_or_else(own);
        let base = match endpoint {
            Endpoint::Given(url) => url.clone(),
            Endpoint::Aws if region.starts_with("cn-") => {
                format!("https://lambda.{region}.amazonaws.com.cn")
            }
            Endpoint::Aws => format!("https://lambda.{region}.amazonaws.com"),
        };
        let mut url = Url::parse(&base)
            .map_err(|error| client_error(&format!("{base} is no URL: {error}")))?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        let name = name(invocation);
        url.set_path(&format!("{prefix}/2015-03-31/functions/{}/invocations", encoded(name)));
        if let Some(qualifier) = &invocation.function.qualifier {
            url.set_query(Some(&format!("Qualifier={}", encoded(qualifier))));
        }
        let body = invocation.payload.text().as_bytes().to_vec();
        let headers = headers(&url, invocation, &body, keys, region).ok_or_else(|| {
            client_error("a header of the call has characters that cannot be sent")
        })?;
        Ok(Request {
            method: Method::POST,
            url,
            headers,
            body: Some(body),
            timeout: CALL_TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        })
    }
}

/// The name without its qualifier, which goes into the query. An ARN stays one: it names the
/// account.
fn name(invocation: &Invocation) -> &str {
    let function = &invocation.function;
    match &function.qualifier {
        Some(qualifier) => function
            .given
            .strip_suffix(qualifier.as_str())
            .and_then(|name| name.strip_suffix(':'))
            .unwrap_or(&function.given),
        None => &function.given,
    }
}

fn headers(
    url: &Url,
    invocation: &Invocation,
    body: &[u8],
    keys: &Credentials,
    region: &str,
) -> Option<HeaderMap> {
    let kind = match invocation.kind {
        InvocationKind::RequestResponse => "RequestResponse",
        InvocationKind::Event => "Event",
        InvocationKind::DryRun => "DryRun",
    };
    let mut sent = vec![("content-type", "application/json"), ("x-amz-invocation-type", kind)];
    sent.extend(invocation.client_context.as_deref().map(|text| ("x-amz-client-context", text)));
    if invocation.log_tail {
        sent.push(("x-amz-log-type", "Tail"));
    }
    let mut headers = sent
        .into_iter()
        .map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
        })
        .collect::<Option<HeaderMap>>()?;
    let signer = Signer { credentials: keys, region, service: "lambda" };
    sign(&mut headers, "POST", url, body, &signer).ok()?;
    Some(headers)
}

fn invoked(answer: &Answer, kind: InvocationKind) -> Result<Invoked, TaskError> {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let payload = if kind == InvocationKind::RequestResponse && !text.is_empty() {
        let payload = Json::parse(&text).map(Payload::from);
        Some(payload.map_err(|error| client_error(&format!("the answer is no JSON: {error}")))?)
    } else {
        None
    };
    Ok(Invoked {
        status: answer.status.as_u16(),
        version: answer.header("x-amz-executed-version").map(str::to_owned),
        payload,
        log_result: answer.header("x-amz-log-result").map(str::to_owned),
        headers: all_headers(answer),
        request_id: request_id(answer),
    })
}

fn error_of_answer(answer: &Answer) -> TaskError {
    let body = Json::parse(&String::from_utf8_lossy(&answer.body)).unwrap_or_default();
    let member =
        |names: &[&str]| names.iter().find_map(|name| body.get(name)?.as_str().map(str::to_owned));
    let code = answer
        .header("x-amzn-errortype")
        .map(str::to_owned)
        .or_else(|| member(&["code", "__type", "Code"]))
        .unwrap_or_else(|| answer.status.as_u16().to_string());
    // The code may stand between a namespace and a URL: `aws.lambda#Code:http://…`.
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    let message = member(&["message", "Message"]).unwrap_or_else(|| "null".to_owned());
    let error = if MODELLED.contains(&code) {
        exception_name("Lambda", code)
    } else {
        "Lambda.AWSLambdaException".to_owned()
    };
    let status = answer.status.as_u16();
    TaskError::new(error, service_cause(&message, "AWSLambda", status, code, &request_id(answer)))
}

fn error_of_no_answer(reason: NoAnswer) -> TaskError {
    match reason {
        NoAnswer::Timeout => client_error("Unable to execute HTTP request: Read timed out"),
        NoAnswer::Socket(why) => client_error(&format!("Unable to execute HTTP request: {why}")),
        NoAnswer::TooLarge => client_error("the answer is larger than Lambda's own limit"),
    }
}

fn client_error(why: &str) -> TaskError {
    TaskError::new("Lambda.SdkClientException", why)
}

fn request_id(answer: &Answer) -> String {
    answer.header("x-amzn-requestid").unwrap_or_default().to_owned()
}

fn all_headers(answer: &Answer) -> Headers {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    answer.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}
