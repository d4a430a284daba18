//! Connections of OAuth clients: tokens are fetched, kept, and fetched again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use compasso_connectors::{AccessTokens, ConnectorsConfig, OAuth, OAuthMethod, Secret};
use compasso_types::Json;

use crate::servers::{After, serve, serve_bytes};
use crate::workbench::{config, connectors, failure, job, output};

/// An authorization endpoint that numbers its tokens, and a service that takes all but the first.
#[derive(Default)]
struct Counter {
    tokens: AtomicUsize,
}

async fn token(State(counter): State<Arc<Counter>>, headers: HeaderMap, body: String) -> String {
    let number = counter.tokens.fetch_add(1, Ordering::Relaxed) + 1;
    let kind = headers["content-type"].to_str().unwrap();
    format!(
        r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":3600,"seen":{}}}"#,
        Json::from(format!("{kind} {body}"))
    )
}

async fn service(headers: HeaderMap) -> (StatusCode, String) {
    match headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()) {
        Some(first) if first == "Bearer t1" => (StatusCode::UNAUTHORIZED, "old".to_owned()),
        seen => (StatusCode::OK, seen.unwrap_or_default()),
    }
}

async fn world() -> (Arc<Counter>, String, ConnectorsConfig) {
    let counter = Arc::new(Counter::default());
    let routes = Router::new()
        .route("/token", post(token))
        .route("/api", get(service))
        .with_state(counter.clone());
    let url = serve(routes).await;
    let settings = format!(
        "[connections.shop.oauth]\nclient_id = \"me\"\nclient_secret = \"hidden\"\n\
         endpoint = \"{url}/token\"\n"
    );
    let parameters = format!(
        r#"{{"ApiEndpoint":"{url}/api","Method":"GET","Authentication":{{"ConnectionArn":"arn:aws:events:us-east-1:123456789012:connection/shop/1"}}}}"#
    );
    (counter, parameters, config(&settings))
}

