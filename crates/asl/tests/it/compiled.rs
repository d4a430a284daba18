//! What comes of definitions that compile.

use std::time::Duration;

use compasso_ir::{
    Condition, Dataflow, Definition, ErrorPattern, ExecutionType, Field, Jitter, Kind, MapMode,
    ResultPath, Selection, Test, Value, Wait,
};
use compasso_types::{Json, Timestamp};

use crate::check::{analyse, machine_of};

#[test]
fn states_have_ids_in_document_order_with_nested_blocks_in_place() {
    let definition = compiled(
        r#"{"StartAt":"B","TimeoutSeconds":9,"States":{
        "A":{"Type":"Succeed"},
        "B":{"Type":"Parallel","Next":"Z","Branches":[
            {"StartAt":"P2","States":{"P1":{"Type":"Succeed"},"P2":{"Type":"Pass","Next":"P1"}}},
            {"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{
                "StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}}}}
        ]},
        "Z":{"Type":"Pass","Next":"A"}}}"#,
    );
    let names: Vec<_> = definition.states().iter().map(|state| &*state.name).collect();
    assert_eq!(names, ["A", "B", "P1", "P2", "M", "I", "Z"]);
    assert_eq!(definition.find("B"), Some(definition.root.start));
    assert_eq!(definition.timeout, Some(Duration::from_secs(9)));
    let root = definition.state(definition.root.start);
    assert_eq!(root.next, definition.find("Z"));
    let Kind::Fork(fork) = &root.kind else { panic!("B forks") };
    let starts: Vec<_> =
        fork.branches.iter().map(|b| &*definition.state(b.body.start).name).collect();
    assert_eq!(starts, ["P2", "M"]);
    let map = definition.find("M").unwrap();
    let Kind::Map(map) = &definition.state(map).kind else { panic!("M maps") };
    assert_eq!(Some(map.processor.start), definition.find("I"));
}

#[test]
fn retriers_and_catchers_have_their_defaults() {
    let definition = of(
        r#"{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true,
        "Retry":[{"ErrorEquals":["A","B"]},
          {"ErrorEquals":["States.ALL"],"IntervalSeconds":5,"MaxAttempts":0,"BackoffRate":1.5,"MaxDelaySeconds":60,"JitterStrategy":"FULL"}],
        "Catch":[{"ErrorEquals":["A"],"Next":"X"},{"ErrorEquals":["States.ALL"],"Next":"X","ResultPath":null}]}"#,
    );
    let [first, second] = definition.states()[0].retry.as_slice() else { panic!("two retriers") };
    assert_eq!(first.errors, ["A", "B"].map(|name| ErrorPattern::Equals(name.into())));
    assert_eq!((first.interval, first.max_attempts), (Duration::from_secs(1), 3));
    assert_eq!((first.max_delay, first.jitter), (None, Jitter::None));
    assert!((first.backoff_rate - 2.0).abs() < f64::EPSILON);
    assert_eq!((second.interval, second.max_attempts), (Duration::from_secs(5), 0));
    assert_eq!((second.max_delay, second.jitter), (Some(Duration::from_secs(60)), Jitter::Full));
    let [first, second] = definition.states()[0].catch.as_slice() else { panic!("two catchers") };
    assert_eq!(Some(first.next), definition.find("X"));
    assert!(matches!(first.result_path, ResultPath::Replace));
    assert!(matches!(second.result_path, ResultPath::Discard));
}

