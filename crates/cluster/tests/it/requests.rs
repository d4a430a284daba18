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
    let here = router.map(|router| Here::new(router, Handle::current()));
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

/// Has an owner answer by itself, without a node around it; returns one that stands by.
async fn standby_of(register: &Arc<Register>, router: Router) -> (Member, Member, Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let owner = member(register, "a", &listener.local_addr().unwrap().to_string());
    until(&owner, |standing| standing.owns).await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    let other = member(register, "b", "127.0.0.1:1");
    until(&other, |standing| standing.asked.is_some()).await;
    let answers = edge(&other, None);
    (owner, other, answers)
}

#[tokio::test]
async fn an_owner_that_hands_over_is_waited_for_while_it_answers_what_it_began() {
    let register = Register::new();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let once = Arc::new(std::sync::Mutex::new(Some((begun, released))));
    let slow = move || async move {
        let (begun, released) = once.lock().unwrap().take().unwrap();
        begun.send(()).unwrap();
        released.await.unwrap();
        StatusCode::CREATED
    };
    let router = Router::new().route("/", axum::routing::post(slow));
    let (_owner, other, standby) = standby_of(&register, router).await;
    let asking = tokio::spawn(standby.oneshot(request(Method::POST, "/", "body")));
    has_begun.await.unwrap();
    let _next = member(&register, "c", "127.0.0.1:2");
    until(&other, |standing| standing.roll.nodes.len() == 3).await;
    register.enthrone("c");
    until(&other, |standing| standing.roll.owner.as_deref() == Some("c")).await;
    release.send(()).unwrap();
    assert_eq!(asking.await.unwrap().unwrap().status(), StatusCode::CREATED);
}

#[tokio::test]
async fn what_an_owner_has_certainly_not_begun_is_sent_to_the_next_one() {
    let register = Register::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let next = member(&register, "c", &listener.local_addr().unwrap().to_string());
    // It is not the first to take the store.
    next.resign(None).await;
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(echo))).await });
    let hands_over = register.clone();
    let refuse = move || async move {
        hands_over.enthrone("c");
        (StatusCode::SERVICE_UNAVAILABLE, [("compasso-unbegun", "1")], "ask again")
    };
    let router = Router::new().fallback(any(refuse));
    let (_owner, _other, standby) = standby_of(&register, router).await;
    let answer = standby.oneshot(request(Method::POST, "/x", "body")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert!(text(answer).await.ends_with(" body"));
}

#[tokio::test]
async fn a_node_says_at_once_that_it_has_not_begun_what_is_another_one_s_to_answer() {
    let register = Register::new();
    let (_owner, standby) = standby(&register, Router::new()).await;
    let mut sent = request(Method::POST, "/", "body");
    sent.headers_mut().insert("compasso-sent-on-by", "c".parse().unwrap());
    let answer = standby.oneshot(sent).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("compasso-unbegun"));
}

