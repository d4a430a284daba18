//! Task states: resources, time-outs, credentials.

use compasso_asl::compile;
use compasso_ir::{ExecutionType, IntegrationPattern, Kind, ResourceKind};
use expect_test::expect;

use crate::check::{analyse, check_each_express, check_silent, check_states, machine_of};

fn task(resource: &str) -> String {
    machine_of(&format!(r#"{{"Type":"Task","Resource":"{resource}","End":true}}"#))
}

#[test]
fn resources_are_told_apart() {
    use IntegrationPattern::{RequestResponse, Sync, Sync2, WaitForTaskToken};
    let service = |service: &str, action: &str, pattern| ResourceKind::Service {
        service: service.into(),
        action: action.into(),
        pattern,
    };
    for (resource, expected) in [
        ("arn:aws:states:us-east-1:123456789012:activity:Work", ResourceKind::Activity),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", ResourceKind::LambdaFunction),
        ("arn:aws:lambda:us-east-1:123456789012:function:f:7", ResourceKind::LambdaFunction),
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:f:live", ResourceKind::LambdaFunction),
        ("arn:aws:states:::lambda:invoke", service("lambda", "invoke", RequestResponse)),
        (
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            service("lambda", "invoke", WaitForTaskToken),
        ),
        (
            "arn:aws-us-gov:states:::states:startExecution.sync:2",
            service("states", "startExecution", Sync2),
        ),
        ("arn:aws:states:::states:startExecution.sync", service("states", "startExecution", Sync)),
        (
            "arn:aws:states:::aws-sdk:dynamodb:getItem",
            service("aws-sdk:dynamodb", "getItem", RequestResponse),
        ),
        (
            "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken",
            service("aws-sdk:sqs", "sendMessage", WaitForTaskToken),
        ),
        ("arn:aws:states:::http:invoke", service("http", "invoke", RequestResponse)),
        ("arn:aws:states:::compasso:process", service("compasso", "process", RequestResponse)),
        ("arn:aws:states:::compasso:http", service("compasso", "http", RequestResponse)),
        (
            "arn:aws:states:::compasso:http.waitForTaskToken",
            service("compasso", "http", WaitForTaskToken),
        ),
        ("arn:aws:states:::ecs:runTask.sync", service("ecs", "runTask", Sync)),
    ] {
        let definition = analyse(&task(resource), ExecutionType::Standard).definition.unwrap();
        let Kind::Task(task) = &definition.states()[0].kind else { panic!() };
        assert_eq!((&*task.resource.arn, &task.resource.kind), (resource, &expected));
    }
}

#[test]
fn unknown_resources_are_not_recognized() {
    let states: Vec<String> = [
        "",
        "lambda",
        "arn:aws:states:::",
        "arn:aws:states:::lambda",
        "arn:aws:states:::lambda:invok",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::glue:startJobRun.waitForTaskToken",
        "arn:aws:states:::ecs:runTask.sync:2",
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::s3:getObject",
        "arn:aws:states:::aws-sdk:dynamodb:GetItem",
        "arn:aws:states:::aws-sdk:dynamodb:getItem.sync",
        "arn:aws:states:::aws-sdk::getItem",
        "arn:aws:states:us-east-1:123456789012:activity:",
        "arn:aws:states::123456789012:activity:a",
        "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        "arn:aws:lambda:us-east-1:123456789012:function:",
        "arn:aws:lambda:us-east-1:123456789012:function:f:",
        "arn:aws:lambda:us-east-1:123456789012:layer:f",
        "arn:azure:lambda:us-east-1:123456789012:function:f",
        "{% 'arn:aws:states:::lambda:invoke' %}",
    ]
    .iter()
    .map(|resource| format!(r#"{{"Type":"Task","Resource":"{resource}","End":true}}"#))
    .collect();
    check_states(
        &states,
        &expect![[r#"
            {"Type":"Task","Resource":"","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at /States/X/Resource
            {"Type":"Task","Resource":"lambda","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states:::","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states::: is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states:::lambda","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::lambda is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invok","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::lambda:invok is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource (did you mean 'lambda:invoke'?)
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.sync","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::lambda:invoke.sync is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource ('arn:aws:states:::lambda:invoke' does not support this integration pattern)
            {"Type":"Task","Resource":"arn:aws:states:::glue:startJobRun.waitForTaskToken","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::glue:startJobRun.waitForTaskToken is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource ('arn:aws:states:::glue:startJobRun' does not support this integration pattern)
            {"Type":"Task","Resource":"arn:aws:states:::ecs:runTask.sync:2","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::ecs:runTask.sync:2 is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource ('arn:aws:states:::ecs:runTask' does not support this integration pattern)
            {"Type":"Task","Resource":"arn:aws:states:::dynamodb:query","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::dynamodb:query is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states:::s3:getObject","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::s3:getObject is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:GetItem","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::aws-sdk:dynamodb:GetItem is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource (did you mean 'aws-sdk:dynamodb:getItem'?)
            {"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:getItem.sync","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::aws-sdk:dynamodb:getItem.sync is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource ('arn:aws:states:::aws-sdk:dynamodb:getItem' does not support this integration pattern)
            {"Type":"Task","Resource":"arn:aws:states:::aws-sdk::getItem","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::aws-sdk::getItem is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:us-east-1:123456789012:activity: is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states::123456789012:activity:a","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states::123456789012:activity:a is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:stateMachine:m","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:us-east-1:123456789012:stateMachine:m is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:lambda:us-east-1:123456789012:function: is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f:","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:lambda:us-east-1:123456789012:function:f: is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:layer:f","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:lambda:us-east-1:123456789012:layer:f is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"arn:azure:lambda:us-east-1:123456789012:function:f","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: The resource provided arn:azure:lambda:us-east-1:123456789012:function:f is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/X/Resource
            {"Type":"Task","Resource":"{% 'arn:aws:states:::lambda:invoke' %}","End":true}
                1:56 SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at /States/X/Resource (did you mean 'lambda:invoke'?)
        "#]],
    );
}

#[test]
fn express_machines_have_no_jobs_callbacks_and_activities() {
    let resources = [
        "arn:aws:states:::states:startExecution.sync",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:us-east-1:123456789012:activity:Work",
        "arn:aws:states:::compasso:signal",
    ];
    check_each_express(
        &resources,
        task,
        &expect![[r#"
        arn:aws:states:::states:startExecution.sync
            1:56 SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service integration at /States/X/Resource
        arn:aws:states:::states:startExecution.sync:2
            1:56 SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service integration at /States/X/Resource
        arn:aws:states:::sqs:sendMessage.waitForTaskToken
            1:56 SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service integration  at /States/X/Resource
        arn:aws:states:us-east-1:123456789012:activity:Work
            1:56 SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN at /States/X/Resource
        arn:aws:states:::compasso:signal
            1:56 SCHEMA_VALIDATION_FAILED: Express state machine does not support 'compasso:signal' at /States/X/Resource
    "#]],
    );
    for resource in resources {
        check_silent(&task(resource), ExecutionType::Standard);
    }
    check_silent(&task("arn:aws:lambda:us-east-1:123456789012:function:f"), ExecutionType::Express);
}

#[test]
fn time_outs_have_bounds_and_one_form() {
    let resource = r#""Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true"#;
    let states: Vec<String> = [
        r#""TimeoutSeconds":0"#,
        r#""TimeoutSeconds":100000000"#,
        r#""TimeoutSeconds":"{% 1 %}""#,
        r#""TimeoutSeconds":5,"TimeoutSecondsPath":"$.t""#,
        r#""TimeoutSecondsPath":"$.t[?(@.a)]""#,
        r#""HeartbeatSeconds":0"#,
        r#""HeartbeatSeconds":1,"HeartbeatSecondsPath":"$.t""#,
        r#""HeartbeatSeconds":60,"TimeoutSeconds":60"#,
        r#""HeartbeatSeconds":true"#,
        r#""QueryLanguage":"JSONata","TimeoutSecondsPath":"$.t","HeartbeatSeconds":"x""#,
        r#""QueryLanguage":"JSONata","TimeoutSeconds":0,"HeartbeatSeconds":"{% 1 + %}""#,
    ]
    .iter()
    .map(|fields| format!("{{{resource},{fields}}}"))
    .collect();
    check_states(
        &states,
        &expect![[r#"
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"TimeoutSeconds":0}
                1:117 SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/X/TimeoutSeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"TimeoutSeconds":100000000}
                1:117 SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /States/X/TimeoutSeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"TimeoutSeconds":"{% 1 %}"}
                1:117 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/X/TimeoutSeconds (expressions work in computed fields of JSONata states only)
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"TimeoutSeconds":5,"TimeoutSecondsPath":"$.t"}
                1:119 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at /States/X
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"TimeoutSecondsPath":"$.t[?(@.a)]"}
                1:121 SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/X/TimeoutSecondsPath (a Reference Path names one value: no '@', ',', ':', '?', '*' and '..')
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"HeartbeatSeconds":0}
                1:119 SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/X/HeartbeatSeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"HeartbeatSeconds":1,"HeartbeatSecondsPath":"$.t"}
                1:121 SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [HeartbeatSeconds, HeartbeatSecondsPath] at /States/X
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"HeartbeatSeconds":60,"TimeoutSeconds":60}
                1:119 SCHEMA_VALIDATION_FAILED: 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds' at /States/X/HeartbeatSeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"HeartbeatSeconds":true}
                1:119 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/X/HeartbeatSeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"QueryLanguage":"JSONata","TimeoutSecondsPath":"$.t","HeartbeatSeconds":"x"}
                1:126 SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'TimeoutSecondsPath' is only supported for the 'JSONPath' QueryLanguage at /States/X (use an expression in 'TimeoutSeconds')
                1:172 SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/X/HeartbeatSeconds
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"QueryLanguage":"JSONata","TimeoutSeconds":0,"HeartbeatSeconds":"{% 1 + %}"}
                1:143 SCHEMA_VALIDATION_FAILED: Minimum value is 1 at /States/X/TimeoutSeconds
                1:171 INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/X/HeartbeatSeconds
        "#]],
    );
}

#[test]
fn credentials_name_a_role() {
    check_states(
        &[
            r#"{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Credentials":{}}"#,
            r#"{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Credentials":"role"}"#,
            r#"{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Credentials":{"RoleArn.$":"role"}}"#,
            r#"{"Type":"Task","End":true}"#,
            r#"{"Type":"Task","End":true,"Resource":5}"#,
        ],
        &expect![[r#"
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Credentials":{}}
                1:100 SCHEMA_VALIDATION_FAILED: The field 'RoleArn' is required but was missing at /States/X/Credentials
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Credentials":"role"}
                1:114 SCHEMA_VALIDATION_FAILED: Expected value of type Object at /States/X/Credentials
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Credentials":{"RoleArn.$":"role"}}
                1:128 SCHEMA_VALIDATION_FAILED: The value for the field 'RoleArn.$' must be a valid JSONPath or a valid intrinsic function call at /States/X/Credentials ('role' is not an intrinsic function)
            {"Type":"Task","End":true}
                1:26 SCHEMA_VALIDATION_FAILED: These fields are required: [Resource] at /States/X
            {"Type":"Task","End":true,"Resource":5}
                1:67 SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/X/Resource
        "#]],
    );
}

#[test]
fn every_field_of_a_task_is_accepted() {
    for fields in [
        r#""Comment":"c","InputPath":"$.a","OutputPath":"$.b","Parameters":{"x.$":"$.x"},"ResultSelector":{"y.$":"$.y"},"ResultPath":"$.r","Assign":{"v.$":"$.z"},"TimeoutSeconds":60,"HeartbeatSeconds":59,"Credentials":{"RoleArn.$":"$.role"}"#,
        r#""TimeoutSecondsPath":"$.t","HeartbeatSecondsPath":"$$.h","Credentials":{"RoleArn":"arn:aws:iam::123456789012:role/r"}"#,
        r#""QueryLanguage":"JSONata","Arguments":{"x":"{% $states.input %}"},"Output":"{% $states.result %}","Assign":{"v":"{% $states.result.a %}"},"TimeoutSeconds":"{% 5 %}","HeartbeatSeconds":"{% 1 %}","Credentials":{"RoleArn":"{% $states.input.role %}"}"#,
        r#""QueryLanguage":"JSONata","Arguments":"{% $states.input %}","TimeoutSeconds":5,"HeartbeatSeconds":1"#,
    ] {
        let state = format!(
            r#"{{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true,{fields}}}"#
        );
        check_silent(&machine_of(&state), ExecutionType::Express);
    }
}

#[test]
fn parameters_that_a_service_does_not_take_are_named() {
    let state = |resource: &str, parameters: &str| {
        format!(
            r#"{{"Type":"Task","Resource":"arn:aws:states:::{resource}","End":true,{parameters}}}"#
        )
    };
    check_states(
        &[
            state("sqs:sendMessage", r#""Parameters":{"QueueUrl":"q","MessageBdy":"m"}"#),
            state("aws-sdk:s3:getObject", r#""Parameters":{"Bucket.$":"$.b","key.$":"$.k"}"#),
            state(
                "aws-sdk:dynamodb:getItem",
                r#""Parameters":{"TableName":7,"Key":{"id":{"X":"1"}}}"#,
            ),
            state(
                "aws-sdk:dynamodb:putItem",
                r#""Parameters":{"TableName":"t","Item":{"a":{"L":[{"S":"1"},{"B.$":"$.b"},{"Q.$":"$.q"}]}}}"#,
            ),
            state("lambda:invoke", r#""Parameters":{"Functionname":"f"}"#),
            state("elasticmapreduce:createCluster", r#""Parameters":{"Nam":"c"}"#),
            state("sqs:sendMessage", r#""Parameters":"q""#),
            state(
                "sqs:sendMessage",
                r#""QueryLanguage":"JSONata","Arguments":{"QueueUrl":"{% 'q' %}","DelaySeconds":"soon"}"#,
            ),
        ],
        &expect![[r#"
            {"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true,"Parameters":{"QueueUrl":"q","MessageBdy":"m"}}
                1:102 SCHEMA_VALIDATION_FAILED: The field 'MessageBody' is required but was missing at /States/X/Parameters
                1:131 SCHEMA_VALIDATION_FAILED: The field "MessageBdy" is not supported by Step Functions at /States/X/Parameters (did you mean 'MessageBody'?)
            {"Type":"Task","Resource":"arn:aws:states:::aws-sdk:s3:getObject","End":true,"Parameters":{"Bucket.$":"$.b","key.$":"$.k"}}
                1:107 SCHEMA_VALIDATION_FAILED: The field 'Key' is required but was missing at /States/X/Parameters
                1:138 SCHEMA_VALIDATION_FAILED: The field "key" is not supported by Step Functions at /States/X/Parameters (did you mean 'Key'?)
            {"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:getItem","End":true,"Parameters":{"TableName":7,"Key":{"id":{"X":"1"}}}}
                1:152 SCHEMA_VALIDATION_FAILED: The field "X" is not supported by Step Functions at /States/X/Parameters
            {"Type":"Task","Resource":"arn:aws:states:::aws-sdk:dynamodb:putItem","End":true,"Parameters":{"TableName":"t","Item":{"a":{"L":[{"S":"1"},{"B.$":"$.b"},{"Q.$":"$.q"}]}}}}
                1:184 SCHEMA_VALIDATION_FAILED: The field "Q" is not supported by Step Functions at /States/X/Parameters
            {"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,"Parameters":{"Functionname":"f"}}
                1:100 SCHEMA_VALIDATION_FAILED: The field 'FunctionName' is required but was missing at /States/X/Parameters
                1:114 SCHEMA_VALIDATION_FAILED: The field "Functionname" is not supported by Step Functions at /States/X/Parameters (did you mean 'FunctionName'?)
            {"Type":"Task","Resource":"arn:aws:states:::elasticmapreduce:createCluster","End":true,"Parameters":{"Nam":"c"}}
                1:117 SCHEMA_VALIDATION_FAILED: The field 'Name' is required but was missing at /States/X/Parameters
                1:117 SCHEMA_VALIDATION_FAILED: The field 'Instances' is required but was missing at /States/X/Parameters
                1:131 SCHEMA_VALIDATION_FAILED: The field "Nam" is not supported by Step Functions at /States/X/Parameters (did you mean 'Name'?)
            {"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true,"Parameters":"q"}
                1:115 SCHEMA_VALIDATION_FAILED: The Parameters must be a JSON object at /States/X/Parameters
            {"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true,"QueryLanguage":"JSONata","Arguments":{"QueueUrl":"{% 'q' %}","DelaySeconds":"soon"}}
                1:128 SCHEMA_VALIDATION_FAILED: The field 'MessageBody' is required but was missing at /States/X/Arguments
                1:164 SCHEMA_VALIDATION_FAILED: The value of the field 'DelaySeconds' has an invalid format at /States/X/Arguments
        "#]],
    );
}

#[test]
fn parameters_that_are_known_only_later_are_not_judged() {
    let state = |resource: &str, parameters: &str| {
        format!(
            r#"{{"Type":"Task","Resource":"arn:aws:states:::{resource}","End":true,{parameters}}}"#
        )
    };
    for state in [
        state("sqs:sendMessage", r#""InputPath":"$.a""#),
        state(
            "sqs:sendMessage",
            r#""Parameters":{"QueueUrl.$":"$.q","MessageBody":{"any":{"a.$":"$.m"}},"MessageAttributes.$":"$.x"}"#,
        ),
        state(
            "aws-sdk:dynamodb:putItem",
            r#""Parameters":{"TableName":"t","Item":{"id":{"S.$":"$.id"},"x.$":"$.x"}}"#,
        ),
        state("sqs:sendMessage", r#""QueryLanguage":"JSONata","Arguments":"{% $states.input %}""#),
        state(
            "sqs:sendMessage",
            r#""QueryLanguage":"JSONata","Arguments":{"QueueUrl":"q","MessageBody":"m","DelaySeconds":"{% 5 %}"}"#,
        ),
    ] {
        check_silent(&machine_of(&state), ExecutionType::Standard);
    }
}

#[test]
fn a_definition_whose_parameters_are_refused_can_still_be_run() {
    let state = r#"{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{"Q":1},"End":true}"#;
    let analysis = compile(&machine_of(state), ExecutionType::Standard);
    assert!(!analysis.is_valid() && analysis.definition.is_some());
}
