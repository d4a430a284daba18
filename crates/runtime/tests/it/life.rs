//! From start to end.

use std::time::Duration;

use compasso_engine::{Closed, Signal};
use compasso_ir::ExecutionType;
use compasso_runtime::{Clock, HistoryRange, RuntimeError, SignalError, StartError};
use compasso_store::memory::{Fault, FaultPlan};
use compasso_store::{ExecutionFilter, LogStream, Status, Store};
use compasso_types::Timestamp;
use compasso_types::bucket::Rate;

use crate::world::{PASS, TASK, WAIT, World, is_unavailable, key, payload, succeeded};

#[tokio::test]
async fn a_short_execution_is_one_commit_and_one_journal_row() {
    let world = World::new().await;
    world.clock.set(Timestamp(1_000));
    let started = world.runtime.start(world.order(PASS, "a", "{\"x\":1}")).await.unwrap();
    assert_eq!(started, Timestamp(1_000));
    assert_eq!(world.store.commits(), 1);
    assert_eq!(world.store.journal(&key("a"), 1, 100).await.unwrap().len(), 1);
    let described = world.runtime.describe(&key("a")).await.unwrap().unwrap();
    assert_eq!(described.closed, Some(succeeded("{\"x\":1}")));
    assert_eq!(described.stopped, Some(Timestamp(1_000)));
    assert_eq!(described.input(), &payload("{\"x\":1}"));
    let row = world.store.execution(&key("a")).await.unwrap().unwrap();
    assert!(row.image.is_empty());
    assert_eq!(world.runtime.load().executions, 0);
}

#[tokio::test]
async fn who_listens_hears_of_each_durable_turn_once() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    world.tasks.next().await.succeed("1");
    world.end("a").await;
    world.store.inject(Fault::Rejected);
    world.start(TASK, "refused").await.unwrap_err();
    let turn = |events| ("a".to_owned(), ExecutionType::Standard, events);
    assert_eq!(world.listener.heard(), [turn(4), turn(3)]);
}

#[tokio::test]
async fn history_is_read_in_both_directions_and_in_parts() {
    let world = World::new().await;
    world.start(PASS, "a").await.unwrap();
    world.start(TASK, "b").await.unwrap();
    assert_eq!(
        world.history("a").await,
        [
            "ExecutionStarted",
            "StateEntered",
            "StateExited",
            "StateEntered",
            "StateExited",
            "ExecutionSucceeded"
        ]
    );
    for (name, last) in [("a", 6), ("b", 4)] {
        let ids = async |first, limit, reverse| -> Vec<u64> {
            let range = HistoryRange { first, limit, reverse };
            let events = world.runtime.history(&key(name), range).await.unwrap().unwrap();
            events.iter().map(|event| event.id).collect()
        };
        assert_eq!(ids(2, 2, false).await, [2, 3]);
        assert_eq!(ids(0, 2, true).await, [last, last - 1]);
        assert_eq!(ids(2, 9, true).await, [2, 1]);
        assert_eq!(ids(99, 9, false).await, [0; 0]);
    }
    let range = HistoryRange { first: 1, limit: 1, reverse: false };
    assert!(world.runtime.history(&key("none"), range).await.unwrap().is_none());
}

#[tokio::test]
async fn the_end_of_a_long_history_is_found_without_the_cache() {
    let mut world = World::new().await;
    world.start(TASK, "open").await.unwrap();
    world = world.restart().await;
    let range = HistoryRange { first: 0, limit: 1, reverse: true };
    let events = world.runtime.history(&key("open"), range).await.unwrap().unwrap();
    assert_eq!(events[0].id, 4);
}

#[tokio::test]
async fn a_name_is_taken_once_for_ever() {
    let world = World::new().await;
    world.start(PASS, "closed").await.unwrap();
    world.start(TASK, "open").await.unwrap();
    for name in ["closed", "open"] {
        assert!(matches!(world.start(PASS, name).await, Err(StartError::Exists)), "{name}");
    }
    let (a, b) = tokio::join!(world.start(TASK, "twice"), world.start(TASK, "twice"));
    assert!(a.is_ok() != b.is_ok());
}

#[tokio::test]
async fn nothing_leaves_before_it_is_durable() {
    let world = World::new().await;
    world.store.inject(Fault::Slow { written: false });
    let start = world.starting(TASK, "a");
    world.until(|world| world.store.held() == 1).await;
    assert!(world.runtime.describe(&key("a")).await.unwrap().is_none());
    assert!(world.tasks.try_next().is_none());
    assert!(!start.is_finished());
    world.store.release();
    start.await.unwrap().unwrap();
    world.tasks.next().await.succeed("1");
    assert_eq!(world.end("a").await, succeeded("1"));
}

#[tokio::test]
async fn an_execution_is_described_as_of_its_last_durable_turn() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    world.store.inject(Fault::Slow { written: false });
    world.tasks.next().await.succeed("1");
    world.until(|world| world.store.held() == 1).await;
    assert!(world.runtime.describe(&key("a")).await.unwrap().unwrap().closed.is_none());
    world.store.release();
    assert_eq!(world.end("a").await, succeeded("1"));
}

