//! Tokens, roles and the audit log, over HTTP.

use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use compasso_api::ApiSettings;
use compasso_service::{CreateToken, Retention, Role};
use expect_test::expect;
use serde_json::{Value, json};

use crate::edge::{Server, read};
use crate::world::PASS;

const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");
const ACCOUNT: &str = "000000000000";

/// A request to the REST interface, by somebody who bears a token.
fn rest(method: &str, path: &str, token: Option<&str>, body: &Value) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("host", "localhost:8400")
        .header("x-forwarded-for", "10.1.2.3")
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    request.body(body).unwrap()
}

/// Sends a request; returns whether it was refused for want of a role. What still waits after so many turns
/// was let in: refusals that leave no record wait for nothing.
async fn lacks_role(server: &Server, request: Request<Body>) -> bool {
    let mut answer = pin!(server.send(request));
    for _ in 0..1_000 {
        tokio::select! {
            biased;
            answer = &mut answer => {
                // What belongs to another account is refused as well, with other words.
                let is_refused = answer.status() == StatusCode::FORBIDDEN;
                return is_refused && read(answer).await.1.contains("needs the role");
            }
            () = tokio::task::yield_now() => {}
        }
    }
    false
}

/// Has so much refused that further refusals leave no record.
async fn refuse_much(server: &Server) {
    for _ in 0..200 {
        let status = ask(server, "GET", "/runs", Some("cps_guess"), json!(null)).await.0;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}

async fn ask(
    server: &Server,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Value,
) -> (StatusCode, Value) {
    let (status, text) = read(server.send(rest(method, path, token, &body)).await).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Makes a token behind the scenes.
async fn token(server: &Server, role: Role) -> String {
    server.world.service.open_access().await.unwrap();
    let request = CreateToken {
        name: role.name().into(),
        role,
        user: None,
        groups: Vec::new(),
        expires: None,
    };
    let is_first = !server.world.service.has_tokens();
    server.world.service.create_token(ACCOUNT, "test", is_first, request).await.unwrap().token
}

async fn log(server: &Server, admin: &str, query: &str) -> Vec<Value> {
    let (status, page) =
        ask(server, "GET", &format!("/audit{query}"), Some(admin), json!(null)).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_operation_is_for_the_roles_that_its_description_names() {
    let server = Server::new().await;
    let admin = token(&server, Role::Admin).await;
    let mut tokens = vec![(Role::Admin, admin)];
    for role in [Role::Viewer, Role::Operator, Role::Author, Role::Worker] {
        tokens.push((role, token(&server, role).await));
    }
    refuse_much(&server).await;
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut seen = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let filled = path.trim_start_matches("/api/v1").replace('{', "x").replace('}', "");
        for (method, operation) in operations.as_object().unwrap() {
            let needs = operation["x-roles"].as_array();
            let needs = needs.unwrap_or_else(|| panic!("{method} {path} has no x-roles"));
            let needs: Vec<Role> =
                needs.iter().map(|role| Role::from_name(role.as_str().unwrap()).unwrap()).collect();
            for (role, token) in &tokens {
                seen += 1;
                let request = rest(&method.to_uppercase(), &filled, Some(token), &json!({}));
                let is_refused = lacks_role(&server, request).await;
                let may = needs.is_empty() || needs.iter().any(|needed| role.covers(*needed));
                assert_eq!(is_refused, !may, "{method} {path} as {}", role.name());
            }
        }
    }
    assert!(seen > 600, "{seen}");
}

#[tokio::test]
async fn an_action_of_the_protocol_says_which_role_it_needs() {
    let server = Server::new().await;
    let admin = token(&server, Role::Admin).await;
    let worker = token(&server, Role::Worker).await;
    let viewer = token(&server, Role::Viewer).await;
    let call = async |action: &str, token: &str| {
        let request = Request::post("/")
            .header("x-amz-target", format!("AWSStepFunctions.{action}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from("{}"))
            .unwrap();
        read(server.send(request).await).await
    };
    assert_eq!(call("ListStateMachines", &viewer).await.0, StatusCode::OK);
    let (_, refused) = call("CreateStateMachine", &viewer).await;
    expect![[r#"{"__type":"AccessDeniedException","message":"AWSStepFunctions.CreateStateMachine needs the role 'author'; 'viewer' has the role 'viewer'"}"#]]
        .assert_eq(&refused);
    assert!(call("ListStateMachines", &worker).await.1.contains("needs the role 'viewer'"));
    assert!(call("GetActivityTask", &worker).await.1.contains("ValidationException"));
    assert!(call("GetActivityTask", &viewer).await.1.contains("'operator' or 'worker'"));
    assert!(call("ListStateMachines", "cps_no").await.1.contains("UnrecognizedClient"));
    assert_eq!(call("ListStateMachines", &admin).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_first_token_locks_a_server_and_the_last_one_unlocks_it() {
    let server = Server::new().await;
    let order = json!({"name": "ci", "role": "author"});
    let (status, refused) = ask(&server, "POST", "/tokens", None, order.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(refused["message"].as_str().unwrap().contains("[[auth.keys]]"), "{refused}");
    let first = json!({"name": "root", "role": "admin", "user": "ana", "groups": ["ops"]});
    let (status, made) = ask(&server, "POST", "/tokens", None, first).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let admin = made["token"].as_str().unwrap();
    assert!(admin.starts_with("cps_") && admin.len() == 44, "{admin}");
    assert_eq!(ask(&server, "GET", "/runs", None, json!(null)).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&server, "GET", "/info", None, json!(null)).await.1["needsSignIn"], true);
    let info = ask(&server, "GET", "/info", Some(admin), json!(null)).await.1;
    assert_eq!((&info["needsSignIn"], &info["role"]), (&json!(false), &json!("admin")));

    let (_, ci) = ask(&server, "POST", "/tokens", Some(admin), order.clone()).await;
    let (status, _) = ask(&server, "POST", "/tokens", Some(admin), order).await;
    assert_eq!(status, StatusCode::CONFLICT, "names are unique");
    let (status, _) = ask(&server, "DELETE", "/tokens/root", Some(admin), json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "nobody could manage tokens any more");
    let ci = ci["token"].as_str().unwrap();
    assert_eq!(ask(&server, "GET", "/runs", Some(ci), json!(null)).await.0, StatusCode::OK);
    let (_, list) = ask(&server, "GET", "/tokens", Some(admin), json!(null)).await;
    assert!(!list.to_string().contains("cps_"), "{list}");
    assert_eq!(list["items"][0]["used"], "2026-01-31T12:00:00.123Z");
    assert_eq!(list["items"][0]["createdBy"], "ana");
    for (name, expected) in [("ci", 204), ("ci", 404)] {
        let path = format!("/tokens/{name}");
        let (status, _) = ask(&server, "DELETE", &path, Some(admin), json!({})).await;
        assert_eq!(status.as_u16(), expected);
    }
    let (status, refused) = ask(&server, "GET", "/runs", Some(ci), json!(null)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(refused["message"].as_str().unwrap().contains("revoked"), "{refused}");
    assert_eq!(ask(&server, "DELETE", "/tokens/root", Some(admin), json!({})).await.0, 204);
    assert_eq!(ask(&server, "GET", "/runs", None, json!(null)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_server_that_others_reach_is_never_open() {
    let server = Server::with(ApiSettings { closed: true, ..ApiSettings::default() }).await;
    for path in ["/runs", "/tokens", "/workers"] {
        let (status, _) = ask(&server, "GET", path, None, json!(null)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let order = json!({"name": "mine", "role": "admin"});
    assert_eq!(ask(&server, "POST", "/tokens", None, order).await.0, StatusCode::UNAUTHORIZED);
    let (_, info) = ask(&server, "GET", "/info", None, json!(null)).await;
    assert_eq!(info["needsSignIn"], true);
    let action = crate::edge::request("ListStateMachines", "{}");
    assert_ne!(server.send(action).await.status(), StatusCode::OK);
    let metrics = Request::get("/metrics").header("host", "localhost").body(Body::empty()).unwrap();
    assert_ne!(server.send(metrics).await.status(), StatusCode::OK);

    let admin = token(&server, Role::Admin).await;
    let admin = Some(admin.as_str());
    assert_eq!(ask(&server, "GET", "/runs", admin, json!(null)).await.0, StatusCode::OK);
    let (status, refused) = ask(&server, "DELETE", "/tokens/admin", admin, json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "nobody could be let in any more");
    assert!(refused["message"].as_str().unwrap().contains("make another one"), "{refused}");
    let order = json!({"name": "other", "role": "admin"});
    assert_eq!(ask(&server, "POST", "/tokens", admin, order).await.0, StatusCode::CREATED);
    assert_eq!(ask(&server, "DELETE", "/tokens/admin", admin, json!({})).await.0, 204);
}

#[tokio::test]
async fn a_token_goes_if_whoever_could_make_others_is_as_many_as_before() {
    let server = Server::new().await;
    // As a server with access keys makes them; the keys are gone now.
    let make = async |account: &str, name: &str, role, expires: Option<&str>| {
        let (name, expires) = (name.into(), expires.map(Into::into));
        let request = CreateToken { name, role, user: None, groups: Vec::new(), expires };
        server.world.service.create_token(account, "test", false, request).await.unwrap().token
    };
    server.world.service.open_access().await.unwrap();
    let brief = make(ACCOUNT, "brief", Role::Admin, Some("30d")).await;
    make(ACCOUNT, "ci", Role::Author, None).await;
    make("111111111111", "other", Role::Admin, None).await;
    let revoke = async |name: &str, by: &str| {
        ask(&server, "DELETE", &format!("/tokens/{name}"), Some(by), json!({})).await
    };
    let (status, refused) = revoke("ci", &brief).await;
    assert_eq!(status.as_u16(), 204, "no admin goes with it: {refused}");
    let root = make(ACCOUNT, "root", Role::Admin, None).await;
    let (status, refused) = revoke("root", &brief).await;
    assert_eq!(status, StatusCode::CONFLICT, "that of another account is no help");
    assert!(refused["message"].as_str().unwrap().contains("make another one"), "{refused}");
    assert_eq!(revoke("brief", &root).await.0.as_u16(), 204);
}

#[tokio::test]
async fn a_token_ends_by_itself_and_what_cannot_be_one_is_refused() {
    let server = Server::new().await;
    let admin = token(&server, Role::Admin).await;
    let order = json!({"name": "short", "role": "viewer", "expires": "1h"});
    let (_, made) = ask(&server, "POST", "/tokens", Some(&admin), order).await;
    assert_eq!(made["expires"], "2026-01-31T13:00:00.123Z");
    let short = Some(made["token"].as_str().unwrap());
    assert_eq!(ask(&server, "GET", "/runs", short, json!(null)).await.0, StatusCode::OK);
    server.world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(ask(&server, "GET", "/runs", short, json!(null)).await.0, StatusCode::UNAUTHORIZED);
    let (_, list) = ask(&server, "GET", "/tokens", Some(&admin), json!(null)).await;
    assert_eq!(list["items"][1]["isExpired"], true);
    for wrong in [
        json!({"name": "a b", "role": "viewer"}),
        json!({"name": "a", "role": "king"}),
        json!({"name": "a"}),
        json!({"name": "a", "role": "viewer", "expires": "soon"}),
        json!({"name": "a", "role": "viewer", "expires": "0s"}),
        json!({"name": "a", "role": "viewer", "groups": [""]}),
        json!({"name": "a", "role": "viewer", "secret": "mine"}),
    ] {
        let (status, refused) = ask(&server, "POST", "/tokens", Some(&admin), wrong.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}: {refused}");
    }
}

#[tokio::test]
async fn what_was_changed_is_told_with_who_what_and_from_where() {
    let server = Server::new().await;
    let admin = token(&server, Role::Admin).await;
    let order = json!({"name": "ci", "role": "operator", "user": "maria"});
    let (_, made) = ask(&server, "POST", "/tokens", Some(&admin), order).await;
    let maria = made["token"].as_str().unwrap();
    ask(&server, "PUT", "/pools/build", Some(maria), json!({"size": 3})).await;
    ask(&server, "PUT", "/pools/build", Some(maria), json!({"size": -1})).await;
    ask(&server, "PUT", "/secrets/db", Some(maria), json!({"value": "hidden"})).await;
    ask(&server, "GET", "/pools", Some(maria), json!(null)).await;
    ask(&server, "GET", "/pools", Some("cps_guess"), json!(null)).await;
    let told = log(&server, &admin, "").await;
    let lines: Vec<String> = told
        .iter()
        .map(|it| {
            let text = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
            let parts = ["who", "credential", "role", "action", "on", "from", "outcome", "error"];
            format!("{} {}", parts.map(text).join(" "), it["details"])
        })
        .collect();
    expect![[r#"
        - - - access - 10.1.2.3 refused UnrecognizedClientException {}
        maria token:ci operator secret.set secret:db 10.1.2.3 refused AccessDeniedException {}
        maria token:ci operator pool.set pool:build 10.1.2.3 failed SerializationException {}
        maria token:ci operator pool.set pool:build 10.1.2.3 done - {"size":"– → 3"}
        admin token:admin admin token.create token:ci 10.1.2.3 done - {"role":"operator","user":"maria"}"#]]
    .assert_eq(&lines.join("\n"));
    assert!(!told.iter().any(|it| it.to_string().contains("hidden")));
    assert_eq!(log(&server, &admin, "?who=MARIA&outcome=done").await.len(), 1);
    assert_eq!(log(&server, &admin, "?action=pool").await.len(), 2);
    assert_eq!(log(&server, &admin, "?on=secret:db").await.len(), 1);
    server.world.clock.advance(Duration::from_secs(7_200));
    assert_eq!(log(&server, &admin, "?since=1h").await.len(), 0);
    let (status, _) = ask(&server, "GET", "/audit?since=once", Some(&admin), json!(null)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_open_server_tells_of_changes_too_and_starts_leave_no_record() {
    let server = Server::new().await;
    let machine = server.world.create("M", PASS).await;
    let (status, _) = ask(&server, "POST", "/runs", None, json!({"workflow": machine})).await;
    assert_eq!(status, StatusCode::CREATED);
    let delete = json!({"stateMachineArn": machine}).to_string();
    server.ask("DeleteStateMachine", &delete).await;
    let (_, page) = ask(&server, "GET", "/audit", None, json!(null)).await;
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{page}");
    assert_eq!(items[0]["who"], "anonymous");
    assert_eq!(items[0]["on"], format!("workflow:{machine}"));
    assert_eq!(items[0]["action"], "workflow.delete");
}

/// Returns the size that a pool was given.
fn size(record: &Value) -> u64 {
    record["details"]["size"].as_str().unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_log_is_read_page_by_page_and_goes_by_age_and_number() {
    let server = Server::new().await;
    for size in 1..=30 {
        ask(&server, "PUT", "/pools/p", None, json!({"size": size})).await;
    }
    let (mut sizes, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/audit?limit=7{next}");
        let (_, page) = ask(&server, "GET", &path, None, json!(null)).await;
        let items = page["items"].as_array().unwrap().clone();
        sizes.extend(items.iter().map(size));
        let Some(more) = page["next"].as_str() else { break };
        next = format!("&next={more}");
    }
    assert_eq!(sizes, (1..=30).rev().collect::<Vec<_>>());
    let (_, refused) = ask(&server, "GET", "/audit?limit=0", None, json!(null)).await;
    assert_eq!(refused["code"], "ValidationException");

    let every = Duration::from_secs(60);
    let retention = Retention { audit_records: 10, every, ..Retention::default() };
    server.world.service.run_retention(retention);
    let count = async |wanted: usize| {
        for _ in 0..10_000 {
            let (_, page) = ask(&server, "GET", "/audit?limit=200", None, json!(null)).await;
            if page["items"].as_array().unwrap().len() == wanted {
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    };
    // The sweep begins to wait before the clock goes on.
    tokio::task::yield_now().await;
    server.world.clock.advance(every);
    assert!(count(10).await, "the newest ten are left");
    tokio::task::yield_now().await;
    server.world.clock.advance(Duration::from_secs(91 * 86_400));
    assert!(count(0).await, "all are too old");
    ask(&server, "PUT", "/pools/p", None, json!({"size": 77})).await;
    assert!(count(1).await);
}
