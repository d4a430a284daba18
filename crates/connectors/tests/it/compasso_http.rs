//! `compasso:http`: calls of well-behaved servers and of others.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{any, get};
use compasso_types::Json;

use crate::servers::{After, serve, serve_bytes};
use crate::workbench::{config, connectors, failure, job, json, output};

async fn call(parameters: &str) -> Json {
    output(&connectors(config("")), job("compasso:http", parameters)).await
}

async fn refused(parameters: &str) -> (String, String) {
    failure(&connectors(config("")), job("compasso:http", parameters)).await
}

/// Serves what it was sent.
async fn mirror() -> String {
    let mirror = any(|request: Request| async move {
        let (parts, body) = request.into_parts();
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), Json::from(value.to_str().unwrap())));
        let seen = Json::object([
            ("method", Json::from(parts.method.as_str())),
            ("uri", Json::from(parts.uri.to_string())),
            ("headers", Json::object(headers)),
            ("body", Json::from(String::from_utf8_lossy(&body_of(body).await).as_ref())),
        ]);
        ([("content-type", "application/json"), ("x-twice", "1")], seen.to_string())
    });
    serve(Router::new().fallback(mirror)).await
}

pub(crate) async fn body_of(body: axum::body::Body) -> Vec<u8> {
    axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec()
}