#[tokio::test]
async fn stop_answers_when_the_execution_ended() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let task = world.tasks.next().await;
    world.clock.set(Timestamp(5_000));
    let stopped = world.runtime.stop(&key("a"), Some("E".into()), None).await.unwrap();
    assert_eq!(stopped, Timestamp(5_000));
    task.dropped().await;
    world.clock.set(Timestamp(9_000));
    assert_eq!(world.runtime.stop(&key("a"), None, None).await.unwrap(), Timestamp(5_000));
    assert_eq!(
        world.end("a").await,
        Closed::Aborted { error: Some("E".into()), cause: None, by: None }
    );
    let none = world.runtime.stop(&key("none"), None, None).await;
    assert!(matches!(none, Err(RuntimeError::NoExecution)));
}

#[tokio::test]
async fn those_who_wait_for_the_end_are_told_at_once_and_afterwards() {
    let world = World::new().await;
    assert!(world.runtime.closed(&key("a")).await.unwrap().is_none());
    world.start(TASK, "a").await.unwrap();
    let (runtime, a) = (world.runtime.clone(), key("a"));
    let waiting = tokio::spawn(async move { runtime.closed(&a).await });
    world.tasks.next().await.fail("Broken");
    let end = waiting.await.unwrap().unwrap().unwrap().closed.unwrap();
    assert_eq!(end, world.end("a").await);
    assert!(matches!(end, Closed::Failed { error: Some(error), .. } if &*error == "Broken"));
}

#[tokio::test]
async fn listings_show_statuses() {
    let world = World::new().await;
    world.start(PASS, "a").await.unwrap();
    world.start(WAIT, "b").await.unwrap();
    world.start(TASK, "c").await.unwrap();
    let list = async |status| {
        let filter = ExecutionFilter { workflow: None, status, ..ExecutionFilter::default() };
        let page = world.runtime.executions(filter, None, 10).await.unwrap();
        page.items.into_iter().map(|header| header.key).collect::<Vec<_>>()
    };
    assert_eq!(list(None).await, [key("c"), key("b"), key("a")]);
    assert_eq!(list(Some(Status::Succeeded)).await, [key("a")]);
    assert_eq!(list(Some(Status::Failed)).await, [key("b")], "its input has no seconds");
}

#[tokio::test]
async fn after_shutdown_everything_is_refused_and_tasks_are_let_go() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let task = world.tasks.next().await;
    let first_key = task.job.idempotency_key.clone();
    world.runtime.shutdown().await;
    task.dropped().await;
    assert!(is_unavailable(&world.runtime.stop(&key("a"), None, None).await));
    assert!(world.start(PASS, "b").await.is_err());
    let world = world.restart().await;
    let task = world.tasks.next().await;
    assert_eq!(task.job.idempotency_key, first_key);
    task.succeed("2");
    assert_eq!(world.end("a").await, succeeded("2"));
}

#[tokio::test]
async fn under_overload_starts_are_refused_and_what_finishes_work_passes() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let task = world.tasks.next().await;
    world.store.inject(Fault::Slow { written: false });
    let order = world.order(PASS, "first", "{}");
    let mut starts = Vec::new();
    for n in 0..10_000 {
        let mut order = order.clone();
        order.start.id = key(&format!("n{n}")).0;
        let runtime = world.runtime.clone();
        starts.push(tokio::spawn(async move { runtime.start(order).await }));
    }
    world.until(|world| world.store.held() == 1 && world.runtime.load().inputs == 10_000).await;
    let refused = world.start(PASS, "late").await;
    assert!(matches!(refused, Err(StartError::Runtime(RuntimeError::Overloaded))));
    task.succeed("1");
    world.until(|world| world.runtime.load().inputs == 10_001).await;
    world.store.release();
    assert_eq!(world.end("a").await, succeeded("1"));
    for start in starts {
        start.await.unwrap().unwrap();
    }
    world.start(PASS, "late").await.unwrap();
}

#[tokio::test]
async fn signals_that_wait_for_a_turn_are_bounded() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    world.store.inject(Fault::Slow { written: false });
    let signal = || Signal { name: "s".into(), payload: payload("1"), id: None };
    let mut waiting = Vec::new();
    for _ in 0..1_001 {
        let (runtime, signal) = (world.runtime.clone(), signal());
        waiting.push(tokio::spawn(async move { runtime.signal(&key("a"), signal).await }));
        world.until(|world| world.store.held() == 1).await;
    }
    world.until(|world| world.runtime.load().inputs == 1_001).await;
    let refused = world.runtime.signal(&key("a"), signal()).await;
    assert!(matches!(refused, Err(SignalError::Runtime(RuntimeError::Overloaded))));
    world.store.release();
    for answer in waiting {
        drop(answer.await.unwrap());
    }
}

