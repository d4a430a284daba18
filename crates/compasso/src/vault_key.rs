//! The key that seals the secrets of connections: set, or in a file of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use compasso_runtime::{Entropy as _, SystemEntropy};
use compasso_service::Vault;

/// The key's file in the data directory, if nothing else is set.
pub(crate) const FILE_NAME: &str = "vault.key";

/// Only the owner reads it.
const MODE: u32 = 0o600;
/// The rights of everybody else.
const OTHERS: u32 = 0o077;

/// Reads a key: 32 bytes in base64.
pub(crate) fn parse(text: &str) -> anyhow::Result<Vault> {
    let bytes = STANDARD.decode(text.trim()).ok();
    let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key =
        key.context("the vault's key must be 32 bytes in base64 (openssl rand -base64 32)")?;
    Ok(Vault::new(&key))
}

/// Reads the key in a file; a file that is not there is made, with a new key.
pub(crate) fn load_or_make(path: &Path) -> anyhow::Result<Vault> {
    let about = || format!("the vault's key {}", path.display());
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & OTHERS != 0 => {
            bail!("{} can be read by others: chmod 600 {}", about(), path.display());
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => make(path).with_context(about)?,
        Err(error) => return Err(error).with_context(about),
    }
    let text = fs::read_to_string(path).with_context(about)?;
    parse(&text).with_context(about)
}

/// Makes a key that is gone with the process.
pub(crate) fn fresh() -> Vault {
    Vault::new(&bytes())
}

/// Draws a key.
fn bytes() -> [u8; 32] {
    let (first, second) = (SystemEntropy.seed(), SystemEntropy.seed());
    std::array::from_fn(|at| if at < first.len() { first[at] } else { second[at - first.len()] })
}

/// Makes the file whole before it gets its name.
fn make(path: &Path) -> anyhow::Result<()> {
    let key = bytes();
    let unfinished = path.with_extension("new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&unfinished)?;
    file.write_all(format!("{}\n", STANDARD.encode(key)).as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        load_or_make(&path).unwrap();
        let made = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        load_or_make(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), made);
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        load_or_make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = load_or_make(&path).err().unwrap();
        assert!(format!("{error:#}").contains("chmod 600"), "{error:#}");
        fs::set_permissions(&path, fs::Permissions::from_mode(MODE)).unwrap();
        fs::write(&path, "short").unwrap();
        let error = load_or_make(&path).err().unwrap();
        assert!(format!("{error:#}").contains("32 bytes"), "{error:#}");
    }
}
