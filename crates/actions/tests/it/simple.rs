//! Actions that touch nothing outside.

use std::sync::Arc;

use compasso_runtime::{Reporter, TaskRunner};
use compasso_types::Json;

use crate::workbench::{Lines, actions, job, json, run};

#[tokio::test]
async fn a_transform_gives_its_value() {
    let value = run(&actions(), "transform", &json(r#"{"value":{"a":[1]}}"#, "")).await;
    assert_eq!(value.unwrap().to_string(), r#"{"a":[1]}"#);
}

#[tokio::test]
async fn a_failure_is_named_by_its_author() {
    let failure = run(&actions(), "fail", &json(r#"{"error":"Broken","cause":{"n":1}}"#, "")).await;
    assert_eq!(failure, Err(("Broken".to_owned(), r#"{"n":1}"#.to_owned())));
}

#[tokio::test]
async fn a_message_is_written_to_the_log_line_by_line() {
    let lines = Arc::new(Lines::default());
    let parameters = json(r#"{"message":"one\ntwo","level":"warn","data":{"n":1}}"#, "");
    actions().run(job("log", &parameters), Reporter::new(lines.clone())).await;
    assert_eq!(*lines.0.lock().unwrap(), ["WARN: one", r#"two {"n":1}"#]);
}

#[tokio::test]
async fn other_tasks_are_the_connectors() {
    let refused = run(&actions(), "signal", &Json::empty_object()).await;
    assert_eq!(refused.unwrap_err().0, "States.TaskFailed");
}
