//! Copies objects from one store to another.

use std::io::{self, Read, Write};

use crate::Stores;
use crate::objects::{Failure, Location};

/// Most objects of one copy.
const OBJECTS_MAX: u64 = 100_000;
/// Bytes that are read at once.
const CHUNK_BYTES: usize = 256 * 1024;
const S3: &str = "s3://";
const FILE: &str = "file://";

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// How many objects.
    pub objects: u64,
    /// How large they are together.
    pub bytes: u64,
}

/// Why something was not copied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyFailed {
    /// An address cannot be used.
    #[error("{0}")]
    Address(String),
    /// What is copied, or where it is to go, is not there.
    #[error("{0}")]
    Missing(String),
    /// A store did not do its part.
    #[error("{0}")]
    Store(String),
}

impl From<Failure> for CopyFailed {
    fn from(failure: Failure) -> Self {
        let of = if failure.is_missing { Self::Missing } else { Self::Store };
        of(failure.cause)
    }
}

impl Stores {
    /// Copies an object, `s3://BUCKET/KEY` or `file:///FILE`, to another address. An address that ends
    /// in `/` stands for all objects below it, and as a target for a folder. What was copied before a
    /// failure stays: copying again replaces it.
    ///
    /// # Errors
    /// See [`CopyFailed`].
    pub async fn copy(&self, from: &str, to: &str) -> Result<Copied, CopyFailed> {
        let (from, to) = (address(from)?, address(to)?);
        let all = from.key.is_empty() || from.key.ends_with('/');
        if all && !(to.key.is_empty() || to.key.ends_with('/')) {
            let why = "many objects are copied into a folder, whose address ends in '/'";
            return Err(CopyFailed::Address(why.to_owned()));
        }
        // Once nobody waits any more, the threads give up.
        let (stores, needed) = self.for_one();
        let work =
            move || if all { stores.copy_all(&from, &to) } else { stores.copy_one(&from, &to) };
        let copied = tokio::task::spawn_blocking(work).await;
        drop(needed);
        copied
            .unwrap_or_else(|_| Err(Failure::new("the copy was interrupted".to_owned())))
            .map_err(CopyFailed::from)
    }

    fn copy_all(&self, from: &Location, to: &Location) -> Result<Copied, Failure> {
        let mut copied = Copied::default();
        for entry in self.of(from).list(from)? {
            let entry = entry?;
            // What stands for an empty folder is no file.
            let Some(rest) = entry.key.strip_prefix(&from.key).filter(|rest| !rest.is_empty())
            else {
                continue;
            };
            if rest.ends_with('/') {
                continue;
            }
            if copied.objects == OBJECTS_MAX {
                return Err(Failure::new(format!("there are more than {OBJECTS_MAX} objects")));
            }
            let source = Location { key: entry.key.clone(), ..from.clone() };
            let target = Location { key: format!("{}{rest}", to.key), ..to.clone() };
            copied.objects += 1;
            copied.bytes += self.transfer(&source, &target)?;
        }
        Ok(copied)
    }

    fn copy_one(&self, from: &Location, to: &Location) -> Result<Copied, Failure> {
        let target = if to.key.is_empty() || to.key.ends_with('/') {
            let name = from.key.rsplit('/').next().unwrap_or_default();
            Location { key: format!("{}{name}", to.key), ..to.clone() }
        } else {
            to.clone()
        };
        Ok(Copied { objects: 1, bytes: self.transfer(from, &target)? })
    }

    fn transfer(&self, from: &Location, to: &Location) -> Result<u64, Failure> {
        let told = |error: io::Error| Failure::of(&error);
        let mut source = self.of(from).open(from)?;
        let mut target = self.of(to).create(to)?;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut bytes = 0;
        loop {
            let count = source.read(&mut chunk).map_err(told)?;
            if count == 0 {
                break;
            }
            target.write_all(&chunk[..count]).map_err(told)?;
            bytes += count as u64;
        }
        target.finish()?;
        Ok(bytes)
    }
}

/// Reads an address. The bucket of a file is the directory that it is in.
fn address(text: &str) -> Result<Location, CopyFailed> {
    let wrong = || {
        CopyFailed::Address(format!(
            "'{text}' is neither s3://BUCKET/KEY nor file:///DIRECTORY/FILE"
        ))
    };
    if let Some(rest) = text.strip_prefix(S3) {
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        return if bucket.is_empty() { Err(wrong()) } else { Ok(Location::new(bucket, key)) };
    }
    let path = text.strip_prefix(FILE).filter(|path| path.starts_with('/')).ok_or_else(wrong)?;
    let at = path.rfind('/').ok_or_else(wrong)?;
    let (directory, name) = (&path[..=at], &path[at + 1..]);
    Ok(Location::new(&format!("{FILE}{directory}"), name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_file_or_all_below_a_folder_is_copied() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        fs::create_dir_all(path.join("a/deep")).unwrap();
        fs::create_dir_all(path.join("b")).unwrap();
        fs::write(path.join("a/one"), "1").unwrap();
        fs::write(path.join("a/deep/two"), "22").unwrap();
        let url = |rest: &str| format!("file://{}/{rest}", path.display());
        let stores = Stores::new();
        let one = stores.copy(&url("a/one"), &url("b/uno")).await;
        assert_eq!(one, Ok(Copied { objects: 1, bytes: 1 }));
        let into = stores.copy(&url("a/one"), &url("b/")).await;
        assert_eq!(into, Ok(Copied { objects: 1, bytes: 1 }));
        let all = stores.copy(&url("a/"), &url("b/")).await;
        assert_eq!(all, Ok(Copied { objects: 2, bytes: 3 }));
        assert_eq!(fs::read_to_string(path.join("b/uno")).unwrap(), "1");
        assert_eq!(fs::read_to_string(path.join("b/deep/two")).unwrap(), "22");
    }

    #[tokio::test]
    async fn addresses_that_say_too_little_are_refused() {
        let stores = Stores::new();
        for (from, to) in [
            ("a", "file:///b"),
            ("file://a", "file:///b"),
            ("s3:///key", "file:///b"),
            ("s3://bucket/", "file:///b"),
        ] {
            let refused = stores.copy(from, to).await;
            assert!(matches!(refused, Err(CopyFailed::Address(_))), "{from} {to}: {refused:?}");
        }
        let missing = stores.copy("file:///no/such/file", "file:///tmp/x").await;
        assert!(matches!(missing, Err(CopyFailed::Missing(_))), "{missing:?}");
    }
}