#[tokio::test]
async fn a_token_is_kept_until_a_service_refuses_it() {
    let (counter, parameters, config) = world().await;
    let connectors = connectors(config);
    let call = || job("http:invoke", &parameters);
    let (error, _) = failure(&connectors, call()).await;
    assert_eq!(error, "States.Http.StatusCode.401");
    for _ in 0..3 {
        let answer = output(&connectors, call()).await;
        assert_eq!(answer.get("ResponseBody"), Some(&Json::from("Bearer t2")));
    }
    assert_eq!(counter.tokens.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn calls_at_once_share_one_token() {
    let (counter, parameters, config) = world().await;
    let connectors = connectors(config);
    failure(&connectors, job("http:invoke", &parameters)).await;
    let calls = (0..8).map(|_| output(&connectors, job("http:invoke", &parameters)));
    futures::future::join_all(calls).await;
    assert_eq!(counter.tokens.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn calls_at_once_share_one_failure_and_later_ones_ask_again() {
    let counter = Arc::new(Counter::default());
    let refuse = |State(counter): State<Arc<Counter>>| async move {
        counter.tokens.fetch_add(1, Ordering::Relaxed);
        StatusCode::SERVICE_UNAVAILABLE
    };
    let url = serve(Router::new().fallback(refuse).with_state(counter.clone())).await;
    let (tokens, oauth, identity) = (AccessTokens::new().unwrap(), client(url), "c".into());
    let calls = futures::future::join_all((0..8).map(|_| tokens.get(&identity, &oauth))).await;
    assert!(calls.iter().all(Result::is_err));
    assert_eq!(counter.tokens.load(Ordering::Relaxed), 1);
    tokens.get(&identity, &oauth).await.unwrap_err();
    assert_eq!(counter.tokens.load(Ordering::Relaxed), 2);
}

fn client(endpoint: String) -> OAuth {
    OAuth {
        client_id: "me".to_owned(),
        client_secret: Secret::Text("h&idden".to_owned()),
        endpoint,
        method: OAuthMethod::Post,
        headers: [("X-Tenant".to_owned(), Secret::Text("blue".to_owned()))].into(),
        query: [("q".to_owned(), Secret::Text("a b".to_owned()))].into(),
        body: [("scope".to_owned(), Secret::Text("read".to_owned()))].into(),
    }
}

/// Answers with what was sent as the token.
async fn mirror() -> String {
    let answer = |request: axum::extract::Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1_000).await.unwrap();
        let tenant = parts.headers["x-tenant"].to_str().unwrap().to_owned();
        let seen =
            format!("{} {} {tenant} {}", parts.method, parts.uri, String::from_utf8_lossy(&body));
        Json::object([("access_token", Json::from(seen))]).to_string()
    };
    serve(Router::new().fallback(answer)).await
}

async fn asked(oauth: OAuth) -> Result<String, String> {
    let tokens = AccessTokens::new().unwrap();
    tokens.get(&"c".into(), &oauth).await.map(|token| token.to_string())
}

#[tokio::test]
async fn a_client_says_who_it_is_in_a_form_or_json_or_the_query() {
    let url = mirror().await;
    let form = client(url.clone());
    assert_eq!(
        asked(form.clone()).await.unwrap(),
        "POST /?q=a+b blue client_id=me&client_secret=h%26idden&grant_type=client_credentials&\
         scope=read"
    );
    let mut json = form.clone();
    json.headers.insert("Content-Type".to_owned(), Secret::Text("application/json".to_owned()));
    assert_eq!(
        asked(json).await.unwrap(),
        r#"POST /?q=a+b blue {"client_id":"me","client_secret":"h&idden","grant_type":"client_credentials","scope":"read"}"#
    );
    let query = OAuth { method: OAuthMethod::Get, ..form };
    assert_eq!(
        asked(query).await.unwrap(),
        "GET /?q=a+b&client_id=me&client_secret=h%26idden&grant_type=client_credentials&scope=read \
         blue "
    );
}

#[tokio::test]
async fn without_a_token_the_connection_cannot_be_used() {
    let refusing = serve(Router::new().fallback(|| async { StatusCode::FORBIDDEN })).await;
    let silent = serve(Router::new().fallback(|| async { "{}" })).await;
    let broken = serve_bytes(Vec::new(), After::Close).await;
    for (endpoint, why) in [
        (refusing, "answered 403"),
        (silent, "gave no token"),
        (broken, "was not reached"),
        ("http://example.com/token".to_owned(), "is no https URL"),
    ] {
        let refusal = asked(client(endpoint)).await.unwrap_err();
        assert!(refusal.contains(why), "{refusal}");
        assert!(!refusal.contains("h&idden") && !refusal.contains("a+b"), "{refusal}");
    }
}

/// The clock leaps forward whenever there is nothing to do but wait.
#[tokio::test(start_paused = true)]
async fn an_endpoint_that_says_nothing_is_given_up() {
    let silent = serve_bytes(Vec::new(), After::Hold).await;
    assert!(asked(client(silent)).await.unwrap_err().contains("no answer within 30 seconds"));
}

#[tokio::test]
async fn a_token_about_to_end_is_not_used_any_more() {
    let (counter, _, config) = world().await;
    let oauth = config.connections["shop"].oauth.clone().unwrap();
    let tokens = AccessTokens::new().unwrap();
    let identity = "c".into();
    assert_eq!(&*tokens.get(&identity, &oauth).await.unwrap(), "t1");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3530)).await;
    tokio::time::resume();
    assert_eq!(&*tokens.get(&identity, &oauth).await.unwrap(), "t1");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(20)).await;
    tokio::time::resume();
    assert_eq!(&*tokens.get(&identity, &oauth).await.unwrap(), "t2");
    assert_eq!(counter.tokens.load(Ordering::Relaxed), 2);
}
