//! `http:invoke`: a task that is a call of a web API, with the rules of Step Functions.
//!
//! It differs from Amazon's in that plain `http` may be used towards machines of one's own
//! network, that connections may stand in the configuration, and that a call needs none.

mod trace;

use std::time::Duration;

use compasso_aws::{Answer, NoAnswer, Request};
use compasso_engine::{TaskError, TaskResult};
use compasso_runtime::{HttpTrace, HttpTracing, Job, Reporter, TracedRequest};
use compasso_types::limits::PAYLOAD_BYTES_MAX;
use compasso_types::{Json, Payload};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RANGE, USER_AGENT};
use reqwest::{Client, Url};

use crate::caller::Caller;
use crate::connections::Connections;
use crate::form::{self, ArrayFormat};
use crate::http::{add_query, cause_of_status, headers, json_body, method};
use crate::parameters::{Parameters, result_too_large};
use crate::{AccessTokens, ConnectorsConfig, own_network};

const TIMEOUT: Duration = Duration::from_secs(60);

/// Headers that a task may not set, in lower case; those that end in `-` are prefixes.
const FORBIDDEN_HEADERS: [&str; 35] = [
    "a-im",
    "accept-charset",
    "accept-datetime",
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-md5",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authorization",
    "referer",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "warning",
    "x-forwarded-",
    "x-amz-",
    "x-amzn-",
];

/// What calls need beside the job.
pub(crate) struct HttpInvoke<'a> {
    pub(crate) config: &'a ConnectorsConfig,
    pub(crate) connections: &'a dyn Connections,
    pub(crate) tokens: &'a AccessTokens,
    pub(crate) client: &'a Client,
}

impl HttpInvoke<'_> {
    /// Makes the call and returns `{Headers, ResponseBody, StatusCode, StatusText}`.
    pub(crate) async fn run(&self, job: &Job, reporter: &Reporter) -> TaskResult {
        let parameters = Parameters::of(&job.offer.parameters)?;
        let caller = match connection_arn(&parameters)? {
            Some(arn) => {
                Some(Caller::find(self.config, self.connections, self.tokens, job, arn).await?)
            }
            None => None,
        };
        let request = self.request(caller.as_ref(), &parameters)?;
        let traced = self.traced(&request, &parameters, reporter);
        let answer = request.send(self.client).await;
        if let Some(request) = traced {
            let answer = answer.as_ref().ok();
            let response = answer.map(|answer| trace::response(&request.protocol, answer));
            reporter.trace_http(HttpTrace { request, response });
        }
        let answer = answer.map_err(|reason| no_answer(reason, job))?;
        if !answer.status.is_success() {
            if let Some(caller) = &caller {
                caller.refused(self.tokens, answer.status).await;
            }
            let error = format!("States.Http.StatusCode.{}", answer.status.as_u16());
            return Err(TaskError::new(error, cause_of_status(&answer)));
        }
        refuse_binary(&answer)?;
        Ok(Payload::from(answer.result(answer.body_value())))
    }

    /// Shows the request to a test, without what a connection adds unless that may be revealed.
    fn traced(
        &self,
        request: &Request,
        parameters: &Parameters<'_>,
        reporter: &Reporter,
    ) -> Option<TracedRequest> {
        match reporter.http_tracing()? {
            HttpTracing::Revealed => Some(trace::request(request)),
            HttpTracing::Redacted => {
                self.request(None, parameters).ok().map(|request| trace::request(&request))
            }
        }
    }

    fn request(
        &self,
        caller: Option<&Caller>,
        parameters: &Parameters<'_>,
    ) -> Result<Request, TaskError> {
        let mut url = endpoint(parameters)?;
        let mut headers = headers(parameters, "Headers")?;
        refuse_forbidden(&headers, parameters)?;
        add_query(&mut url, parameters, "QueryParameters")?;
        headers.insert(RANGE, HeaderValue::from_static("bytes=0-262144"));
        let agent = format!("Amazon|StepFunctions|HttpInvoke|{}", self.config.aws.region());
        headers.insert(
            USER_AGENT,
            HeaderValue::from_str(&agent).map_err(|_| parameters.invalid("Headers"))?,
        );
        let mut body = parameters.get("RequestBody").cloned();
        if let Some(caller) = caller {
            caller.apply((&mut url, &mut headers, &mut body), parameters)?;
        }
        let body = match array_format(parameters)? {
            Some(format) => form_body(body.as_ref(), format, &headers, parameters)?,
            None => json_body(body.as_ref(), &mut headers),
        };
        Ok(Request {
            method: method_without_default(parameters)?,
            url,
            headers,
            body,
            timeout: TIMEOUT,
            answer_bytes_max: PAYLOAD_BYTES_MAX,
        })
    }
}

