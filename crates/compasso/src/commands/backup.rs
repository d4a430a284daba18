//! `compasso backup`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use compasso_runtime::{Clock as _, SystemClock};
use compasso_store::copy::{self as store_copy, Copied};
use compasso_store::{ExecutionKey, ReadError};
use compasso_store_postgres::PostgresStore;
use compasso_store_sqlite::{Options, Progress, SqliteStore, snapshot};
use serde_json::json;

use crate::backup::{Held, Note, copy_file, copy_shelves};
use crate::cli::Backup;
use crate::server::ARTIFACTS;
use crate::settings::{File, OwnData};
use crate::{output, vault_key};

/// The exit code if executions are damaged, and left out.
const EXIT_DAMAGED: u8 = 1;

/// Copies a data directory that may be in use.
pub(crate) async fn run(
    order: Backup,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let own = File::own_data(config, order.data, order.store)?;
    let target = &order.target;
    if target.exists() {
        bail!("{} exists: a backup is a directory of its own", target.display());
    }
    let unfinished = unfinished(target);
    if unfinished.exists() {
        let about = unfinished.display();
        bail!("{about} is what a backup left that did not come to its end: remove it");
    }
    fs::create_dir_all(&unfinished)
        .with_context(|| format!("{} cannot be made", unfinished.display()))?;
    let made = copy(&own, &unfinished, order.with_vault_key).await;
    let made = made.inspect_err(|_| {
        // What cannot be removed is named by the next backup.
        let _ = fs::remove_dir_all(&unfinished);
    })?;
    fs::rename(&unfinished, target)
        .with_context(|| format!("{} cannot be named", target.display()))?;
    tell(target, &own, &made, json);
    Ok(if made.damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DAMAGED) })
}

/// Returns where a backup is until it is whole.
fn unfinished(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    target.with_file_name(name)
}

/// A backup.
struct Made {
    note: Note,
    held: Held,
    /// What is damaged, and not in it: executions, each with what is wrong.
    damaged: Vec<(ExecutionKey, ReadError)>,
}

async fn copy(own: &OwnData, to: &Path, with_vault_key: bool) -> anyhow::Result<Made> {
    let OwnData { data, artifacts, store } = own;
    // Artifacts are there before rows speak of them: those of before, and those that came meanwhile.
    copy_shelves(artifacts, &to.join(ARTIFACTS))?;
    let damaged = if let Some(address) = store {
        copy_database(address, to).await?
    } else {
        snapshot(data, to, &mut show)
            .with_context(|| format!("{} cannot be backed up", data.display()))?;
        Vec::new()
    };
    copy_shelves(artifacts, &to.join(ARTIFACTS))?;
    let store = SqliteStore::open_copy(to, &Options::default())?;
    let held = Held::of(&store, &to.join(ARTIFACTS)).await;
    store.close();
    let held = held.context("the copy cannot be read")?;
    if with_vault_key {
        let name = vault_key::FILE_NAME;
        copy_file(&data.join(name), &to.join(name))?;
    }
    let note = Note::of(to, SystemClock.now().to_string())?;
    note.write(to)?;
    Ok(Made { note, held, damaged })
}

/// Copies what is in a database of PostgreSQL, as it is at one instant, into a file as servers without one have.
/// Returns what is damaged, and left out.
async fn copy_database(address: &str, to: &Path) -> anyhow::Result<Vec<(ExecutionKey, ReadError)>> {
    let from = PostgresStore::open_snapshot(address).await?;
    let to = SqliteStore::open(to, &Options::default())?;
    let mut damaged = Vec::new();
    let on_damage = |key, error| damaged.push((key, error));
    let copied = store_copy::copy(&from, &to, show_copied, on_damage).await;
    to.close();
    copied.context("the database cannot be backed up")?;
    Ok(damaged)
}

/// Shows people how far it is.
pub(super) fn show_copied(Copied { executions, .. }: Copied) {
    if output::is_terminal() {
        output::overwrite(&format!("{executions} executions"));
    }
}

/// Shows people how far it is.
fn show(Progress { done, pages }: Progress) {
    if output::is_terminal() && pages > 0 {
        output::overwrite(&format!("{} %", done * 100 / pages));
    }
}

fn tell(target: &Path, own: &OwnData, made: &Made, json: bool) {
    let Made { note, held: Held { count, missing }, damaged } = made;
    let OwnData { data, store, artifacts } = own;
    if json {
        let (target, data) = (target.display().to_string(), data.display().to_string());
        let vault_key = note.vault_key;
        let damaged =
            damaged.iter().map(|(key, error)| json!({"id": &*key.0, "problem": error.to_string()}));
        output::json(&json!({
            "backup": target, "data": data, "vaultKey": vault_key, "artifacts": count, "missingArtifacts": missing,
            "damaged": damaged.collect::<Vec<_>>(),
        }));
        return;
    }
    let what = if store.is_some() { "the database".into() } else { data.display().to_string() };
    output::line(&format!("{what} is backed up in {}", target.display()));
    for (key, error) in damaged {
        output::note(&format!("{key} is not in it: {error}"));
    }
    if !damaged.is_empty() {
        let count = damaged.len();
        output::note(&format!(
            "executions that are damaged and not in it: {count}. 'compasso fsck --store' says what else is wrong; an earlier \
             backup may have them whole, pg_dump keeps them as they are, and 'compasso stop' closes one for good"
        ));
    }
    if let Some(first) = missing.first() {
        let (missing, artifacts) = (missing.len(), artifacts.display());
        output::note(&format!(
            "{missing} of {count} artifacts that runs refer to are not in {artifacts}, such as {first}: are artifacts kept \
             elsewhere ('artifacts' in compasso.toml, read with --config)?"
        ));
    }
    if !note.vault_key && data.join(vault_key::FILE_NAME).exists() {
        let key = data.join(vault_key::FILE_NAME);
        output::note(&format!(
            "the key {} is not in it: keep it elsewhere, secrets cannot be read without it",
            key.display()
        ));
    }
}
