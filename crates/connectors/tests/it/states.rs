//! `states:startExecution`: what is asked of workflows and what states see of it.

use std::sync::{Arc, Mutex};

use compasso_connectors::{
    ChildDescription, ChildOrder, ChildRefused, Connectors, ConnectorsConfig, StartedChild,
    Workflows,
};
use compasso_runtime::{Job, TaskEnd, TaskRunner};
use compasso_store::ExecutionKey;
use compasso_types::{Json, Payload, Timestamp};
use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::workbench::{Recorder, end, failure, job, json, output};

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:child";
const CHILD: &str = "arn:aws:states:us-east-1:123456789012:execution:child:c";

/// Workflows that answer as they are told and remember what was asked.
#[derive(Default)]
struct Scripted {
    refusal: Option<ChildRefused>,
    end: Option<ChildDescription>,
    orders: Mutex<Vec<ChildOrder>>,
    stopped: Mutex<Vec<ExecutionKey>>,
    was_stopped: Notify,
}

impl Workflows for Scripted {
    fn start(&self, order: ChildOrder) -> BoxFuture<'_, Result<StartedChild, ChildRefused>> {
        self.orders.lock().unwrap().push(order);
        let started = StartedChild {
            execution: ExecutionKey(CHILD.into()),
            started: Timestamp(1_700_000_000_123),
        };
        let answer = self.refusal.clone().map_or(Ok(started), Err);
        Box::pin(async { answer })
    }

    fn closed<'a>(
        &'a self,
        _: &'a ExecutionKey,
    ) -> BoxFuture<'a, Result<ChildDescription, ChildRefused>> {
        Box::pin(async {
            match self.end.clone() {
                Some(end) => Ok(end),
                None => std::future::pending().await,
            }
        })
    }

    fn stop<'a>(&'a self, execution: &'a ExecutionKey) -> BoxFuture<'a, ()> {
        self.stopped.lock().unwrap().push(execution.clone());
        self.was_stopped.notify_one();
        Box::pin(async {})
    }
}

