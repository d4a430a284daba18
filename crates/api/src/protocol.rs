//! AWS JSON: `POST /` with the action in a header. Step Functions speaks version 1.0 of it,
//! EventBridge version 1.1.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use compasso_service::{Act, ActEnd, Caller, Error};

use crate::errors::Failure;
use crate::identity::{self, Identity};
use crate::permissions::{self, Rule};
use crate::reader::{ask_again, status};
use crate::rest::{self, watch};
use crate::signature::Signed;
use crate::{
    Edge, access, actions, caller, connection_actions, console, origin, own_actions, request, trace,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const TARGET: &str = "x-amz-target";

/// The protocol of an API.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    StepFunctions,
    /// As far as HTTP tasks need it: its connections.
    EventBridge,
    /// What AWS does not have, in the manner of Step Functions.
    Compasso,
}

impl Protocol {
    /// Returns the protocol of a target and the action it names.
    fn of(target: &str) -> Option<(Self, &str)> {
        let step_functions = target.strip_prefix("AWSStepFunctions.");
        let action = step_functions.map(|action| (Self::StepFunctions, action));
        action
            .or_else(|| Some((Self::EventBridge, target.strip_prefix("AWSEvents.")?)))
            .or_else(|| Some((Self::Compasso, target.strip_prefix("Compasso.")?)))
    }

    fn content(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::StepFunctions | Self::Compasso => "application/x-amz-json-1.0",
            Self::EventBridge => "application/x-amz-json-1.1",
        })
    }

    /// Returns the rule of an action, if there is such an action.
    fn rule(self, action: &str) -> Option<Rule> {
        match self {
            Self::StepFunctions => permissions::of_step_functions(action),
            Self::EventBridge => permissions::of_event_bridge(action),
            Self::Compasso => permissions::of_compasso(action),
        }
    }

    /// Returns the service that requests are signed for.
    fn signing_name(self) -> &'static str {
        match self {
            Self::StepFunctions | Self::Compasso => "states",
            Self::EventBridge => "events",
        }
    }
}

/// Answers one request.
pub(crate) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (protocol, action) = Protocol::of(target(&parts.headers)).unzip();
    let protocol = protocol.unwrap_or(Protocol::StepFunctions);
    let action = action.map(str::to_owned);
    respond(&edge, protocol, act(&edge, protocol, action.as_deref(), parts, body).await)
}

