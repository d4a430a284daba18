//! `http:invoke`: the rules of Step Functions for calls of web APIs.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{any, get};
use compasso_types::Json;

use crate::compasso_http::body_of;
use crate::servers::{After, serve, serve_bytes};
use crate::workbench::{config, connectors, failure, job, json, output};

const CONNECTION: &str = r#""Authentication":{"ConnectionArn":"arn:aws:events:us-east-1:123456789012:connection/shop/0-1"}"#;

/// Serves the request's line, body and a header as text.
pub(crate) async fn mirror(header: &'static str) -> String {
    let mirror = any(move |request: Request| async move {
        let (parts, body) = request.into_parts();
        let header =
            parts.headers.get(header).map_or("-", |value| value.to_str().unwrap()).to_owned();
        let body = String::from_utf8(body_of(body).await).unwrap();
        format!("{} {} {header} {body}", parts.method, parts.uri)
    });
    serve(Router::new().fallback(mirror)).await
}

async fn seen(settings: &str, parameters: &str) -> String {
    let answer = output(&connectors(config(settings)), job("http:invoke", parameters)).await;
    answer.get("ResponseBody").unwrap().as_str().unwrap().to_owned()
}

async fn refused(settings: &str, parameters: &str) -> (String, String) {
    failure(&connectors(config(settings)), job("http:invoke", parameters)).await
}

