//! One process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::open::OpenError;

/// Name of the lock file in the data directory.
const FILE_NAME: &str = "compasso.lock";

/// How often it is looked whether the lock is free: a process that was killed needs a moment to give
/// back its memory, and then the lock.
const LOOKS: u32 = 40;
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Held as long as the data directory is used; the system releases it if the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    /// Where the file is, if it goes with the lock.
    passing: Option<PathBuf>,
}

impl Lock {
    /// Takes the data directory, or tells which process has it.
    pub(crate) fn take(directory: &Path) -> Result<Self, OpenError> {
        let mut file = locked(&directory.join(FILE_NAME))?;
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file, passing: None })
    }

    /// The same for a process that leaves nothing behind: no file where there was none.
    pub(crate) fn take_for_a_look(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(FILE_NAME);
        let passing = (!path.exists()).then(|| path.clone());
        let mut lock = Self::take(directory)?;
        lock.passing = passing;
        Ok(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(path) = &self.passing {
            // Who waits for the lock finds out that the file is another one.
            let _ = fs::remove_file(path);
        }
    }
}

/// Opens the file and waits a little for its lock.
fn locked(path: &Path) -> Result<File, OpenError> {
    let mut looks = LOOKS;
    loop {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path)? => return Ok(file),
            // It went with the lock that another process had.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if looks > 0 => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Locked { pid: pid(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        looks = looks.saturating_sub(1);
    }
}

/// Says whether a path still leads to this file.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads the number of the process that has the lock; 0 if it has not written it yet.
fn pid(file: &mut File) -> u32 {
    let mut text = String::new();
    // Whatever cannot be read is not worth hiding that the directory is locked.
    let _ = file.read_to_string(&mut text);
    text.trim().parse().unwrap_or(0)
}
