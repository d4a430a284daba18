//! Executions.

use std::sync::Arc;

use compasso_service::{
    ChildOrder, DescribeExecution, Error, GetExecutionHistory, ListExecutions, LogFilter, LogLine,
    LogStream, StartExecution, StartSyncExecution, StopExecution,
};
use compasso_store::ExecutionKey;
use compasso_types::Payload;

use crate::world::{NOON, PASS, WAIT, World, caller, machine};

fn start(machine: &str, name: &str, input: &str) -> StartExecution {
    StartExecution {
        state_machine_arn: machine.into(),
        name: Some(name.into()),
        input: Some(input.into()),
        ..StartExecution::default()
    }
}

fn describe(arn: &str) -> DescribeExecution {
    DescribeExecution { execution_arn: arn.into(), included_data: None }
}

#[tokio::test]
async fn an_execution_runs_and_is_described() {
    let world = World::new().await;
    let machine = world.create("M", PASS).await;
    let started =
        world.service.start_execution(start(&machine, "e", "{ \"a\": 1 }")).await.unwrap();
    assert_eq!(&*started.execution_arn, "arn:aws:states:eu-west-1:123456789012:execution:M:e");
    assert_eq!(started.start_date, NOON);
    world.service.wait_closed(&started.execution_arn).await.unwrap();
    let found = world.service.describe_execution(describe(&started.execution_arn)).await.unwrap();
    assert_eq!((found.status, found.redrive_count), ("SUCCEEDED", 0));
    assert_eq!(found.input.unwrap().text(), "{ \"a\": 1 }");
    assert_eq!(found.output.unwrap().text(), "{ \"a\": 1 }");
    assert_eq!(found.redrive_status_reason, Some("Execution is SUCCEEDED and cannot be redriven"));
}

#[tokio::test]
async fn starting_the_same_execution_again_is_answered_while_it_runs() {
    let world = World::new().await;
    let machine = world.create("M", WAIT).await;
    let first = world.service.start_execution(start(&machine, "e", "{}")).await.unwrap();
    let again = world.service.start_execution(start(&machine, "e", "{}")).await;
    assert_eq!(again, Ok(first.clone()));
    let arn = first.execution_arn.to_string();
    let taken = Err(Error::ExecutionAlreadyExists { arn: arn.clone() });
    assert_eq!(world.service.start_execution(start(&machine, "e", "[]")).await, taken);
    let stop = StopExecution { execution_arn: arn, ..StopExecution::default() };
    world.service.stop_execution(stop).await.unwrap();
    assert_eq!(world.service.start_execution(start(&machine, "e", "{}")).await, taken);
}

#[tokio::test]
async fn a_stopped_execution_is_aborted_with_error_and_cause() {
    let world = World::new().await;
    let machine = world.create("M", WAIT).await;
    let arn = world.start(&machine, "e").await;
    let stop = StopExecution {
        execution_arn: arn.to_string(),
        error: Some("Enough".into()),
        cause: Some("no need".into()),
        ..StopExecution::default()
    };
    assert_eq!(world.service.stop_execution(stop).await.unwrap().stop_date, NOON);
    let found = world.service.describe_execution(describe(&arn)).await.unwrap();
    assert_eq!(
        (found.status, found.error.as_deref(), found.cause.as_deref(), found.redrive_status),
        ("ABORTED", Some("Enough"), Some("no need"), "REDRIVABLE")
    );
    let absent = format!("{arn}x");
    let stop = StopExecution { execution_arn: absent.clone(), ..StopExecution::default() };
    let refused = Err(Error::ExecutionDoesNotExist { arn: absent });
    assert_eq!(world.service.stop_execution(stop).await, refused);
}

