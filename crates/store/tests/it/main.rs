//! Behaviour of the store in memory.

#![expect(clippy::unwrap_used, reason = "tests end where they are surprised")]

mod copies;
mod faults;

use std::sync::Arc;

use compasso_store::ExecutionKey;
use compasso_store::contract::{self, Harmed};
use compasso_store::memory::MemoryStore;
use futures::FutureExt;
use futures::future::ready;

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    contract::run(|| async { Arc::new(MemoryStore::new()) as _ }).await;
}

#[tokio::test]
async fn the_store_in_memory_notices_damage() {
    contract::run_harmed(|| async {
        let store = Arc::new(MemoryStore::new());
        let harmed = store.clone();
        let harm = Arc::new(move |key: ExecutionKey, harm| {
            harmed.harm(&key, harm);
            ready(()).boxed()
        });
        Harmed { store, harm }
    })
    .await;
}
