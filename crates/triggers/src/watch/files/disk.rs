//! Files as they lie on a disk: which there are, how they look, what is in them.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use compasso_types::{Glob, hex};
use sha2::{Digest, Sha256};

use crate::limits::{ENTRIES_MAX, WATCHED_MAX};

/// Deepest folder that is looked into.
const DEPTH_MAX: usize = 64;
/// Ends how a file looks whose name is no text.
const NAMELESS: &str = "/nameless";
/// Bytes of a file that are read at once.
const CHUNK: usize = 64 * 1024;

/// Says whether a file has a name that is no text.
pub(super) fn is_nameless(look: &str) -> bool {
    look.ends_with(NAMELESS)
}

/// Lists the files that match.
pub(super) fn list(glob: &Glob) -> io::Result<BTreeMap<String, String>> {
    let root = if glob.root().is_empty() { "/" } else { glob.root() };
    let mut folders = vec![(PathBuf::from(root), 0)];
    let mut found = BTreeMap::new();
    let mut entries = 0;
    while let Some((folder, depth)) = folders.pop() {
        let listed = match fs::read_dir(&folder) {
            Ok(listed) => listed,
            // A folder may go while one looks.
            Err(_) if depth > 0 => continue,
            Err(error) => return Err(error),
        };
        for entry in listed {
            entries += 1;
            if entries > ENTRIES_MAX {
                return Err(io::Error::other(format!("there are more than {ENTRIES_MAX} entries")));
            }
            let path = entry?.path();
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let (text, is_text) = text_of(&path);
            if metadata.is_dir() {
                let is_link = fs::symlink_metadata(&path).is_ok_and(|it| it.is_symlink());
                if !is_link && depth < DEPTH_MAX && glob.reaches(depth + 1) {
                    folders.push((path, depth + 1));
                }
            } else if metadata.is_file() && glob.matches(&text) {
                if found.len() >= WATCHED_MAX {
                    let why = format!("there are more than {WATCHED_MAX} files");
                    return Err(io::Error::other(why));
                }
                let mark = if is_text { "" } else { NAMELESS };
                found.insert(text, format!("{}{mark}", look_of(&metadata)));
            }
        }
    }
    Ok(found)
}

/// Returns the digest of a file's content; `None` if it does not look as expected afterwards.
pub(super) fn digest(path: &str, expected: &str) -> io::Result<Option<String>> {
    let path = Path::new(path);
    let Ok(mut file) = File::open(path) else { return Ok(None) };
    let mut digest = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => digest.update(&chunk[..read]),
        }
    }
    let is_same = fs::metadata(path).is_ok_and(|after| look_of(&after) == expected);
    Ok(is_same.then(|| hex(&digest.finalize())))
}

/// Returns how a file looks: when it was modified and how large it is.
fn look_of(metadata: &Metadata) -> String {
    let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    format!("{}/{}", modified.unwrap_or_default().as_nanos(), metadata.len())
}

/// Returns a path as text: bytes that are none are written as `\xff`.
fn text_of(path: &Path) -> (String, bool) {
    let (mut text, mut is_text) = (String::new(), true);
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
        is_text &= chunk.invalid().is_empty();
    }
    (text, is_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_the_file_as_it_looked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "abc").unwrap();
        let text = path.to_str().unwrap();
        let look = look_of(&fs::metadata(&path).unwrap());
        let found = digest(text, &look).unwrap().unwrap();
        assert_eq!(found, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest(text, "0/0").unwrap(), None);
        assert_eq!(digest("/nowhere/at/all", &look).unwrap(), None);
    }
}