#[tokio::test]
async fn history_is_read_page_by_page_in_both_directions() {
    let world = World::new().await;
    let machine = world.create("M", PASS).await;
    let arn = world.start(&machine, "e").await;
    world.service.wait_closed(&arn).await.unwrap();
    for (reverse, expected) in [(false, [1, 2, 3, 4]), (true, [4, 3, 2, 1])] {
        let mut ids = Vec::new();
        let mut next_token = None;
        loop {
            let request = GetExecutionHistory {
                execution_arn: arn.to_string(),
                max_results: Some(3),
                reverse_order: Some(reverse),
                next_token,
                include_execution_data: None,
            };
            let page = world.service.execution_history(request).await.unwrap();
            ids.extend(page.events.iter().map(|event| event.id));
            next_token = page.next_token;
            if next_token.is_none() {
                break;
            }
        }
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn executions_are_listed_newest_first_and_by_status() {
    let world = World::new().await;
    let machine = world.create("M", WAIT).await;
    let first = world.start(&machine, "first").await;
    world.clock.advance(std::time::Duration::from_secs(1));
    world.start(&machine, "second").await;
    let stop = StopExecution { execution_arn: first.to_string(), ..StopExecution::default() };
    world.service.stop_execution(stop).await.unwrap();
    let list = |status: Option<&str>| ListExecutions {
        state_machine_arn: Some(machine.clone()),
        status_filter: status.map(Into::into),
        ..ListExecutions::default()
    };
    let names = async |status| {
        let page = world.service.list_executions(list(status)).await.unwrap();
        page.executions.into_iter().map(|item| item.name).collect::<Vec<_>>()
    };
    assert_eq!(names(None).await, ["second", "first"]);
    assert_eq!(names(Some("ABORTED")).await, ["first"]);
    assert_eq!(names(Some("RUNNING")).await, ["second"]);
}

#[tokio::test]
async fn an_express_execution_is_run_and_billed() {
    let world = World::new().await;
    let mut request = machine("X", PASS);
    request.kind = Some("EXPRESS".into());
    let created = world.service.create_state_machine(&caller(), request).await.unwrap();
    let machine = created.state_machine_arn;
    let sync = StartSyncExecution {
        state_machine_arn: machine.clone(),
        name: Some("e".into()),
        input: Some("[1]".into()),
        ..StartSyncExecution::default()
    };
    let end = world.service.start_sync_execution(sync).await.unwrap();
    assert_eq!((end.status, end.output.unwrap().text()), ("SUCCEEDED", "[1]"));
    assert_eq!(end.billing_details.billed_duration_in_milliseconds, 100);
    let arn = &end.execution_arn;
    assert!(arn.starts_with("arn:aws:states:eu-west-1:123456789012:express:X:e:"), "{arn}");
    let list =
        ListExecutions { state_machine_arn: Some(machine.clone()), ..ListExecutions::default() };
    assert_eq!(world.service.list_executions(list).await, Err(Error::StateMachineTypeNotSupported));
    // Asynchronously, the same name is a new run each time.
    let first = world.service.start_execution(start(&machine, "e", "{}")).await.unwrap();
    let second = world.service.start_execution(start(&machine, "e", "{}")).await.unwrap();
    assert_ne!(first.execution_arn, second.execution_arn);
}

#[tokio::test]
async fn an_express_start_of_a_standard_state_machine_is_refused() {
    let world = World::new().await;
    let sync = StartSyncExecution {
        state_machine_arn: world.create("M", PASS).await,
        ..StartSyncExecution::default()
    };
    let refused = world.service.start_sync_execution(sync).await.unwrap_err();
    assert_eq!(refused, Error::StateMachineTypeNotSupported);
}

#[tokio::test]
async fn bad_input_is_explained_as_aws_explains_it() {
    let world = World::new().await;
    let machine = world.create("M", PASS).await;
    let refused = world.service.start_execution(start(&machine, "e", "not json")).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Invalid State Machine Execution Input: 'com.fasterxml.jackson.core.JsonParseException: \
         Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token \
         'null', 'true' or 'false')\n at [Source: (String)\"not json\"; line: 1, column: 4]'"
    );
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let refused = world.service.start_execution(start(&machine, "e", &deep)).await.unwrap_err();
    assert!(matches!(refused, Error::InvalidExecutionInput(_)), "{refused}");
    let deeper_than_kept = "[".repeat(500) + &"]".repeat(500);
    for (input, why) in [
        (deeper_than_kept.as_str(), "nesting depth exceeds the maximum allowed (128)"),
        (r#""\ud800""#, "hex escape"),
    ] {
        let refused = world.service.start_execution(start(&machine, "e", input)).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    let large = format!("\"{}\"", "x".repeat(262_143));
    let refused = world.service.start_execution(start(&machine, "e", &large)).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must \
         have length less than or equal to 262144"
    );
}

#[tokio::test]
async fn delivering_a_childs_order_again_answers_the_same() {
    let world = World::new().await;
    let machine = world.create("M", PASS).await;
    let order = ChildOrder {
        machine,
        name: None,
        input: Payload::default(),
        trace_header: None,
        account: "123456789012".into(),
        parent: None,
        idempotency_key: "parent task 1".into(),
    };
    let first = world.service.start_child(order.clone()).await.unwrap();
    world.service.wait_closed(&first.execution_arn).await.unwrap();
    assert_eq!(world.service.start_child(order.clone()).await, Ok(first.clone()));
    let other = ChildOrder { idempotency_key: Arc::from("parent task 2"), ..order };
    let second = world.service.start_child(other).await.unwrap();
    assert_ne!(second.execution_arn, first.execution_arn);
}

#[tokio::test]
async fn a_child_of_another_account_is_refused() {
    let world = World::new().await;
    let machine = world.create("M", PASS).await;
    let order = ChildOrder {
        machine: machine.clone(),
        name: None,
        input: Payload::default(),
        trace_header: None,
        account: "999999999999".into(),
        parent: None,
        idempotency_key: "parent task 1".into(),
    };
    let refused = world.service.start_child(order).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "Account 999999999999 is not authorized to perform: states:StartExecution on \
             resource: {machine}"
        )
    );
}

