//! Crashes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compasso_store::memory::{Fault, FaultPlan, FaultRates, MemoryStore};

use crate::silent::SilentStore;
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
            assert_eq!(end.await.unwrap().unwrap().unwrap().closed, Some(succeeded("{}")));
            let history = world.history("a").await;
            if undisturbed.is_empty() {
                undisturbed.clone_from(&history);
            }
            assert_eq!(history, undisturbed, "crash at commit {at}, written: {written}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_wait_until_it_is_known_what_was_out_however_long_that_takes() {
    let world = World::over(Arc::<SilentStore>::default(), compasso_engine::decide).await;
    world.tasks.recovered.notified().await;
    world.start(TASK, "a").await.unwrap();
    let before = world.tasks.next().await;
    let store = world.store.clone();
    store.silences.store(50, Ordering::SeqCst);
    let world = world.restart().await;
    world.tasks.recovered.notified().await;
    assert_eq!(store.silences.load(Ordering::SeqCst), 0);
    let after = world.tasks.next().await;
    assert_eq!(after.job.idempotency_key, before.job.idempotency_key);
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
    // More than may wait in memory.
    world = world.crash().await;
    let work = async {
        // A task may come twice: it is delivered at least once.
        loop {
            world.tasks.next().await.finish(Ok(payload("1")));
        }
    };
    let ends = async {
        for n in 0..2_500 {
            assert_eq!(world.end(&format!("n{n}")).await, succeeded("1"));
        }
    };
    tokio::select! {
        () = ends => {}
        () = work => {}
    }
}

/// Starts executions until the process crashes after some commits; returns the names of those whose
/// start was answered, and the world after the crash.
async fn crash_amid_starts(seed: u64) -> (Vec<String>, World) {
    let rates = FaultRates { rejected: 50, unknown_written: 100, unknown_lost: 100, ..NONE };
    let store = MemoryStore::with_plan(FaultPlan::seeded(seed, rates));
    let world = World::with(store, compasso_engine::decide).await;
    world.tasks.all_succeed();
    let starts: Vec<_> = (0..30)
        .map(|n| {
            let name = format!("n{n}");
            (name.clone(), world.starting(LONG, &name))
        })
        .collect();
    world
        .until(|world| {
            world.clock.advance(Duration::from_millis(10));
            let ended = starts.iter().all(|(_, start)| start.is_finished());
            let idle = ended && world.runtime.load().executions == 0;
            idle || world.store.commits() >= 3 + seed % 20
        })
        .await;
    let world = world.crash().await;
    let mut answered = Vec::new();
    for (name, start) in starts {
        // One that has no answer by now gets none: its process is dead.
        if !start.is_finished() {
            start.abort();
        } else if start.await.unwrap().is_ok() {
            answered.push(name);
        }
    }
    (answered, world)
}

const NONE: FaultRates = FaultRates {
    rejected: 0,
    unknown_written: 0,
    unknown_lost: 0,
    fenced: 0,
    slow_written: 0,
    slow: 0,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_and_ends() {
    for seed in 0..30 {
        let (answered, world) = crash_amid_starts(seed).await;
        world.tasks.all_succeed();
        for name in answered {
            let (runtime, of) = (world.runtime.clone(), key(&name));
            let end = tokio::spawn(async move { runtime.closed(&of).await });
            world
                .until(|world| {
                    world.clock.advance(Duration::from_millis(10));
                    end.is_finished()
                })
                .await;
            let described = end.await.unwrap().unwrap();
            let described = described.unwrap_or_else(|| panic!("seed {seed}: {name} is lost"));
            assert_eq!(described.closed, Some(succeeded("{}")), "seed {seed}: {name}");
            assert_eq!(world.history(&name).await.len(), 14, "seed {seed}: {name}");
        }
    }
}
