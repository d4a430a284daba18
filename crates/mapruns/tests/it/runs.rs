//! Runs that are given up, or come to a bad end.

use std::sync::atomic::Ordering;

use compasso_engine::Closed;
use compasso_mapruns::Status as RunStatus;
use compasso_store::memory::Fault;
use compasso_store::{Status, Store as _};

use crate::world::{World, map, parent};

fn one_map() -> String {
    format!(r#"{{"StartAt":"M","States":{{"M":{}}}}}"#, map(""))
}

#[tokio::test]
async fn a_stop_in_the_turn_that_enters_a_map_leaves_neither_run_nor_children() {
    let mut world = World::new().await;
    let definition = format!(
        r#"{{"StartAt":"Both","States":{{"Both":{{"Type":"Parallel","End":true,"Branches":[
            {{"StartAt":"A","States":{{"A":$WORK}}}},
            {{"StartAt":"B","States":{{"B":{{"Type":"Task","Next":"M","Resource":
                "arn:aws:lambda:us-east-1:123456789012:function:f"}},"M":{}}}}}]}}}}}}"#,
        map("")
    );
    world.start(&definition, "{}").await;
    let (one, other) = (world.task().await, world.task().await);
    let (first, second) = if &*one.job.offer.state == "A" { (one, other) } else { (other, one) };
    while world.runtime.load().inputs > 0 {
        tokio::task::yield_now().await;
    }
    // While the end of the first task is being stored, that of the second and the stop come in.
    world.store.memory.inject(Fault::Slow { written: true });
    first.succeed("1");
    while world.store.memory.held() == 0 {
        tokio::task::yield_now().await;
    }
    second.succeed("[1,2]");
    while world.runtime.load().inputs < 2 {
        tokio::task::yield_now().await;
    }
    let runtime = world.runtime.clone();
    let stopping = tokio::spawn(async move { runtime.stop(&parent(), None, None).await });
    while world.runtime.load().inputs < 3 {
        tokio::task::yield_now().await;
    }
    world.store.memory.release();
    stopping.await.unwrap().unwrap();
    let turns = world.store.journal(&parent(), 1, usize::MAX).await.unwrap();
    let last = String::from_utf8(turns.last().unwrap().body.to_vec()).unwrap();
    assert!(last.contains("MapRunStarted") && last.contains("ExecutionAborted"), "{last}");
    assert!(matches!(world.end().await, Closed::Aborted { .. }));
    let run = world.map_run(|run| run.status != RunStatus::Running).await;
    assert_eq!(run.status, RunStatus::Aborted);
    assert!(world.children(&run).await.is_empty());
    assert!(!world.has_task());
}

#[tokio::test]
async fn a_panic_of_a_run_fails_its_state_and_leaves_nothing_behind() {
    let world = World::new().await;
    world.store.panics.store(true, Ordering::SeqCst);
    world.start(&one_map(), "[1,2]").await;
    let Closed::Failed { error, .. } = world.end().await else { panic!("the run panicked") };
    assert_eq!(error.as_deref(), Some("States.Runtime"));
    let run = world.map_run(|run| run.status != RunStatus::Running).await;
    assert_eq!(run.status, RunStatus::Failed);
    assert!(world.children(&run).await.is_empty());
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_is_given_up_although_that_is_refused_at_first() {
    let mut world = World::new().await;
    world.start(&one_map(), "[1,2]").await;
    for _ in 0..2 {
        assert!(world.task().await.is_of_child());
    }
    // The execution stops, but before the end of its run is stored the process dies.
    world.store.refused_ends.store(usize::MAX, Ordering::SeqCst);
    world.runtime.stop(&parent(), None, None).await.unwrap();
    let run = world.map_run(|run| run.execution_counts.aborted == 2).await;
    assert_eq!(run.status, RunStatus::Running);
    let world = world.crash(3).await;
    let run = world.map_run(|run| run.status != RunStatus::Running).await;
    assert_eq!(run.status, RunStatus::Aborted);
    assert_eq!(world.store.refused_ends.load(Ordering::SeqCst), 0);
    assert_eq!((run.item_counts.aborted, run.item_counts.total), (2, 2));
    assert_eq!(world.count(&run, Status::Aborted).await, 2);
}

#[tokio::test]
async fn a_look_at_what_is_stored_finds_children_of_both_kinds_whole() {
    for kind in ["STANDARD", "EXPRESS"] {
        let mut world = World::new().await;
        world.start(&one_map().replace("STANDARD", kind), "[1,2]").await;
        for output in ["1", "2"] {
            world.task().await.succeed(output);
        }
        assert!(matches!(world.end().await, Closed::Succeeded { .. }));
        let run = world.map_run(|run| run.status != RunStatus::Running).await;
        assert_eq!(world.count(&run, Status::Succeeded).await, 2, "{kind}");
        assert_eq!(world.verify().await, (3, Vec::new()), "{kind}");
    }
}
