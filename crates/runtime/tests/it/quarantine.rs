//! Executions the engine cannot carry on with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use compasso_engine::{Closed, Decision, Execution, Input, Moment, RULES, Rejected};
use compasso_ir::ExecutionType;
use compasso_runtime::{ReleaseError, ReportError, RuntimeError, StartError, TurnMarks};
use compasso_store::contract::Harm;
use compasso_store::memory::{Fault, MemoryStore};
use compasso_store::{Attributes, Batch, ExecutionFilter, Status, Store, Turn, Write};
use compasso_types::Timestamp;

use crate::world::{ACTIVITY, Decide, PASS, TASK, WAIT, WORKER, World, key, payload, succeeded};

/// An engine that panics at every task result of executions named `poison…`, and at starts of
/// those named `stillborn`, and at stops of those named `undying`.
fn fragile(execution: &Execution, input: Input, moment: Moment<'_>) -> Result<Decision, Rejected> {
    let name = execution.start().map(|start| start.name.clone()).unwrap_or_default();
    match &input {
        Input::TaskFinished { .. } if name.starts_with("poison") => panic!("poisoned"),
        Input::Start(start) if &*start.name == "stillborn" => panic!("stillborn"),
        Input::Stop(_) if &*name == "undying" => panic!("undying"),
        _ => compasso_engine::decide(execution, input, moment),
    }
}

async fn world() -> World {
    World::with(MemoryStore::new(), fragile).await
}

#[tokio::test]
async fn a_poisoned_execution_is_set_aside_and_the_others_go_on() {
    let world = world().await;
    world.start(TASK, "poison").await.unwrap();
    world.start(TASK, "healthy").await.unwrap();
    for _ in 0..2 {
        world.tasks.next().await.succeed("1");
    }
    assert_eq!(world.end("healthy").await, succeeded("1"));
    loop {
        let row = world.store.execution(&key("poison")).await.unwrap().unwrap();
        if row.header.status == Status::Quarantined {
            assert!(!row.image.is_empty(), "an operator can look at it");
            break;
        }
        tokio::task::yield_now().await;
    }
    let described = world.runtime.describe(&key("poison")).await.unwrap().unwrap();
    assert!(described.quarantined && described.closed.is_none());
    // It stays so over a restart, and can be stopped.
    let world = world.crash().await;
    assert!(world.runtime.describe(&key("poison")).await.unwrap().unwrap().quarantined);
    assert!(world.tasks.try_next().is_none());
    world.runtime.stop(&key("poison"), None, None).await.unwrap();
    assert_eq!(world.listener.heard(), [("poison".to_owned(), ExecutionType::Standard, 1)]);
    assert!(!world.runtime.describe(&key("poison")).await.unwrap().unwrap().quarantined);
}

#[tokio::test]
async fn whoever_waits_until_it_settles_can_give_up_what_is_set_aside() {
    let world = world().await;
    world.start(TASK, "poison").await.unwrap();
    let poison = key("poison");
    assert!(world.runtime.give_up(&poison).await.is_err(), "it goes on");
    let (runtime, of) = (world.runtime.clone(), poison.clone());
    let settled = tokio::spawn(async move { runtime.settled(&of).await });
    world.tasks.next().await.succeed("1");
    assert!(settled.await.unwrap().unwrap().unwrap().quarantined);
    world.runtime.give_up(&poison).await.unwrap();
    let Closed::Failed { error, cause } = world.end("poison").await else { panic!("it failed") };
    assert_eq!(error.as_deref(), Some("States.Runtime"));
    assert!(cause.is_some());
    assert_eq!(world.history("poison").await.last().unwrap(), "ExecutionFailed");
    assert!(world.runtime.give_up(&poison).await.is_err(), "it is over");
}

#[tokio::test]
async fn what_is_set_aside_goes_on_once_it_is_released() {
    let mut world = world().await;
    let poison = key("poison");
    world.start(TASK, "poison").await.unwrap();
    let released = world.runtime.release(&poison).await;
    assert!(matches!(released, Err(ReleaseError::NotSetAside)), "{released:?}");
    world.tasks.next().await.succeed("1");
    world.runtime.settled(&poison).await.unwrap();
    // The cause is still there.
    world.runtime.release(&poison).await.unwrap();
    world.tasks.next().await.succeed("2");
    assert!(world.runtime.settled(&poison).await.unwrap().unwrap().quarantined);
    // A release in which it is mended, and a restart between its release and its task.
    world = world.crash_mended(compasso_engine::decide).await;
    assert!(world.tasks.try_next().is_none());
    world.runtime.release(&poison).await.unwrap();
    assert!(!world.runtime.describe(&poison).await.unwrap().unwrap().quarantined);
    let world = world.crash().await;
    world.tasks.next().await.succeed("3");
    assert_eq!(world.end("poison").await, succeeded("3"));
    let released = world.runtime.release(&poison).await;
    assert!(matches!(released, Err(ReleaseError::NotSetAside)), "{released:?}");
    let absent = world.runtime.release(&key("absent")).await;
    assert!(matches!(absent, Err(ReleaseError::Runtime(RuntimeError::NoExecution))));
}

