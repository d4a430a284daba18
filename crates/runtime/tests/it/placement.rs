//! Tasks that wait for a place before they start.

use std::time::Duration;

use compasso_engine::Closed;

use crate::world::{RunningTask, World, key, succeeded};

/// One task that wants something, and gives what it gives.
const PLACED: &str = "a: wants {\"pool\":\"p\"}; queue 60; timeout 10
= outputs \"{% needs.a.{'output': output, 'cached': cached} %}\"";

#[tokio::test]
async fn a_task_starts_when_its_placement_lets_it() {
    let world = World::new().await;
    world.start(PLACED, "a").await.unwrap();
    let task = world.tasks.next().await;
    let wants = task.job.offer.placement.as_ref().map(ToString::to_string);
    assert_eq!(wants.as_deref(), Some("{\"pool\":\"p\"}"));
    assert!(!world.history("a").await.contains(&"TaskStarted".to_owned()));
    assert!(task.reporter.started(Some("w1".into())).await);
    assert!(world.history("a").await.contains(&"TaskStarted".to_owned()));
    task.succeed("1");
    assert_eq!(world.end("a").await, succeeded("{\"output\":1,\"cached\":false}"));
}

#[tokio::test]
async fn a_task_that_is_no_longer_wanted_is_not_started() {
    let world = World::new().await;
    world.start(PLACED, "a").await.unwrap();
    let RunningTask { reporter, .. } = world.tasks.next().await;
    world.runtime.stop(&key("a"), None, None).await.unwrap();
    assert!(!reporter.started(Some("w1".into())).await);
}

#[tokio::test]
async fn a_started_task_is_offered_again_with_the_worker_that_has_it() {
    let world = World::new().await;
    world.start(PLACED, "a").await.unwrap();
    world.start(PLACED, "b").await.unwrap();
    let (a, b) = (world.tasks.next().await, world.tasks.next().await);
    let started = if a.job.execution == key("a") { &a } else { &b };
    assert!(started.reporter.started(Some("w1".into())).await);
    let world = world.crash().await;
    for _ in 0..2 {
        let task = world.tasks.next().await;
        let is_a = task.job.execution == key("a");
        assert_eq!(task.job.offer.is_started, is_a);
        assert_eq!(task.job.offer.started_by.as_deref(), is_a.then_some("w1"));
        // The worker that has it may say so again, another may not.
        assert!(task.reporter.started(Some("w1".into())).await);
        assert!(!task.reporter.started(Some("w2".into())).await);
        task.succeed("2");
    }
    for name in ["a", "b"] {
        assert_eq!(world.end(name).await, succeeded("{\"output\":2,\"cached\":false}"));
    }
}

#[tokio::test]
async fn tasks_that_wait_for_a_place_keep_no_other_from_running() {
    let world = World::new().await;
    let mut waiting = Vec::new();
    for n in 0..10 {
        world.start(PLACED, &format!("n{n}")).await.unwrap();
        waiting.push(world.tasks.next().await);
    }
    // The server begins four itself, which is as much as it may run at once.
    let others = waiting.split_off(4);
    for task in &waiting {
        assert!(task.reporter.started(None).await);
    }
    let mut begun: Vec<_> =
        others.iter().map(|task| Box::pin(task.reporter.started(None))).collect();
    assert!(futures::poll!(&mut begun[0]).is_pending());
    // A worker needs no place here.
    assert!(others[5].reporter.started(Some("w1".into())).await);
    waiting.pop().unwrap().succeed("1");
    assert!(begun.swap_remove(0).await);
}

#[tokio::test]
async fn a_task_that_nobody_takes_fails() {
    let world = World::new().await;
    world.start(PLACED, "a").await.unwrap();
    let task = world.tasks.next().await;
    world.clock.advance(Duration::from_secs(60));
    task.dropped().await;
    let Closed::Failed { error, .. } = world.end("a").await else { panic!("it failed") };
    assert_eq!(error.as_deref(), Some("QueueTimeout"));
}

#[tokio::test]
async fn a_result_without_a_start_was_kept() {
    let world = World::new().await;
    world.start(PLACED, "a").await.unwrap();
    world.tasks.next().await.succeed("3");
    assert_eq!(world.end("a").await, succeeded("{\"output\":3,\"cached\":true}"));
}
