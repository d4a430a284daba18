//! Requests that are refused.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use compasso_api::ApiSettings;
use compasso_types::limits::REQUEST_BYTES_MAX;
use expect_test::expect;

use crate::edge::{Server, create, read, request};
use crate::world::PASS;

const M: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let server = Server::new().await;
    let machine = format!(r#"{{"stateMachineArn":"{M}"}}"#);
    server
        .check("DescribeStateMachine", &machine, &expect![[r#"
            400 {"__type":"StateMachineDoesNotExist","message":"State Machine Does Not Exist: 'arn:aws:states:eu-west-1:123456789012:stateMachine:M'"}
        "#]])
        .await;
    server
        .check("StartExecution", &machine, &expect![[r#"
            400 {"__type":"StateMachineDoesNotExist","message":"State Machine Does Not Exist: 'arn:aws:states:eu-west-1:123456789012:stateMachine:M'"}
        "#]])
        .await;
    let execution = r#"{"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:e"}"#;
    let expected = expect![[
        r#"{"__type":"ExecutionDoesNotExist","message":"Execution Does Not Exist: 'arn:aws:states:eu-west-1:123456789012:execution:M:e'"}"#
    ]];
    for action in ["DescribeExecution", "GetExecutionHistory", "RedriveExecution", "StopExecution"]
    {
        let (_, answer) = server.call(action, execution).await;
        expected.assert_eq(&answer);
    }
    let tags = r#"{"resourceArn":"arn:aws:states:eu-west-1:123456789012:activity:A"}"#;
    server
        .check("ListTagsForResource", tags, &expect![[r#"
            400 {"__type":"ResourceNotFound","message":"Resource not found: 'arn:aws:states:eu-west-1:123456789012:activity:A'","resourceName":"arn:aws:states:eu-west-1:123456789012:activity:A"}
        "#]])
        .await;
}

#[tokio::test]
async fn arns_of_the_wrong_kind_are_refused() {
    let server = Server::new().await;
    let express = r#"{"executionArn":"arn:aws:states:eu-west-1:123456789012:express:M:e:u"}"#;
    let expected = expect![[
        r#"{"__type":"InvalidArn","message":"Invalid Arn: 'Resource type not valid in this context: express'"}"#
    ]];
    for action in ["DescribeExecution", "GetExecutionHistory", "RedriveExecution", "StopExecution"]
    {
        let (_, answer) = server.call(action, express).await;
        expected.assert_eq(&answer);
    }
    server
        .check(
            "DescribeExecution",
            r#"{"executionArn":"nonsense"}"#,
            &expect![[r#"
                400 {"__type":"InvalidArn","message":"Invalid Arn: 'Invalid ARN prefix: nonsense'"}
            "#]],
        )
        .await;
    let label = format!(r#"{{"stateMachineArn":"{M}/Label"}}"#);
    server
        .check("DeleteStateMachine", &label, &expect![[r#"
            400 {"__type":"ValidationException","message":"This operation does not support labelled state machine ARNs","reason":"API_DOES_NOT_SUPPORT_LABELED_ARNS"}
        "#]])
        .await;
}

#[tokio::test]
async fn broken_constraints_are_listed() {
    let server = Server::new().await;
    let body =
        format!(r#"{{"stateMachineArn":"{M}","maxResults":1001,"statusFilter":"succeeded"}}"#);
    server.check("ListExecutions", &body, &expect![[r#"
        400 {"__type":"ValidationException","message":"2 validation errors detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]; Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"}
    "#]]).await;
    server
        .check("CreateStateMachine", "{}", &expect![[r#"
            400 {"__type":"ValidationException","message":"3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'definition' failed to satisfy constraint: Member must not be null; Value null at 'roleArn' failed to satisfy constraint: Member must not be null"}
        "#]])
        .await;
    server
        .check(
            "CreateActivity",
            r#"{"name":"a b"}"#,
            &expect![[r#"
            400 {"__type":"InvalidName","message":"Invalid Name: 'a b'"}
        "#]],
        )
        .await;
    server
        .check(
            "ListStateMachines",
            r#"{"nextToken":"x"}"#,
            &expect![[r#"
            400 {"__type":"InvalidToken","message":"Invalid Token: 'Invalid token'"}
        "#]],
        )
        .await;
}

#[tokio::test]
async fn bodies_of_the_wrong_shape_are_refused() {
    let server = Server::new().await;
    server
        .check("CreateActivity", r#"{"name":5}"#, &expect![[r#"
            400 {"__type":"SerializationException","message":"name: invalid type: integer `5`, expected a string at line 1 column 9"}
        "#]])
        .await;
    server.check("CreateActivity", "{", &expect![[r#"
        400 {"__type":"SerializationException","message":"EOF while parsing an object at line 1 column 1"}
    "#]]).await;
    server
        .check(
            "CreateActivity",
            "",
            &expect![[r#"
        400 {"__type":"SerializationException","message":"Expected a JSON object as request body"}
    "#]],
        )
        .await;
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let body = format!(r#"{{"name":{deep}}}"#);
    let (status, answer) = server.call("CreateActivity", body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(answer.contains("SerializationException"), "{answer}");
}

#[tokio::test]
async fn unknown_actions_are_refused() {
    let server = Server::new().await;
    server
        .check(
            "Nonsense",
            "{}",
            &expect![[r#"
        400 {"__type":"UnknownOperationException","message":"Unknown operation: 'Nonsense'"}
    "#]],
        )
        .await;
    let bare = Request::post("/").body(Body::from("{}")).unwrap();
    let (_, answer) = read(server.send(bare).await).await;
    expect![[r#"{"__type":"UnknownOperationException","message":"Unknown target: ''"}"#]]
        .assert_eq(&answer);
}

#[tokio::test]
async fn two_actions_at_once_are_refused() {
    let server = Server::new().await;
    let mut request = request("ListActivities", "{}");
    request.headers_mut().append("x-amz-target", "AWSStepFunctions.X".parse().unwrap());
    let (_, answer) = read(server.send(request).await).await;
    expect![[r#"{"__type":"UnknownOperationException","message":"Unknown target: ''"}"#]]
        .assert_eq(&answer);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_civilly() {
    let server = Server::new().await;
    let announced = request("CreateActivity", vec![b' '; REQUEST_BYTES_MAX + 1]);
    let (status, answer) = read(server.send(announced).await).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    expect![[r#"{"__type":"RequestEntityTooLargeException","message":"Request size exceeded 10485760 bytes"}"#]].assert_eq(&answer);
    // A large body within the bound is read; this one is only too large for a definition.
    let large = create("M", "STANDARD", &"x".repeat(REQUEST_BYTES_MAX - 1_000));
    let (_, answer) = server.call("CreateStateMachine", large).await;
    expect![[r#"{"__type":"ValidationException","message":"1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length less than or equal to 1048576"}"#]].assert_eq(&answer);
}

#[tokio::test]
async fn calls_that_come_too_fast_are_refused_if_that_is_asked_for() {
    let settings = ApiSettings { throttled: true, request_bytes_max: 99, ..ApiSettings::default() };
    let server = Server::with(settings).await;
    for _ in 0..100 {
        server.ask("ListActivities", "{}").await;
    }
    server
        .check(
            "ListActivities",
            "{}",
            &expect![[r#"
        400 {"__type":"ThrottlingException","message":"Rate exceeded"}
    "#]],
        )
        .await;
    let (status, _) = server.call("CreateActivity", vec![b' '; 100]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn express_executions_are_not_listed() {
    let server = Server::new().await;
    server.ask("CreateStateMachine", &create("M", "EXPRESS", PASS)).await;
    let list = format!(r#"{{"stateMachineArn":"{M}"}}"#);
    server.check("ListExecutions", &list, &expect![[r#"
        400 {"__type":"StateMachineTypeNotSupported","message":"This operation is not supported by this type of state machine"}
    "#]]).await;
}

#[tokio::test]
async fn pages_of_other_sites_are_kept_out() {
    let server = Server::new().await;
    let mut request = request("ListStateMachines", "{}");
    request.headers_mut().insert("origin", "http://evil.example".parse().unwrap());
    let (_, answer) = read(server.send(request).await).await;
    expect![[r#"{"__type":"AccessDeniedException","message":"Requests of web pages of other sites are not answered"}"#]].assert_eq(&answer);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Server::new().await;
    let body = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let (status, answer) = server.call("CreateActivity", body).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    expect![[r#"{"__type":"RequestTimeoutException","message":"The request body took longer than 60 seconds"}"#]].assert_eq(&answer);
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let server = Server::new().await;
    let refused = async |request: axum::http::request::Builder| {
        let (status, answer) = read(server.send(request.body(Body::empty()).unwrap()).await).await;
        format!("{} {answer}\n", status.as_u16())
    };
    expect![[r#"
        405 {"__type":"UnknownOperationException","message":"Unknown operation: PUT /"}
    "#]]
    .assert_eq(&refused(Request::put("/")).await);
    expect![[r#"
        404 {"__type":"UnknownOperationException","message":"Unknown operation: POST /nope"}
    "#]]
    .assert_eq(&refused(Request::post("/nope")).await);
    expect![[r#"
        400 {"__type":"SerializationException","message":"Failed to deserialize query string: after: invalid digit found in string"}
    "#]]
    .assert_eq(&refused(Request::get("/api/v1/executions/x/logs?after=-1")).await);
}

#[tokio::test]
async fn a_list_is_no_object() {
    let server = Server::new().await;
    for (action, member) in [
        ("CreateStateMachine", r#""loggingConfiguration":["OFF",true]"#),
        ("CreateStateMachine", r#""loggingConfiguration":{"destinations":[[null]]}"#),
        (
            "CreateStateMachine",
            r#""loggingConfiguration":{"destinations":[{"cloudWatchLogsLogGroup":["x"]}]}"#,
        ),
        ("CreateStateMachine", r#""tracingConfiguration":[true]"#),
        ("CreateStateMachine", r#""encryptionConfiguration":["AWS_OWNED_KEY"]"#),
        ("CreateActivity", r#""tags":[["key","value"]]"#),
    ] {
        let body = create("M", "STANDARD", PASS).replacen('{', &format!("{{{member},"), 1);
        let (status, answer) = server.call(action, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{member}: {answer}");
        assert!(answer.contains("SerializationException"), "{member}: {answer}");
    }
}
