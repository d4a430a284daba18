//! Where requests go.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONNECTION, HOST};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{any, get};
use bytes::Bytes;
use compasso_cluster::{Edge, Here, Member};
use futures::stream;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::register::Register;
use crate::{member, until};

const BYTES_MAX: usize = 1 << 20;

/// A node of the test's own, with the engine `router` if it has one.
fn edge(member: &Member, router: Option<Router>) -> Router {
    let here = router.map(|router| Here { router, runtime: Handle::current() });
    let (sender, here) = watch::channel(here);
    // It stays as it is.
    std::mem::forget(sender);
    Edge::new(member.clone(), here, Router::new().route("/metrics", get(|| async { "own" })))
        .router()
}

/// Serves an owner of the store, and returns a node that stands by.
async fn standby(register: &Arc<Register>, router: Router) -> (Member, Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let owner = member(register, "a", &listener.local_addr().unwrap().to_string());
    until(&owner, |standing| standing.owns).await;
    let answers = edge(&owner, Some(router));
    tokio::spawn(async move { axum::serve(listener, answers).await });
    let other = member(register, "b", "127.0.0.1:1");
    until(&other, |standing| standing.asked.is_some()).await;
    let answers = edge(&other, None);
    (owner, answers)
}

fn request(method: Method, path: &str, body: &'static str) -> Request {
    Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, "front.example.com")
        .header("authorization", "signed")
        .header(CONNECTION, "keep-alive")
        .body(Body::from(body))
        .unwrap()
}

async fn text(answer: Response) -> String {
    let bytes = to_bytes(answer.into_body(), BYTES_MAX).await.unwrap();
    String::from_utf8(bytes.into()).unwrap()
}

/// Answers with what it was asked.
async fn echo(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BYTES_MAX).await.unwrap();
    let header =
        |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let seen = format!(
        "{} {} {:?} {:?} {:?} {}",
        parts.method,
        parts.uri,
        header("host"),
        header("authorization"),
        header("compasso-sent-on-by"),
        String::from_utf8_lossy(&body)
    );
    Response::builder()
        .status(StatusCode::CREATED)
        .header("x-answer", "1")
        .body(seen.into())
        .unwrap()
}

#[tokio::test]
async fn a_node_that_stands_by_sends_requests_on_as_they_are() {
    let register = Register::new();
    let (_owner, standby) = standby(&register, Router::new().fallback(any(echo))).await;
    for _ in 0..3 {
        let sent = request(Method::POST, "/api/v1/runs?limit=1&x=%2F", "body");
        let answer = standby.clone().oneshot(sent).await.unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["x-answer"]),
            (StatusCode::CREATED, &"1".parse().unwrap())
        );
        assert_eq!(
            text(answer).await,
            r#"POST /api/v1/runs?limit=1&x=%2F Some("front.example.com") Some("signed") Some("b") body"#
        );
    }
}

#[tokio::test]
async fn a_node_answers_for_itself() {
    let register = Register::new();
    let (_owner, standby) = standby(&register, Router::new()).await;
    let ask = |path| standby.clone().oneshot(request(Method::GET, path, ""));
    assert_eq!(text(ask("/healthz").await.unwrap()).await, "ok\n");
    assert!(text(ask("/readyz").await.unwrap()).await.starts_with("standby of 127.0.0.1:"));
    assert_eq!(text(ask("/metrics").await.unwrap()).await, "own");
}

#[tokio::test]
async fn an_owner_says_at_readyz_what_its_engine_says() {
    let register = Register::new();
    let owner = member(&register, "a", "127.0.0.1:1");
    until(&owner, |standing| standing.owns).await;
    for (status, said, expected) in [
        (StatusCode::OK, "ok\n", "owner\n"),
        (StatusCode::OK, "ok\nno room\n", "owner\nno room\n"),
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n", "not ready\n"),
    ] {
        let engine = Router::new().route("/readyz", get(move || async move { (status, said) }));
        let asked = edge(&owner, Some(engine)).oneshot(request(Method::GET, "/readyz", ""));
        let answer = asked.await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(text(answer).await, expected);
    }
}

#[tokio::test]
async fn figures_are_the_node_s_own_when_another_takes_over_meanwhile() {
    let register = Register::new();
    let owner = member(&register, "a", "127.0.0.1:1");
    until(&owner, |standing| standing.owns).await;
    let _other = member(&register, "b", "127.0.0.1:2");
    let (taken, seen) = (register.clone(), owner.clone());
    let figures = move || async move {
        taken.enthrone("b");
        until(&seen, |standing| !standing.owns).await;
        "of the engine"
    };
    let router = edge(&owner, Some(Router::new().route("/metrics", get(figures))));
    let answer = router.oneshot(request(Method::GET, "/metrics", "")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(text(answer).await, "own");
}

#[tokio::test]
async fn a_request_waits_until_there_is_an_owner() {
    let register = Register::new();
    register.set_away(true);
    let other = member(&register, "b", "127.0.0.1:1");
    // It is none of those that could be the owner.
    other.resign(None).await;
    let answers = edge(&other, None);
    let waiting = tokio::spawn(answers.oneshot(request(Method::POST, "/", "body")));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let owner = member(&register, "a", &listener.local_addr().unwrap().to_string());
    register.set_away(false);
    until(&owner, |standing| standing.owns).await;
    let router = edge(&owner, Some(Router::new().fallback(any(echo))));
    tokio::spawn(async move { axum::serve(listener, router).await });
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn an_answer_that_is_being_read_ends_with_its_owner() {
    let register = Register::new();
    let endless = || async {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"first"))]);
        Body::from_stream(futures::StreamExt::chain(first, stream::pending()))
    };
    let (_owner, standby) = standby(&register, Router::new().route("/", get(endless))).await;
    let answer = standby.oneshot(request(Method::GET, "/", "")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    // The owner is frozen, and this node takes over.
    register.enthrone("b");
    assert_eq!(text(answer).await, "first");
}

#[tokio::test]
async fn who_hangs_up_is_missed_by_the_owner() {
    struct Gone(Option<tokio::sync::oneshot::Sender<()>>);
    impl Drop for Gone {
        fn drop(&mut self) {
            let _ = self.0.take().unwrap().send(());
        }
    }
    let register = Register::new();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (gone, is_gone) = tokio::sync::oneshot::channel();
    let first = Arc::new(std::sync::Mutex::new(Some((begun, Gone(Some(gone))))));
    let poll = move || async move {
        let (begun, _gone) = first.lock().unwrap().take().unwrap();
        begun.send(()).unwrap();
        std::future::pending::<()>().await;
    };
    let (_owner, standby) = standby(&register, Router::new().route("/", get(poll))).await;
    let asking = tokio::spawn(standby.oneshot(request(Method::GET, "/", "")));
    has_begun.await.unwrap();
    asking.abort();
    is_gone.await.unwrap();
}