#[test]
fn data_flow_fields_keep_their_special_values() {
    let flow = jsonpath_flow(r#"{"Type":"Pass","End":true}"#);
    assert!(matches!((flow.input_path, flow.output_path), (Selection::Whole, Selection::Whole)));
    assert!(matches!(flow.result_path, ResultPath::Replace));
    let flow = jsonpath_flow(
        r#"{"Type":"Pass","End":true,"InputPath":null,"OutputPath":"$","ResultPath":null}"#,
    );
    assert!(matches!((flow.input_path, flow.output_path), (Selection::Nothing, Selection::Whole)));
    assert!(matches!(flow.result_path, ResultPath::Discard));
    let flow = jsonpath_flow(
        r#"{"Type":"Pass","End":true,"InputPath":"$$","Parameters":{"a":1},"ResultPath":"$.r"}"#,
    );
    assert!(matches!(flow.input_path, Selection::Path(path) if path.text() == "$$"));
    assert!(matches!(flow.result_path, ResultPath::Insert(path) if path.text() == "$.r"));
    assert!(flow.parameters.is_some());
}

#[test]
fn jsonata_states_carry_queries() {
    let definition = of(
        r#"{"Type":"Task","QueryLanguage":"JSONata","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true,
        "Arguments":{"a":1},"Output":"{% $states.result %}","Assign":{"v":2},"TimeoutSeconds":"{% 5 %}","HeartbeatSeconds":3,
        "Credentials":{"RoleArn":"{% $states.input.r %}"}}"#,
    );
    let state = &definition.states()[0];
    let Dataflow::Jsonata(flow) = &state.data else { panic!("a JSONata state") };
    let literal = flow.arguments.as_ref().unwrap().literal().unwrap().to_string();
    assert_eq!(literal, r#"{"a":1}"#);
    assert!(flow.output.as_ref().unwrap().literal().is_none() && flow.assign.is_some());
    let Kind::Task(task) = &state.kind else { panic!("a task") };
    assert!(matches!(task.timeout, Some(Field::Query(_))));
    assert!(matches!(task.heartbeat, Some(Field::Literal(3))));
    assert!(matches!(task.credentials, Some(Value::Query(_))));
}

#[test]
fn waits_choices_and_failures_are_what_they_say() {
    let wait = |field: &str| match kind(&format!(r#"{{"Type":"Wait","End":true,{field}}}"#)) {
        Kind::Wait(wait) => wait,
        other => panic!("{other:?}"),
    };
    assert!(matches!(wait(r#""Seconds":5"#), Wait::Seconds(Field::Literal(5))));
    assert!(matches!(wait(r#""SecondsPath":"$.s""#), Wait::Seconds(Field::Path(_))));
    let at = r#""Timestamp":"1970-01-01T00:00:01Z""#;
    assert!(matches!(wait(at), Wait::Timestamp(Field::Literal(Timestamp(1000)))));
    assert!(matches!(wait(r#""TimestampPath":"$.t""#), Wait::Timestamp(Field::Path(_))));

    let definition = compiled(
        r#"{"StartAt":"C","States":{"S":{"Type":"Succeed"},"C":{"Type":"Choice","Default":"S","Choices":[
          {"Not":{"Variable":"$.a","IsPresent":false},"Next":"S"},
          {"Variable":"$.a","NumericLessThanPath":"$.b","Next":"C"}]}}}"#,
    );
    let Kind::Choice(choice) = &definition.state(definition.root.start).kind else { panic!("C") };
    assert_eq!(choice.default, definition.find("S"));
    let Condition::Not(inner) = &choice.rules[0].condition else { panic!("Not") };
    assert!(matches!(&**inner, Condition::Test { test: Test::IsPresent(false), .. }));
    assert_eq!(Some(choice.rules[1].next), definition.find("C"));

    let Kind::Fail(fail) = kind(r#"{"Type":"Fail","Error":"E","CausePath":"States.UUID()"}"#)
    else {
        panic!("a failure")
    };
    assert!(matches!(fail.error, Some(Field::Literal(error)) if &*error == "E"));
    assert!(matches!(fail.cause, Some(Field::Intrinsic(_))));
    let result = kind(r#"{"Type":"Pass","End":true,"Result":null}"#);
    assert!(matches!(result, Kind::Pass(Some(Json::Null))));
}

#[test]
fn a_map_takes_the_old_names() {
    let Kind::Map(map) = kind(
        r#"{"Type":"Map","End":true,"ItemsPath":"$.i","Parameters":{"v.$":"$$.Map.Item.Value"},"MaxConcurrency":2,
          "Iterator":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}"#,
    ) else {
        panic!("a map")
    };
    assert_eq!(map.items_path.unwrap().text(), "$.i");
    assert!(matches!(map.item_selector, Some(Value::Template(_))));
    assert!(matches!(map.max_concurrency, Some(Field::Literal(2))));
    assert!(matches!(map.mode, MapMode::Inline));
}

fn compiled(text: &str) -> Definition {
    let analysis = analyse(text, ExecutionType::Standard);
    let definition = analysis.definition.unwrap_or_else(|| panic!("{:?}", analysis.diagnostics));
    Definition::clone(&definition)
}

/// Compiles a machine with only `state`.
fn of(state: &str) -> Definition {
    compiled(&machine_of(state))
}

fn kind(state: &str) -> Kind {
    of(state).states()[0].kind.clone()
}

fn jsonpath_flow(state: &str) -> compasso_ir::JsonPathFlow {
    match of(state).states()[0].data.clone() {
        Dataflow::JsonPath(flow) => *flow,
        Dataflow::Jsonata(_) => panic!("a JSONPath state"),
    }
}
