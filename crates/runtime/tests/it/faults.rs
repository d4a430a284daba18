//! When commits fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use compasso_runtime::{Beside, RuntimeError, StartError};
use compasso_store::memory::{Fault, FaultPlan, FaultRates, MemoryStore};
use compasso_store::{DocumentChange, Expected, Outcome, Store};

use crate::world::{LONG, PASS, TASK, World, key, payload, succeeded};

#[tokio::test]
async fn a_refused_start_changed_nothing_and_may_be_repeated() {
    let world = World::new().await;
    world.store.inject(Fault::Rejected);
    let refused = world.start(PASS, "a").await;
    assert!(matches!(refused, Err(StartError::Runtime(RuntimeError::Rejected(_)))));
    assert!(world.runtime.describe(&key("a")).await.unwrap().is_none());
    world.start(PASS, "a").await.unwrap();
}

#[tokio::test]
async fn a_store_that_refuses_every_write_is_of_no_use_until_it_takes_one() {
    let world = World::new().await;
    world.store.inject(Fault::Rejected);
    world.start(PASS, "a").await.unwrap_err();
    // It may have been that one alone.
    world.runtime.check_ready().unwrap();
    world.store.inject(Fault::Rejected);
    // The runtime finds out by itself.
    world
        .until(|world| {
            world.clock.advance(Duration::from_millis(50));
            world.runtime.check_ready().is_err()
        })
        .await;
    let refused = world.runtime.check_ready();
    assert!(matches!(refused, Err(RuntimeError::Rejected(_))), "{refused:?}");
    world.start(PASS, "a").await.unwrap();
    world.runtime.check_ready().unwrap();
}

#[tokio::test]
async fn a_start_without_a_clear_answer_happens_once() {
    for written in [false, true] {
        let world = World::new().await;
        world.store.inject(Fault::Unknown { written });
        world.start(TASK, "a").await.unwrap();
        world.tasks.next().await.succeed("1");
        assert_eq!(world.end("a").await, succeeded("1"));
        assert_eq!(world.history("a").await.len(), 7);
        assert!(matches!(world.start(PASS, "a").await, Err(StartError::Exists)));
    }
}

#[tokio::test]
async fn a_repeated_start_without_a_clear_answer_is_still_a_repeat() {
    let world = World::new().await;
    world.start(PASS, "a").await.unwrap();
    world.store.inject(Fault::Unknown { written: true });
    assert!(matches!(world.start(PASS, "a").await, Err(StartError::Exists)));
}

#[tokio::test]
async fn a_task_result_without_a_clear_answer_counts_once() {
    for written in [false, true] {
        let world = World::new().await;
        world.start(TASK, "a").await.unwrap();
        world.store.inject(Fault::Unknown { written });
        world.tasks.next().await.succeed("1");
        assert_eq!(world.end("a").await, succeeded("1"));
        assert_eq!(world.history("a").await.len(), 7);
    }
}

#[tokio::test]
async fn a_task_result_the_store_refuses_is_tried_again_later() {
    let world = World::new().await;
    world.start(TASK, "a").await.unwrap();
    for _ in 0..3 {
        world.store.inject(Fault::Rejected);
    }
    world.tasks.next().await.succeed("1");
    // As long as the disk is full, time passes and nothing is lost.
    let end = tokio::spawn({
        let (runtime, a) = (world.runtime.clone(), key("a"));
        async move { runtime.closed(&a).await }
    });
    world
        .until(|world| {
            world.clock.advance(Duration::from_millis(50));
            end.is_finished()
        })
        .await;
    assert_eq!(end.await.unwrap().unwrap().unwrap().closed, Some(succeeded("1")));
}

#[tokio::test]
async fn in_a_refused_batch_only_the_guilty_one_is_refused() {
    let world = World::new().await;
    // The first commit is slow, so that the others form one batch; that batch is refused, then its
    // first half, then the first quarter.
    world.store.set_plan(FaultPlan::script([
        Some(Fault::Slow { written: true }),
        Some(Fault::Rejected),
        Some(Fault::Rejected),
        None,
        Some(Fault::Rejected),
    ]));
    let first = world.starting(PASS, "first");
    world.until(|world| world.store.held() == 1).await;
    let starts: Vec<_> = (0..4).map(|n| world.starting(PASS, &format!("n{n}"))).collect();
    world.until(|world| world.runtime.load().inputs == 5).await;
    // The turns are decided while the first commit is under way; some may come a batch later.
    world.store.release();
    first.await.unwrap().unwrap();
    let mut refused = 0;
    for start in starts {
        refused += usize::from(start.await.unwrap().is_err());
    }
    // As many as there are refusals, should each start come in a batch of its own.
    assert!(refused <= 3, "{refused} starts were refused");
}

