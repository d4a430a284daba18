//! Shelves: directories with two characters for a name, of files that are named by their content and never
//! change.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How long the names of shelves are; those of others are of files that are being written.
const NAME_LENGTH: usize = 2;

/// Copies the files on the shelves of `from` that `to` does not have, durably; one that goes meanwhile is left
/// out. Returns how many there were; none if `from` is not there.
///
/// # Errors
/// The shelf that cannot be copied, and why.
pub fn copy_shelves(from: &Path, to: &Path) -> Result<u64, (PathBuf, io::Error)> {
    let mut copied = 0;
    let shelves = match fs::read_dir(from) {
        Ok(shelves) => shelves,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(copied),
        Err(error) => return Err((from.to_owned(), error)),
    };
    for shelf in shelves {
        let shelf = shelf.map_err(|error| (from.to_owned(), error))?.path();
        let Some(name) = shelf.file_name().filter(|name| name.len() == NAME_LENGTH) else {
            continue;
        };
        copied += copy_shelf(&shelf, &to.join(name)).map_err(|error| (shelf, error))?;
    }
    Ok(copied)
}

fn copy_shelf(shelf: &Path, to: &Path) -> io::Result<u64> {
    fs::create_dir_all(to)?;
    let mut copied = 0;
    for file in fs::read_dir(shelf)? {
        let file = file?.path();
        let target = to.join(file.file_name().unwrap_or_default());
        // One with an extension is not finished.
        if file.extension().is_some() || target.exists() {
            continue;
        }
        match fs::copy(&file, &target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            result => result?,
        };
        File::open(&target)?.sync_all()?;
        copied += 1;
    }
    File::open(to)?.sync_all()?;
    Ok(copied)
}
