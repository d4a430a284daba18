//! The weekly look at what is kept.

use std::sync::Arc;
use std::time::Duration;

use compasso_store::ExecutionKey;
use compasso_store::contract::Harm;
use compasso_store::memory::MemoryStore;

use super::world::{PASS, World};

const DAY: Duration = Duration::from_secs(86_400);

/// Lets time go on until the figures have a line.
async fn until(world: &World, line: &str) {
    while !world.service.scrub_metrics().lines().any(|found| found == line) {
        world.clock.advance(Duration::from_secs(60));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn damage_is_counted_and_looked_for_again_every_week() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone()).await;
    let machine = world.create("m", PASS).await;
    let mut last = None;
    for number in 0..120 {
        last = Some(world.start(&machine, &format!("e{number}")).await);
    }
    let damaged = ExecutionKey(last.unwrap());
    store.harm(&damaged, Harm::Row(0));
    world.service.run_scrub();
    until(&world, "compasso_damaged_executions 1").await;
    until(&world, "compasso_scrubbed_total 120").await;

    world.clock.advance(6 * DAY);
    world.start(&machine, "later").await;
    until(&world, "compasso_scrubbed_total 241").await;
    until(&world, "compasso_damaged_executions 1").await;
}
