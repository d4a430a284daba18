//! One process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
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
}

impl Lock {
    /// Takes the data directory, or tells which process has it.
    pub(crate) fn take(directory: &Path) -> Result<Self, OpenError> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join(FILE_NAME))?;
        let mut looks = LOOKS;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if looks > 0 => {
                    looks -= 1;
                    thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(OpenError::Locked { pid: pid(&mut file) });
                }
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

/// Reads the number of the process that has the lock; 0 if it has not written it yet.
fn pid(file: &mut File) -> u32 {
    let mut text = String::new();
    // Whatever cannot be read is not worth hiding that the directory is locked.
    let _ = file.read_to_string(&mut text);
    text.trim().parse().unwrap_or(0)
}
