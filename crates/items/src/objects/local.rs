//! Local directories as buckets: `file:///directory`.

mod list;
mod upload;

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Take};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use list::LocalList;
use upload::LocalUpload;

use super::{FILE_SCHEME, Failure, Info, List, Location, ObjectStore, Upload};

/// Files on this machine. A key never leads out of its bucket's directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocalFiles {
    /// Buckets are these directories or below them; absent: anywhere.
    pub(super) directories: Option<Vec<PathBuf>>,
}

impl ObjectStore for LocalFiles {
    fn open(&self, location: &Location) -> Result<Box<dyn Read + Send>, Failure> {
        let file = self.open_file(location)?;
        let metadata = file.metadata().map_err(|error| failure(location, &error))?;
        // A file that grows could be read for ever.
        let file = file.take(metadata.len());
        match &location.tag {
            None => Ok(Box::new(file)),
            Some(tag) if *tag == tag_of(&metadata) => {
                Ok(Box::new(Unchanged { file, location: location.clone() }))
            }
            Some(_) => Err(Failure::changed(location)),
        }
    }

    fn info(&self, location: &Location) -> Result<Info, Failure> {
        let metadata = self.open_file(location)?.metadata();
        let metadata = metadata.map_err(|error| failure(location, &error))?;
        Ok(Info { size: metadata.len(), tag: Some(tag_of(&metadata)) })
    }

    fn read_at(
        &self,
        location: &Location,
        _info: &Info,
        start: u64,
        length: usize,
    ) -> Result<Vec<u8>, Failure> {
        let mut bytes = vec![0; length];
        let read = self.open_file(location)?.read_exact_at(&mut bytes, start);
        read.map_err(|error| failure(location, &error))?;
        Ok(bytes)
    }

    fn list(&self, prefix: &Location) -> Result<List, Failure> {
        Ok(Box::new(LocalList::new(self.directory(prefix)?, &prefix.key)))
    }

    fn create(&self, location: &Location) -> Result<Box<dyn Upload>, Failure> {
        let path = self.make_room(location)?;
        Ok(Box::new(LocalUpload::begin(path, location.clone())?))
    }
}

impl LocalFiles {
    fn open_file(&self, location: &Location) -> Result<File, Failure> {
        let path = self.existing(location)?;
        let failed = |error: io::Error| failure(location, &error);
        // A pipe or a device could hold the reader up for ever.
        if !path.metadata().map_err(failed)?.is_file() {
            return Err(Failure::new(format!("{} is not a file.", location.source())));
        }
        File::open(&path).map_err(failed)
    }

    /// Returns the file of an object that is there.
    fn existing(&self, location: &Location) -> Result<PathBuf, Failure> {
        let directory = self.directory(location)?;
        let failed = |error: io::Error| failure(location, &error);
        let path = directory.join(relative(location)?).canonicalize().map_err(failed)?;
        if path.starts_with(&directory) { Ok(path) } else { Err(outside(location)) }
    }

    /// Returns the file that an object is to be, making the folders on the way to it.
    fn make_room(&self, location: &Location) -> Result<PathBuf, Failure> {
        let directory = self.directory(location)?;
        let mut path = directory.clone();
        let mut parts = relative(location)?.components().peekable();
        while let Some(part) = parts.next() {
            path.push(part);
            if parts.peek().is_none() {
                break;
            }
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failure(location, &error)),
            }
            // What was there may be a link.
            path = path.canonicalize().map_err(|error| failure(location, &error))?;
            if !path.starts_with(&directory) {
                return Err(outside(location));
            }
        }
        Ok(path)
    }

    /// Returns the directory of a bucket, without symbolic links.
    fn directory(&self, location: &Location) -> Result<PathBuf, Failure> {
        let named = location.bucket.strip_prefix(FILE_SCHEME).unwrap_or_default();
        if !named.starts_with('/') {
            let bucket = &location.bucket;
            return Err(Failure::new(format!(
                "{bucket} is not an absolute directory: file:///directory"
            )));
        }
        let directory = Path::new(named).canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Failure::missing(format!("The directory {named} does not exist."))
            }
            _ => Failure::new(format!("The directory {named} cannot be used: {error}")),
        })?;
        if self.allows(&directory) {
            return Ok(directory);
        }
        Err(Failure::new(format!(
            "The directory {named} is not one that may be used: see directories of [files] in the \
             server's settings."
        )))
    }

    /// Returns whether a directory may be used.
    pub(super) fn allows(&self, directory: &Path) -> bool {
        let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let is_within = |allowed: &PathBuf| {
            allowed.canonicalize().is_ok_and(|allowed| directory.starts_with(allowed))
        };
        self.directories.as_ref().is_none_or(|allowed| allowed.iter().any(is_within))
    }
}

/// A file that must not be written while it is read. One that takes its place under its name is no matter:
/// what is open stays what it is.
struct Unchanged {
    file: Take<File>,
    location: Location,
}

impl Read for Unchanged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let found = tag_of(&self.file.get_ref().metadata()?);
        if self.location.tag.as_ref() == Some(&found) {
            return Ok(read);
        }
        Err(io::Error::other(Failure::changed(&self.location)))
    }
}

fn tag_of(metadata: &Metadata) -> String {
    let (size, seconds, nanos) = (metadata.len(), metadata.mtime(), metadata.mtime_nsec());
    // Another file may stand there although it is as large and as old.
    format!("{}-{size}-{seconds}.{nanos:09}", metadata.ino())
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
    Failure::new(format!(
        "The key {} leads out of the directory {}.",
        location.key, location.bucket
    ))
}

fn failure(location: &Location, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => {
            Failure::missing(format!("The file {} does not exist.", location.source()))
        }
        ErrorKind::PermissionDenied => {
            Failure::new(format!("Access to the file {} is denied.", location.source()))
        }
        _ => Failure::new(format!("The file {} cannot be used: {error}", location.source())),
    }
}
