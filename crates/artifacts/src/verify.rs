//! Whether files are what their names say.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::{INCOMING, READ_BYTES};

/// Compares all files in the directory of artifacts with their names; tells of each that is something
/// else, and returns how many there are. A directory that is not there has none.
///
/// # Errors
/// A directory cannot be read.
pub fn verify(directory: &Path, mut tell: impl FnMut(String)) -> io::Result<u64> {
    let shelves = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        shelves => shelves?,
    };
    let mut count = 0;
    for shelf in shelves {
        let shelf = shelf?.path();
        if shelf.ends_with(INCOMING) || !shelf.is_dir() {
            continue;
        }
        for file in fs::read_dir(shelf)? {
            let file = file?;
            count += 1;
            match digest(&file.path()) {
                Ok(sha256) if *sha256 == *file.file_name() => {}
                Ok(_) => tell(format!("artifact {} is damaged", file.file_name().display())),
                Err(error) => tell(format!("artifact {}: {error}", file.file_name().display())),
            }
        }
    }
    Ok(count)
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = io::BufReader::with_capacity(READ_BYTES, File::open(path)?);
    let mut digest = Sha256::new();
    io::copy(&mut file, &mut digest)?;
    let mut text = String::new();
    for byte in digest.finalize() {
        write!(text, "{byte:02x}").expect("writing to a string succeeds");
    }
    Ok(text)
}
