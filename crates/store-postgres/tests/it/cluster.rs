//! Stores on a cluster of a test's own.

use compasso_store_postgres::{Options, PostgresStore};
pub(crate) use compasso_testkit::postgres::Cluster;

/// Opens a store with tables of its own.
pub(crate) async fn fresh_store(cluster: &Cluster) -> PostgresStore {
    open(&cluster.database()).await
}

/// Returns options for a cluster that does not sync, as tests want it.
pub(crate) fn relaxed() -> Options {
    Options { relaxed: true, ..Options::default() }
}

/// Opens a store.
pub(crate) async fn open(address: &str) -> PostgresStore {
    PostgresStore::open(address, &relaxed()).await.unwrap()
}
