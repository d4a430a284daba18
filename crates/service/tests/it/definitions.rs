//! State machines.

use std::sync::Arc;
use std::time::Duration;

use compasso_service::{
    DescribeExecution, DescribeStateMachine, Error, ListExecutions, ListStateMachines,
    LoggingConfiguration, StartExecution, UpdateStateMachine,
};
use compasso_store::memory::{Fault, MemoryStore};
use expect_test::{Expect, expect};

use crate::world::{NOON, PASS, WAIT, World, caller, machine};

fn named(arn: &str) -> DescribeStateMachine {
    DescribeStateMachine { state_machine_arn: arn.into(), included_data: None }
}

fn check<T: std::fmt::Debug>(result: Result<T, Error>, expected: &Expect) {
    expected.assert_eq(&result.expect_err("the request is refused").to_string());
}

#[tokio::test]
async fn creating_the_same_state_machine_again_answers_the_same() {
    let world = World::new().await;
    let first = world.service.create_state_machine(&caller(), machine("M", PASS)).await.unwrap();
    assert_eq!(first.state_machine_arn, "arn:aws:states:eu-west-1:123456789012:stateMachine:M");
    assert_eq!(first.creation_date, NOON);
    world.clock.advance(Duration::from_secs(60));
    let mut again = machine("M", PASS);
    again.role_arn = "arn:aws:iam::123456789012:role/Other".into();
    again.logging_configuration = Some(LoggingConfiguration::default());
    assert_eq!(world.service.create_state_machine(&caller(), again).await, Ok(first));
}

#[tokio::test]
async fn a_different_state_machine_cannot_take_a_name() {
    let world = World::new().await;
    world.create("M", PASS).await;
    let reformatted = machine("M", &format!("{PASS} "));
    check(
        world.service.create_state_machine(&caller(), reformatted).await,
        &expect![
            "State Machine Already Exists: 'arn:aws:states:eu-west-1:123456789012:stateMachine:M'"
        ],
    );
    let mut express = machine("M", PASS);
    express.kind = Some("EXPRESS".into());
    assert!(world.service.create_state_machine(&caller(), express).await.is_err());
}

#[tokio::test]
async fn an_update_makes_a_revision_only_if_it_changes_something() {
    let world = World::new().await;
    let arn = world.create("M", PASS).await;
    let update = |definition: &str| UpdateStateMachine {
        state_machine_arn: arn.clone(),
        definition: Some(definition.into()),
        ..UpdateStateMachine::default()
    };
    let unchanged = world.service.update_state_machine(update(PASS)).await.unwrap();
    assert_eq!(unchanged.revision_id, None);
    let changed = world.service.update_state_machine(update(WAIT)).await.unwrap();
    assert!(changed.revision_id.is_some());
    let again = world.service.update_state_machine(update(WAIT)).await.unwrap();
    assert_eq!(again.revision_id, changed.revision_id);
    let described = world.service.describe_state_machine(named(&arn)).await.unwrap();
    assert_eq!((&*described.definition, described.revision_id), (WAIT, changed.revision_id));
}

#[tokio::test]
async fn an_update_of_nothing_is_refused() {
    let world = World::new().await;
    let arn = world.create("M", PASS).await;
    let nothing = UpdateStateMachine { state_machine_arn: arn, ..UpdateStateMachine::default() };
    check(
        world.service.update_state_machine(nothing).await,
        &expect![
            "Either the definition, the role ARN, the LoggingConfiguration, or the \
             TracingConfiguration must be specified"
        ],
    );
}

#[tokio::test]
async fn a_state_machine_goes_when_its_executions_have_ended() {
    let world = World::new().await;
    let arn = world.create("M", WAIT).await;
    let execution = world.start(&arn, "e").await;
    world.service.delete_state_machine(named(&arn)).await.unwrap();
    world.service.delete_state_machine(named(&arn)).await.unwrap();
    let described = world.service.describe_state_machine(named(&arn)).await.unwrap();
    assert_eq!(described.status, "DELETING");
    let deleting = Error::StateMachineDeleting { arn: arn.clone() };
    let start = StartExecution { state_machine_arn: arn.clone(), ..StartExecution::default() };
    assert_eq!(world.service.start_execution(start).await, Err(deleting.clone()));
    let again = world.service.create_state_machine(&caller(), machine("M", WAIT)).await;
    assert_eq!(again, Err(deleting));

    world.clock.advance(Duration::from_secs(86_400));
    let closed = world.service.wait_closed(&execution).await.unwrap();
    assert_eq!(closed.status, "SUCCEEDED");
    check(
        world.service.describe_state_machine(named(&arn)).await,
        &expect![
            "State Machine Does Not Exist: 'arn:aws:states:eu-west-1:123456789012:stateMachine:M'"
        ],
    );
    let request = DescribeExecution { execution_arn: execution.to_string(), included_data: None };
    let used = world.service.describe_state_machine_for_execution(request).await.unwrap();
    assert_eq!((&*used.definition, &*used.name), (WAIT, "M"));
}