fn endpoint(parameters: &Parameters<'_>) -> Result<Url, TaskError> {
    let text = parameters.required_text("ApiEndpoint")?;
    let url = Url::parse(text).map_err(|_| parameters.invalid("ApiEndpoint"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if own_network::contains(&url) => Ok(url),
        _ => Err(parameters
            .refuse("The field 'ApiEndpoint' must be an https URL; http is for one's own network")),
    }
}

fn method_without_default(parameters: &Parameters<'_>) -> Result<reqwest::Method, TaskError> {
    parameters.required_text("Method")?;
    method(parameters, "Method", "")
}

fn refuse_forbidden(headers: &HeaderMap, parameters: &Parameters<'_>) -> Result<(), TaskError> {
    let forbidden = |name: &str| {
        FORBIDDEN_HEADERS
            .iter()
            .any(|rule| if rule.ends_with('-') { name.starts_with(rule) } else { name == *rule })
    };
    match headers.keys().find(|name| forbidden(name.as_str())) {
        Some(name) => Err(parameters.refuse(format_args!("The header '{name}' cannot be set"))),
        None => Ok(()),
    }
}

fn connection_arn<'a>(parameters: &'a Parameters<'_>) -> Result<Option<&'a str>, TaskError> {
    for name in ["Authentication", "InvocationConfig"] {
        if let Some(members) = parameters.object(name)? {
            let arn = members.get("ConnectionArn").and_then(Json::as_str);
            return arn.map(Some).ok_or_else(|| parameters.invalid(name));
        }
    }
    Ok(None)
}

/// Reads `Transform`: the form of lists if the body goes as a form.
fn array_format(parameters: &Parameters<'_>) -> Result<Option<ArrayFormat>, TaskError> {
    let Some(transform) = parameters.object("Transform")? else {
        return Ok(None);
    };
    let options = transform.get("RequestEncodingOptions");
    let format = options.and_then(|options| options.get("ArrayFormat"));
    let format = match format.map(Json::as_str) {
        None => ArrayFormat::Indices,
        Some(text) => {
            text.and_then(ArrayFormat::parse).ok_or_else(|| parameters.invalid("Transform"))?
        }
    };
    match transform.get("RequestBodyEncoding").map(Json::as_str) {
        None | Some(Some("NONE")) => Ok(None),
        Some(Some("URL_ENCODED")) => Ok(Some(format)),
        Some(_) => Err(parameters.invalid("Transform")),
    }
}

fn form_body(
    body: Option<&Json>,
    format: ArrayFormat,
    headers: &HeaderMap,
    parameters: &Parameters<'_>,
) -> Result<Option<Vec<u8>>, TaskError> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded")) {
        return Err(parameters.refuse(
            "RequestBodyEncoding URL_ENCODED needs the header content-type to be \
             application/x-www-form-urlencoded",
        ));
    }
    match body {
        None => Ok(None),
        Some(Json::Object(members)) => Ok(Some(form::encode(members, format).into_bytes())),
        Some(_) => Err(parameters.invalid("RequestBody")),
    }
}

fn refuse_binary(answer: &Answer) -> Result<(), TaskError> {
    let media_type = answer.media_type();
    let kind = media_type.split('/').next().unwrap_or_default();
    if media_type == "application/octet-stream" || matches!(kind, "image" | "video" | "audio") {
        let cause = format!("The answer's content type {media_type} is not supported");
        return Err(TaskError::new("States.Runtime", cause));
    }
    Ok(())
}

fn no_answer(reason: NoAnswer, job: &Job) -> TaskError {
    match reason {
        NoAnswer::Timeout => TaskError::new(
            "States.Http.Socket",
            format!("There was no whole answer within {} seconds", TIMEOUT.as_secs()),
        ),
        NoAnswer::Socket(why) => TaskError::new("States.Http.Socket", why),
        NoAnswer::TooLarge => result_too_large(job),
    }
}
