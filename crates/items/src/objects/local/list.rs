//! The files below a directory, in the order of their keys.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::objects::{Entry, Failure};

/// The files whose keys begin with a prefix. Symbolic links are left out, and so are files that
/// vanish while the list is made.
///
/// The names of one directory at each depth are held in memory.
pub(super) struct LocalList {
    prefix: String,
    /// What is still to be looked at, the next one last.
    rest: Vec<Child>,
}

/// Something in a directory.
struct Child {
    path: PathBuf,
    /// The key of a file; of a directory, what the keys of its files begin with.
    key: String,
    is_directory: bool,
}

impl LocalList {
    pub(super) fn new(directory: PathBuf, prefix: &str) -> Self {
        let root = Child { path: directory, key: String::new(), is_directory: true };
        Self { prefix: prefix.to_owned(), rest: vec![root] }
    }

    fn enter(&mut self, directory: &Child) -> io::Result<()> {
        let mut children = Vec::new();
        for child in fs::read_dir(&directory.path)? {
            let child = child_of(&directory.key, &child?)?;
            children.extend(child.filter(|child| self.is_wanted(child)));
        }
        children.sort_unstable_by(|one, other| other.key.cmp(&one.key));
        self.rest.extend(children);
        Ok(())
    }

    fn is_wanted(&self, child: &Child) -> bool {
        child.key.starts_with(&self.prefix)
            || (child.is_directory && self.prefix.starts_with(&child.key))
    }
}

impl Iterator for LocalList {
    type Item = Result<Entry, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(child) = self.rest.pop() {
            let found = if child.is_directory {
                self.enter(&child).map(|()| None)
            } else {
                entry(&child.path, &child.key).map(Some)
            };
            match found {
                Ok(None) => {}
                Ok(Some(entry)) => return Some(Ok(entry)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    self.rest.clear();
                    let path = child.path.display();
                    return Some(Err(Failure::new(format!("{path} cannot be listed: {error}"))));
                }
            }
        }
        None
    }
}

/// Returns what can be listed of something in a directory.
fn child_of(prefix: &str, child: &DirEntry) -> io::Result<Option<Child>> {
    let kind = child.file_type()?;
    let Ok(name) = child.file_name().into_string() else {
        return Ok(None);
    };
    let slash = if kind.is_dir() { "/" } else { "" };
    let key = format!("{prefix}{name}{slash}");
    let found = Child { path: child.path(), key, is_directory: kind.is_dir() };
    Ok((kind.is_dir() || kind.is_file()).then_some(found))
}

fn entry(path: &Path, key: &str) -> io::Result<Entry> {
    let metadata = fs::symlink_metadata(path)?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Entry {
        key: key.to_owned(),
        tag: format!("\"{:x}-{:x}\"", modified.as_nanos(), metadata.len()),
        last_modified: modified.as_secs() as f64,
        size: metadata.len(),
        storage_class: "STANDARD".to_owned(),
    })
}