#[tokio::test]
async fn an_engine_s_end_can_wait_for_the_answers_to_what_it_began() {
    let register = Register::new();
    let owner = member(&register, "a", "127.0.0.1:1");
    until(&owner, |standing| standing.owns).await;
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let once = Arc::new(std::sync::Mutex::new(Some(released)));
    let slow = move || async move {
        let released = once.lock().unwrap().take().unwrap();
        released.await.unwrap();
        "done"
    };
    let here = Here::new(Router::new().route("/", get(slow)), Handle::current());
    let (engine, engines) = watch::channel(Some(here.clone()));
    let router = Edge::new(owner.clone(), engines, Router::new()).router();
    let mut asking = Box::pin(router.oneshot(request(Method::GET, "/", "")));
    assert!(futures::poll!(&mut asking).is_pending());
    engine.send_replace(None);
    assert!(futures::poll!(Box::pin(here.answered())).is_pending());
    release.send(()).unwrap();
    assert_eq!(text(asking.await.unwrap()).await, "done");
    // An answer that is made is the caller's, whatever becomes of the node.
    register.enthrone("b");
    here.answered().await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_reach_the_owner_says_so_and_who_it_is() {
    let register = Register::new();
    // The port is free again.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let owner = member(&register, "a", &address.to_string());
    until(&owner, |standing| standing.owns).await;
    let other = member(&register, "b", "127.0.0.1:1");
    until(&other, |standing| standing.asked.is_some()).await;
    let (_engine, engines) = watch::channel(None);
    let edge = Edge::new(other, engines, Router::new());
    let looks = edge.clone();
    tokio::spawn(async move { looks.look_around("127.0.0.1:1").await });
    let said = loop {
        let answer = edge.clone().router().oneshot(request(Method::GET, "/readyz", ""));
        let answer = answer.await.unwrap();
        if answer.status() != StatusCode::OK {
            break text(answer).await;
        }
        // This is no time: the clock of the test goes on when there is nothing else to do.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert!(said.starts_with(&format!("the owner {address} cannot be reached: ")), "{said}");
}

#[tokio::test]
async fn who_has_not_heard_of_the_store_for_a_lease_is_not_ready() {
    let register = Register::new();
    let (_owner, _other, standby) = standby_of(&register, Router::new()).await;
    register.set_away(true);
    let ask = || standby.clone().oneshot(request(Method::GET, "/readyz", ""));
    let said = loop {
        let answer = ask().await.unwrap();
        if answer.status() != StatusCode::OK {
            break text(answer).await;
        }
        tokio::task::yield_now().await;
    };
    assert!(said.starts_with("the database does not answer"), "{said}");
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

/// Asks a node whether it is ready until it says something else than `told`.
async fn ready_but(edge: &Edge, told: &str) -> (StatusCode, String) {
    loop {
        let answer = edge.clone().router().oneshot(request(Method::GET, "/readyz", "")).await;
        let answer = answer.unwrap();
        let status = answer.status();
        let said = text(answer).await;
        if said != told {
            return (status, said);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn no_node_is_ready_while_the_store_may_lose_what_it_is_given() {
    let register = Register::new();
    let owner = member(&register, "a", "127.0.0.1:1");
    until(&owner, |standing| standing.owns).await;
    let other = member(&register, "b", "127.0.0.1:1");
    until(&other, |standing| standing.asked.is_some()).await;
    let danger = watch::Sender::new(None);
    let engine =
        Here::new(Router::new().route("/readyz", get(|| async { "ok\n" })), Handle::current());
    let (_here, here) = watch::channel(Some(engine));
    let (_none, none) = watch::channel(None);
    for (member, here, is_well) in
        [(owner.clone(), here, "owner\n"), (other.clone(), none, "standby of 127.0.0.1:1\n")]
    {
        let edge = Edge::new(member, here, Router::new()).minding(danger.subscribe());
        danger.send_replace(Some("fsync is off".into()));
        let said = ready_but(&edge, "").await;
        assert_eq!(said, (StatusCode::SERVICE_UNAVAILABLE, "fsync is off\n".to_owned()));
        danger.send_replace(None);
        assert_eq!(ready_but(&edge, "").await, (StatusCode::OK, is_well.to_owned()));
    }
}

#[tokio::test]
async fn a_node_that_was_asked_to_stop_is_not_ready_and_sends_requests_on() {
    let register = Register::new();
    let (_owner, _) = standby(&register, Router::new().fallback(any(echo))).await;
    let other = member(&register, "c", "127.0.0.1:1");
    until(&other, |standing| standing.asked.is_some()).await;
    let (_none, none) = watch::channel(None);
    let edge = Edge::new(other, none, Router::new());
    assert_eq!(ready_but(&edge, "").await.0, StatusCode::OK);
    edge.stop();
    let said = ready_but(&edge, "").await;
    assert_eq!(said, (StatusCode::SERVICE_UNAVAILABLE, "this node is stopping\n".to_owned()));
    let answer = edge.router().oneshot(request(Method::POST, "/", "body")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_store_that_nobody_can_take_says_why() {
    let register = Register::new();
    register.hinder(Some("only a part is there"));
    let only = member(&register, "a", "127.0.0.1:1");
    until(&only, |standing| standing.hindrance.is_some()).await;
    let (_none, none) = watch::channel(None);
    let edge = Edge::new(only.clone(), none, Router::new());
    let (status, said) = ready_but(&edge, "no owner\n").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(said.starts_with("no owner: ") && said.contains("only a part is there"), "{said}");
    register.hinder(None);
    let taken = until(&only, |standing| standing.owns).await;
    assert_eq!(taken.hindrance, None);
}

#[tokio::test]
async fn a_node_that_ends_lets_nobody_wait_for_an_owner() {
    let register = Register::new();
    register.hinder(Some("nobody can"));
    let only = member(&register, "a", "127.0.0.1:1");
    let (_none, none) = watch::channel(None);
    let edge = Edge::new(only, none, Router::new());
    let mut waiting = Box::pin(edge.clone().router().oneshot(request(Method::POST, "/", "x")));
    assert!(futures::poll!(&mut waiting).is_pending());
    edge.end();
    let answer = waiting.await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("compasso-unbegun"));
}
