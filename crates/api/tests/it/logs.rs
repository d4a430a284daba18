//! Health and logs.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use compasso_api::{AccessKey, ApiSettings};
use compasso_service::Role;
use compasso_store::ExecutionKey;
use compasso_store::{LogLine, LogStream};
use expect_test::expect;

use crate::edge::{Server, read};
use crate::world::{NOON, PASS};

const M: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
const E: &str = "arn:aws:states:eu-west-1:123456789012:execution:M:e";

async fn server_with_log(settings: ApiSettings) -> Server {
    let server = Server::with(settings).await;
    let created = server.world.create("M", PASS).await;
    assert_eq!(created, M);
    server.world.start(M, "e").await;
    server.world.service.wait_closed(E).await.unwrap();
    let line = |text: &str| LogLine {
        at: NOON,
        entry: 2,
        attempt: 0,
        state: "A".into(),
        stream: LogStream::Stdout,
        text: text.into(),
    };
    let store = server.world.runtime.store();
    let key = ExecutionKey(E.into());
    store.append_log(&key, vec![line("one"), line("\"two\"")]).await.unwrap();
    server
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).header("host", "localhost").body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_server_says_that_it_is_well() {
    let server = Server::new().await;
    assert_eq!(read(server.send(get("/healthz")).await).await, (StatusCode::OK, "ok\n".into()));
}

#[tokio::test]
async fn a_log_is_read_as_lines_of_json() {
    let server = server_with_log(ApiSettings::default()).await;
    let (status, text) =
        read(server.send(get(&format!("/api/v1/executions/{E}/logs"))).await).await;
    assert_eq!(status, StatusCode::OK);
    expect![[r#"
        {"line":1,"at":"2026-01-31T12:00:00.123Z","state":"A","entry":2,"attempt":1,"stream":"stdout","text":"one"}
        {"line":2,"at":"2026-01-31T12:00:00.123Z","state":"A","entry":2,"attempt":1,"stream":"stdout","text":"\"two\""}
    "#]].assert_eq(&text);
}

#[tokio::test(start_paused = true)]
async fn a_followed_log_ends_with_its_execution() {
    let server = server_with_log(ApiSettings::default()).await;
    let path = format!("/api/v1/executions/{E}/logs?after=1&follow=true");
    let (_, text) = read(server.send(get(&path)).await).await;
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[tokio::test]
async fn the_log_of_an_unknown_execution_is_not_found() {
    let server = Server::new().await;
    let (status, text) =
        read(server.send(get(&format!("/api/v1/executions/{E}/logs"))).await).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    expect![[r#"{"__type":"ExecutionDoesNotExist","message":"Execution Does Not Exist: 'arn:aws:states:eu-west-1:123456789012:execution:M:e'"}"#]].assert_eq(&text);
}

#[tokio::test]
async fn with_keys_set_logs_need_a_token_and_health_does_not() {
    let key = AccessKey {
        id: "k".into(),
        secret: "s".into(),
        account: "123456789012".into(),
        name: None,
        groups: Vec::new(),
        role: Role::Admin,
        operator: false,
    };
    let settings = ApiSettings {
        credentials: Some(vec![key]),
        bearer_token: Some("secret".into()),
        ..ApiSettings::default()
    };
    let server = server_with_log(settings).await;
    let path = format!("/api/v1/executions/{E}/logs");
    assert_eq!(server.send(get("/healthz")).await.status(), StatusCode::OK);
    assert_eq!(server.send(get(&path)).await.status(), StatusCode::UNAUTHORIZED);
    for (token, status) in [("secret", StatusCode::OK), ("guess", StatusCode::UNAUTHORIZED)] {
        let mut request = get(&path);
        let header = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", header);
        assert_eq!(server.send(request).await.status(), status, "{token}");
    }
}

#[tokio::test]
async fn without_keys_a_log_is_not_read_through_the_name_of_another_host() {
    let server = server_with_log(ApiSettings::default()).await;
    let mut request = get(&format!("/api/v1/executions/{E}/logs"));
    request.headers_mut().insert("host", "rebound.example:8400".parse().unwrap());
    let (status, text) = read(server.send(request).await).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(!text.contains("one"), "{text}");
}
