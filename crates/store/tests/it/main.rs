//! Behaviour of the store in memory.

mod faults;

use std::sync::Arc;

use compasso_store::contract;
use compasso_store::memory::MemoryStore;

#[tokio::test]
async fn the_store_in_memory_keeps_the_contract() {
    contract::run(|| async { Arc::new(MemoryStore::new()) as _ }).await;
}
