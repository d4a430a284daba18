//! Writes a file that is there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use super::failure;
use crate::objects::{Failure, Location, Upload};

/// A file under another name until it is whole. A crash leaves it there, and the next attempt
/// replaces it.
pub(super) struct LocalUpload {
    /// Absent once it is finished.
    file: Option<BufWriter<File>>,
    partial: PathBuf,
    path: PathBuf,
    location: Location,
}

impl LocalUpload {
    pub(super) fn begin(path: PathBuf, location: Location) -> Result<Self, Failure> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let partial = path.with_file_name(format!(".{name}.partial"));
        let failed = |error: io::Error| failure(&location, &error);
        match fs::remove_file(&partial) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        // A link that was put there in between is not followed.
        let file = File::create_new(&partial).map_err(failed)?;
        Ok(Self { file: Some(BufWriter::new(file)), partial, path, location })
    }

    fn rename(&self, file: BufWriter<File>) -> io::Result<()> {
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        let folder = self.path.parent().unwrap_or(&self.path);
        File::open(folder)?.sync_all()
    }
}

impl Write for LocalUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Upload for LocalUpload {
    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        let file = self.file.take().expect("an upload is finished once");
        let outcome = self.rename(file).map_err(|error| failure(&self.location, &error));
        if outcome.is_err() {
            drop(fs::remove_file(&self.partial));
        }
        outcome
    }
}

impl Drop for LocalUpload {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            drop(fs::remove_file(&self.partial));
        }
    }
}
