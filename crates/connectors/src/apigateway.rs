//! `apigateway:invoke`: a call of an API behind API Gateway.

use std::time::Duration;

use compasso_aws::{AwsClient, Endpoint, NoAnswer, Request, Signer, sign};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::Job;
use compasso_types::Payload;
use compasso_types::limits::PAYLOAD_BYTES_MAX;
use reqwest::header::HeaderMap;
use reqwest::{Client, Url};

use crate::aws_service::{caller, region, task_error};
use crate::http::{add_query, headers, json_body, method};
use crate::own_network;
use crate::parameters::{Parameters, result_too_large};

/// API Gateway itself gives up after 29 seconds, unless its limit was raised.
const TIMEOUT: Duration = Duration::from_secs(60);
const SERVICE: &str = "execute-api";

/// Headers that a task cannot set.
const FORBIDDEN_HEADERS: [&str; 14] = [
    "authorization",
    "connection",
    "content-md5",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "www-authenticate",
];
/// What the names of other such headers begin with.
const FORBIDDEN_PREFIXES: [&str; 3] = ["x-forwarded", "x-amz-", "x-amzn-"];

/// Makes the call and returns `{Headers, ResponseBody, StatusCode, StatusText}`.
pub(crate) async fn run(aws: &AwsClient, client: &Client, job: &Job) -> TaskResult {
    let parameters = Parameters::of(&job.offer.parameters)?;
    let request = request(&parameters, aws, job).await?;
    let answer = request.send(client).await.map_err(|reason| no_answer(reason, job))?;
    if !answer.status.is_success() {
        let error = format!("ApiGateway.{}", answer.status.as_u16());
        return Err(TaskError::new(error, &*String::from_utf8_lossy(&answer.body)));
    }
    Ok(Payload::from(answer.result(answer.body_value())))
}

async fn request(
    parameters: &Parameters<'_>,
    aws: &AwsClient,
    job: &Job,
) -> Result<Request, TaskError> {
    let url = url(parameters)?;
    parameters.required_text("Method")?;
    let method = method(parameters, "Method", "")?;
    let mut headers = headers(parameters, "Headers")?;
    let is_forbidden = |name: &str| {
        FORBIDDEN_HEADERS.contains(&name)
            || FORBIDDEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    if headers.keys().any(|name| is_forbidden(name.as_str())) {
        return Err(parameters.invalid("Headers"));
    }
    let body = json_body(parameters.get("RequestBody"), &mut headers);
    match parameters.text("AuthType")?.unwrap_or("NO_AUTH") {
        "NO_AUTH" => {}
        "IAM_ROLE" | "RESOURCE_POLICY" => {
            let call = (method.as_str(), &url, body.as_deref().unwrap_or_default());
            signed(&mut headers, call, aws, job).await?;
        }
        _ => return Err(parameters.invalid("AuthType")),
    }
    Ok(Request {
        method,
        url,
        headers,
        body,
        timeout: TIMEOUT,
        answer_bytes_max: PAYLOAD_BYTES_MAX,
    })
}

fn url(parameters: &Parameters<'_>) -> Result<Url, TaskError> {
    let host = parameters.required_text("ApiEndpoint")?;
    let invalid = || parameters.invalid("ApiEndpoint");
    let mut url = Url::parse(&format!("https://{host}")).map_err(|_| invalid())?;
    if url.path() != "/" || url.query().is_some() {
        return Err(invalid());
    }
    // A stand-in on this machine has no certificate.
    if own_network::contains(&url) {
        url = Url::parse(&format!("http://{host}")).map_err(|_| invalid())?;
    }
    let parts = [parameters.text("Stage")?, parameters.text("Path")?];
    let parts = parts.into_iter().flatten().map(|part| part.trim_start_matches('/'));
    url.set_path(&parts.collect::<Vec<_>>().join("/"));
    add_query(&mut url, parameters, "QueryParameters")?;
    Ok(url)
}

async fn signed(
    headers: &mut HeaderMap,
    (method, url, body): (&str, &Url, &[u8]),
    aws: &AwsClient,
    job: &Job,
) -> Result<(), TaskError> {
    let own =
        if own_network::contains(url) { Endpoint::Given(url.to_string()) } else { Endpoint::Aws };
    let keys = aws.keys(&own, caller(job, &job.idempotency_key)).await;
    let keys = keys
        .map_err(|failure| task_error(failure, job))?
        .ok_or_else(|| client_error("there are no AWS credentials to sign the call with"))?;
    let signer = Signer { credentials: &keys, region: region(job), service: SERVICE };
    sign(headers, method, url, body, &signer)
        .map_err(|_| client_error("a header of the call has characters that cannot be sent"))
}

fn no_answer(reason: NoAnswer, job: &Job) -> TaskError {
    match reason {
        NoAnswer::TooLarge => result_too_large(job),
        NoAnswer::Timeout => client_error("Unable to execute HTTP request: Read timed out"),
        NoAnswer::Socket(why) => client_error(&format!("Unable to execute HTTP request: {why}")),
    }
}

fn client_error(why: &str) -> TaskError {
    TaskError::new("ApiGateway.SdkClientException", why)
}