#[tokio::test]
async fn what_a_later_release_began_is_set_aside_and_says_so() {
    let world = World::with(MemoryStore::new(), compasso_engine::decide).await;
    let mut order = world.order(TASK, "newer", "{}");
    order.start.rules = RULES + 1;
    world.runtime.start(order).await.unwrap();
    world.tasks.next().await;
    // What is in memory goes on; this release reads it after its start.
    let world = world.crash().await;
    let newer = key("newer");
    assert!(world.runtime.settled(&newer).await.unwrap().unwrap().quarantined);
    assert!(world.tasks.try_next().is_none());
    let released = world.runtime.release(&newer).await.unwrap_err();
    assert!(released.to_string().contains("a later release began it"), "{released}");
    world.runtime.stop(&newer, None, None).await.unwrap();
    let redriven = world.runtime.redrive(&newer, None).await.unwrap_err();
    assert!(redriven.to_string().contains("a later release began it"), "{redriven}");
}

#[tokio::test]
async fn timers_of_what_is_released_fire() {
    let world = World::with(MemoryStore::new(), frail).await;
    world.runtime.start(world.order(WAIT, "dozing", "{\"seconds\":5}")).await.unwrap();
    world.clock.advance(Duration::from_secs(10));
    assert!(world.runtime.settled(&key("dozing")).await.unwrap().unwrap().quarantined);
    let world = world.crash_mended(compasso_engine::decide).await;
    world.runtime.release(&key("dozing")).await.unwrap();
    world.end("dozing").await;
}

#[tokio::test]
async fn a_task_of_what_is_released_has_a_whole_window_for_its_next_beat() {
    static IS_MENDED: AtomicBool = AtomicBool::new(false);
    let moody: Decide = |execution, input, moment| {
        let decide =
            if IS_MENDED.load(Ordering::Relaxed) { compasso_engine::decide } else { frail };
        decide(execution, input, moment)
    };
    let world = World::with(MemoryStore::new(), moody).await;
    world.start(WORKER, "a").await.unwrap();
    let polled = world.runtime.poll_activity(ACTIVITY, None, Duration::from_secs(60)).await;
    let task = polled.unwrap().unwrap();
    world.clock.advance(Duration::from_secs(10));
    assert!(world.runtime.settled(&key("a")).await.unwrap().unwrap().quarantined);
    IS_MENDED.store(true, Ordering::Relaxed);
    world.clock.advance(Duration::from_secs(60));
    world.runtime.release(&key("a")).await.unwrap();
    world.clock.advance(Duration::from_secs(9));
    world.runtime.heartbeat(&task.token).await.unwrap();
}

/// An engine that panics at every wake.
fn frail(execution: &Execution, input: Input, moment: Moment<'_>) -> Result<Decision, Rejected> {
    assert!(!matches!(input, Input::Wake), "frail");
    compasso_engine::decide(execution, input, moment)
}

