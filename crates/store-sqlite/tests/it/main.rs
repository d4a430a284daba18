//! Behaviour of the store in one SQLite file.

#![expect(clippy::unwrap_used, reason = "tests end where they are surprised")]

mod blobs;
mod damage;
mod file;
mod fixture;
mod killed;
mod opening;
mod snapshot;
mod space;

use std::sync::{Arc, Mutex};

use compasso_store::contract;
use compasso_store::memory::MemoryStore;
use compasso_store_sqlite::{Options, SqliteStore};
use compasso_testkit::stores;
use futures::executor::block_on;
use proptest::prelude::{ProptestConfig, proptest};

#[tokio::test]
async fn the_store_in_sqlite_keeps_the_contract() {
    let directories = Mutex::new(Vec::new());
    contract::run(|| async {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path(), &Options::default()).unwrap();
        directories.lock().unwrap().push(directory);
        Arc::new(store) as _
    })
    .await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_sqlite_agree(steps in stores::steps()) {
        let directory = tempfile::tempdir().unwrap();
        block_on(stores::agree(steps, &MemoryStore::new(), &fixture::open(directory.path())));
    }
}
