//! Signed requests. The signatures were made by botocore.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use compasso_api::{AccessKey, ApiSettings};
use compasso_service::{CreateToken, Role};
use expect_test::expect;

use crate::edge::{Server, read};
use crate::world::PASS;

const SIGNATURE: &str = "0ab83fe2d73eefa6c17c811236cce40659afbc1b8fa6d210e2df08e834f413a8";

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

async fn server() -> Server {
    let key = AccessKey {
        id: "AKIDEXAMPLE".into(),
        secret: SECRET.into(),
        account: "123456789012".into(),
        name: None,
        groups: Vec::new(),
        role: Role::Admin,
        operator: false,
    };
    Server::with(ApiSettings { credentials: Some(vec![key]), ..ApiSettings::default() }).await
}

fn authorization(key: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260131/eu-west-1/states/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={signature}"
    )
}

fn signed(authorization: &str) -> Request<Body> {
    Request::post("http://localhost:8080/")
        .header("host", "localhost:8080")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "AWSStepFunctions.ListStateMachines")
        .header("x-amz-date", "20260131T120000Z")
        .header("authorization", authorization)
        .body(Body::from("{}"))
        .unwrap()
}

#[tokio::test]
async fn a_right_signature_opens_the_account_of_its_key() {
    let server = server().await;
    server.world.create("M", PASS).await;
    let response = server.send(signed(&authorization("AKIDEXAMPLE", SIGNATURE))).await;
    let (status, answer) = read(response).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(answer.contains("123456789012:stateMachine:M"), "{answer}");
}

/// A server that other machines reach, and that has no keys.
async fn closed() -> Server {
    let own_secret = Some(SECRET.into());
    Server::with(ApiSettings { closed: true, own_secret, ..ApiSettings::default() }).await
}

#[tokio::test]
async fn a_server_without_keys_knows_its_own_calls() {
    let server = closed().await;
    server.world.create("M", PASS).await;
    let own = || server.send(signed(&authorization("123456789012", SIGNATURE)));
    assert_ne!(own().await.status(), StatusCode::OK, "nobody works in the account");
    let token = CreateToken {
        name: "root".into(),
        role: Role::Admin,
        user: None,
        groups: Vec::new(),
        expires: None,
    };
    server.world.service.create_token("123456789012", "test", true, token).await.unwrap();
    let (status, answer) = read(own().await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(answer.contains("123456789012:stateMachine:M"), "{answer}");
    let guessed = SIGNATURE.replacen('0', "1", 1);
    for (key, signature) in [("123456789012", &*guessed), ("AKIDEXAMPLE", SIGNATURE)] {
        let other = server.send(signed(&authorization(key, signature))).await;
        assert_ne!(other.status(), StatusCode::OK, "{key}");
    }
    let token = Request::post("http://localhost:8080/api/v1/tokens")
        .header("host", "localhost:8080")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"name": "root", "role": "admin"}"#))
        .unwrap();
    assert_eq!(server.send(token).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn keys_of_the_settings_are_the_only_ones() {
    let keys = Vec::from([AccessKey {
        id: "AKIDEXAMPLE".into(),
        secret: "another".into(),
        account: "123456789012".into(),
        name: None,
        groups: Vec::new(),
        role: Role::Admin,
        operator: false,
    }]);
    let own_secret = Some(SECRET.into());
    let settings = ApiSettings { credentials: Some(keys), own_secret, ..ApiSettings::default() };
    let server = Server::with(settings).await;
    let own = server.send(signed(&authorization("123456789012", SIGNATURE))).await;
    assert_ne!(own.status(), StatusCode::OK);
}

#[tokio::test]
async fn wrong_signatures_are_refused() {
    let server = server().await;
    let refuse = async |request: Request<Body>| read(server.send(request).await).await.1;

    let mut changed = signed(&authorization("AKIDEXAMPLE", SIGNATURE));
    *changed.body_mut() = Body::from("{ }");
    expect![[r#"{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#]].assert_eq(&refuse(changed).await);

    let guessed = signed(&authorization("AKIDEXAMPLE", &"0".repeat(64)));
    expect![[r#"{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}"#]].assert_eq(&refuse(guessed).await);

    expect![[r#"{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}"#]].assert_eq(&refuse(signed(&authorization("OTHER", SIGNATURE))).await);
    expect![[r#"{"__type":"IncompleteSignatureException","message":"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'x'"}"#]].assert_eq(&refuse(signed("AWS4-HMAC-SHA256 Credential=x")).await);

    let mut unsigned = signed("");
    unsigned.headers_mut().remove("authorization");
    expect![[r#"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#]].assert_eq(&refuse(unsigned).await);

    let mut more = signed(&authorization("AKIDEXAMPLE", SIGNATURE));
    more.headers_mut().insert("x-amz-security-token", "t".parse().unwrap());
    expect![[r#"{"__type":"InvalidSignatureException","message":"'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization."}"#]].assert_eq(&refuse(more).await);
}

#[tokio::test]
async fn an_old_signature_is_refused() {
    let server = server().await;
    server.world.clock.advance(Duration::from_secs(16 * 60));
    let response = server.send(signed(&authorization("AKIDEXAMPLE", SIGNATURE))).await;
    expect![[r#"{"__type":"InvalidSignatureException","message":"Signature expired or not yet current: 20260131T120000Z is more than 15 minutes from the server's time"}"#]].assert_eq(&read(response).await.1);
}

#[tokio::test]
async fn a_signed_reader_may_read_logs() {
    let server = server().await;
    let machine = server.world.create("M", PASS).await;
    server.world.start(&machine, "e").await;
    let request = Request::get(
        "/api/v1/executions/arn:aws:states:eu-west-1:123456789012:execution:M:e/logs\
         ?after=0&follow=true",
    )
    .header("host", "localhost:8080")
    .header("x-amz-date", "20260131T120000Z")
    .header(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260131/eu-west-1/states/aws4_request, \
         SignedHeaders=host;x-amz-date, \
         Signature=95a2c15d8cb180412359e4bcfa68166ef412431c589db6f8d484cacf8777ff63",
    )
    .body(Body::empty())
    .unwrap();
    assert_eq!(server.send(request).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_key_opens_nothing_of_another_account() {
    let server = server().await;
    let signature = "0decda787adafa91faf021a88375ad8d2866d3d1d21c998f3e22b23116a39582";
    let mut request = signed(&authorization("AKIDEXAMPLE", signature));
    let target = "AWSStepFunctions.DescribeStateMachine".parse().unwrap();
    request.headers_mut().insert("x-amz-target", target);
    let body = r#"{"stateMachineArn":"arn:aws:states:eu-west-1:999999999999:stateMachine:M"}"#;
    *request.body_mut() = Body::from(body);
    expect![[r#"{"__type":"AccessDeniedException","message":"Account 123456789012 is not authorized to perform: states:DescribeStateMachine on resource: arn:aws:states:eu-west-1:999999999999:stateMachine:M"}"#]].assert_eq(&read(server.send(request).await).await.1);
}
