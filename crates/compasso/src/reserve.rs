//! A file that takes up room on the disk of the data directory, and is given up for that room once the
//! disk is all but full: results, stops and the end of the server still have to be written.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// The file, in the data directory.
const NAME: &str = "reserve";
/// What has bytes that no file system makes less of.
const NOISE: &str = "/dev/urandom";
/// The unit in which files tell how much room they take up, bytes.
const BLOCK: u64 = 512;

/// The file, whether it is there or not.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    bytes: u64,
    held: bool,
}

impl Reserve {
    /// Finds the reserve of `bytes` in a data directory, as an earlier server left it. One of another size
    /// is given up, and so is a copy that takes up less room than it is long.
    pub(crate) fn find(data: &Path, bytes: u64) -> Self {
        let path = data.join(NAME);
        let held = fs::metadata(&path).is_ok_and(|found| takes_up(&found, bytes));
        let mut found = Self { path, bytes, held };
        if !held {
            found.give_up();
        }
        found
    }

    /// How large it is, in bytes; 0 if there is to be none.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Says whether it takes up its room.
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// Takes the room.
    ///
    /// # Errors
    /// It cannot be had; nothing of it is left.
    pub(crate) fn take(&mut self) -> io::Result<()> {
        let taken = self.fill();
        if taken.is_err() {
            self.give_up();
        }
        self.held = taken.is_ok();
        taken
    }

    /// There is to be none.
    pub(crate) fn do_without(&mut self) {
        self.bytes = 0;
    }

    /// Leaves the room to others.
    pub(crate) fn give_up(&mut self) {
        self.held = false;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, file = %self.path.display(), "the reserve is not given up");
            }
            _ => {}
        }
    }

    fn fill(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            filled => filled?,
        }
        // Some file systems set no room aside, although they say so.
        if !takes_up(&file.metadata()?, self.bytes) {
            write_noise(&mut file, self.bytes)?;
        }
        file.sync_all()
    }
}

fn takes_up(found: &Metadata, bytes: u64) -> bool {
    found.len() == bytes && found.blocks() * BLOCK >= bytes
}

fn write_noise(file: &mut File, bytes: u64) -> io::Result<u64> {
    io::copy(&mut File::open(NOISE)?.take(bytes), file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: u64 = 3 * 1024 * 1024 + 5;

    #[test]
    fn it_takes_up_its_room_until_it_is_given_up() {
        let data = tempfile::tempdir().unwrap();
        let mut reserve = Reserve::find(data.path(), BYTES);
        assert!(!reserve.is_held());
        reserve.take().unwrap();
        let found = fs::metadata(data.path().join(NAME)).unwrap();
        assert_eq!(found.len(), BYTES);
        assert!(found.blocks() * 512 >= BYTES, "a hole takes up no room");
        assert!(Reserve::find(data.path(), BYTES).is_held(), "a restart finds it again");
        reserve.give_up();
        assert!(!reserve.is_held() && !data.path().join(NAME).exists());
    }

    #[test]
    fn it_is_written_where_a_file_system_sets_nothing_aside() {
        let mut file = tempfile::tempfile().unwrap();
        assert_eq!(write_noise(&mut file, BYTES).unwrap(), BYTES);
        file.sync_all().unwrap();
        assert!(takes_up(&file.metadata().unwrap(), BYTES));
    }

    #[test]
    fn a_copy_with_holes_is_given_up() {
        let data = tempfile::tempdir().unwrap();
        File::create(data.path().join(NAME)).unwrap().set_len(BYTES).unwrap();
        let mut reserve = Reserve::find(data.path(), BYTES);
        assert!(!reserve.is_held() && !data.path().join(NAME).exists());
        reserve.take().unwrap();
        assert!(Reserve::find(data.path(), BYTES).is_held());
    }

    #[test]
    fn one_of_another_size_is_given_up() {
        let data = tempfile::tempdir().unwrap();
        Reserve::find(data.path(), BYTES).take().unwrap();
        assert!(!Reserve::find(data.path(), BYTES + 1).is_held());
        assert!(!data.path().join(NAME).exists());
    }
}
