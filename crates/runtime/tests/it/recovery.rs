//! Crashes.

use std::time::Duration;

use compasso_store::memory::{Fault, FaultPlan, MemoryStore};

use crate::world::{LONG, TASK, World, key, payload, succeeded};

#[tokio::test]
async fn a_crash_at_any_commit_changes_nothing() {
    let mut undisturbed = Vec::new();
    for at in 0..6 {
        for written in [false, true] {
            let plan = (0..at).map(|_| None).chain([Some(Fault::Slow { written })]);
            let store = MemoryStore::with_plan(FaultPlan::script(plan));
            let world = World::with(store, compasso_engine::decide).await;
            world.tasks.all_succeed();
            let start = world.starting(LONG, "a");
            world
                .until(|world| {
                    world.clock.advance(Duration::from_millis(100));
                    world.store.held() == 1 || world.store.commits() == 4
                })
                .await;
            let world = world.crash().await;
            start.abort();
            world.tasks.all_succeed();
            // Whoever got no answer asks again; the name keeps it one execution.
            let _ = world.start(LONG, "a").await;
            let (runtime, a) = (world.runtime.clone(), key("a"));
            let end = tokio::spawn(async move { runtime.closed(&a).await });
            world
                .until(|world| {
                    world.clock.advance(Duration::from_millis(100));
                    end.is_finished()
                })
                .await;
            assert_eq!(
                end.await.unwrap().unwrap().unwrap().closed,
                Some(succeeded("{}"))
            );
            let history = world.history("a").await;
            if undisturbed.is_empty() {
                undisturbed.clone_from(&history);
            }
            assert_eq!(
                history, undisturbed,
                "crash at commit {at}, written: {written}"
            );
        }
    }
}

#[tokio::test]
async fn a_task_out_at_the_crash_is_offered_again_with_the_same_keys() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    let before = world.tasks.next().await;
    let world = world.crash().await;
    let after = world.tasks.next().await;
    assert_eq!(after.job.idempotency_key, before.job.idempotency_key);
    assert_eq!(after.job.token, before.job.token);
    after.succeed("2");
    assert_eq!(world.end("a").await, succeeded("2"));
    before.succeed("1");
}

#[tokio::test]
async fn many_open_executions_are_taken_up_again() {
    let mut world = World::new().await;
    for n in 0..2_500 {
        world.start(TASK, &format!("n{n}")).await.unwrap();
    }
    world = world.crash().await;
    for _ in 0..2_500 {
        world.tasks.next().await.finish(Ok(payload("1")));
    }
    for n in 0..2_500 {
        assert_eq!(world.end(&format!("n{n}")).await, succeeded("1"));
    }
}
