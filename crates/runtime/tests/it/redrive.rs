//! Closed executions that go on.

use std::time::Duration;

use compasso_engine::NotRedrivable;
use compasso_runtime::{Clock, RedriveError, RuntimeError};
use compasso_store::memory::Fault;
use compasso_store::{Attributes, Batch, Redriven, Store, Turn, Write};
use compasso_types::Timestamp;

use crate::world::{PASS, RunningTask, TASK, WAIT, World, key, succeeded};

async fn fail(world: &World, name: &str) {
    world.start(TASK, name).await.unwrap();
    world.tasks.next().await.fail("Boom");
    world.end(name).await;
}

/// Returns the delivery of an attempt. A recovery that runs beside may deliver an earlier one twice.
async fn attempt(world: &World, number: u32) -> RunningTask {
    loop {
        let task = world.tasks.next().await;
        if task.job.offer.task.attempt == number {
            return task;
        }
    }
}

async fn redrive(
    world: &World,
    name: &str,
    token: Option<&str>,
) -> Result<Timestamp, RedriveError> {
    world.runtime.redrive(&key(name), token.map(Into::into)).await
}

#[tokio::test]
async fn a_failed_execution_goes_on_and_says_so() {
    let world = World::new().await;
    fail(&world, "a").await;
    world.clock.advance(Duration::from_secs(60));
    let at = redrive(&world, "a", None).await.unwrap();
    assert_eq!(at, world.clock.now());
    let described = world.runtime.describe(&key("a")).await.unwrap().unwrap();
    assert_eq!((described.closed, described.stopped), (None, None));
    assert_eq!(described.redriven, Some(Redriven { count: 1, at }));
    attempt(&world, 1).await.succeed("1");
    assert_eq!(world.end("a").await, succeeded("1"));
    let described = world.runtime.describe(&key("a")).await.unwrap().unwrap();
    assert_eq!(described.redriven, Some(Redriven { count: 1, at }));
    assert_eq!(
        world.history("a").await[5..],
        [
            "ExecutionFailed",
            "ExecutionRedriven",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "StateExited",
            "ExecutionSucceeded"
        ]
    );
}

#[tokio::test]
async fn a_redrive_survives_a_crash_and_is_not_lost_with_the_memory() {
    let mut world = World::new().await;
    fail(&world, "a").await;
    world = world.crash().await;
    redrive(&world, "a", None).await.unwrap();
    world = world.crash().await;
    attempt(&world, 1).await.fail("Again");
    world.end("a").await;
    redrive(&world, "a", None).await.unwrap();
    attempt(&world, 2).await.succeed("3");
    assert_eq!(world.end("a").await, succeeded("3"));
    let described = world.runtime.describe(&key("a")).await.unwrap().unwrap();
    assert_eq!(described.redriven.unwrap().count, 2);
}

#[tokio::test]
async fn the_same_token_redrives_once() {
    let mut world = World::new().await;
    fail(&world, "a").await;
    let first = redrive(&world, "a", Some("t")).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(redrive(&world, "a", Some("t")).await.unwrap(), first, "while it runs");
    attempt(&world, 1).await.fail("Boom");
    world.end("a").await;
    world = world.crash().await;
    assert_eq!(redrive(&world, "a", Some("t")).await.unwrap(), first, "when it has closed");
    assert!(world.runtime.describe(&key("a")).await.unwrap().unwrap().closed.is_some());
    assert!(redrive(&world, "a", Some("u")).await.unwrap() > first);
}

#[tokio::test]
async fn what_cannot_be_redriven_is_left_alone() {
    let world = World::new().await;
    world.start(PASS, "done").await.unwrap();
    world.runtime.start(world.order(WAIT, "open", r#"{"seconds":9}"#)).await.unwrap();
    let refused = redrive(&world, "done", None).await;
    assert!(matches!(refused, Err(RedriveError::NotRedrivable(NotRedrivable::Succeeded))));
    let refused = redrive(&world, "open", None).await;
    assert!(matches!(refused, Err(RedriveError::NotRedrivable(NotRedrivable::Running))));
    let refused = redrive(&world, "none", None).await;
    assert!(matches!(refused, Err(RedriveError::Runtime(RuntimeError::NoExecution))));
    fail(&world, "old").await;
    world.clock.advance(Duration::from_secs(15 * 24 * 60 * 60));
    let refused = redrive(&world, "old", None).await;
    assert!(matches!(refused, Err(RedriveError::NotRedrivable(NotRedrivable::PeriodExceeded))));
}

#[tokio::test]
async fn a_redrive_that_is_not_stored_did_not_happen() {
    let world = World::new().await;
    fail(&world, "a").await;
    world.store.inject(Fault::Rejected);
    assert!(redrive(&world, "a", None).await.is_err());
    assert!(world.runtime.describe(&key("a")).await.unwrap().unwrap().closed.is_some());
    redrive(&world, "a", None).await.unwrap();
    attempt(&world, 1).await.succeed("1");
    assert_eq!(world.end("a").await, succeeded("1"));
}

#[tokio::test]
async fn redrives_at_once_are_one_redrive() {
    let world = World::new().await;
    fail(&world, "a").await;
    let (one, two) = tokio::join!(redrive(&world, "a", None), redrive(&world, "a", None));
    let refused = if one.is_err() { one } else { two };
    assert!(matches!(refused, Err(RedriveError::NotRedrivable(NotRedrivable::Running))));
    assert_eq!(
        world.runtime.describe(&key("a")).await.unwrap().unwrap().redriven.unwrap().count,
        1
    );
}

#[tokio::test]
async fn only_one_that_can_go_on_keeps_its_image() {
    let world = World::new().await;
    fail(&world, "failed").await;
    world.start(PASS, "done").await.unwrap();
    let image = async |name| world.store.execution(&key(name)).await.unwrap().unwrap().image;
    assert!(!image("failed").await.is_empty());
    assert!(image("done").await.is_empty());
}

#[tokio::test]
async fn one_that_an_older_release_closed_is_rebuilt_from_its_journal() {
    let world = World::new().await;
    fail(&world, "a").await;
    let world = world.crash().await;
    let row = world.store.execution(&key("a")).await.unwrap().unwrap();
    let turn = Turn {
        key: key("a"),
        base: Some(row.revision),
        workflow: row.header.workflow,
        version: None,
        alias: None,
        status: row.header.status,
        started: row.header.started,
        stopped: row.header.stopped,
        redriven: None,
        wake_at: None,
        owes: false,
        start: None,
        image: Some("".into()),
        outcome: row.outcome,
        journal: None,
        documents: Vec::new(),
        attributes: Attributes::new(),
    };
    let epoch = world.store.acquire().await.unwrap();
    world.store.commit(Batch { epoch, writes: vec![Write::Turn(turn.into())] }).await;
    let world = world.crash().await;
    redrive(&world, "a", None).await.unwrap();
    attempt(&world, 1).await.succeed("1");
    assert_eq!(world.end("a").await, succeeded("1"));
}