#[tokio::test]
async fn a_log_says_whether_its_execution_is_closed() {
    let world = World::new().await;
    let machine = world.create("M", WAIT).await;
    let arn = world.start(&machine, "e").await;
    let line = LogLine {
        at: NOON,
        entry: 2,
        attempt: 0,
        state: "A".into(),
        stream: LogStream::Stderr,
        text: "one".into(),
    };
    let key = ExecutionKey(arn.clone());
    world.runtime.store().append_log(&key, vec![line.clone()]).await.unwrap();
    let chunk = world.service.execution_log(&arn, 0, &LogFilter::default()).await.unwrap();
    assert_eq!((chunk.lines, chunk.is_closed), (vec![(1, line)], false));
    let stop = StopExecution { execution_arn: arn.to_string(), ..StopExecution::default() };
    world.service.stop_execution(stop).await.unwrap();
    let chunk = world.service.execution_log(&arn, 1, &LogFilter::default()).await.unwrap();
    assert!(chunk.lines.is_empty() && chunk.is_closed);
}

#[tokio::test]
async fn lines_of_a_log_are_found_by_their_numbers() {
    let world = World::new().await;
    let machine = world.create("M", WAIT).await;
    let arn = world.start(&machine, "e").await;
    let line = |number: usize| LogLine {
        at: NOON,
        entry: 2,
        attempt: 0,
        state: "A".into(),
        stream: if number % 10 < 2 { LogStream::Stderr } else { LogStream::Stdout },
        text: format!("Row {number}").into(),
    };
    let store = world.runtime.store();
    store.append_log(&ExecutionKey(arn.clone()), (0..25).map(line).collect()).await.unwrap();
    let find = async |after, filter: LogFilter| {
        let found = world.service.search_log(&arn, after, &filter).await.unwrap();
        assert_eq!((found.total, found.has_more, found.is_closed), (25, false, false));
        (found.lines, found.count, found.last)
    };
    let all = LogFilter::default;
    assert_eq!(find(0, all()).await, (vec![(1, 25)], 25, 25));
    assert_eq!(find(25, all()).await, (vec![], 0, 25));
    let errors = LogFilter { stream: Some(LogStream::Stderr), ..all() };
    assert_eq!(find(0, errors.clone()).await, (vec![(1, 2), (11, 12), (21, 22)], 6, 25));
    assert_eq!(find(11, errors).await, (vec![(12, 12), (21, 22)], 3, 25));
    let nines = LogFilter { text: Some("row 19".to_owned()), ..all() };
    assert_eq!(find(0, nines).await, (vec![(20, 20)], 1, 25));
    assert_eq!(world.service.log_tail(&arn, 5).await.unwrap(), 20);
    assert_eq!(world.service.log_tail(&arn, 50).await.unwrap(), 0);
}
