//! Tasks that workers poll for.

use std::time::Duration;

use compasso_engine::{Closed, TaskError};
use compasso_runtime::{ActivityTask, ReportError, RuntimeError, Shortage};
use compasso_store::memory::Fault;
use compasso_types::Timestamp;

use crate::world::{ACTIVITY, WORKER, World, key, payload, succeeded};

const CALLBACK: &str = r#"{"StartAt":"Ask","States":{"Ask":{"Type":"Task","HeartbeatSeconds":10,
    "Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters":{"FunctionName":"f","Payload":{"token.$":"$$.Task.Token"}},"End":true}}}"#;
const PATIENCE: Duration = Duration::from_secs(60);

async fn poll(world: &World) -> ActivityTask {
    world.runtime.poll_activity(ACTIVITY, Some("w".into()), PATIENCE).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_worker_takes_a_task_and_reports_its_end() {
    let world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    let task = poll(&world).await;
    assert_eq!(task.input, payload("{}"));
    assert!(world.history("a").await.contains(&"TaskStarted".to_owned()));
    world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
    assert_eq!(world.end("a").await, succeeded("1"));
    let late = world.runtime.report(&task.token, Ok(payload("1"))).await;
    assert!(matches!(late, Err(ReportError::TaskOver)));
}

#[tokio::test]
async fn pollers_wait_and_tasks_go_first_come_first_served() {
    let world = World::new().await;
    let runtime = world.runtime.clone();
    let waiting =
        tokio::spawn(async move { runtime.poll_activity(ACTIVITY, None, PATIENCE).await });
    tokio::task::yield_now().await;
    world.start(WORKER, "a").await.unwrap();
    let first = waiting.await.unwrap().unwrap().unwrap();
    world.start(WORKER, "b").await.unwrap();
    world.start(WORKER, "c").await.unwrap();
    for (task, name) in [(first, "a"), (poll(&world).await, "b"), (poll(&world).await, "c")] {
        world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
        world.end(name).await;
    }
}

#[tokio::test]
async fn a_poller_without_a_task_leaves_with_nothing() {
    let world = World::new().await;
    let runtime = world.runtime.clone();
    let waiting =
        tokio::spawn(async move { runtime.poll_activity(ACTIVITY, None, PATIENCE).await });
    world
        .until(|world| {
            world.clock.advance(Duration::from_secs(1));
            waiting.is_finished()
        })
        .await;
    assert!(waiting.await.unwrap().unwrap().is_none());
}

#[tokio::test]
async fn when_polls_end_nobody_waits_for_a_task_any_more_and_results_count() {
    let world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    let task = poll(&world).await;
    let runtime = world.runtime.clone();
    let waiting =
        tokio::spawn(async move { runtime.poll_activity(ACTIVITY, None, PATIENCE).await });
    // The clock stands still: only that ends a poll.
    world.runtime.end_polls();
    assert!(waiting.await.unwrap().unwrap().is_none());
    assert!(world.runtime.poll_activity(ACTIVITY, None, PATIENCE).await.unwrap().is_none());
    world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
    assert_eq!(world.end("a").await, succeeded("1"));
}

#[tokio::test]
async fn workers_get_no_task_while_those_are_held_back() {
    let world = World::new().await;
    let tasks = Some("the disk is full".to_owned());
    world.runtime.set_shortage(Shortage { starts: None, tasks });
    world.start(WORKER, "a").await.unwrap();
    let runtime = world.runtime.clone();
    let idle = tokio::spawn(async move { runtime.poll_activity(ACTIVITY, None, PATIENCE).await });
    world
        .until(|world| {
            world.clock.advance(Duration::from_secs(1));
            idle.is_finished()
        })
        .await;
    assert!(idle.await.unwrap().unwrap().is_none());
    let runtime = world.runtime.clone();
    let waiting =
        tokio::spawn(async move { runtime.poll_activity(ACTIVITY, None, PATIENCE).await });
    tokio::task::yield_now().await;
    world.runtime.set_shortage(Shortage::default());
    let task = waiting.await.unwrap().unwrap().unwrap();
    world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
    assert_eq!(world.end("a").await, succeeded("1"));
}

#[tokio::test]
async fn a_task_whose_poller_went_away_goes_to_the_next() {
    for written in [false, true] {
        let world = World::new().await;
        world.start(WORKER, "a").await.unwrap();
        world.store.inject(Fault::Slow { written });
        let runtime = world.runtime.clone();
        let gone =
            tokio::spawn(async move { runtime.poll_activity(ACTIVITY, None, PATIENCE).await });
        world.until(|world| world.store.held() == 1).await;
        gone.abort();
        assert!(gone.await.is_err());
        world.store.release();
        let task = poll(&world).await;
        world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
        assert_eq!(world.end("a").await, succeeded("1"));
    }
}

#[tokio::test]
async fn a_task_whose_start_is_refused_stays_in_the_queue() {
    let world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    // Recovery may ask the new execution, too, and be refused in the place of the poller.
    world.until_idle().await;
    world.store.inject(Fault::Rejected);
    let refused = world.runtime.poll_activity(ACTIVITY, None, PATIENCE).await;
    assert!(matches!(refused, Err(RuntimeError::Rejected(_))));
    poll(&world).await;
}

#[tokio::test]
async fn more_tasks_than_fit_into_memory_are_all_handed_out() {
    let world = World::new().await;
    for n in 0..2_500 {
        world.start(WORKER, &format!("n{n}")).await.unwrap();
    }
    // A crowd without workers does not keep others from theirs.
    let other = WORKER.replace("activity:A", "activity:B");
    world.start(&other, "other").await.unwrap();
    let arn = ACTIVITY.replace("activity:A", "activity:B");
    assert!(world.runtime.poll_activity(&arn, None, PATIENCE).await.unwrap().is_some());
    for _ in 0..2_500 {
        let task = poll(&world).await;
        world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
    }
    for n in 0..2_500 {
        assert_eq!(world.end(&format!("n{n}")).await, succeeded("1"));
    }
}

#[tokio::test]
async fn a_task_that_is_over_is_not_handed_out() {
    let world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    world.runtime.stop(&key("a"), None, None).await.unwrap();
    world.start(WORKER, "b").await.unwrap();
    let task = poll(&world).await;
    world.runtime.report(&task.token, Err(TaskError::new("E", "c"))).await.unwrap();
    assert!(matches!(world.end("b").await, Closed::Failed { .. }));
}

#[tokio::test]
async fn tasks_wait_for_workers_over_a_restart_and_started_ones_end_by_token() {
    let world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    let started = poll(&world).await;
    world.start(WORKER, "b").await.unwrap();
    let world = world.crash().await;
    let waiting = poll(&world).await;
    assert_ne!(waiting.token, started.token);
    for (task, name) in [(started, "a"), (waiting, "b")] {
        world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
        assert_eq!(world.end(name).await, succeeded("1"));
    }
}

#[tokio::test]
async fn heartbeats_keep_a_task_alive_and_silence_ends_it() {
    let world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    let task = poll(&world).await;
    world.clock.set(Timestamp(8_000));
    let commits = world.store.commits();
    world.runtime.heartbeat(&task.token).await.unwrap();
    assert_eq!(world.store.commits(), commits, "a beat is kept in memory");
    world.clock.set(Timestamp(10_000));
    world.until(|world| world.store.commits() > commits).await;
    assert!(world.runtime.describe(&key("a")).await.unwrap().unwrap().closed.is_none());
    world.clock.set(Timestamp(17_999));
    assert!(world.runtime.describe(&key("a")).await.unwrap().unwrap().closed.is_none());
    world.clock.set(Timestamp(18_000));
    let Closed::Failed { error, .. } = world.end("a").await else { panic!("it failed") };
    assert_eq!(error.as_deref(), Some("States.Timeout"));
    let late = world.runtime.heartbeat(&task.token).await;
    assert!(matches!(late, Err(ReportError::TaskOver)));
}

#[tokio::test]
async fn a_restart_gives_tasks_that_beat_one_more_window() {
    let mut world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    let task = poll(&world).await;
    world.start(CALLBACK, "b").await.unwrap();
    let callback = world.tasks.next().await;
    let token = callback.job.token.clone();
    callback.hand_over("{}");
    while !world.history("b").await.contains(&"TaskSubmitted".to_owned()) {
        tokio::task::yield_now().await;
    }
    let open =
        async |world: &World, name| world.runtime.describe(&key(name)).await.unwrap().unwrap();
    // Down for longer than the tasks may be silent, twice.
    for now in [60_000, 120_000] {
        world.clock.set(Timestamp(now));
        world = world.crash().await;
        world.clock.set(Timestamp(now + 9_999));
        world.until_idle().await;
        for name in ["a", "b"] {
            assert!(open(&world, name).await.closed.is_none(), "{name} at {now}");
        }
    }
    world.runtime.heartbeat(&task.token).await.unwrap();
    world.clock.set(Timestamp(130_000));
    let Closed::Failed { error, .. } = world.end("b").await else { panic!("it failed") };
    assert_eq!(error.as_deref(), Some("States.Timeout"));
    assert!(matches!(world.runtime.heartbeat(&token).await, Err(ReportError::TaskOver)));
    world.until_idle().await;
    assert!(open(&world, "a").await.closed.is_none());
    world.clock.set(Timestamp(139_999));
    world.end("a").await;
}

#[tokio::test]
async fn tokens_of_others_are_refused() {
    let world = World::new().await;
    world.start(WORKER, "a").await.unwrap();
    let token = poll(&world).await.token;
    let invalid = |result| matches!(result, Err(ReportError::InvalidToken));
    assert!(invalid(world.runtime.heartbeat("nonsense").await));
    assert!(invalid(world.runtime.report("", Ok(payload("1"))).await));
    // The same task of an execution with another seed.
    let other = World::new().await;
    other.start(WORKER, "x").await.unwrap();
    other.start(WORKER, "a").await.unwrap();
    poll(&other).await;
    poll(&other).await;
    assert!(invalid(other.runtime.heartbeat(&token).await));
    let third = World::new().await;
    assert!(matches!(third.runtime.heartbeat(&token).await, Err(ReportError::NoTask)));
}

#[tokio::test]
async fn a_state_whose_activity_does_not_exist_fails() {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Task","End":true,
        "Resource":"arn:aws:states:us-east-1:123456789012:activity:gone"}}}"#;
    let world = World::new().await;
    world.start(definition, "lonely").await.unwrap();
    let Closed::Failed { error, cause } = world.end("lonely").await else {
        panic!("it waits for a worker that cannot come");
    };
    assert_eq!(error.as_deref(), Some("States.Runtime"));
    let cause = cause.unwrap();
    assert!(cause.ends_with("activity:gone does not exist."), "{cause}");
}