#[tokio::test]
async fn documents_conflict_as_an_outcome() {
    let world = World::new().await;
    let change = |body: &'static str| {
        vec![DocumentChange {
            kind: "thing",
            key: "k".into(),
            expected: Expected::Absent,
            body: Some(body.into()),
        }]
    };
    let committed = |conflicts| Outcome::Committed { conflicts };
    assert_eq!(world.runtime.write(change("1")).await, committed(vec![]));
    assert_eq!(world.runtime.write(change("2")).await, committed(vec![0]));
    world.store.inject(Fault::Rejected);
    assert!(matches!(world.runtime.write(change("3")).await, Outcome::Rejected { .. }));
}

#[tokio::test]
async fn a_document_goes_beside_the_first_write_that_comes_about() {
    let world = World::new().await;
    let thing = |key: &str, expected| DocumentChange {
        kind: "thing",
        key: key.into(),
        expected,
        body: Some("1".into()),
    };
    let has = async |key: &str| world.store.document("thing", key).await.unwrap().is_some();
    assert!(matches!(
        world.runtime.write(vec![thing("taken", Expected::Any)]).await,
        Outcome::Committed { .. }
    ));
    let is_written = Arc::new(AtomicBool::new(false));
    let beside = Beside::new(is_written.clone(), move || Some(thing("beside", Expected::Any)));
    let write = |key: &'static str| {
        beside.clone().carry(world.runtime.write(vec![thing(key, Expected::Absent)]))
    };
    write("taken").await;
    assert!(
        !has("beside").await && !is_written.load(Ordering::Acquire),
        "all of a write is done, or nothing"
    );
    world.store.inject(Fault::Rejected);
    write("free").await;
    assert!(!has("free").await && !has("beside").await);
    write("free").await;
    assert!(has("free").await && has("beside").await && is_written.load(Ordering::Acquire));
    let revision = world.store.document("thing", "beside").await.unwrap().unwrap().revision;
    write("other").await;
    let after = world.store.document("thing", "beside").await.unwrap().unwrap().revision;
    assert_eq!(revision, after, "it is written once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_commits_do_every_execution_ends_once_and_right() {
    for seed in 0..20 {
        let rates = FaultRates {
            rejected: 100,
            unknown_written: 100,
            unknown_lost: 100,
            ..FaultRates::default()
        };
        let store = MemoryStore::with_plan(FaultPlan::seeded(seed, rates));
        let world = World::with(store, compasso_engine::decide).await;
        world.tasks.all_succeed();
        let mut ends = Vec::new();
        for n in 0..20 {
            let name = format!("n{n}");
            while world.start(LONG, &name).await.is_err() {}
            let runtime = world.runtime.clone();
            ends.push(tokio::spawn(async move { runtime.closed(&key(&name)).await }));
        }
        world
            .until(|world| {
                world.clock.advance(Duration::from_millis(100));
                ends.iter().all(tokio::task::JoinHandle::is_finished)
            })
            .await;
        for (n, end) in ends.into_iter().enumerate() {
            let closed = end.await.unwrap().unwrap().unwrap().closed;
            assert_eq!(closed, Some(succeeded("{}")), "seed {seed}, execution {n}");
            assert_eq!(world.history(&format!("n{n}")).await.len(), 14, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn a_report_the_store_refuses_may_be_repeated() {
    let world = World::new().await;
    world.start(crate::world::WORKER, "a").await.unwrap();
    let patience = Duration::from_secs(60);
    let task =
        world.runtime.poll_activity(crate::world::ACTIVITY, None, patience).await.unwrap().unwrap();
    world.store.inject(Fault::Rejected);
    assert!(world.runtime.report(&task.token, Ok(payload("1"))).await.is_err());
    world.runtime.report(&task.token, Ok(payload("1"))).await.unwrap();
    assert_eq!(world.end("a").await, succeeded("1"));
}
