//! Answers of actions that succeed.

use expect_test::expect;

use crate::edge::{Server, create, request};
use crate::world::{PASS, WAIT};

const M: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
const E: &str = "arn:aws:states:eu-west-1:123456789012:execution:M:e";

#[tokio::test]
async fn a_state_machine_is_created_and_described_with_all_defaults() {
    let server = Server::new().await;
    server
        .check(
            "CreateStateMachine",
            &create("M", "STANDARD", PASS),
            &expect![[r#"
                200 {"stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","creationDate":1769860800.123}
            "#]],
        )
        .await;
    let body = format!(r#"{{"stateMachineArn":"{M}"}}"#);
    server
        .check("DescribeStateMachine", &body, &expect![[r#"
            200 {"stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"M","status":"ACTIVE","definition":"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}","roleArn":"arn:aws:iam::123456789012:role/Role","type":"STANDARD","creationDate":1769860800.123,"loggingConfiguration":{"level":"OFF","includeExecutionData":false},"tracingConfiguration":{"enabled":false},"encryptionConfiguration":{"type":"AWS_OWNED_KEY"}}
        "#]])
        .await;
    server
        .check("ListStateMachines", "{}", &expect![[r#"
            200 {"stateMachines":[{"stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"M","type":"STANDARD","creationDate":1769860800.123}]}
        "#]])
        .await;
    server
        .check(
            "DeleteStateMachine",
            &body,
            &expect![[r#"
            200 {}
        "#]],
        )
        .await;
}

#[tokio::test]
async fn an_execution_is_started_and_described() {
    let server = Server::new().await;
    server.ask("CreateStateMachine", &create("M", "STANDARD", PASS)).await;
    let start = format!(
        r#"{{"stateMachineArn":"{M}","name":"e","input":"{{ \"a\": [1] }}","traceHeader":"Root=1"}}"#
    );
    server.check("StartExecution", &start, &expect![[r#"
        200 {"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:e","startDate":1769860800.123}
    "#]]).await;
    server.world.service.wait_closed(E).await.unwrap();
    let body = format!(r#"{{"executionArn":"{E}"}}"#);
    server
        .check("DescribeExecution", &body, &expect![[r#"
            200 {"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:e","stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"e","status":"SUCCEEDED","startDate":1769860800.123,"stopDate":1769860800.123,"input":"{ \"a\": [1] }","inputDetails":{"included":true},"output":"{ \"a\": [1] }","outputDetails":{"included":true},"traceHeader":"Root=1","redriveCount":0,"redriveStatus":"NOT_REDRIVABLE","redriveStatusReason":"Execution is SUCCEEDED and cannot be redriven"}
        "#]])
        .await;
    server
        .check("DescribeStateMachineForExecution", &body, &expect![[r#"
            200 {"stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"M","definition":"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}","roleArn":"arn:aws:iam::123456789012:role/Role","updateDate":1769860800.123,"loggingConfiguration":{"level":"OFF","includeExecutionData":false},"tracingConfiguration":{"enabled":false},"encryptionConfiguration":{"type":"AWS_OWNED_KEY"}}
        "#]])
        .await;
    let list = format!(r#"{{"stateMachineArn":"{M}"}}"#);
    server.check("ListExecutions", &list, &expect![[r#"
        200 {"executions":[{"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:e","stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"e","status":"SUCCEEDED","startDate":1769860800.123,"stopDate":1769860800.123,"redriveCount":0}]}
    "#]]).await;
    let metadata = format!(r#"{{"executionArn":"{E}","includedData":"METADATA_ONLY"}}"#);
    server
        .check("DescribeExecution", &metadata, &expect![[r#"
            200 {"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:e","stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"e","status":"SUCCEEDED","startDate":1769860800.123,"stopDate":1769860800.123,"inputDetails":{"included":false},"outputDetails":{"included":false},"traceHeader":"Root=1","redriveCount":0,"redriveStatus":"NOT_REDRIVABLE","redriveStatusReason":"Execution is SUCCEEDED and cannot be redriven"}
        "#]])
        .await;
}

#[tokio::test]
async fn a_stopped_execution_is_described() {
    let server = Server::new().await;
    server.ask("CreateStateMachine", &create("M", "STANDARD", WAIT)).await;
    server.ask("StartExecution", &format!(r#"{{"stateMachineArn":"{M}","name":"e"}}"#)).await;
    let body = format!(r#"{{"executionArn":"{E}"}}"#);
    server
        .check("DescribeExecution", &body, &expect![[r#"
            200 {"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:e","stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"e","status":"RUNNING","startDate":1769860800.123,"input":"{}","inputDetails":{"included":true},"redriveCount":0,"redriveStatus":"NOT_REDRIVABLE","redriveStatusReason":"Execution is RUNNING and cannot be redriven"}
        "#]])
        .await;
    server
        .check(
            "StopExecution",
            &body,
            &expect![[r#"
        200 {"stopDate":1769860800.123}
    "#]],
        )
        .await;
    server
        .check("DescribeExecution", &body, &expect![[r#"
            200 {"executionArn":"arn:aws:states:eu-west-1:123456789012:execution:M:e","stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"e","status":"ABORTED","startDate":1769860800.123,"stopDate":1769860800.123,"input":"{}","inputDetails":{"included":true},"redriveCount":0,"redriveStatus":"REDRIVABLE"}
        "#]])
        .await;
}

#[tokio::test]
async fn a_sync_execution_answers_its_end() {
    let server = Server::new().await;
    server.ask("CreateStateMachine", &create("M", "EXPRESS", PASS)).await;
    let body = format!(r#"{{"stateMachineArn":"{M}","name":"e","input":"1"}}"#);
    let answer = server.ask("StartSyncExecution", &body).await;
    let arn = answer["executionArn"].as_str().unwrap();
    let masked = answer.to_string().replace(arn.rsplit(':').next().unwrap(), "UUID");
    expect![[r#"{"executionArn":"arn:aws:states:eu-west-1:123456789012:express:M:e:UUID","stateMachineArn":"arn:aws:states:eu-west-1:123456789012:stateMachine:M","name":"e","startDate":1769860800.123,"stopDate":1769860800.123,"status":"SUCCEEDED","input":"1","inputDetails":{"included":true},"output":"1","outputDetails":{"included":true},"billingDetails":{"billedMemoryUsedInMB":64,"billedDurationInMilliseconds":100}}"#]].assert_eq(&masked);
}

#[tokio::test]
async fn a_definition_is_validated() {
    let server = Server::new().await;
    let valid = serde_json::json!({ "definition": PASS }).to_string();
    server
        .check(
            "ValidateStateMachineDefinition",
            &valid,
            &expect![[r#"
            200 {"result":"OK","diagnostics":[],"truncated":false}
        "#]],
        )
        .await;
    server
        .check(
            "ValidateStateMachineDefinition",
            r#"{"definition":"{}"}"#,
            &expect![[r#"
                200 {"result":"FAIL","diagnostics":[{"severity":"ERROR","code":"SCHEMA_VALIDATION_FAILED","message":"These fields are required: [States, StartAt]","location":"/"}],"truncated":false}
            "#]],
        )
        .await;
}

#[tokio::test]
async fn activities_and_tags_are_answered() {
    let server = Server::new().await;
    server
        .check(
            "CreateActivity",
            r#"{"name":"A","tags":[{"key":"k","value":"v"}]}"#,
            &expect![[r#"
                200 {"activityArn":"arn:aws:states:eu-west-1:123456789012:activity:A","creationDate":1769860800.123}
            "#]],
        )
        .await;
    server.check("ListActivities", "{}", &expect![[r#"
        200 {"activities":[{"activityArn":"arn:aws:states:eu-west-1:123456789012:activity:A","name":"A","creationDate":1769860800.123}]}
    "#]]).await;
    let arn = "arn:aws:states:eu-west-1:123456789012:activity:A";
    let named = format!(r#"{{"activityArn":"{arn}"}}"#);
    server
        .check("DescribeActivity", &named, &expect![[r#"
            200 {"activityArn":"arn:aws:states:eu-west-1:123456789012:activity:A","name":"A","creationDate":1769860800.123,"encryptionConfiguration":{"type":"AWS_OWNED_KEY"}}
        "#]])
        .await;
    let tagged = format!(r#"{{"resourceArn":"{arn}"}}"#);
    server
        .check(
            "ListTagsForResource",
            &tagged,
            &expect![[r#"
            200 {"tags":[{"key":"k","value":"v"}]}
        "#]],
        )
        .await;
}

#[tokio::test]
async fn answers_carry_their_headers() {
    let server = Server::new().await;
    let response = server.send(request("ListStateMachines", "{}")).await;
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    assert_eq!(response.headers()["x-amzn-requestid"].len(), 36);
    let response = server.send(request("Nonsense", "{}")).await;
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    assert_eq!(response.headers()["x-amzn-requestid"].len(), 36);
}

#[tokio::test]
async fn a_trace_in_the_request_counts_more_than_one_in_the_body() {
    let server = Server::new().await;
    server.ask("CreateStateMachine", &create("M", "STANDARD", PASS)).await;
    let body = format!(r#"{{"stateMachineArn":"{M}","name":"e","traceHeader":"Root=body"}}"#);
    let mut start = request("StartExecution", body);
    start.headers_mut().insert("x-amzn-trace-id", "Root=header".parse().unwrap());
    server.send(start).await;
    let described = server.ask("DescribeExecution", &format!(r#"{{"executionArn":"{E}"}}"#)).await;
    assert_eq!(described["traceHeader"], "Root=header");
}
