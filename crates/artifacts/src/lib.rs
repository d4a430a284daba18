//! Artifacts: files that tasks leave for others, kept in a directory by their content.
//!
//! **Invariant:** a file has its name only when it is whole and durable, and is never changed. Files
//! of any size go through without being in memory. Start at [`Artifacts`].

mod incoming;
mod verify;

use std::fs::File as StdFile;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::task::spawn_blocking;

pub use incoming::Incoming;
pub use verify::verify;

/// Where files are while they are written.
const INCOMING: &str = "incoming";
/// Hexadecimal digits of a digest.
const DIGEST_DIGITS: usize = 64;
/// How many of them name the directory of a file, so that none holds too many.
const SHELF_DIGITS: usize = 2;
const READ_BYTES: usize = 64 * 1024;

/// The directory of artifacts; `clone` is cheap.
#[derive(Clone, Debug)]
pub struct Artifacts {
    directory: PathBuf,
    /// Held by who gives a file its name, or takes it away.
    naming: Arc<Mutex<()>>,
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
}

impl Artifacts {
    /// Opens the directory, which is made if it is not there, and removes what was not written to
    /// its end.
    ///
    /// # Errors
    /// The directory cannot be made or cleared.
    pub fn open(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        let incoming = directory.join(INCOMING);
        match std::fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => std::fs::create_dir_all(incoming)?,
        }
        Ok(Self { directory, naming: Arc::default() })
    }

    /// Begins a file.
    ///
    /// # Errors
    /// No file can be made.
    pub async fn begin(&self) -> io::Result<Incoming> {
        Incoming::begin(self.clone()).await
    }

    /// Keeps a copy of the file at `path`; durable when it returns.
    ///
    /// # Errors
    /// The file cannot be read, or not be kept.
    pub async fn keep(&self, path: &Path) -> io::Result<Kept> {
        let mut file = File::open(path).await?;
        let mut incoming = self.begin().await?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let count = file.read(&mut buffer).await?;
            if count == 0 {
                return incoming.finish().await;
            }
            incoming.write(&buffer[..count]).await?;
        }
    }

    /// Opens the file with this digest; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn find(&self, sha256: &str) -> io::Result<Option<(File, u64)>> {
        let Some(path) = self.path(sha256) else { return Ok(None) };
        let file = match File::open(path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let size = file.metadata().await?.len();
        Ok(Some((file, size)))
    }

    /// Removes the file with this digest unless it was kept (again) since `before`; `false` if it was.
    ///
    /// # Errors
    /// It cannot be removed.
    pub async fn remove(&self, sha256: &str, before: SystemTime) -> io::Result<bool> {
        let Some(path) = self.path(sha256) else { return Ok(true) };
        let naming = self.naming.clone();
        let removed = spawn_blocking(move || {
            // Nobody names a file while this one is looked at.
            let _naming = naming.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = match std::fs::metadata(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
                found => found?.modified()?,
            };
            if kept > before {
                return Ok(false);
            }
            std::fs::remove_file(&path)?;
            Ok(true)
        });
        removed.await.map_err(io::Error::other)?
    }

    fn incoming(&self) -> PathBuf {
        self.directory.join(INCOMING)
    }

    /// Returns where a file is; `None` if the text is no digest.
    fn path(&self, sha256: &str) -> Option<PathBuf> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_digest = sha256.len() == DIGEST_DIGITS && sha256.bytes().all(is_digit);
        is_digest.then(|| self.directory.join(&sha256[..SHELF_DIGITS]).join(sha256))
    }
}

/// Makes names in a directory durable.
fn sync_directory(path: &Path) -> io::Result<()> {
    StdFile::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    async fn content(artifacts: &Artifacts, sha256: &str) -> Option<Vec<u8>> {
        let (mut file, size) = artifacts.find(sha256).await.unwrap()?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).await.unwrap();
        assert_eq!(content.len() as u64, size);
        Some(content)
    }

    #[tokio::test]
    async fn a_file_is_found_by_its_content() {
        let place = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(place.path().join("artifacts")).unwrap();
        let mut incoming = artifacts.begin().await.unwrap();
        incoming.write(b"hel").await.unwrap();
        incoming.write(b"lo").await.unwrap();
        assert!(content(&artifacts, DIGEST).await.is_none());
        let kept = incoming.finish().await.unwrap();
        assert_eq!(kept, Kept { sha256: DIGEST.to_owned(), size: 5 });
        assert_eq!(content(&artifacts, DIGEST).await.unwrap(), b"hello");
    }

    #[tokio::test]
    async fn the_same_content_twice_is_kept_once() {
        let place = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(place.path().join("artifacts")).unwrap();
        let path = place.path().join("file");
        std::fs::write(&path, "hello").unwrap();
        for _ in 0..2 {
            assert_eq!(artifacts.keep(&path).await.unwrap().sha256, DIGEST);
        }
        assert_eq!(content(&artifacts, DIGEST).await.unwrap(), b"hello");
    }

    #[tokio::test]
    async fn a_file_goes_unless_it_was_kept_again_meanwhile() {
        let place = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(place.path().join("artifacts")).unwrap();
        let path = place.path().join("file");
        std::fs::write(&path, "hello").unwrap();
        artifacts.keep(&path).await.unwrap();
        assert!(!artifacts.remove(DIGEST, SystemTime::UNIX_EPOCH).await.unwrap());
        assert!(content(&artifacts, DIGEST).await.is_some());
        for _ in 0..2 {
            assert!(artifacts.remove(DIGEST, SystemTime::now()).await.unwrap());
            assert!(content(&artifacts, DIGEST).await.is_none());
        }
    }

    #[tokio::test]
    async fn what_was_not_finished_is_gone_after_a_restart() {
        let place = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(place.path()).unwrap();
        let mut incoming = artifacts.begin().await.unwrap();
        incoming.write(b"hello").await.unwrap();
        std::mem::forget(incoming);
        Artifacts::open(place.path()).unwrap();
        assert_eq!(std::fs::read_dir(artifacts.incoming()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn only_digests_name_files() {
        let place = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::open(place.path()).unwrap();
        for name in ["", "../../etc/passwd", &DIGEST.to_uppercase(), &"/".repeat(64)] {
            assert!(artifacts.find(name).await.unwrap().is_none());
        }
    }
}
