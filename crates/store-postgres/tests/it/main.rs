//! Behaviour of the store in PostgreSQL, on a cluster that each test starts for itself.

#![expect(clippy::unwrap_used, reason = "tests end where they are surprised")]

mod cluster;
mod damage;
mod lanes;
mod nodes;
mod outages;
mod owners;
mod packing;
mod reading;
mod refusals;
mod restores;
mod rows;

use std::sync::Arc;

use compasso_store::contract;
use compasso_store::memory::MemoryStore;
use compasso_testkit::stores;
use proptest::prelude::{ProptestConfig, proptest};

use self::cluster::{Cluster, fresh_store};

#[tokio::test]
async fn the_store_in_postgresql_keeps_the_contract() {
    let Some(cluster) = Cluster::start() else { return };
    contract::run(|| async { Arc::new(fresh_store(&cluster).await) as _ }).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_postgresql_agree(scripts in proptest::collection::vec(stores::steps(), 3)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let Some(cluster) = Cluster::start() else { return Ok(()) };
        for steps in scripts {
            runtime.block_on(async {
                stores::agree(steps, &MemoryStore::new(), &fresh_store(&cluster).await).await;
            });
        }
    }
}