fn closed(status: &'static str) -> ChildDescription {
    ChildDescription {
        execution: ExecutionKey(CHILD.into()),
        workflow: MACHINE.into(),
        version: None,
        alias: None,
        name: "c".into(),
        status,
        input: Payload::parse(r#"{"a": 1}"#).unwrap(),
        output: None,
        error: None,
        cause: None,
        started: Timestamp(1_700_000_000_123),
        stopped: Timestamp(1_700_000_001_456),
    }
}

fn succeeded() -> Scripted {
    let output = Some(Payload::parse("[2]").unwrap());
    Scripted {
        end: Some(ChildDescription { output, ..closed("SUCCEEDED") }),
        ..Scripted::default()
    }
}

fn over(workflows: &Arc<Scripted>) -> Connectors {
    let workflows = Arc::clone(workflows) as Arc<dyn Workflows>;
    Connectors::new(ConnectorsConfig::default(), workflows).unwrap()
}

fn parameters(more: &str) -> String {
    format!(r#"{{"StateMachineArn":"{MACHINE}"{more}}}"#)
}

#[tokio::test]
async fn a_started_child_is_answered_as_the_service_does() {
    let workflows = Arc::new(Scripted::default());
    let parameters = parameters(r#","Name":"c","Input":{"x":[1]},"TraceHeader":"Root=1""#);
    let answer = output(&over(&workflows), job("states:startExecution", &parameters)).await;
    assert_eq!(answer.get("ExecutionArn"), Some(&Json::from(CHILD)));
    assert_eq!(answer.get("StartDate"), Some(&Json::from(1_700_000_000_123)));
    let http = answer.get("SdkHttpMetadata").unwrap();
    assert_eq!(http.get("HttpStatusCode"), Some(&Json::from(200)));
    let id = answer.get("SdkResponseMetadata").unwrap().get("RequestId").unwrap();
    assert_eq!(http.get("HttpHeaders").unwrap().get("x-amzn-RequestId"), Some(id));
    let all = http.get("AllHttpHeaders").unwrap().get("x-amzn-RequestId");
    assert_eq!(all, Some(&Json::array([id.clone()])));

    let orders = workflows.orders.lock().unwrap();
    let order = &orders[0];
    assert_eq!(
        (&*order.workflow, &*order.name, order.input.text()),
        (MACHINE, "c", r#"{"x":[1]}"#)
    );
    assert_eq!((order.trace_header.as_deref(), &*order.token), (Some("Root=1"), "token-1"));
}

#[tokio::test]
async fn a_child_without_a_name_has_the_same_one_in_every_delivery() {
    let workflows = Arc::new(Scripted::default());
    let connectors = over(&workflows);
    for _ in 0..2 {
        output(&connectors, job("states:startExecution", &parameters(""))).await;
    }
    let mut other = job("states:startExecution", &parameters(""));
    other.idempotency_key = "key-2".into();
    output(&connectors, other).await;
    let orders = workflows.orders.lock().unwrap();
    assert_eq!(orders[0].name, orders[1].name);
    assert_ne!(orders[0].name, orders[2].name);
    assert_eq!((orders[0].name.len(), orders[0].input.text()), (36, "{}"));
}

#[tokio::test]
async fn a_text_is_the_input_itself() {
    let workflows = Arc::new(Scripted::default());
    let connectors = over(&workflows);
    let text = parameters(r#","Input":"{\"x\": 1}""#);
    output(&connectors, job("states:startExecution", &text)).await;
    assert_eq!(workflows.orders.lock().unwrap()[0].input.text(), r#"{"x": 1}"#);
    let (error, _) =
        failure(&connectors, job("states:startExecution", &parameters(r#","Input":"x""#))).await;
    assert_eq!(error, "StepFunctions.InvalidExecutionInputException");
}

#[tokio::test]
async fn sync_gives_the_description_with_data_as_text() {
    let recorder = Arc::new(Recorder::default());
    let job = job("states:startExecution.sync", &parameters(""));
    let ended = over(&Arc::new(succeeded())).run(job, recorder.reporter()).await;
    let TaskEnd::Finished(Ok(output)) = ended else { panic!("{ended:?}") };
    let expected = format!(
        r#"{{"ExecutionArn":"{CHILD}","Input":"{{\"a\": 1}}","InputDetails":{{"Included":true}},"Name":"c","Output":"[2]","OutputDetails":{{"Included":true}},"StartDate":1700000000123,"StateMachineArn":"{MACHINE}","Status":"SUCCEEDED","StopDate":1700000001456}}"#
    );
    assert_eq!(output.text(), expected);
    let submitted = recorder.submitted.lock().unwrap();
    assert_eq!(submitted.len(), 1);
    assert_eq!(submitted[0].value().get("ExecutionArn"), Some(&Json::from(CHILD)));
}

#[tokio::test]
async fn sync_2_gives_the_description_with_data_parsed() {
    let job = job("states:startExecution.sync:2", &parameters(""));
    let description = output(&over(&Arc::new(succeeded())), job).await;
    assert_eq!(description.get("Input"), Some(&json(r#"{"a":1}"#)));
    assert_eq!(description.get("Output"), Some(&json("[2]")));
}

#[tokio::test]
async fn a_delivery_after_submission_is_not_submitted_again() {
    let recorder = Arc::new(Recorder::default());
    let mut job = job("states:startExecution.sync", &parameters(""));
    job.offer.submitted = Some(Payload::default());
    let ended = over(&Arc::new(succeeded())).run(job, recorder.reporter()).await;
    assert!(matches!(ended, TaskEnd::Finished(Ok(_))), "{ended:?}");
    assert!(recorder.submitted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_child_that_does_not_succeed_fails_the_task_with_its_description() {
    for status in ["FAILED", "TIMED_OUT", "ABORTED"] {
        let end = ChildDescription {
            error: Some("Boom".into()),
            cause: Some("because".into()),
            ..closed(status)
        };
        let workflows = Arc::new(Scripted { end: Some(end), ..Scripted::default() });
        let job = job("states:startExecution.sync:2", &parameters(""));
        let (error, cause) = failure(&over(&workflows), job).await;
        assert_eq!(error, "States.TaskFailed");
        let expected = format!(
            r#"{{"Cause":"because","Error":"Boom","ExecutionArn":"{CHILD}","Input":"{{\"a\": 1}}","InputDetails":{{"Included":true}},"Name":"c","StartDate":1700000000123,"StateMachineArn":"{MACHINE}","Status":"{status}","StopDate":1700000001456}}"#
        );
        assert_eq!(cause, expected);
    }
}

/// Makes the job of a task of a pipeline that began by these rules.
fn of_a_pipeline(rules: u32) -> Job {
    let mut job = job("states:startExecution.sync:2", &parameters(""));
    job.offer.placement = Some(json("{}"));
    job.offer.rules = rules;
    job
}

#[tokio::test]
async fn a_task_of_a_pipeline_fails_with_the_error_of_the_execution_itself() {
    let expected = [("FAILED", "Boom"), ("TIMED_OUT", "RunTimeout"), ("ABORTED", "Cancelled")];
    for (status, name) in expected {
        let (error, cause) = (Some("Boom".into()), Some("because".into()));
        let end = ChildDescription { error, cause, ..closed(status) };
        let workflows = Arc::new(Scripted { end: Some(end), ..Scripted::default() });
        let (error, cause) = failure(&over(&workflows), of_a_pipeline(2)).await;
        assert_eq!((&*error, cause), (name, format!("the execution {CHILD}: because")));
        let (error, _) = failure(&over(&workflows), of_a_pipeline(1)).await;
        assert_eq!(error, "States.TaskFailed", "what began before keeps the name");
    }
    let description = output(&over(&Arc::new(succeeded())), of_a_pipeline(2)).await;
    assert_eq!(description.get("Output"), Some(&json("[2]")));
}

#[tokio::test]
async fn a_task_of_a_pipeline_says_plainly_that_there_is_no_such_state_machine() {
    let refusal = ChildRefused {
        code: "StateMachineDoesNotExist".to_owned(),
        message: "State Machine Does Not Exist".to_owned(),
        status: 400,
    };
    let workflows = Arc::new(Scripted { refusal: Some(refusal), ..Scripted::default() });
    let failed = failure(&over(&workflows), of_a_pipeline(2)).await;
    let expected = ("StateMachineDoesNotExist", "State Machine Does Not Exist");
    assert_eq!((&*failed.0, &*failed.1), expected);
}

#[tokio::test]
async fn a_refused_start_is_named_as_the_java_sdk_names_it() {
    let refusal = ChildRefused {
        code: "StateMachineDoesNotExist".to_owned(),
        message: format!("State Machine Does Not Exist: '{MACHINE}'"),
        status: 400,
    };
    let workflows = Arc::new(Scripted { refusal: Some(refusal), ..Scripted::default() });
    let job = job("states:startExecution.sync", &parameters(""));
    let (error, cause) = failure(&over(&workflows), job).await;
    assert_eq!(error, "StepFunctions.StateMachineDoesNotExistException");
    let expected = format!(
        "State Machine Does Not Exist: '{MACHINE}' (Service: AWSStepFunctions; Status Code: 400; \
         Error Code: StateMachineDoesNotExist; Request ID: "
    );
    assert!(cause.starts_with(&expected) && cause.ends_with("; Proxy: null)"), "{cause}");
}

#[tokio::test]
async fn a_child_with_a_callback_is_submitted() {
    let workflows = Arc::new(Scripted::default());
    let job = job("states:startExecution.waitForTaskToken", &parameters(""));
    let ended = end(&over(&workflows), job).await;
    assert!(matches!(ended, TaskEnd::Submitted(_)), "{ended:?}");
}

#[tokio::test]
async fn a_child_nobody_waits_for_any_more_is_stopped() {
    let workflows = Arc::new(Scripted::default());
    let recorder = Arc::new(Recorder::default());
    let job = job("states:startExecution.sync", &parameters(""));
    let running = over(&workflows).run(job, recorder.reporter());
    tokio::select! {
        ended = running => panic!("it ended by itself: {ended:?}"),
        submitted = recorder.first_submitted() => drop(submitted),
    }
    workflows.was_stopped.notified().await;
    assert_eq!(*workflows.stopped.lock().unwrap(), [ExecutionKey(CHILD.into())]);
}

#[tokio::test]
async fn a_child_that_is_over_is_not_stopped() {
    let workflows = Arc::new(succeeded());
    output(&over(&workflows), job("states:startExecution.sync", &parameters(""))).await;
    tokio::task::yield_now().await;
    assert!(workflows.stopped.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_workflow_must_be_named() {
    let (error, cause) =
        failure(&over(&Arc::new(Scripted::default())), job("states:startExecution", "{}")).await;
    assert_eq!(error, "States.Runtime");
    assert!(cause.contains("'StateMachineArn' is required"), "{cause}");
}
