//! Local directories as buckets: `file:///directory`.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use super::{FILE_SCHEME, Failure, Location, ObjectStore};

/// Files on this machine. A key never leads out of its bucket's directory.
pub(crate) struct LocalFiles;

impl ObjectStore for LocalFiles {
    fn open(&self, location: &Location) -> Result<Box<dyn Read + Send>, Failure> {
        let path = existing(location)?;
        let failed = |error: std::io::Error| failure(location, &error);
        let file = File::open(&path).map_err(failed)?;
        // A pipe or a device could hold the reader up for ever.
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(Failure(format!("{} is not a file.", location.source())));
        }
        Ok(Box::new(file))
    }
}

/// Returns the file of an object that is there.
fn existing(location: &Location) -> Result<PathBuf, Failure> {
    let directory = directory(location)?;
    let failed = |error: std::io::Error| failure(location, &error);
    let path = directory.join(relative(location)?).canonicalize().map_err(failed)?;
    if path.starts_with(&directory) {
        return Ok(path);
    }
    Err(outside(location))
}

/// Returns the directory of a bucket, without symbolic links.
fn directory(location: &Location) -> Result<PathBuf, Failure> {
    let named = location.bucket.strip_prefix(FILE_SCHEME).unwrap_or_default();
    if !named.starts_with('/') {
        let text = format!("{} is not an absolute directory: file:///directory", location.bucket);
        return Err(Failure(text));
    }
    Path::new(named).canonicalize().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure(format!("The directory {named} does not exist.")),
        _ => Failure(format!("The directory {named} cannot be used: {error}")),
    })
}

/// Returns the key as a path, which must stay below its directory.
fn relative(location: &Location) -> Result<&Path, Failure> {
    let path = Path::new(&location.key);
    let below = |part: Component<'_>| matches!(part, Component::Normal(_));
    if location.key.is_empty() || location.key.contains('\0') || !path.components().all(below) {
        return Err(outside(location));
    }
    Ok(path)
}

fn outside(location: &Location) -> Failure {
    Failure(format!("The key {} leads out of the directory {}.", location.key, location.bucket))
}

fn failure(location: &Location, error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure(format!("The file {} does not exist.", location.source())),
        ErrorKind::PermissionDenied => {
            Failure(format!("Access to the file {} is denied.", location.source()))
        }
        _ => Failure(format!("The file {} cannot be used: {error}", location.source())),
    }
}