#[tokio::test]
async fn a_call_is_made_as_described() {
    let parameters = format!(
        r#"{{"Method":"PUT","Url":"{}/a?x=1","Headers":{{"X-A":"b","X-N":7}},
            "Query":{{"q":"a b&c","many":[1,2]}},"Body":{{"k":"é"}}}}"#,
        mirror().await
    );
    let answer = call(&parameters).await;
    assert_eq!(answer.get("StatusCode"), Some(&Json::from(200)));
    assert_eq!(answer.get("StatusText"), Some(&Json::from("OK")));
    assert_eq!(answer.get("Headers").unwrap().get("x-twice"), Some(&json(r#"["1"]"#)));
    let seen = answer.get("ResponseBody").unwrap();
    assert_eq!(seen.get("method"), Some(&Json::from("PUT")));
    assert_eq!(seen.get("uri"), Some(&Json::from("/a?x=1&q=a+b%26c&many=1&many=2")));
    assert_eq!(seen.get("body"), Some(&Json::from(r#"{"k":"é"}"#)));
    let headers = seen.get("headers").unwrap();
    for (name, value) in [
        ("x-a", "b"),
        ("x-n", "7"),
        ("content-type", "application/json"),
        ("idempotency-key", "key-1"),
    ] {
        assert_eq!(headers.get(name), Some(&Json::from(value)), "{name}");
    }
}

#[tokio::test]
async fn a_text_is_sent_as_it_is_and_headers_of_ones_own_win() {
    let parameters = format!(
        r#"{{"Method":"POST","Url":"{}","Body":"a=b","Headers":{{"Idempotency-Key":"mine","Content-Type":"text/x"}}}}"#,
        mirror().await
    );
    let answer = call(&parameters).await;
    let seen = answer.get("ResponseBody").unwrap();
    assert_eq!(seen.get("body"), Some(&Json::from("a=b")));
    let headers = seen.get("headers").unwrap();
    assert_eq!(headers.get("idempotency-key"), Some(&Json::from("mine")));
    assert_eq!(headers.get("content-type"), Some(&Json::from("text/x")));
}

#[tokio::test]
async fn a_get_without_anything_is_the_default() {
    let answer = call(&format!(r#"{{"Url":"{}"}}"#, mirror().await)).await;
    assert_eq!(answer.get("ResponseBody").unwrap().get("method"), Some(&Json::from("GET")));
}

#[tokio::test]
async fn other_bodies_are_text_or_base64() {
    let routes = Router::new()
        .route("/text", get(|| async { "12" }))
        .route("/broken", get(|| async { ([("content-type", "application/json")], "{") }))
        .route(
            "/problem",
            get(|| async { ([("content-type", "application/problem+json; x=y")], "[]") }),
        )
        .route("/bytes", get(|| async { vec![0xff_u8, 0] }));
    let server = serve(routes).await;
    for (path, body) in
        [("text", "\"12\""), ("broken", "\"{\""), ("problem", "[]"), ("bytes", "\"/wA=\"")]
    {
        let answer = call(&format!(r#"{{"Url":"{server}/{path}"}}"#)).await;
        assert_eq!(answer.get("ResponseBody"), Some(&json(body)), "{path}");
    }
}

#[tokio::test]
async fn a_status_that_is_no_success_is_the_errors_name() {
    let routes = Router::new()
        .route("/busy", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "come back later") }))
        .route("/moved", get(|| async { (StatusCode::FOUND, [("location", "/busy")]) }));
    let server = serve(routes).await;
    assert_eq!(
        refused(&format!(r#"{{"Url":"{server}/busy"}}"#)).await,
        ("Http.StatusCode.503".to_owned(), "come back later".to_owned())
    );
    assert_eq!(
        refused(&format!(r#"{{"Url":"{server}/moved"}}"#)).await,
        ("Http.StatusCode.302".to_owned(), "302 Found".to_owned())
    );
    let answer = call(&format!(r#"{{"Url":"{server}/busy","SuccessStatus":[200,503]}}"#)).await;
    assert_eq!(answer.get("StatusCode"), Some(&Json::from(503)));
}

#[tokio::test]
async fn nobody_listening_is_a_socket_error() {
    let (error, cause) = refused(r#"{"Url":"http://127.0.0.1:1/?secret=x"}"#).await;
    assert_eq!(error, "Http.Socket");
    assert!(!cause.contains("secret"), "{cause}");
}

#[tokio::test]
async fn a_server_that_says_nothing_runs_into_the_time_limit() {
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"] {
        let server = serve_bytes(answer.into(), After::Hold).await;
        let (error, cause) = refused(&format!(r#"{{"Url":"{server}","TimeoutSeconds":1}}"#)).await;
        assert_eq!(
            (&*error, &*cause),
            ("Http.Timeout", "There was no whole answer within 1 seconds")
        );
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_socket_error() {
    for (answer, after) in [
        ("", After::Close),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", After::Close),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", After::HalfClose),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", After::Close),
        ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n", After::Close),
        ("no HTTP at all\r\n\r\n", After::Close),
    ] {
        let server = serve_bytes(answer.into(), after).await;
        let (error, _) = refused(&format!(r#"{{"Url":"{server}"}}"#)).await;
        assert_eq!(error, "Http.Socket", "{answer}");
    }
}

#[tokio::test]
async fn a_length_that_is_too_small_cuts_the_answer() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef";
    let server = serve_bytes(answer.into(), After::Close).await;
    let answer = call(&format!(r#"{{"Url":"{server}"}}"#)).await;
    assert_eq!(answer.get("ResponseBody"), Some(&Json::from("abc")));
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_read_to_its_end() {
    let endless = "HTTP/1.1 200 OK\r\n\r\n".to_owned() + &"x".repeat(300_000);
    let server = serve_bytes(endless.into(), After::Hold).await;
    let (error, _) = refused(&format!(r#"{{"Url":"{server}"}}"#)).await;
    assert_eq!(error, "Http.AnswerTooLarge");
}

#[tokio::test]
async fn huge_headers_are_an_error() {
    let header = format!("X-Long: {}\r\n", "x".repeat(5_000));
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n", header.repeat(60));
    let server = serve_bytes(answer.into(), After::Close).await;
    let (error, _) = refused(&format!(r#"{{"Url":"{server}"}}"#)).await;
    assert_eq!(error, "Http.AnswerTooLarge");
    let answer = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(2_000_000));
    let server = serve_bytes(answer.into(), After::Close).await;
    let (error, _) = refused(&format!(r#"{{"Url":"{server}"}}"#)).await;
    assert_eq!(error, "Http.Socket");
}

#[tokio::test]
async fn parameters_of_the_wrong_form_are_refused() {
    for (parameters, hint) in [
        ("{}", "'Url' is required"),
        (r#"{"Url":"no url"}"#, "'Url' has"),
        (r#"{"Url":"file:///etc/passwd"}"#, "'Url' has"),
        (r#"{"Url":"http://x","Method":"get"}"#, "'Method' has"),
        (r#"{"Url":"http://x","Headers":{"a b":"c"}}"#, "'Headers' has"),
        (r#"{"Url":"http://x","Headers":{"a":"b\r\nc: d"}}"#, "'Headers' has"),
        (r#"{"Url":"http://x","Query":{"a":{}}}"#, "'Query' has"),
        (r#"{"Url":"http://x","TimeoutSeconds":0}"#, "'TimeoutSeconds' has"),
        (r#"{"Url":"http://x","SuccessStatus":["200"]}"#, "'SuccessStatus' has"),
    ] {
        let (error, cause) = refused(parameters).await;
        assert_eq!(error, "States.Runtime", "{parameters}");
        assert!(cause.contains(hint), "{cause}");
    }
}
