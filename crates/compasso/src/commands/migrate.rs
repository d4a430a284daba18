//! `compasso migrate`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use compasso_store_postgres::{Options as DatabaseOptions, PostgresStore};
use compasso_store_sqlite::{Options, SqliteStore};
use serde_json::json;

use crate::backup::DATABASE;
use crate::cli::Migrate;
use crate::output;
use crate::settings::{File, OwnData};

/// Brings the tables of a store to the format of this release; makes them in an empty database.
pub(crate) async fn run(
    order: Migrate,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let OwnData { data, store, .. } = File::own_data(config, order.data, order.store)?;
    let what = if let Some(address) = store {
        let store = PostgresStore::open(&address, &DatabaseOptions::default()).await;
        store.context("the store cannot be brought up to date")?.close().await;
        "the database".to_owned()
    } else {
        if !data.join(DATABASE).exists() {
            bail!("{} has no {DATABASE}; name the database with --store or --data", data.display());
        }
        let store = SqliteStore::open(&data, &Options::default());
        let store =
            store.with_context(|| format!("{} cannot be brought up to date", data.display()))?;
        store.close();
        data.join(DATABASE).display().to_string()
    };
    if json {
        output::json(&json!({"migrated": true}));
    } else {
        output::line(&format!("{what} has the tables of this release"));
    }
    Ok(ExitCode::SUCCESS)
}
