//! A file that is being written.

use std::fmt::Write as _;
use std::io;
use std::sync::PoisonError;

use sha2::{Digest, Sha256};
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::task::spawn_blocking;

use crate::{Artifacts, Kept, sync_directory};

/// A file that is being written; gone if it is dropped before its end.
pub struct Incoming {
    artifacts: Artifacts,
    file: File,
    path: TempPath,
    digest: Sha256,
    size: u64,
}

impl Incoming {
    pub(crate) async fn begin(artifacts: Artifacts) -> io::Result<Self> {
        let directory = artifacts.incoming();
        let made = spawn_blocking(move || tempfile::NamedTempFile::new_in(directory)).await;
        let (file, path) = made.map_err(io::Error::other)??.into_parts();
        Ok(Self { artifacts, file: File::from_std(file), path, digest: Sha256::new(), size: 0 })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// They cannot be written.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Gives the file its name; durable when it returns.
    ///
    /// # Errors
    /// It cannot be made durable.
    pub async fn finish(mut self) -> io::Result<Kept> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let mut sha256 = String::new();
        for byte in self.digest.finalize() {
            write!(sha256, "{byte:02x}").expect("writing to a string succeeds");
        }
        let target = self.artifacts.path(&sha256).expect("a digest is one");
        let (path, Artifacts { directory, naming }) = (self.path, self.artifacts);
        let named = spawn_blocking(move || {
            let shelf = target.parent().expect("a file lies on a shelf");
            std::fs::create_dir_all(shelf)?;
            {
                let _naming = naming.lock().unwrap_or_else(PoisonError::into_inner);
                path.persist(&target).map_err(|error| error.error)?;
            }
            sync_directory(shelf)?;
            sync_directory(&directory)
        });
        named.await.map_err(io::Error::other)??;
        Ok(Kept { sha256, size: self.size })
    }
}
