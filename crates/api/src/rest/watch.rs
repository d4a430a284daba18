//! What goes around every request: what access needs is read, the act that it is goes along, and what
//! was changed or refused is recorded.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use compasso_service::{Act, ActEnd, Error, origin};

use super::answer::respond;
use super::permissions;
use crate::Edge;
use crate::errors::Failure;

/// What the log calls requests that change nothing, if they are refused.
pub(crate) const LOOKED: &str = "access";
/// Where those who pass requests on say whose they are.
const FORWARDED: &str = "x-forwarded-for";

/// The name of the error that a request was answered with.
#[derive(Clone, Copy)]
pub(super) struct Refused(pub(super) &'static str);

/// Has a request answered.
pub(super) async fn watch(
    State(edge): State<Edge>,
    matched: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    if let Err(error) = edge.service.open_access().await {
        return respond(&edge, Err(error.into()));
    }
    let (route, path) = (matched.as_str(), request.uri().path());
    let subject = permissions::subject(route, path).unwrap_or_else(|| path.to_owned());
    let rule = permissions::rule(request.method(), route);
    let action = permissions::action(rule, request.uri());
    let from = from(request.headers(), request.extensions());
    let act = Act::new(edge.service.now(), action.unwrap_or(LOOKED), from);
    if action.is_none() {
        let response = act.scope(about(subject, next.run(request))).await;
        return finish(&edge, &act, response, false).await;
    }
    let service = edge.service.clone();
    let work = async move {
        let response = service.attend(act.clone(), about(subject, next.run(request))).await;
        finish(&edge, &act, response, true).await
    };
    // A task of its own: what has begun is recorded even if the caller hangs up.
    tokio::spawn(work).await.unwrap_or_else(|_| broken())
}

/// Returns where a request came from.
pub(crate) fn from(headers: &HeaderMap, extensions: &Extensions) -> Option<String> {
    let forwarded = headers.get(FORWARDED).and_then(|value| value.to_str().ok());
    origin(forwarded, extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()))
}

async fn about<T>(subject: String, work: impl Future<Output = T>) -> T {
    Act::may_concern(subject);
    work.await
}

async fn finish(edge: &Edge, act: &Act, response: Response, is_told: bool) -> Response {
    let end = end(&response);
    if is_told || matches!(end, ActEnd::Refused(_)) {
        edge.service.conclude(act, end).await;
    }
    response
}

/// Returns how a request ended, as its answer says.
fn end(response: &Response) -> ActEnd {
    let status = response.status();
    let named = response.extensions().get::<Refused>();
    let error = || named.map_or_else(|| status.as_u16().to_string(), |it| it.0.to_owned());
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ActEnd::Refused(error()),
        _ if status.is_client_error() || status.is_server_error() => ActEnd::Failed(error()),
        _ => ActEnd::Done,
    }
}

fn broken() -> Response {
    let failure = Failure::from(Error::Unavailable("the request broke off; see the log".into()));
    let mut response = Response::new(failure.body().into());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}
