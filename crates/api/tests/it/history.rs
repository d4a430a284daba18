//! `GetExecutionHistory`.

use std::fmt::Write;

use expect_test::expect;
use serde_json::{Value, json};

use crate::edge::{Server, create};
use crate::world::PASS;

const M: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
const E: &str = "arn:aws:states:eu-west-1:123456789012:execution:M:e";

/// Runs a definition and returns its history, one event a line.
async fn history(definition: &str, more: &str) -> String {
    let server = Server::new().await;
    server.ask("CreateStateMachine", &create("M", "STANDARD", definition)).await;
    server.ask("StartExecution", &format!(r#"{{"stateMachineArn":"{M}","name":"e"}}"#)).await;
    server.world.service.wait_closed(E).await.unwrap();
    let body = format!(r#"{{"executionArn":"{E}"{more}}}"#);
    let answer = server.ask("GetExecutionHistory", &body).await;
    let events = answer["events"].as_array().unwrap();
    let mut text = String::new();
    for event in events {
        writeln!(text, "{event}").unwrap();
    }
    text
}

#[tokio::test]
async fn a_pass_state_has_four_events() {
    expect![[r#"
        {"timestamp":1769860800.123,"type":"ExecutionStarted","id":1,"previousEventId":0,"executionStartedEventDetails":{"input":"{}","inputDetails":{"truncated":false},"roleArn":"arn:aws:iam::123456789012:role/Role"}}
        {"timestamp":1769860800.123,"type":"PassStateEntered","id":2,"previousEventId":0,"stateEnteredEventDetails":{"name":"A","input":"{}","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"PassStateExited","id":3,"previousEventId":2,"stateExitedEventDetails":{"name":"A","output":"{}","outputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"ExecutionSucceeded","id":4,"previousEventId":3,"executionSucceededEventDetails":{"output":"{}","outputDetails":{"truncated":false}}}
    "#]].assert_eq(&history(PASS, "").await);
}

#[tokio::test]
async fn data_is_left_out_on_request() {
    expect![[r#"
        {"timestamp":1769860800.123,"type":"ExecutionStarted","id":1,"previousEventId":0,"executionStartedEventDetails":{"roleArn":"arn:aws:iam::123456789012:role/Role"}}
        {"timestamp":1769860800.123,"type":"PassStateEntered","id":2,"previousEventId":0,"stateEnteredEventDetails":{"name":"A"}}
        {"timestamp":1769860800.123,"type":"PassStateExited","id":3,"previousEventId":2,"stateExitedEventDetails":{"name":"A"}}
        {"timestamp":1769860800.123,"type":"ExecutionSucceeded","id":4,"previousEventId":3,"executionSucceededEventDetails":{}}
    "#]].assert_eq(&history(PASS, r#","includeExecutionData":false"#).await);
}

#[tokio::test]
async fn a_failed_task_names_its_resource() {
    let task = |resource: &str| {
        json!({
            "StartAt": "A",
            "States": { "A": { "Type": "Task", "Resource": resource, "TimeoutSeconds": 9, "End": true } },
        })
    };
    let events = history(&task("arn:aws:states:::aws-sdk:s3:listBuckets").to_string(), "").await;
    expect![[r#"
        {"timestamp":1769860800.123,"type":"ExecutionStarted","id":1,"previousEventId":0,"executionStartedEventDetails":{"input":"{}","inputDetails":{"truncated":false},"roleArn":"arn:aws:iam::123456789012:role/Role"}}
        {"timestamp":1769860800.123,"type":"TaskStateEntered","id":2,"previousEventId":0,"stateEnteredEventDetails":{"name":"A","input":"{}","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"TaskScheduled","id":3,"previousEventId":2,"taskScheduledEventDetails":{"resourceType":"aws-sdk:s3","resource":"listBuckets","region":"eu-west-1","parameters":"{}","timeoutInSeconds":9}}
        {"timestamp":1769860800.123,"type":"TaskStarted","id":4,"previousEventId":3,"taskStartedEventDetails":{"resourceType":"aws-sdk:s3","resource":"listBuckets"}}
        {"timestamp":1769860800.123,"type":"TaskFailed","id":5,"previousEventId":4,"taskFailedEventDetails":{"resourceType":"aws-sdk:s3","resource":"listBuckets","error":"Nobody","cause":"nobody does it"}}
        {"timestamp":1769860800.123,"type":"ExecutionFailed","id":6,"previousEventId":5,"executionFailedEventDetails":{"error":"Nobody","cause":"nobody does it"}}
    "#]].assert_eq(&events);
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    expect![[r#"
        {"timestamp":1769860800.123,"type":"ExecutionStarted","id":1,"previousEventId":0,"executionStartedEventDetails":{"input":"{}","inputDetails":{"truncated":false},"roleArn":"arn:aws:iam::123456789012:role/Role"}}
        {"timestamp":1769860800.123,"type":"TaskStateEntered","id":2,"previousEventId":0,"stateEnteredEventDetails":{"name":"A","input":"{}","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"LambdaFunctionScheduled","id":3,"previousEventId":2,"lambdaFunctionScheduledEventDetails":{"resource":"arn:aws:lambda:eu-west-1:123456789012:function:f","input":"{}","inputDetails":{"truncated":false},"timeoutInSeconds":9}}
        {"timestamp":1769860800.123,"type":"LambdaFunctionStarted","id":4,"previousEventId":3}
        {"timestamp":1769860800.123,"type":"LambdaFunctionFailed","id":5,"previousEventId":4,"lambdaFunctionFailedEventDetails":{"error":"Nobody","cause":"nobody does it"}}
        {"timestamp":1769860800.123,"type":"ExecutionFailed","id":6,"previousEventId":5,"executionFailedEventDetails":{"error":"Nobody","cause":"nobody does it"}}
    "#]].assert_eq(&history(&task(function).to_string(), "").await);
}

#[tokio::test]
async fn maps_choices_and_variables_are_shown() {
    let definition: Value = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "P",
        "States": {
            "P": { "Type": "Pass", "Assign": { "x": [1, 2] }, "Next": "Map" },
            "Map": {
                "Type": "Map",
                "Items": "{% $x %}",
                "MaxConcurrency": 1,
                "ItemProcessor": {
                    "StartAt": "I",
                    "States": { "I": { "Type": "Pass", "End": true } }
                },
                "Next": "F"
            },
            "F": { "Type": "Fail", "Error": "E", "Cause": "C" }
        }
    });
    expect![[r#"
        {"timestamp":1769860800.123,"type":"ExecutionStarted","id":1,"previousEventId":0,"executionStartedEventDetails":{"input":"{}","inputDetails":{"truncated":false},"roleArn":"arn:aws:iam::123456789012:role/Role"}}
        {"timestamp":1769860800.123,"type":"PassStateEntered","id":2,"previousEventId":0,"stateEnteredEventDetails":{"name":"P","input":"{}","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"PassStateExited","id":3,"previousEventId":2,"stateExitedEventDetails":{"name":"P","output":"{}","outputDetails":{"truncated":false},"assignedVariables":{"x":"[1,2]"},"assignedVariablesDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"MapStateEntered","id":4,"previousEventId":3,"stateEnteredEventDetails":{"name":"Map","input":"{}","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"MapStateStarted","id":5,"previousEventId":4,"mapStateStartedEventDetails":{"length":2}}
        {"timestamp":1769860800.123,"type":"MapIterationStarted","id":6,"previousEventId":5,"mapIterationStartedEventDetails":{"name":"Map","index":0}}
        {"timestamp":1769860800.123,"type":"PassStateEntered","id":7,"previousEventId":6,"stateEnteredEventDetails":{"name":"I","input":"1","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"PassStateExited","id":8,"previousEventId":7,"stateExitedEventDetails":{"name":"I","output":"1","outputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"MapIterationSucceeded","id":9,"previousEventId":8,"mapIterationSucceededEventDetails":{"name":"Map","index":0}}
        {"timestamp":1769860800.123,"type":"MapIterationStarted","id":10,"previousEventId":8,"mapIterationStartedEventDetails":{"name":"Map","index":1}}
        {"timestamp":1769860800.123,"type":"PassStateEntered","id":11,"previousEventId":10,"stateEnteredEventDetails":{"name":"I","input":"2","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"PassStateExited","id":12,"previousEventId":11,"stateExitedEventDetails":{"name":"I","output":"2","outputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"MapIterationSucceeded","id":13,"previousEventId":12,"mapIterationSucceededEventDetails":{"name":"Map","index":1}}
        {"timestamp":1769860800.123,"type":"MapStateSucceeded","id":14,"previousEventId":13}
        {"timestamp":1769860800.123,"type":"MapStateExited","id":15,"previousEventId":13,"stateExitedEventDetails":{"name":"Map","output":"[1,2]","outputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"FailStateEntered","id":16,"previousEventId":15,"stateEnteredEventDetails":{"name":"F","input":"[1,2]","inputDetails":{"truncated":false}}}
        {"timestamp":1769860800.123,"type":"ExecutionFailed","id":17,"previousEventId":16,"executionFailedEventDetails":{"error":"E","cause":"C"}}
    "#]].assert_eq(&history(&definition.to_string(), "").await);
}
