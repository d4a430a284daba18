//! Loops that would never end.

use compasso_asl::compile;
use compasso_engine::{Closed, Execution, Input, Moment, Start, Status, decide};
use compasso_ir::ExecutionType;
use compasso_types::{Payload, Timestamp, limits};

const LOOP: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","Branches":[
        {"StartAt":"Once","States":{"Once":{"Type":"Wait","Seconds":9,"End":true}}},
        {"StartAt":"Rest","States":{
            "Rest":{"Type":"Wait","Seconds":1,"Next":"Again"},
            "Again":{"Type":"Choice","Default":"Rest",
                "Choices":[{"Variable":"$.done","IsPresent":true,"Next":"Done"}]},
            "Done":{"Type":"Succeed"}}}],
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
    "Caught":{"Type":"Succeed"}}}"#;

/// What AWS allows.
const EVENTS_MAX: u64 = 25_000;

fn start() -> Start {
    Start {
        id: "arn:aws:states:eu-west-1:123456789012:execution:M:e".into(),
        name: "e".into(),
        workflow: "arn:aws:states:eu-west-1:123456789012:stateMachine:M".into(),
        workflow_name: "M".into(),
        role: "arn:aws:iam::123456789012:role/r".into(),
        input: Payload::parse("{}").expect("an object"),
        seed: [7; 16],
        version: None,
        alias: None,
        payload_bytes_max: limits::PAYLOAD_BYTES_MAX,
        events_max: EVENTS_MAX,
        mocks: None,
        origin: None,
        is_held: false,
        is_unbegun: false,
        rules: 0,
    }
}

/// Returns the loop, waiting, as if it had made `events` events.
fn waiting_after(events: u64) -> Execution {
    let compiled = compile(LOOP, ExecutionType::Standard).definition.expect("it is valid");
    let definition = compiled;
    let begin = Input::Start(Box::new(start()));
    let moment = Moment::at(Timestamp(0));
    let begun = decide(&Execution::new(definition.clone()), begin, moment).expect("it starts");
    let before = format!("\"last_event\":{},", begun.execution.last_event());
    let image = String::from_utf8(begun.execution.image()).expect("JSON text");
    assert!(image.contains(&before), "{image}");
    let image = image.replace(&before, &format!("\"last_event\":{events},"));
    Execution::from_image(definition, start().into(), image.as_bytes()).expect("an image")
}

fn wake(execution: &Execution) -> Execution {
    let moment = Moment::at(Timestamp(1_500));
    decide(execution, Input::Wake, moment).expect("it waits").execution
}

#[test]
fn an_execution_fails_uncaught_when_its_history_is_full() {
    let full = wake(&waiting_after(EVENTS_MAX - 1));
    let Status::Closed(Closed::Failed { error, cause }) = full.status() else {
        panic!("{:?}", full.status());
    };
    assert_eq!(error.as_deref(), Some("States.Runtime"));
    let cause = cause.as_deref().unwrap_or_default();
    assert!(cause.contains("maximum number of history events (25000)"), "{cause}");
    assert_eq!(full.last_event(), EVENTS_MAX, "its end is the last event");
    assert_eq!(full.next_wake(), None);
}

#[test]
fn an_execution_with_room_in_its_history_goes_on() {
    let going = wake(&waiting_after(EVENTS_MAX - 100));
    assert_eq!(*going.status(), Status::Running);
}
