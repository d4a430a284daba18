//! The store of a server: a file in its data directory, or a database of PostgreSQL.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use compasso_store::Store;
use compasso_store_postgres::PostgresStore;
use compasso_store_sqlite::SqliteStore;

/// A store that is open.
#[derive(Clone)]
pub(crate) enum OpenStore {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

impl OpenStore {
    /// Opens the database at `address`, or without one the file in the data directory, which is made if
    /// needed.
    pub(crate) async fn open(address: Option<&str>, data: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)
            .with_context(|| format!("{} cannot be made", data.display()))?;
        let Some(address) = address else {
            let store = SqliteStore::open(data, &compasso_store_sqlite::Options::default());
            let store = store.with_context(|| format!("{} cannot be opened", data.display()))?;
            return Ok(Self::Sqlite(Arc::new(store)));
        };
        let options = compasso_store_postgres::Options::default();
        let store = PostgresStore::open(address, &options).await;
        Ok(Self::Postgres(Arc::new(store.context("the store cannot be opened")?)))
    }

    pub(crate) fn shared(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store) => store.clone(),
        }
    }

    /// Finishes what was asked for, and lets go of it.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close(),
            Self::Postgres(store) => store.close().await,
        }
    }
}