#[tokio::test]
async fn executions_of_a_deleted_state_machine_end_before_their_next_state() {
    let world = World::new().await;
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":60,"Next":"B"},
        "B":{"Type":"Wait","Seconds":86400,"End":true}}}"#;
    let arn = world.create("M", definition).await;
    let execution = world.start(&arn, "e").await;
    world.service.delete_state_machine(named(&arn)).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    let closed = world.service.wait_closed(&execution).await.unwrap();
    assert_eq!(closed.status, "ABORTED");
    assert!(world.service.describe_state_machine(named(&arn)).await.is_err());
}

#[tokio::test]
async fn a_state_machine_does_not_list_the_executions_of_its_predecessor() {
    let world = World::new().await;
    let arn = world.create("M", PASS).await;
    let execution = world.start(&arn, "e").await;
    world.service.wait_closed(&execution).await.unwrap();
    world.service.delete_state_machine(named(&arn)).await.unwrap();
    world.create("M", PASS).await;
    let list = ListExecutions { state_machine_arn: Some(arn.clone()), ..ListExecutions::default() };
    let page = world.service.list_executions(list.clone()).await.unwrap();
    assert_eq!(page.executions, []);
    let execution = world.start(&arn, "f").await;
    let page = world.service.list_executions(list).await.unwrap();
    let [item] = &page.executions[..] else { panic!("{page:?}") };
    assert_eq!((&item.execution_arn, &*item.state_machine_arn), (&execution, &*arn));
}

#[tokio::test]
async fn definitions_survive_a_restart() {
    let store = Arc::new(MemoryStore::new());
    let arn = World::on(store.clone()).await.create("M", PASS).await;
    let restarted = World::on(Arc::new(store.crash())).await;
    let execution = restarted.start(&arn, "e").await;
    assert_eq!(restarted.service.wait_closed(&execution).await.unwrap().status, "SUCCEEDED");
}

#[tokio::test]
async fn listings_go_on_where_their_token_says() {
    let world = World::new().await;
    for name in ["A", "B", "C", "D", "E"] {
        world.create(name, PASS).await;
    }
    let mut names = Vec::new();
    let mut next_token = None;
    loop {
        let request = ListStateMachines { max_results: Some(2), next_token };
        let page = world.service.list_state_machines(&caller(), request).await.unwrap();
        names
            .push(page.state_machines.iter().map(|item| item.name.to_string()).collect::<Vec<_>>());
        next_token = page.next_token;
        if next_token.is_none() {
            break;
        }
    }
    assert_eq!(names, [vec!["A", "B"], vec!["C", "D"], vec!["E"]]);
}

#[tokio::test]
async fn a_token_of_another_listing_is_refused() {
    let world = World::new().await;
    for name in ["A", "B"] {
        world.create(name, PASS).await;
    }
    let request = ListStateMachines { max_results: Some(1), next_token: None };
    let page = world.service.list_state_machines(&caller(), request).await.unwrap();
    let request =
        compasso_service::ListActivities { max_results: None, next_token: page.next_token };
    check(
        world.service.list_activities(&caller(), request).await,
        &expect!["Invalid Token: 'Invalid token'"],
    );
}

#[tokio::test]
async fn an_invalid_definition_is_refused_with_all_its_errors() {
    let world = World::new().await;
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},
        "C":{"Type":"Wat","End":true}}}"#;
    check(
        world.service.create_state_machine(&caller(), machine("M", definition)).await,
        &expect![
            "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/C/Type'"
        ],
    );
}

#[tokio::test]
async fn of_two_creations_at_once_one_takes_the_name() {
    let world = World::new().await;
    let caller = caller();
    let (first, second) = tokio::join!(
        world.service.create_state_machine(&caller, machine("M", PASS)),
        world.service.create_state_machine(&caller, machine("M", WAIT)),
    );
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
}

#[tokio::test]
async fn what_could_not_be_stored_does_not_exist() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone()).await;
    store.inject(Fault::Rejected);
    let refused = world.service.create_state_machine(&caller(), machine("M", PASS)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    let arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:M";
    assert!(world.service.describe_state_machine(named(arn)).await.is_err());
    assert_eq!(world.create("M", PASS).await, arn);
}
