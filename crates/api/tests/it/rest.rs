//! The REST interface.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use compasso_api::{AccessKey, ApiSettings};
use compasso_service::Role;
use expect_test::expect;
use futures::StreamExt;
use serde_json::{Value, json};

use crate::edge::{Server, read};
use crate::world::{PASS, WAIT};

const M: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
const E: &str = "arn:aws:states:eu-west-1:123456789012:execution:M:e";
const FAIL: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Broken","Cause":"Because"}}}"#;

async fn server(definition: &str) -> Server {
    let server = Server::new().await;
    server.world.create("M", definition).await;
    server
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).header("host", "localhost:8400").body(Body::empty()).unwrap()
}

fn post(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("host", "localhost:8400")
        .header("x-compasso-console", "1")
        .body(body.to_string().into())
        .unwrap()
}

async fn ask(server: &Server, request: Request<Body>) -> (StatusCode, Value) {
    let (status, text) = read(server.send(request).await).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn start(server: &Server, name: &str) -> Value {
    let order = json!({"workflow": M, "name": name, "input": "{\"a\": 1}"});
    let (status, answer) = ask(server, post("/api/v1/runs", &order)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer
}

#[tokio::test]
async fn a_run_is_shown_with_its_definition_and_steps() {
    let server = server(FAIL).await;
    assert_eq!(start(&server, "e").await["id"], E);
    server.world.service.wait_closed(E).await.unwrap();
    let (status, text) = read(server.send(get(&format!("/api/v1/runs/{E}"))).await).await;
    expect![[r#"
        200 {"run":{"id":"arn:aws:states:eu-west-1:123456789012:execution:M:e","name":"e","workflow":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","workflowName":"M","status":"FAILED","isQuarantined":false,"started":"2026-01-31T12:00:00.123Z","stopped":"2026-01-31T12:00:00.123Z","redriveCount":0,"error":"Broken","cause":"Because","input":"{\"a\": 1}"},"definition":"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Fail\",\"Error\":\"Broken\",\"Cause\":\"Because\"}}}","steps":[{"state":"A","kind":"Fail","status":"failed","counts":{"failed":1},"entered":"2026-01-31T12:00:00.123Z","left":"2026-01-31T12:00:00.123Z","attempts":0,"error":"Broken","cause":"Because","entryEvent":2}],"lastEvent":3}
    "#]]
    .assert_eq(&format!("{} {text}\n", status.as_u16()));
}

#[tokio::test]
async fn a_reader_that_has_a_view_is_told_that_it_is_the_same() {
    let server = server(PASS).await;
    start(&server, "e").await;
    server.world.service.wait_closed(E).await.unwrap();
    let first = server.send(get(&format!("/api/v1/runs/{E}"))).await;
    let tag = first.headers()[header::ETAG].clone();
    let mut again = get(&format!("/api/v1/runs/{E}"));
    again.headers_mut().insert(header::IF_NONE_MATCH, tag);
    let answer = server.send(again).await;
    assert_eq!(read(answer).await, (StatusCode::NOT_MODIFIED, String::new()));
}

#[tokio::test]
async fn runs_come_page_by_page_and_by_their_status() {
    let server = server(WAIT).await;
    for name in ["a", "b", "c"] {
        start(&server, name).await;
    }
    let stop = post(&format!("/api/v1/runs/{}b/stop", &E[..E.len() - 1]), &json!({}));
    assert_eq!(ask(&server, stop).await.0, StatusCode::OK);
    let names = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (_, first) = ask(&server, get("/api/v1/runs?limit=2")).await;
    assert_eq!(names(&first), ["c", "b"]);
    let next = first["next"].as_str().unwrap();
    let (_, second) = ask(&server, get(&format!("/api/v1/runs?limit=2&next={next}"))).await;
    assert_eq!((names(&second), &second["next"]), (vec!["a".to_owned()], &Value::Null));
    let (_, running) =
        ask(&server, get(&format!("/api/v1/runs?status=RUNNING&workflow={M}"))).await;
    assert_eq!(names(&running), ["c", "a"]);
    let found = get("/api/v1/runs?q=status%20in%20(ABORTED,%20FAILED)%20or%20name%20=%20a");
    assert_eq!(names(&ask(&server, found).await.1), ["b", "a"]);
    let (status, refusal) = ask(&server, get("/api/v1/runs?q=status%20=%20DONE")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(refusal["message"].as_str().unwrap().contains("^^^^"), "{refusal}");
    let later = get("/api/v1/runs?startedFrom=2026-01-31T12:00:01Z");
    assert_eq!(names(&ask(&server, later).await.1), [""; 0]);
}

#[tokio::test]
async fn events_are_read_from_any_number_in_both_directions() {
    let server = server(PASS).await;
    start(&server, "e").await;
    server.world.service.wait_closed(E).await.unwrap();
    let (_, page) = ask(&server, get(&format!("/api/v1/runs/{E}/events?first=2&limit=1"))).await;
    assert_eq!(page["next"], 3);
    assert_eq!(page["items"][0]["type"], "PassStateEntered");
    assert_eq!(page["items"][0]["details"]["name"], "A");
    let (_, last) =
        ask(&server, get(&format!("/api/v1/runs/{E}/events?newestFirst=true&limit=1"))).await;
    assert_eq!(last["items"][0]["type"], "ExecutionSucceeded");
}

#[tokio::test]
async fn what_is_wrong_is_said_in_one_form() {
    let server = server(PASS).await;
    let (status, mut refusal) = ask(&server, get(&format!("/api/v1/runs/{E}"))).await;
    assert!(refusal["requestId"].take().is_string());
    assert_eq!(status, StatusCode::NOT_FOUND);
    expect![[r#"{"code":"ExecutionDoesNotExist","message":"Execution Does Not Exist: 'arn:aws:states:eu-west-1:123456789012:execution:M:e'","requestId":null}"#]]
        .assert_eq(&refusal.to_string());
    let (status, refusal) = ask(&server, get("/api/v1/runs?status=DONE")).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::BAD_REQUEST, &json!("ValidationException"))
    );
}

#[tokio::test]
async fn pages_of_other_sites_can_neither_read_nor_change_anything() {
    let server = server(PASS).await;
    let mut rebound = get("/api/v1/runs");
    rebound.headers_mut().insert("host", "evil.example:8400".parse().unwrap());
    assert_eq!(ask(&server, rebound).await.0, StatusCode::FORBIDDEN);
    let order = json!({"workflow": M});
    let mut unmarked = post("/api/v1/runs", &order);
    unmarked.headers_mut().remove("x-compasso-console");
    let mut foreign = post("/api/v1/runs", &order);
    foreign.headers_mut().insert("origin", "http://localhost:3000".parse().unwrap());
    for request in [unmarked, foreign] {
        assert_eq!(ask(&server, request).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(ask(&server, get("/api/v1/runs")).await.1["items"], json!([]));
    let mut plain = post("/api/v1/runs", &order);
    plain.headers_mut().remove("x-compasso-console");
    plain.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(ask(&server, plain).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_server_with_keys_wants_a_session_and_shows_what_belongs_to_it() {
    let key = |id: &str, account: &str| AccessKey {
        id: id.into(),
        secret: "secret".into(),
        account: account.into(),
        name: None,
        groups: Vec::new(),
        role: Role::Admin,
        operator: false,
    };
    let keys = vec![key("ONE", "123456789012"), key("TWO", "999999999999")];
    let settings = ApiSettings { credentials: Some(keys), ..ApiSettings::default() };
    let server = Server::with(settings).await;
    server.world.create("M", PASS).await;
    server.world.start(M, "e").await;
    assert_eq!(ask(&server, get("/api/v1/runs")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&server, get("/api/v1/info")).await.1["needsSignIn"], true);
    let wrong = post("/api/v1/session", &json!({"id": "ONE", "secret": "guess"}));
    assert_eq!(ask(&server, wrong).await.0, StatusCode::UNAUTHORIZED);
    for (id, runs) in [("ONE", 1), ("TWO", 0)] {
        let sign_in = post("/api/v1/session", &json!({"id": id, "secret": "secret"}));
        let answer: Response = server.send(sign_in).await;
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap();
        let with = |mut request: Request<Body>| {
            request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
            request
        };
        let (_, page) = ask(&server, with(get("/api/v1/runs"))).await;
        assert_eq!(page["items"].as_array().unwrap().len(), runs);
        let start = with(post("/api/v1/runs", &json!({"workflow": M})));
        let expected = if runs == 1 { StatusCode::CREATED } else { StatusCode::FORBIDDEN };
        assert_eq!(ask(&server, start).await.0, expected);
    }
}

/// Reads a stream until `count` events have come, without heartbeats.
async fn events(answer: Response, count: usize) -> Vec<String> {
    let mut chunks = answer.into_body().into_data_stream();
    let mut found = Vec::new();
    while found.len() < count {
        let chunk = chunks.next().await.unwrap().unwrap();
        let text = String::from_utf8(chunk.to_vec()).unwrap();
        if text.starts_with("event: ") {
            found.push(text);
        }
    }
    found
}

fn data(event: &str) -> Value {
    let line = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    serde_json::from_str(line).unwrap()
}

#[tokio::test]
async fn a_stream_tells_all_of_a_run_and_then_what_changes() {
    let server = server(WAIT).await;
    start(&server, "e").await;
    let stream = server.send(get(&format!("/api/v1/stream?topics=runs,run:{E}"))).await;
    let stop = post(&format!("/api/v1/runs/{E}/stop"), &json!({"error": "Enough"}));
    assert_eq!(ask(&server, stop).await.0, StatusCode::OK);
    let told = events(stream, 3).await;
    let [begun, stopped, listed] = &told[..] else { panic!("{told:?}") };
    assert!(begun.starts_with("event: run\nid: 2\n"), "{begun}");
    assert_eq!(data(begun)["steps"][0]["status"], "waiting");
    assert_eq!(data(begun)["run"]["status"], "RUNNING");
    assert_eq!(data(stopped)["steps"][0]["status"], "aborted");
    assert_eq!(data(stopped)["run"]["error"], "Enough");
    assert_eq!(data(listed)["items"][0]["status"], "ABORTED");
}

#[tokio::test]
async fn a_reader_that_comes_back_is_told_only_what_it_missed() {
    let server = server(
        r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}}"#,
    )
    .await;
    start(&server, "e").await;
    server.world.service.wait_closed(E).await.unwrap();
    let mut request = get(&format!("/api/v1/stream?topics=run:{E}"));
    request.headers_mut().insert("last-event-id", "4".parse().unwrap());
    let told = events(server.send(request).await, 1).await;
    let steps = data(&told[0])["steps"].clone();
    assert_eq!((steps.as_array().unwrap().len(), &steps[0]["state"]), (1, &json!("B")));
    let mut ahead = get(&format!("/api/v1/stream?topics=run:{E}"));
    ahead.headers_mut().insert("last-event-id", "400".parse().unwrap());
    let told = events(server.send(ahead).await, 2).await;
    assert!(told[0].starts_with("event: reset\n"), "{told:?}");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let server = server(PASS).await;
    let stream = server.send(get("/api/v1/stream?topics=runs")).await;
    server.world.service.changes().close();
    let (status, text) = read(stream).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "retry: 1000\n\n"));
    let refused = ask(&server, get("/api/v1/stream?topics=runs")).await;
    assert_eq!(refused.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn the_console_lets_no_script_run_but_its_own() {
    let server = Server::new().await;
    for path in ["/", "/runs", &format!("/runs/{E}")] {
        let page = server.send(get(path)).await;
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let (status, text) = read(page).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("<title>Compasso</title>"), "{text}");
    }
    assert_eq!(server.send(get("/assets/nothing.js")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(server.send(get("/nothing")).await.status(), StatusCode::NOT_FOUND);
}