/// Answers a path that nothing is at; people get the console, which says so.
pub(crate) async fn unknown_path(State(edge): State<Edge>, request: Request) -> Response {
    if console::is_for_people(&request) {
        let mut response = console::page(State(edge)).await;
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    refuse(&edge, StatusCode::NOT_FOUND, &request)
}

/// Answers a method that a path does not have.
pub(crate) async fn unknown_method(State(edge): State<Edge>, request: Request) -> Response {
    refuse(&edge, StatusCode::METHOD_NOT_ALLOWED, &request)
}

/// Says in the words of the protocol of a path that it does not have that.
fn refuse(edge: &Edge, status: StatusCode, request: &Request) -> Response {
    let path = request.uri().path();
    let failure = Failure::unknown_path(status, request.method(), path);
    if path.starts_with(rest::ROOT) {
        return rest::respond(edge, Err(failure));
    }
    respond(edge, Protocol::StepFunctions, Err(failure))
}

fn respond(edge: &Edge, protocol: Protocol, outcome: Result<Bytes, Failure>) -> Response {
    let id = edge.service.new_id();
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(failure) => {
            tracing::debug!(id, name = failure.name, message = failure.message, "request refused");
            (failure.status, failure.body())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    ask_again(&mut response);
    let id = HeaderValue::from_str(&id).expect("a UUID is a header value");
    response.headers_mut().extend([(CONTENT_TYPE, protocol.content()), (REQUEST_ID, id)]);
    response
}

/// A request whose sender is known.
pub(crate) struct Call<'a> {
    headers: &'a HeaderMap,
    proven: Option<Caller>,
    /// Its body.
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// Returns who asks.
    pub(crate) fn caller(&self) -> Caller {
        self.proven.clone().unwrap_or_else(|| caller::claimed(self.headers))
    }

    /// Returns the trace the caller works in.
    pub(crate) fn trace_header(&self) -> Option<String> {
        trace::header(self.headers)
    }
}

/// Carries out an action, as an act that is recorded if it changes something.
async fn act(
    edge: &Edge,
    protocol: Protocol,
    action: Option<&str>,
    parts: Parts,
    body: Body,
) -> Result<Bytes, Failure> {
    edge.service.open_access().await?;
    let rule = action.and_then(|action| protocol.rule(action));
    let told = rule.and_then(|rule| rule.action);
    let from = watch::from(&parts.headers, &parts.extensions);
    let act = Act::new(edge.service.now(), told.unwrap_or(watch::LOOKED), from);
    if told.is_none() {
        let outcome = act.scope(carry_out(edge, protocol, rule, &parts, body)).await;
        if let Err(failure) = &outcome
            && is_refusal(failure)
        {
            conclude(edge, &act, failure).await;
        }
        return outcome;
    }
    let (edge, task) = (edge.clone(), act.clone());
    let work = async move {
        let work = Box::pin(carry_out(&edge, protocol, rule, &parts, body));
        let outcome = edge.service.attend(task.clone(), work).await;
        match &outcome {
            Ok(_) => edge.service.conclude(&task, ActEnd::Done).await,
            Err(failure) => conclude(&edge, &task, failure).await,
        }
        outcome
    };
    // A task of its own: what has begun is recorded even if the caller hangs up.
    let broken = || Failure::from(Error::Unavailable("the request broke off; see the log".into()));
    tokio::spawn(work).await.unwrap_or_else(|_| Err(broken()))
}

async fn carry_out(
    edge: &Edge,
    protocol: Protocol,
    rule: Option<Rule>,
    parts: &Parts,
    body: Body,
) -> Result<Bytes, Failure> {
    let body = request::read(&parts.headers, body, edge.settings.request_bytes_max).await?;
    let proven = admit(edge, protocol, rule, parts, &body)?;
    let headers = &parts.headers;
    let Some((_, action)) = Protocol::of(target(headers)) else {
        let target = target(headers);
        return Err(Failure::unknown_operation(format!("Unknown target: '{target}'")));
    };
    match (protocol, &proven) {
        // Connections go by their names within the caller's account.
        (Protocol::EventBridge, _) => {}
        (_, Some(caller)) => access::check_body(caller, action, &body)?,
        (_, None) => access::check_claim(headers, action, &body)?,
    }
    let call = Call { headers, proven, body: &body };
    if let (Protocol::StepFunctions, Some(throttle)) = (protocol, &edge.throttle) {
        throttle.count(action, &call.caller(), edge.service.now())?;
    }
    if let Some(rule) = rule.filter(|rule| rule.action.is_some()) {
        access::tell_subject(rule, &body);
        rule.tell(&body);
    }
    match protocol {
        Protocol::StepFunctions => actions::act(&edge.service, action, &call).await,
        Protocol::EventBridge => connection_actions::act(&edge.service, action, &call).await,
        Protocol::Compasso => own_actions::act(edge, action, &call).await,
    }
}

/// Lets somebody in whose role does; returns who it is, if that is known.
fn admit(
    edge: &Edge,
    protocol: Protocol,
    rule: Option<Rule>,
    parts: &Parts,
    body: &[u8],
) -> Result<Option<Caller>, Failure> {
    let (who, caller) = if edge.is_open() {
        origin::check(&parts.headers)?;
        (Identity::nobody(), None)
    } else if let Some(who) = identity::bearer(edge, &parts.headers)? {
        let caller = who.caller(&parts.headers);
        (who, Some(caller))
    } else {
        let signed = Signed { service: protocol.signing_name(), parts, body };
        let (who, caller) = edge.signer(&signed)?;
        (who, Some(caller))
    };
    Act::is_by(who.who());
    if let Some(rule) = rule {
        rule.permit(&who, target(&parts.headers))?;
    }
    Ok(caller)
}

/// Records that something was not done.
async fn conclude(edge: &Edge, act: &Act, failure: &Failure) {
    let error = failure.name.to_owned();
    let end = if is_refusal(failure) { ActEnd::Refused(error) } else { ActEnd::Failed(error) };
    edge.service.conclude(act, end).await;
}

/// Says whether somebody is not known, or may not do something.
fn is_refusal(failure: &Failure) -> bool {
    matches!(status(failure), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// Returns what is asked for. Two targets are none: a proxy might have let the other one through.
fn target(headers: &HeaderMap) -> &str {
    let mut targets = headers.get_all(TARGET).iter();
    match (targets.next(), targets.next()) {
        (Some(target), None) => target.to_str().unwrap_or(""),
        _ => "",
    }
}

impl Failure {
    /// Writes the error as both protocols do.
    pub(crate) fn body(&self) -> Bytes {
        serde_json::to_vec(self).expect("an error is plain data").into()
    }
}
