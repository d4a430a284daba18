//! What must be the same on all nodes, lest one of them finds nothing or cannot read it.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use compasso_runtime::{Entropy as _, SystemEntropy};
use compasso_store::{Nodes, ReadError};
use tokio::time::{Instant, sleep};

use super::setup::Setup;

/// How long a start waits for a database that does not answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How soon it is asked again.
const PAUSE: Duration = Duration::from_millis(500);
/// The file that makes a directory of artifacts known again.
const MARK: &str = "place";

/// Checks that this node has the vault's key and the directory of artifacts that the others have.
pub(super) async fn check(nodes: &impl Nodes, setup: &Setup) -> anyhow::Result<()> {
    let key = setup.vault().fingerprint();
    if agree(nodes, "vault", &key).await? != key {
        bail!(
            "the vault's key is another one than that of the servers that share the database: give \
             all of them the same 'key' in [vault] of their settings. The first one made its own, in \
             vault.key of its data directory"
        );
    }
    let directory = setup.artifacts();
    let mark =
        mark(directory).with_context(|| format!("{} cannot be used", directory.display()))?;
    if agree(nodes, "artifacts", &mark).await? != mark {
        bail!(
            "{} is not the directory of artifacts of the servers that share the database: name one \
             that all of them reach, as 'artifacts' in their settings. The first one has its own, in \
             artifacts of its data directory",
            directory.display()
        );
    }
    Ok(())
}

/// Asks what was agreed on, and is patient with a database that does not answer at once.
async fn agree(nodes: &impl Nodes, name: &str, value: &str) -> Result<String, ReadError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match nodes.agree(name, value).await {
            Err(ReadError::Unavailable(_)) if Instant::now() < deadline => sleep(PAUSE).await,
            answer => return answer,
        }
    }
}

/// Returns what a directory is known by; the first one who asks makes it.
fn mark(directory: &Path) -> std::io::Result<String> {
    fs::create_dir_all(directory)?;
    let path = directory.join(MARK);
    match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    let drawn = compasso_types::hex(&SystemEntropy.seed());
    let mut unfinished = tempfile::NamedTempFile::new_in(directory)?;
    unfinished.write_all(drawn.as_bytes())?;
    unfinished.as_file().sync_all()?;
    match unfinished.persist_noclobber(&path) {
        Ok(_) => Ok(drawn),
        // Another node was faster.
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => fs::read_to_string(&path),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_known_again_and_no_other_is_like_it() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let marked = mark(one.path()).unwrap();
        assert_eq!(mark(one.path()).unwrap(), marked);
        assert_ne!(mark(other.path()).unwrap(), marked);
    }
}
