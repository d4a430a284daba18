//! Activities and the reports of their workers.

use std::time::Duration;

use compasso_service::{
    ActivityPoll, CreateActivity, DescribeActivity, Error, TaskFailure, TaskHeartbeat, TaskSuccess,
};

use compasso_types::limits::ACTIVITY_POLLS_MAX;
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use crate::world::{World, caller};

const ACTIVITY: &str = "arn:aws:states:eu-west-1:123456789012:activity:Work";

async fn world_with_activity() -> (World, String) {
    let world = World::new().await;
    let request = CreateActivity { name: "Work".into(), ..CreateActivity::default() };
    let created = world.service.create_activity(&caller(), request.clone()).await.unwrap();
    assert_eq!(created.activity_arn, ACTIVITY);
    assert_eq!(world.service.create_activity(&caller(), request).await, Ok(created));
    let definition = format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Task","Resource":"{ACTIVITY}","End":true}}}}}}"#
    );
    let machine = world.create("M", &definition).await;
    (world, machine)
}

fn poll() -> ActivityPoll {
    ActivityPoll { activity_arn: ACTIVITY.into(), worker_name: Some("w".into()) }
}

#[tokio::test]
async fn a_worker_takes_a_task_and_ends_it_once() {
    let (world, machine) = world_with_activity().await;
    let execution = world.start(&machine, "e").await;
    let task = world.service.poll_activity(poll()).await.unwrap();
    assert_eq!(task.input.unwrap().text(), "{}");
    let task_token = task.task_token.unwrap();
    let beat = TaskHeartbeat { task_token: task_token.clone() };
    world.service.task_beat(beat).await.unwrap();
    let success = TaskSuccess { task_token: task_token.clone(), output: "[ 1 ]".into() };
    world.service.task_succeeded(success.clone()).await.unwrap();
    let closed = world.service.wait_closed(&execution).await.unwrap();
    assert_eq!((closed.status, closed.output.unwrap().text()), ("SUCCEEDED", "[ 1 ]"));
    assert_eq!(world.service.task_succeeded(success).await, Err(Error::TaskTimedOut));
}

#[tokio::test]
async fn a_worker_reports_an_error() {
    let (world, machine) = world_with_activity().await;
    let execution = world.start(&machine, "e").await;
    let task_token = world.service.poll_activity(poll()).await.unwrap().task_token.unwrap();
    let failure =
        TaskFailure { task_token, error: Some("Broken".into()), cause: Some("a cause".into()) };
    world.service.task_failed(failure).await.unwrap();
    let closed = world.service.wait_closed(&execution).await.unwrap();
    assert_eq!(
        (closed.status, closed.error.as_deref(), closed.cause.as_deref()),
        ("FAILED", Some("Broken"), Some("a cause"))
    );
}

#[tokio::test]
async fn a_poll_ends_empty_after_a_minute() {
    let (world, _) = world_with_activity().await;
    let (task, ()) = tokio::join!(world.service.poll_activity(poll()), async {
        world.clock.advance(Duration::from_secs(61));
    });
    let task = task.unwrap();
    assert!(task.task_token.is_none() && task.input.is_none());
}

#[tokio::test]
async fn no_more_than_so_many_workers_wait_at_once() {
    let (world, _) = world_with_activity().await;
    let waiting: FuturesUnordered<_> =
        (0..ACTIVITY_POLLS_MAX).map(|_| world.service.poll_activity(poll())).collect();
    let (tasks, ()) = tokio::join!(waiting.collect::<Vec<_>>(), async {
        let refused = world.service.poll_activity(poll()).await.unwrap_err();
        assert_eq!(refused, Error::ActivityWorkerLimitExceeded { arn: ACTIVITY.into() });
        world.clock.advance(Duration::from_secs(61));
    });
    assert!(tasks.into_iter().all(|task| task.unwrap().task_token.is_none()));
}

#[tokio::test]
async fn reports_that_cannot_be_right_are_refused() {
    let (world, _) = world_with_activity().await;
    let report =
        |output: &str| TaskSuccess { task_token: "nonsense".into(), output: output.into() };
    assert_eq!(world.service.task_succeeded(report("{}")).await, Err(Error::InvalidToken));
    let refused = world.service.task_succeeded(report("{")).await.unwrap_err();
    assert!(matches!(refused, Error::InvalidOutput(_)), "{refused}");
}

#[tokio::test]
async fn a_deleted_activity_has_no_tasks() {
    let (world, _) = world_with_activity().await;
    let named = DescribeActivity { activity_arn: ACTIVITY.into() };
    world.service.delete_activity(named.clone()).await.unwrap();
    world.service.delete_activity(named.clone()).await.unwrap();
    let gone = Error::ActivityDoesNotExist { arn: ACTIVITY.into() };
    assert_eq!(world.service.describe_activity(named).await, Err(gone.clone()));
    assert_eq!(world.service.poll_activity(poll()).await.unwrap_err(), gone);
}
