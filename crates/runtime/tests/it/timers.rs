//! Waiting executions.

use std::time::Duration;

use compasso_types::Timestamp;

use crate::world::{WAIT, World, key};

async fn start(world: &World, name: &str, seconds: u32) {
    let input = format!("{{\"seconds\":{seconds}}}");
    world.runtime.start(world.order(WAIT, name, &input)).await.unwrap();
}

#[tokio::test]
async fn timers_fire_in_order_and_never_early() {
    let world = World::new().await;
    for (name, seconds) in [("late", 30), ("early", 10), ("hour", 3_600)] {
        start(&world, name, seconds).await;
    }
    let open =
        async |name| world.runtime.describe(&key(name)).await.unwrap().unwrap().closed.is_none();
    world.clock.set(Timestamp(10_000));
    world.end("early").await;
    assert!(open("late").await && open("hour").await);
    world.clock.set(Timestamp(29_999));
    assert!(open("late").await);
    world.clock.set(Timestamp(30_000));
    world.end("late").await;
    assert!(open("hour").await);
    world.clock.set(Timestamp(3_600_000));
    world.end("hour").await;
}

#[tokio::test]
async fn a_clock_set_back_changes_nothing() {
    let world = World::new().await;
    world.clock.set(Timestamp(100_000));
    start(&world, "a", 10).await;
    world.clock.set(Timestamp(50_000));
    start(&world, "b", 10).await;
    let started = world.runtime.describe(&key("b")).await.unwrap().unwrap().started;
    assert_eq!(started, Timestamp(100_000));
    world.clock.set(Timestamp(110_000));
    world.end("a").await;
    world.end("b").await;
}

#[tokio::test]
async fn many_waiting_executions_take_little_memory_and_all_wake() {
    let world = World::new().await;
    let count = 10_000;
    for n in 0..count {
        start(&world, &format!("n{n}"), 100 + n % 100).await;
    }
    assert!(world.runtime.load().executions <= 160, "{:?}", world.runtime.load());
    let commits = world.store.commits();
    let ends: Vec<_> = (0..count)
        .map(|n| {
            let runtime = world.runtime.clone();
            tokio::spawn(async move { runtime.closed(&key(&format!("n{n}"))).await })
        })
        .collect();
    world.clock.advance(Duration::from_secs(200));
    for end in ends {
        assert!(end.await.unwrap().unwrap().unwrap().closed.is_some());
    }
    assert!(world.store.commits() > commits);
    world.until(|world| world.runtime.load().executions == 0).await;
}

#[tokio::test]
async fn timers_survive_a_crash() {
    let world = World::new().await;
    start(&world, "near", 10).await;
    start(&world, "far", 1_000).await;
    let world = world.crash().await;
    world.clock.set(Timestamp(10_000));
    world.end("near").await;
    world.clock.set(Timestamp(1_000_000));
    world.end("far").await;
}
