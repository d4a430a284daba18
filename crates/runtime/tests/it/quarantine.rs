//! Executions the engine cannot carry on with.

use std::time::Duration;

use compasso_engine::{Decision, Execution, Input, Moment, Rejected};
use compasso_runtime::{RuntimeError, StartError};
use compasso_store::memory::{Fault, MemoryStore};
use compasso_store::{Batch, ExecutionFilter, Status, Store, Turn, Write};
use compasso_types::Timestamp;

use crate::world::{PASS, TASK, World, key, succeeded};

/// An engine that panics at every task result of executions named `poison…`, and at starts of
/// those named `stillborn`.
fn fragile(execution: &Execution, input: Input, moment: Moment<'_>) -> Result<Decision, Rejected> {
    let name = execution.start().map(|start| start.name.clone()).unwrap_or_default();
    match &input {
        Input::TaskFinished { .. } if name.starts_with("poison") => panic!("poisoned"),
        Input::Start(start) if &*start.name == "stillborn" => panic!("stillborn"),
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
    assert!(!world.runtime.describe(&key("poison")).await.unwrap().unwrap().quarantined);
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
async fn an_execution_that_cannot_be_read_is_set_aside() {
    let store = MemoryStore::new();
    let epoch = store.acquire().await.unwrap();
    let turn = Turn {
        key: key("corrupt"),
        base: None,
        workflow: "M".into(),
        status: Status::Running,
        started: Timestamp(0),
        stopped: None,
        wake_at: Some(Timestamp(0)),
        owes: true,
        start: Some("{".into()),
        image: "{".into(),
        outcome: None,
        journal: None,
        documents: Vec::new(),
    };
    store.commit(Batch { epoch, writes: vec![Write::Turn(Box::new(turn))] }).await;
    let world = World::with(store, compasso_engine::decide).await;
    world.start(PASS, "healthy").await.unwrap();
    let quarantined = Some(Status::Quarantined);
    let filter = ExecutionFilter { workflow: None, status: quarantined };
    while world.runtime.executions(filter.clone(), None, 9).await.unwrap().items.is_empty() {
        tokio::task::yield_now().await;
    }
    let refused = world.runtime.stop(&key("corrupt"), None, None).await;
    assert!(matches!(refused, Err(RuntimeError::Quarantined(_))));
}
