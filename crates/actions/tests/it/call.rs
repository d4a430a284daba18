//! `compasso:call`: calls of well-behaved servers and of others.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use compasso_runtime::TaskEnd;
use compasso_types::Json;
use tokio::net::TcpListener;

use crate::workbench::{actions, end, json, run, serve};

/// Serves what it was sent.
async fn mirror(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), Json::from(value.to_str().unwrap())));
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let seen = Json::object([
        ("method", Json::from(parts.method.as_str())),
        ("uri", Json::from(parts.uri.to_string().as_str())),
        ("headers", Json::object(headers)),
        ("body", Json::from(String::from_utf8_lossy(&body).as_ref())),
    ]);
    ([("content-type", "application/json")], seen.to_string()).into_response()
}

async fn server() -> String {
    let busy = get(|| async { (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "7")], "busy") });
    let moved =
        |to: &'static str| any(move || async move { (StatusCode::FOUND, [(LOCATION, to)]) });
    let routes = Router::new()
        .route("/busy", busy)
        .route("/rows", get(|| async { ([("content-type", "application/json")], r#"{"n":3}"#) }))
        .route("/large", get(|| async { "x".repeat(300_000) }))
        .route("/bytes", get(|| async { vec![0xff_u8, 0] }))
        .route("/moved", moved("/mirror"))
        .route("/endless", moved("/endless"))
        .fallback(mirror);
    serve(routes).await
}

async fn seen(parameters: &str) -> Json {
    let output = run(&actions(), "call", &json(parameters, &server().await)).await.unwrap();
    output.get("body").unwrap().clone()
}

#[tokio::test]
async fn a_call_is_made_as_described() {
    let parameters = r#"{"method":"PUT","url":"URL/a?x=1","headers":{"X-A":"b","X-N":7},
        "query":{"q":"a b&c","many":[1,2]},"body":{"k":"é"},"idempotency_key":"run/task",
        "auth":{"bearer":"t"}}"#;
    let seen = seen(parameters).await;
    assert_eq!(seen.get("method"), Some(&Json::from("PUT")));
    assert_eq!(seen.get("uri"), Some(&Json::from("/a?x=1&q=a+b%26c&many=1&many=2")));
    assert_eq!(seen.get("body"), Some(&Json::from(r#"{"k":"é"}"#)));
    let headers = seen.get("headers").unwrap();
    for (name, value) in [
        ("x-a", "b"),
        ("x-n", "7"),
        ("content-type", "application/json"),
        ("idempotency-key", "run/task"),
        ("authorization", "Bearer t"),
    ] {
        assert_eq!(headers.get(name), Some(&Json::from(value)), "{name}");
    }
}

#[tokio::test]
async fn a_call_with_a_body_is_a_post_and_a_form_is_encoded() {
    let seen = seen(
        r#"{"url":"URL","form":{"a":"x y","b":1},"auth":{"basic":{"username":"u","password":"p"}}}"#,
    )
    .await;
    assert_eq!(seen.get("method"), Some(&Json::from("POST")));
    assert_eq!(seen.get("body"), Some(&Json::from("a=x+y&b=1")));
    let headers = seen.get("headers").unwrap();
    assert_eq!(headers.get("content-type"), Some(&"application/x-www-form-urlencoded".into()));
    assert_eq!(headers.get("authorization"), Some(&Json::from("Basic dTpw")));
}

#[tokio::test]
async fn the_result_has_status_headers_and_body() {
    let parameters = json(r#"{"url":"URL/rows"}"#, &server().await);
    let output = run(&actions(), "call", &parameters).await.unwrap();
    assert_eq!(output.get("status"), Some(&Json::from(200)));
    assert_eq!(output.get("body").unwrap().get("n"), Some(&Json::from(3)));
    let headers = output.get("headers").unwrap();
    assert_eq!(headers.get("content-type"), Some(&Json::from("application/json")));
    let parameters = json(r#"{"url":"URL/bytes"}"#, &server().await);
    let output = run(&actions(), "call", &parameters).await.unwrap();
    assert_eq!(output.get("body"), Some(&Json::from("/wA=")));
}

async fn failure(parameters: &str) -> (String, String) {
    run(&actions(), "call", &json(parameters, &server().await)).await.unwrap_err()
}

#[tokio::test]
async fn errors_are_named_after_what_went_wrong() {
    assert_eq!(failure(r#"{"url":"URL/busy"}"#).await, ("Http503".into(), "busy".into()));
    assert_eq!(failure(r#"{"url":"URL/moved"}"#).await.0, "Http302");
    assert_eq!(failure(r#"{"url":"URL/large"}"#).await.0, "OutputTooLarge");
    let (error, cause) = failure(r#"{"url":"http://127.0.0.1:1/?secret=x"}"#).await;
    assert_eq!(error, "Connection");
    assert!(!cause.contains("secret"), "{cause}");
}

#[tokio::test]
async fn a_server_that_says_nothing_runs_into_the_time_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let parameters = json(r#"{"url":"URL","timeout":"20ms"}"#, &url);
    let (error, cause) = run(&actions(), "call", &parameters).await.unwrap_err();
    assert_eq!((&*error, &*cause), ("Timeout", "There was no whole answer within 20 ms"));
}

#[tokio::test]
async fn what_is_expected_of_the_answer_decides() {
    for (path, expect, error) in [
        ("rows", r#""status = 200 and body.n > 2""#, None),
        ("rows", r#""body.n > 3""#, Some("Expectation")),
        ("rows", r#""body.none""#, Some("Expectation")),
        ("rows", r#""body.n""#, Some("Expectation")),
        ("rows", r#""$error()""#, Some("Expectation")),
        ("rows", r#"{"$expr":"body.n = params.n","context":{"params":{"n":3}}}"#, None),
        ("busy", r#""status = 503""#, None),
        ("busy", r#""status = 200""#, Some("Http503")),
    ] {
        let parameters = format!(r#"{{"url":"URL/{path}","expect":{expect}}}"#);
        let ended = run(&actions(), "call", &json(&parameters, &server().await)).await;
        assert_eq!(ended.err().map(|failure| failure.0).as_deref(), error, "{expect}");
    }
}

#[tokio::test]
async fn redirects_are_followed_as_often_as_is_allowed() {
    let seen = seen(r#"{"url":"URL/moved","redirects":1,"body":"x"}"#).await;
    assert_eq!(seen.get("method"), Some(&Json::from("GET")));
    assert_eq!(seen.get("uri"), Some(&Json::from("/mirror")));
    assert_eq!(failure(r#"{"url":"URL/endless","redirects":10}"#).await.0, "Http302");
}

#[tokio::test]
async fn another_server_is_not_told_who_asks() {
    let there = server().await;
    let to = format!("{there}/mirror");
    let here = any(move || async move { (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]) });
    let here = serve(Router::new().fallback(here)).await;
    let parameters = r#"{"url":"URL","redirects":1,"auth":{"bearer":"t"},
        "headers":{"X-Api-Key":"b","Accept":"text/plain"}}"#;
    let output = run(&actions(), "call", &json(parameters, &here)).await.unwrap();
    let headers = output.get("body").unwrap().get("headers").unwrap().clone();
    for name in ["authorization", "x-api-key", "idempotency-key"] {
        assert_eq!(headers.get(name), None, "{name}");
    }
    assert_eq!(headers.get("accept"), Some(&Json::from("text/plain")));
    let parameters = json(r#"{"url":"URL","redirects":1,"method":"PUT","body":"x"}"#, &here);
    let failure = run(&actions(), "call", &parameters).await.unwrap_err();
    assert_eq!(failure.0, "Http307", "a body is for the first server alone");
}

#[tokio::test]
async fn a_call_that_waits_tells_where_it_can_be_ended() {
    let url = "http://compasso.test:8400/api/v1/callbacks/token-1";
    let parameters =
        json(r#"{"url":"URL","body":{"back":"to /api/v1/callbacks/token-1"}}"#, &server().await);
    let ended = end(&actions(), "call.waitForTaskToken", &parameters).await;
    let TaskEnd::Submitted(output) = ended else { panic!("{ended:?}") };
    let seen = output.value().get("body").unwrap();
    let headers = seen.get("headers").unwrap();
    assert_eq!(headers.get("x-callback-url"), Some(&Json::from(url)));
    let body = format!(r#"{{"back":"to {url}"}}"#);
    assert_eq!(seen.get("body"), Some(&Json::from(body.as_str())));
}

#[tokio::test]
async fn inputs_of_the_wrong_form_are_refused() {
    for (parameters, hint) in [
        (r#"{"url":"no url"}"#, "'url' must be"),
        (r#"{"url":"file:///etc/passwd"}"#, "'url' must be"),
        (r#"{"url":"URL","method":"brew"}"#, "'method' must be one of"),
        (r#"{"url":"URL","timeout":"soon"}"#, "'timeout' must be"),
        (r#"{"url":"URL","redirects":11}"#, "from 0 to 10"),
        (r#"{"url":"URL","auth":{"basic":{}}}"#, "'auth' must be"),
        (r#"{"url":"URL","auth":{"token":"x"}}"#, "'auth' must be"),
        (r#"{"url":"URL","body":1,"form":{}}"#, "either a 'body' or a 'form'"),
        (r#"{"url":"URL","expect":"1 +"}"#, "'expect' is no expression"),
    ] {
        let (error, cause) = failure(parameters).await;
        assert_eq!(error, "States.Runtime", "{parameters}");
        assert!(cause.contains(hint), "{cause}");
    }
}
