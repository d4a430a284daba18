//! Express executions.

use std::time::Duration;

use compasso_engine::Closed;
use compasso_ir::ExecutionType;
use compasso_runtime::RuntimeError;
use compasso_store::Store;
use compasso_store::memory::Fault;
use compasso_types::Timestamp;

use crate::world::{LONG, PASS, TASK, WAIT, World, key, succeeded};

#[tokio::test]
async fn a_synchronous_one_runs_to_its_end_and_stores_nothing() {
    let world = World::new().await;
    world.clock.set(Timestamp(7));
    let end = world.runtime.run_express(world.order(PASS, "a", "[1]")).await.unwrap();
    assert_eq!(end.closed, succeeded("[1]"));
    assert_eq!((end.started, end.stopped), (Timestamp(7), Timestamp(7)));
    assert_eq!(world.listener.heard(), [("a".to_owned(), ExecutionType::Express, 6)]);
    assert_eq!(world.store.commits(), 0);
    assert_eq!(world.runtime.load().executions, 0);
}

#[tokio::test]
async fn tasks_and_timers_work_in_memory() {
    let world = World::new().await;
    world.tasks.all_succeed();
    let (runtime, order) = (world.runtime.clone(), world.order(LONG, "a", "{}"));
    let end = tokio::spawn(async move { runtime.run_express(order).await });
    world
        .until(|world| {
            world.clock.advance(Duration::from_millis(100));
            end.is_finished()
        })
        .await;
    assert_eq!(end.await.unwrap().unwrap().closed, succeeded("{}"));
    assert_eq!(world.store.commits(), 0);
}

#[tokio::test]
async fn an_asynchronous_one_begins_again_after_a_crash_and_leaves_nothing_in_the_end() {
    let world = World::new().await;
    world.runtime.start_express(world.order(TASK, "a", "{}")).await.unwrap();
    world.tasks.next().await;
    assert_eq!(world.store.documents("express", "", None, 9).await.unwrap().len(), 1);
    let world = world.crash().await;
    world.tasks.next().await.succeed("1");
    while !world.store.documents("express", "", None, 9).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let world = world.crash().await;
    world.runtime.run_express(world.order(PASS, "b", "{}")).await.unwrap();
    assert!(world.tasks.try_next().is_none());
}

#[tokio::test]
async fn an_asynchronous_start_without_a_clear_answer_runs_if_it_was_stored() {
    let world = World::new().await;
    world.store.inject(Fault::Unknown { written: true });
    world.runtime.start_express(world.order(TASK, "a", "{}")).await.unwrap();
    world.tasks.next().await.succeed("1");
    world.store.inject(Fault::Unknown { written: false });
    let lost = world.runtime.start_express(world.order(TASK, "b", "{}")).await;
    assert!(matches!(lost, Err(RuntimeError::Unavailable(_))));
    assert!(world.tasks.try_next().is_none());
}

#[tokio::test]
async fn an_asynchronous_start_that_is_refused_does_not_run() {
    let world = World::new().await;
    world.store.inject(Fault::Rejected);
    assert!(world.runtime.start_express(world.order(TASK, "a", "{}")).await.is_err());
    world.runtime.run_express(world.order(PASS, "b", "{}")).await.unwrap();
    assert!(world.tasks.try_next().is_none());
}

#[tokio::test]
async fn a_start_that_is_being_stored_has_its_place() {
    let world = World::new().await;
    world.store.inject(Fault::Slow { written: false });
    let (runtime, order) = (world.runtime.clone(), world.order(WAIT, "a", r#"{"seconds":9}"#));
    let start = tokio::spawn(async move { runtime.start_express(order).await });
    world.until(|world| world.store.held() == 1).await;
    let order = world.order(WAIT, "b", r#"{"seconds":9}"#);
    for number in 1..10_000 {
        let (runtime, mut order) = (world.runtime.clone(), order.clone());
        order.start.id = key(&format!("n{number}")).0;
        tokio::spawn(async move { runtime.run_express(order).await });
    }
    world.until(|world| world.runtime.load().executions == 9_999).await;
    let refused = world.runtime.run_express(order).await;
    assert!(matches!(refused, Err(RuntimeError::Overloaded)));
    world.store.release();
    start.await.unwrap().unwrap();
    assert_eq!(world.runtime.load().executions, 10_000);
}

#[tokio::test]
async fn five_minutes_are_the_limit() {
    let world = World::new().await;
    let (runtime, order) = (world.runtime.clone(), world.order(TASK, "a", "{}"));
    let end = tokio::spawn(async move { runtime.run_express(order).await });
    let task = world.tasks.next().await;
    world.clock.set(Timestamp(300_000));
    let end = end.await.unwrap().unwrap();
    assert_eq!(end.closed, Closed::TimedOut);
    task.dropped().await;
}
