//! What a backup is: a directory with the parts of a data directory that outlive a server, and a note
//! about them.
//!
//! **Invariant:** the note is written last, so a directory that has one is whole.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use compasso_store::{ReadError, Store};
use serde::{Deserialize, Serialize};

use crate::server::ARTIFACTS;
use crate::vault_key;

/// The name of the note.
pub(crate) const NOTE: &str = "backup.json";
/// The form of backups.
const FORMAT: u32 = 1;

/// The database.
pub(crate) const DATABASE: &str = "compasso.db";
/// The files of large values.
pub(crate) const BLOBS: &str = "blobs";

/// The directories of a backup, each with directories of files named by their content.
pub(crate) const DIRECTORIES: [&str; 2] = [BLOBS, ARTIFACTS];

/// How many digits of its digest name the directory that an artifact is in.
const SHELF_DIGITS: usize = 2;

/// What runs hold of files that tasks left.
pub(crate) struct Held {
    pub(crate) count: u64,
    /// The digests of those of which no file is there.
    pub(crate) missing: Vec<String>,
}

impl Held {
    /// Compares the artifacts that a store speaks of with those in a directory.
    pub(crate) async fn of(store: &dyn Store, artifacts: &Path) -> Result<Self, ReadError> {
        let mut missing = Vec::new();
        let count = compasso_dispatch::held_files(store, |sha256| {
            let shelf = artifacts.join(&sha256[..sha256.len().min(SHELF_DIGITS)]);
            if !shelf.join(sha256).exists() {
                missing.push(sha256.to_owned());
            }
        });
        Ok(Self { count: count.await?, missing })
    }
}

/// What is said of a backup.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    format: u32,
    /// The release that made it.
    pub(crate) release: String,
    /// When it was complete.
    pub(crate) made: String,
    /// The BLAKE3 hash of the database.
    pub(crate) database: String,
    /// Whether the key of the vault is in it.
    pub(crate) vault_key: bool,
}

impl Note {
    /// Describes the backup in `directory`.
    pub(crate) fn of(directory: &Path, made: String) -> anyhow::Result<Self> {
        Ok(Self {
            format: FORMAT,
            release: env!("CARGO_PKG_VERSION").to_owned(),
            made,
            database: digest(&directory.join(DATABASE))?,
            vault_key: directory.join(vault_key::FILE_NAME).exists(),
        })
    }

    /// Writes the note of the backup in `directory`.
    pub(crate) fn write(&self, directory: &Path) -> anyhow::Result<()> {
        let path = directory.join(NOTE);
        let mut file = File::create(&path)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        writeln!(file)?;
        file.sync_all()?;
        sync(directory).with_context(|| format!("{} cannot be kept", path.display()))
    }

    /// Reads the note of the backup in `directory`, and compares the database with it.
    pub(crate) fn read(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(NOTE);
        let text = fs::read(&path).with_context(|| {
            format!("{} is no whole backup: it has no {NOTE}", directory.display())
        })?;
        let note: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        if note.format != FORMAT {
            bail!("{} has format {}, this release reads {FORMAT}", path.display(), note.format);
        }
        if digest(&directory.join(DATABASE))? != note.database {
            bail!(
                "{} is not what was backed up: it changed since",
                directory.join(DATABASE).display()
            );
        }
        Ok(note)
    }
}

/// Copies the files of `from` that `to` does not have, in directories of directories, as those are kept that are
/// named by their content. One that goes meanwhile is left out.
pub(crate) fn copy_shelves(from: &Path, to: &Path) -> anyhow::Result<u64> {
    compasso_store_sqlite::copy_shelves(from, to).map_err(|(shelf, error)| {
        anyhow::Error::from(error).context(format!("{} cannot be copied", shelf.display()))
    })
}

/// Copies one file, whole and durable; the rights stay as they are.
pub(crate) fn copy_file(from: &Path, to: &Path) -> anyhow::Result<()> {
    let about = || format!("{} cannot be copied to {}", from.display(), to.display());
    fs::copy(from, to).with_context(about)?;
    File::open(to).and_then(|file| file.sync_all()).with_context(about)
}

/// Makes names in a directory durable.
pub(crate) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn digest(path: &Path) -> anyhow::Result<String> {
    let about = || format!("{} cannot be read", path.display());
    let mut hasher = blake3::Hasher::new();
    let mut file = File::open(path).with_context(about)?;
    io::copy(&mut file, &mut hasher).with_context(about)?;
    Ok(hasher.finalize().to_hex().to_string())
}
