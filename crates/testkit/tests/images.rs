//! Images that earlier versions stored.

use compasso_asl::compile;
use compasso_engine::{Closed, Execution, Input, Moment, Start, Status, decide};
use compasso_ir::ExecutionType;
use compasso_types::{Payload, Timestamp, limits};

const PARALLEL: &str = r#"{"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,
    "Branches":[
        {"StartAt":"Null","States":{"Null":{"Type":"Pass","Result":null,"End":true}}},
        {"StartAt":"Rest","States":{"Rest":{"Type":"Wait","Seconds":1,"End":true}}}]}}}"#;

const MAP: &str = r#"{"StartAt":"Each","States":{"Each":{"Type":"Map","MaxConcurrency":1,
    "End":true,"ItemsPath":"$.items","ItemProcessor":{"StartAt":"Which","States":{
        "Which":{"Type":"Choice","Default":"Rest",
            "Choices":[{"Variable":"$","IsNull":true,"Next":"Null"}]},
        "Null":{"Type":"Pass","End":true},
        "Rest":{"Type":"Wait","Seconds":1,"End":true}}}}}}"#;

fn start() -> Start {
    Start {
        id: "arn:aws:states:eu-west-1:123456789012:execution:M:e".into(),
        name: "e".into(),
        workflow: "arn:aws:states:eu-west-1:123456789012:stateMachine:M".into(),
        workflow_name: "M".into(),
        role: "arn:aws:iam::123456789012:role/r".into(),
        input: Payload::parse(r#"{"items":[null,1,2]}"#).expect("an object"),
        seed: [7; 16],
        version: None,
        alias: None,
        payload_bytes_max: limits::PAYLOAD_BYTES_MAX,
        events_max: limits::EXECUTION_EVENTS_MAX,
        mocks: None,
        origin: None,
        is_held: false,
        is_unbegun: false,
        rules: 0,
    }
}

/// Runs a state machine to its end; while it waits first, its outputs are stored as `now` and read
/// as `before`, a list.
fn end(machine: &str, now: &str, before: &str) -> String {
    let definition = compile(machine, ExecutionType::Standard).definition.expect("it is valid");
    let begin = Input::Start(Box::new(start()));
    let begun = decide(&Execution::new(definition.clone()), begin, Moment::at(Timestamp(0)));
    let image = String::from_utf8(begun.expect("it starts").execution.image()).expect("JSON text");
    assert!(image.contains(now), "{image}");
    let image = image.replace(now, before);
    let mut execution =
        Execution::from_image(definition, start().into(), image.as_bytes()).expect("an image");
    while let Some(at) = execution.next_wake() {
        execution = decide(&execution, Input::Wake, Moment::at(at)).expect("it waits").execution;
    }
    match execution.status() {
        Status::Closed(Closed::Succeeded { output }) => output.text().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_branch_that_ended_with_null_has_ended() {
    let output = end(PARALLEL, r#"{"count":2,"ended":{"0":null}}"#, "[null,null]");
    assert_eq!(output, r#"[null,{"items":[null,1,2]}]"#);
}

#[test]
fn an_iteration_that_ended_with_null_has_ended_and_those_to_come_have_not() {
    let output = end(MAP, r#"{"count":3,"ended":{"0":null}}"#, "[null,null,null]");
    assert_eq!(output, "[null,1,2]");
}
