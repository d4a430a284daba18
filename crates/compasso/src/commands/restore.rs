//! `compasso restore`.

use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use anyhow::{Context as _, bail};
use compasso_runtime::{SystemClock, SystemEntropy, note_restore};
use compasso_store::copy::copy;
use compasso_store_postgres::{Options as DatabaseOptions, PostgresStore};
use compasso_store_sqlite::{Options, SqliteStore, inspect};
use serde_json::json;

use super::backup::show_copied;
use crate::backup::{BLOBS, DATABASE, DIRECTORIES, Note, copy_file, copy_shelves, sync};
use crate::cli::Restore;
use crate::server::ARTIFACTS;
use crate::settings::{File, OwnData};
use crate::{output, vault_key};

/// Where all of it lies until it is whole, in the data directory.
const STAGE: &str = "restoring";

/// Makes a data directory of a backup, or notes of a database that it was one.
pub(crate) async fn run(
    order: Restore,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    match (order.backup, order.store) {
        (Some(backup), store) => {
            put_back(&backup, File::own_data(config, order.data, store)?, json).await
        }
        (None, Some(address)) => note_in(&address, json).await,
        (None, None) => bail!("name a backup, or a database with --store"),
    }
}

/// Notes in a database of PostgreSQL that it was restored.
async fn note_in(address: &str, json: bool) -> anyhow::Result<ExitCode> {
    let store = PostgresStore::open(address, &DatabaseOptions::default()).await;
    let store = store.context("the store cannot be opened")?;
    let noted = note_restore(&store, &SystemClock, &SystemEntropy).await;
    store.close().await;
    noted.context("the restored store cannot be written")?;
    if json {
        output::json(&json!({"restored": true}));
    } else {
        output::line(
            "the database is known as restored: tokens of tasks that are lost are refused",
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn put_back(backup: &Path, own: OwnData, json: bool) -> anyhow::Result<ExitCode> {
    let OwnData { data, artifacts, store } = own;
    let note = Note::read(backup)?;
    refuse_to_overwrite(&data, backup)?;
    if artifacts != data.join(ARTIFACTS) && artifacts.exists() {
        bail!("{} is there: restore with an empty directory of artifacts", artifacts.display());
    }
    let stage = data.join(STAGE);
    if stage.exists() {
        fs::remove_dir_all(&stage).context("what an earlier restore left cannot be removed")?;
    }
    fs::create_dir_all(&stage).with_context(|| format!("{} cannot be made", stage.display()))?;
    let staged = stage_all(backup, &stage, &note).await;
    staged.inspect_err(|_| {
        // The next restore removes it.
        let _ = fs::remove_dir_all(&stage);
    })?;
    if let Some(address) = &store {
        move_to_database(&stage, address).await?;
    }
    if artifacts != data.join(ARTIFACTS) {
        // They may be kept on another disk.
        copy_shelves(&stage.join(ARTIFACTS), &artifacts)?;
        fs::remove_dir_all(stage.join(ARTIFACTS))
            .or_else(absent)
            .context("what was copied stays")?;
    }
    put_in_place(&stage, &data)?;
    tell(backup, &data, store.is_some(), &note, json);
    Ok(ExitCode::SUCCESS)
}

/// Nothing that a server keeps may be there; a key may, as it can be kept apart from backups.
fn refuse_to_overwrite(data: &Path, backup: &Path) -> anyhow::Result<()> {
    for name in [DATABASE].iter().chain(&DIRECTORIES) {
        let there = data.join(name);
        if there.exists() {
            bail!("{} is there: restore into a directory that keeps nothing", there.display());
        }
    }
    let (ours, theirs) = (data.join(vault_key::FILE_NAME), backup.join(vault_key::FILE_NAME));
    if ours.exists() && theirs.exists() && fs::read(&ours)? != fs::read(&theirs)? {
        bail!("{} is another key than the backup's: move it away first", ours.display());
    }
    Ok(())
}

async fn stage_all(backup: &Path, stage: &Path, note: &Note) -> anyhow::Result<()> {
    for name in DIRECTORIES {
        copy_shelves(&backup.join(name), &stage.join(name))?;
    }
    copy_file(&backup.join(DATABASE), &stage.join(DATABASE))?;
    if note.vault_key {
        copy_file(&backup.join(vault_key::FILE_NAME), &stage.join(vault_key::FILE_NAME))?;
    }
    // It brings a database of an earlier release up to date as well.
    let store = SqliteStore::open(stage, &Options::default())
        .with_context(|| format!("{} cannot be opened", stage.display()))?;
    let noted = note_restore(&store, &SystemClock, &SystemEntropy).await;
    store.close();
    noted.context("the restored store cannot be written")?;
    let problems = inspect(stage)?.problems;
    if let Some(first) = problems.first() {
        bail!("the backup has {} problems (compasso fsck tells all): {first}", problems.len());
    }
    Ok(())
}

/// Brings what is in the file of a stage into a database of PostgreSQL, in which nothing is yet.
async fn move_to_database(stage: &Path, address: &str) -> anyhow::Result<()> {
    let from = SqliteStore::open_to_read(stage, &Options::default())?;
    let to = PostgresStore::open(address, &DatabaseOptions::default()).await?;
    let mut damaged = None;
    let on_damage = |key, error| damaged = damaged.take().or(Some((key, error)));
    let copied = copy(&from, &to, show_copied, on_damage).await;
    to.close().await;
    from.close();
    copied.context("the database cannot be filled; begin again with one in which nothing is")?;
    if let Some((key, error)) = damaged {
        bail!(
            "the database cannot be filled; begin again with one in which nothing is: {key}: {error}"
        );
    }
    fs::remove_file(stage.join(DATABASE)).context("the file of the database stays")?;
    fs::remove_dir_all(stage.join(BLOBS)).or_else(absent).context("files of large values stay")
}

/// The database comes last: without it there is nothing to start.
fn put_in_place(stage: &Path, data: &Path) -> anyhow::Result<()> {
    for name in DIRECTORIES.iter().chain(&[vault_key::FILE_NAME, DATABASE]) {
        let from = stage.join(name);
        if from.exists() {
            fs::rename(&from, data.join(name))
                .with_context(|| format!("{} cannot be moved", from.display()))?;
            sync(data)?;
        }
    }
    fs::remove_dir_all(stage).with_context(|| format!("{} cannot be removed", stage.display()))
}

fn tell(backup: &Path, data: &Path, in_database: bool, note: &Note, json: bool) {
    let has_key = data.join(vault_key::FILE_NAME).exists();
    if json {
        let (backup, data) = (backup.display().to_string(), data.display().to_string());
        output::json(
            &json!({"data": data, "backup": backup, "made": note.made, "vaultKey": has_key}),
        );
        return;
    }
    let what = if in_database { " with the database" } else { "" };
    output::line(&format!("{}{what} is what was backed up at {}", data.display(), note.made));
    if !has_key {
        let key = data.join(vault_key::FILE_NAME);
        output::note(&format!(
            "put the key of the vault at {} before the server starts, or set it: without it a new one is \
             made, and secrets that are kept cannot be read",
            key.display()
        ));
    }
}

/// What is not there need not be removed.
fn absent(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