#[tokio::test]
async fn shutdown_finishes_the_commit_under_way() {
    let world = World::new().await;
    world.store.inject(Fault::Slow { written: false });
    let start = world.starting(PASS, "a");
    world.until(|world| world.store.held() == 1).await;
    let runtime = world.runtime.clone();
    let shutdown = tokio::spawn(async move { runtime.shutdown().await });
    world.until(|world| world.store.release()).await;
    shutdown.await.unwrap();
    start.await.unwrap().unwrap();
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever_for_a_store_that_hangs() {
    let world = World::new().await;
    world.store.inject(Fault::Slow { written: false });
    let start = world.starting(PASS, "a");
    world.until(|world| world.store.held() == 1).await;
    let runtime = world.runtime.clone();
    let shutdown = tokio::spawn(async move { runtime.shutdown().await });
    world
        .until(|world| {
            world.clock.advance(Duration::from_millis(100));
            shutdown.is_finished()
        })
        .await;
    assert!(world.clock.now() >= Timestamp(5_000));
    assert!(!start.is_finished(), "nobody knows whether it was written");
}

#[tokio::test]
async fn a_store_that_must_be_opened_again_stops_the_runtime() {
    for written in [false, true] {
        let world = World::new().await;
        world.start(TASK, "a").await.unwrap();
        let task = world.tasks.next().await;
        world.store.inject(Fault::Broken { written });
        assert!(world.start(PASS, "b").await.is_err());
        assert_eq!(world.runtime.failed().await, "the store must be opened again");
        task.dropped().await;
        assert!(is_unavailable(&world.runtime.describe(&key("a")).await));
        assert!(world.start(PASS, "c").await.is_err());
        let world = world.crash().await;
        assert_eq!(world.start(PASS, "b").await.is_err(), written);
        world.tasks.next().await.succeed("1");
        assert_eq!(world.end("a").await, succeeded("1"));
    }
}

#[tokio::test]
async fn a_store_found_broken_by_a_read_stops_the_runtime_too() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let world = world.restart().await;
    let task = world.tasks.next().await;
    world.store.break_down();
    task.reporter.log(LogStream::Stdout, "lost");
    world.runtime.failed().await;
}

#[tokio::test]
async fn another_process_taking_over_stops_this_one() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let task = world.tasks.next().await;
    world.store.inject(Fault::Fenced);
    assert!(world.start(PASS, "b").await.is_err());
    task.dropped().await;
    assert!(is_unavailable(&world.runtime.describe(&key("a")).await));
    assert!(world.start(PASS, "c").await.is_err());
}

#[tokio::test]
async fn a_long_turn_is_committed_in_parts_that_others_fit_between() {
    let world = World::new().await;
    let (map, output) = long_map();
    world.start(&map, "a").await.unwrap();
    assert_eq!(world.end("a").await, succeeded(&output));
    assert!(world.store.commits() > 1);
}

#[tokio::test]
async fn a_long_turn_goes_on_after_a_crash() {
    let mut world = World::new().await;
    let (map, output) = long_map();
    world.store.set_plan(FaultPlan::script([None, Some(Fault::Slow { written: false })]));
    world.start(&map, "a").await.unwrap();
    world.until(|world| world.store.held() == 1).await;
    world = world.crash().await;
    assert_eq!(world.end("a").await, succeeded(&output));
}

/// A definition that takes more steps than one turn allows, and what comes of it.
fn long_map() -> (String, String) {
    let items = format!("[{}]", vec!["1"; 1_500].join(","));
    let definition = format!(
        r#"{{"StartAt":"Make","States":{{"Make":{{"Type":"Pass","Result":{items},"Next":"Map"}},
        "Map":{{"Type":"Map","End":true,"ItemProcessor":{{"StartAt":"P","States":{{
            "P":{{"Type":"Pass","End":true}}}}}}}}}}}}"#
    );
    (definition, items)
}

#[tokio::test]
async fn executions_over_the_rate_of_transitions_go_on_when_it_allows() {
    let world = World::limited(Rate { burst: 2, refill: 1 }).await;
    // Each goes through two states.
    world.start(PASS, "a").await.unwrap();
    let late = world.starting(PASS, "b");
    world.until(|world| world.clock.next_wake() == Some(Timestamp(2_000))).await;
    assert_eq!(world.store.commits(), 2, "what has happened is durable before the pause");
    assert!(!late.is_finished());
    world.clock.advance(Duration::from_secs(2));
    late.await.unwrap().unwrap();
    assert_eq!(world.end("b").await, succeeded("{}"));
}

#[tokio::test]
async fn stopping_an_execution_does_not_wait_for_the_transitions_of_others() {
    let world = World::limited(Rate { burst: 1, refill: 1 }).await;
    world.start(TASK, "a").await.unwrap();
    let _late = world.starting(PASS, "b");
    world.until(|world| world.clock.next_wake() == Some(Timestamp(2_000))).await;
    world.runtime.stop(&key("a"), None, None).await.unwrap();
    assert_eq!(world.clock.now(), Timestamp(0));
}