#[tokio::test]
async fn setting_aside_is_tried_again_when_the_store_refuses_it() {
    let world = world().await;
    world.start(TASK, "poison").await.unwrap();
    world.store.inject(Fault::Rejected);
    world.tasks.next().await.succeed("1");
    while !world.runtime.describe(&key("poison")).await.unwrap().unwrap().quarantined {
        world.clock.advance(Duration::from_millis(50));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_execution_that_cannot_even_begin_is_refused_and_leaves_nothing() {
    let world = world().await;
    let refused = world.start(PASS, "stillborn").await;
    assert!(matches!(refused, Err(StartError::Runtime(RuntimeError::Quarantined(_)))));
    assert!(world.runtime.describe(&key("stillborn")).await.unwrap().is_none());
    world.start(PASS, "healthy").await.unwrap();
}

#[tokio::test]
async fn an_execution_that_was_damaged_on_the_disk_is_set_aside_and_can_be_closed() {
    let world = World::new().await;
    for name in ["damaged", "healthy"] {
        world.start(TASK, name).await.unwrap();
    }
    for harm in [Harm::Image, Harm::Row(0)] {
        world.store.harm(&key("damaged"), harm);
    }
    let world = world.crash().await;
    while !world.runtime.describe(&key("damaged")).await.unwrap().unwrap().quarantined {
        tokio::task::yield_now().await;
    }
    world.tasks.next().await.succeed("1");
    assert_eq!(world.end("healthy").await, succeeded("1"));
    let released = world.runtime.release(&key("damaged")).await;
    assert!(matches!(released, Err(ReleaseError::StillBroken(_))), "{released:?}");
    assert!(world.runtime.describe(&key("damaged")).await.unwrap().unwrap().quarantined);
    world.runtime.stop(&key("damaged"), None, None).await.unwrap();
    assert!(!world.runtime.describe(&key("damaged")).await.unwrap().unwrap().quarantined);
}

#[tokio::test]
async fn an_execution_that_cannot_be_read_is_set_aside() {
    let store = MemoryStore::new();
    let epoch = store.acquire().await.unwrap();
    let turn = Turn {
        key: key("corrupt"),
        base: None,
        workflow: "M".into(),
        version: None,
        alias: None,
        status: Status::Running,
        started: Timestamp(0),
        stopped: None,
        redriven: None,
        wake_at: Some(Timestamp(0)),
        owes: true,
        start: Some("{".into()),
        image: Some("{".into()),
        outcome: None,
        journal: None,
        documents: Vec::new(),
        attributes: Attributes::new(),
    };
    store.commit(Batch { epoch, writes: vec![Write::Turn(Box::new(turn))] }).await;
    let world = World::with(store, compasso_engine::decide).await;
    world.start(PASS, "healthy").await.unwrap();
    let quarantined = Some(Status::Quarantined);
    let filter =
        ExecutionFilter { workflow: None, status: quarantined, ..ExecutionFilter::default() };
    while world.runtime.executions(filter.clone(), None, 9).await.unwrap().items.is_empty() {
        tokio::task::yield_now().await;
    }
    // Nobody can tell what it started with, but it can be ended.
    world.runtime.stop(&key("corrupt"), None, None).await.unwrap();
    let aborted = ExecutionFilter {
        workflow: None,
        status: Some(Status::Aborted),
        ..ExecutionFilter::default()
    };
    let ended = world.runtime.executions(aborted, None, 9).await.unwrap().items;
    assert_eq!(ended[0].key, key("corrupt"));
}

#[tokio::test]
async fn an_execution_whose_definition_is_unusable_is_set_aside_and_can_be_stopped() {
    let world = World::new().await;
    world.clock.set(Timestamp(1_000));
    world.start(TASK, "a").await.unwrap();
    let before = world.tasks.next().await;
    world.forget(TASK);
    let world = world.crash().await;
    while !world.runtime.describe(&key("a")).await.unwrap().unwrap().quarantined {
        tokio::task::yield_now().await;
    }
    assert!(world.tasks.try_next().is_none());
    let reported = world.runtime.report(&before.job.token, Ok(payload("1"))).await;
    assert!(matches!(reported, Err(ReportError::Runtime(RuntimeError::Quarantined(_)))));
    let (runtime, a) = (world.runtime.clone(), key("a"));
    let watching = tokio::spawn(async move { runtime.closed(&a).await });
    tokio::task::yield_now().await;
    world.clock.set(Timestamp(2_000));
    let stopped = world.runtime.stop(&key("a"), Some("E".into()), Some("c".into())).await;
    assert_eq!(stopped.unwrap(), Timestamp(2_000));
    let aborted = Closed::Aborted { error: Some("E".into()), cause: Some("c".into()), by: None };
    let watched = watching.await.unwrap().unwrap().unwrap();
    assert_eq!((watched.closed, watched.stopped), (Some(aborted), Some(Timestamp(2_000))));
    assert_eq!(world.history("a").await.last().unwrap(), "ExecutionAborted");
    assert_eq!(world.runtime.stop(&key("a"), None, None).await.unwrap(), Timestamp(2_000));
    world.until(|world| world.runtime.load().executions == 0).await;
}

#[tokio::test]
async fn an_execution_that_cannot_even_be_stopped_is_closed_without_the_engine() {
    let world = world().await;
    world.start(TASK, "undying").await.unwrap();
    let task = world.tasks.next().await;
    world.runtime.stop(&key("undying"), None, None).await.unwrap();
    assert_eq!(world.end("undying").await, Closed::Aborted { error: None, cause: None, by: None });
    assert_eq!(world.history("undying").await.len(), 5);
    // The engine could not take it back.
    task.dropped().await;
}

/// Remembers the first turn after the start of the execution named `deadly`.
#[derive(Debug, Default)]
struct Deadly {
    entered: AtomicUsize,
    left: AtomicUsize,
}

impl TurnMarks for Deadly {
    fn enter(&self, _: usize, turn: &str) {
        assert!(!self.is_suspect(turn), "it is not decided");
        self.entered.fetch_add(1, Ordering::SeqCst);
    }

    fn leave(&self, _: usize) {
        self.left.fetch_add(1, Ordering::SeqCst);
    }

    fn is_suspect(&self, turn: &str) -> bool {
        turn == format!("{} 1", key("deadly"))
    }
}

#[tokio::test]
async fn a_turn_that_ended_the_process_twice_is_set_aside_before_it_is_decided() {
    let world = World::new().await;
    world.start(TASK, "deadly").await.unwrap();
    world.start(TASK, "healthy").await.unwrap();
    let marks = Arc::new(Deadly::default());
    let world = world.crash_marked(marks.clone()).await;
    world.tasks.next().await.succeed("1");
    assert_eq!(world.end("healthy").await, succeeded("1"));
    world.until_idle().await;
    let described = world.runtime.describe(&key("deadly")).await.unwrap().unwrap();
    assert!(described.quarantined && world.tasks.try_next().is_none());
    let entered = marks.entered.load(Ordering::SeqCst);
    assert!(entered > 0 && marks.left.load(Ordering::SeqCst) == entered);
    world.runtime.stop(&key("deadly"), None, None).await.unwrap();
    assert!(matches!(world.end("deadly").await, Closed::Aborted { .. }));
}