fn parameters(url: &str, more: &str) -> String {
    format!(r#"{{"ApiEndpoint":"{url}/p","Method":"POST",{more}}}"#)
}

#[tokio::test]
async fn the_answer_has_status_headers_and_body() {
    let route = get(|| async {
        (StatusCode::CREATED, [("content-type", "application/json")], "{\"a\":1}")
    });
    let server = serve(Router::new().route("/", route)).await;
    let call = format!(r#"{{"ApiEndpoint":"{server}","Method":"GET"}}"#);
    let answer = output(&connectors(config("")), job("http:invoke", &call)).await;
    assert_eq!(answer.get("StatusCode"), Some(&Json::from(201)));
    assert_eq!(answer.get("StatusText"), Some(&Json::from("Created")));
    assert_eq!(answer.get("ResponseBody"), Some(&json(r#"{"a":1}"#)));
    let content_type = answer.get("Headers").unwrap().get("content-type");
    assert_eq!(content_type, Some(&json(r#"["application/json"]"#)));
}

#[tokio::test]
async fn calls_say_who_they_are_and_what_they_can_take() {
    let call =
        |url: &str| parameters(url, r#""RequestBody":{"a":1},"QueryParameters":{"q":"ä b"}"#);
    assert_eq!(
        seen("", &call(&mirror("user-agent").await)).await,
        r#"POST /p?q=%C3%A4+b Amazon|StepFunctions|HttpInvoke|us-east-1 {"a":1}"#
    );
    assert!(seen("", &call(&mirror("range").await)).await.contains("bytes=0-262144"));
    assert!(seen("", &call(&mirror("content-type").await)).await.contains("application/json"));
}

#[tokio::test]
async fn a_body_can_go_as_a_form() {
    let url = mirror("content-type").await;
    let form = r#""Headers":{"content-type":"application/x-www-form-urlencoded"},"RequestBody":{"a":["x",1]},"Transform":{"RequestBodyEncoding":"URL_ENCODED""#;
    assert!(
        seen("", &parameters(&url, &format!("{form}}}")))
            .await
            .ends_with("urlencoded a%5B0%5D=x&a%5B1%5D=1")
    );
    let repeated = format!(r#"{form},"RequestEncodingOptions":{{"ArrayFormat":"REPEAT"}}}}"#);
    assert!(seen("", &parameters(&url, &repeated)).await.ends_with("urlencoded a=x&a=1"));
    let unnamed = r#""RequestBody":{"a":1},"Transform":{"RequestBodyEncoding":"URL_ENCODED"}"#;
    let (error, cause) = refused("", &parameters(&url, unnamed)).await;
    assert_eq!(error, "States.Runtime");
    assert!(cause.contains("application/x-www-form-urlencoded"), "{cause}");
}

#[tokio::test]
async fn a_connection_says_who_the_task_is() {
    let basic = "[connections.shop]\nbasic = { username = \"u\", password = \"p\" }";
    let call = |url: &str| parameters(url, CONNECTION);
    assert!(seen(basic, &call(&mirror("authorization").await)).await.contains("Basic dTpw"));
    let key =
        "[connections.shop]\napi_key = { name = \"X-Key\", value = { env = \"CARGO_PKG_NAME\" } }";
    assert!(seen(key, &call(&mirror("x-key").await)).await.contains("compasso-connectors"));
}

#[tokio::test]
async fn a_connection_wins_over_the_task() {
    let settings = "[connections.shop]\nheaders = { X-A = \"theirs\" }\nquery = { q = \"theirs\" }\nbody = { b = \"theirs\" }";
    let mine = r#""Headers":{"X-A":"mine"},"QueryParameters":{"q":"mine","r":"mine"},"RequestBody":{"b":"mine","c":1}"#;
    let url = mirror("x-a").await;
    assert_eq!(
        seen(settings, &parameters(&url, &format!("{CONNECTION},{mine}"))).await,
        r#"POST /p?r=mine&q=theirs theirs {"b":"theirs","c":1}"#
    );
    let text = parameters(&url, &format!(r#"{CONNECTION},"RequestBody":"text""#));
    assert_eq!(refused(settings, &text).await.0, "States.Runtime");
}

#[tokio::test]
async fn a_connection_that_cannot_be_used_is_an_error() {
    let call = parameters("http://127.0.0.1:1", CONNECTION);
    let (error, cause) = refused("", &call).await;
    assert_eq!(error, "Events.ConnectionResource.ResourceNotFound");
    assert!(cause.contains("[connections.shop]"), "{cause}");
    let unset = "[connections.shop]\napi_key = { name = \"X-Key\", value = { env = \"NOT_SET_ANYWHERE\" } }";
    let (error, cause) = refused(unset, &call).await;
    assert_eq!(error, "Events.ConnectionResource.InvalidConnectionState");
    assert!(cause.contains("NOT_SET_ANYWHERE"), "{cause}");
}

#[tokio::test]
async fn headers_that_belong_to_the_service_are_refused() {
    for name in ["Authorization", "HOST", "Via", "X-Amz-Date", "x-amzn-trace-id", "X-Forwarded-For"]
    {
        let more = format!(r#""Headers":{{"{name}":"x"}}"#);
        let (error, _) = refused("", &parameters("http://127.0.0.1:1", &more)).await;
        assert_eq!(error, "States.Runtime", "{name}");
    }
}

#[tokio::test]
async fn a_status_that_is_no_success_is_the_errors_name() {
    let routes = Router::new()
        .route("/gone", get(|| async { (StatusCode::GONE, "so long") }))
        .route("/moved", get(|| async { (StatusCode::FOUND, [("location", "/gone")]) }));
    let server = serve(routes).await;
    let call = |path: &str| format!(r#"{{"ApiEndpoint":"{server}/{path}","Method":"GET"}}"#);
    let gone = refused("", &call("gone")).await;
    assert_eq!(gone, ("States.Http.StatusCode.410".to_owned(), "so long".to_owned()));
    assert_eq!(refused("", &call("moved")).await.0, "States.Http.StatusCode.302");
}

#[tokio::test]
async fn sockets_that_fail_are_one_error() {
    let closed = serve_bytes(Vec::new(), After::Close).await;
    for url in ["http://127.0.0.1:1", &closed] {
        let call = format!(r#"{{"ApiEndpoint":"{url}","Method":"GET"}}"#);
        let (error, cause) = refused("", &call).await;
        assert_eq!(error, "States.Http.Socket", "{url}");
        let address = url.strip_prefix("http://").unwrap();
        assert!(cause.starts_with(&format!("{address}: ")), "{cause}");
    }
}

/// The clock leaps forward whenever there is nothing to do but wait.
#[tokio::test(start_paused = true)]
async fn sixty_seconds_of_silence_are_a_socket_error() {
    let server = serve_bytes(Vec::new(), After::Hold).await;
    let call = format!(r#"{{"ApiEndpoint":"{server}","Method":"GET"}}"#);
    assert_eq!(refused("", &call).await.0, "States.Http.Socket");
}

#[tokio::test]
async fn answers_that_cannot_be_data_are_refused() {
    let routes = Router::new()
        .route("/image", get(|| async { ([("content-type", "image/png")], "x") }))
        .route("/large", get(|| async { "x".repeat(300_000) }));
    let server = serve(routes).await;
    for (path, error) in [("image", "States.Runtime"), ("large", "States.DataLimitExceeded")] {
        let call = format!(r#"{{"ApiEndpoint":"{server}/{path}","Method":"GET"}}"#);
        assert_eq!(refused("", &call).await.0, error, "{path}");
    }
}

#[tokio::test]
async fn parameters_of_the_wrong_form_are_refused() {
    for parameters in [
        "{}",
        r#"{"ApiEndpoint":"https://example.com"}"#,
        r#"{"ApiEndpoint":"http://example.com","Method":"GET"}"#,
        r#"{"ApiEndpoint":"http://localhost","Method":"TRACE"}"#,
        r#"{"ApiEndpoint":"http://localhost","Method":"GET","Headers":"x"}"#,
        r#"{"ApiEndpoint":"http://localhost","Method":"GET","Transform":{"RequestBodyEncoding":"X"}}"#,
        r#"{"ApiEndpoint":"http://localhost","Method":"GET","Authentication":{}}"#,
    ] {
        assert_eq!(refused("", parameters).await.0, "States.Runtime", "{parameters}");
    }
}
