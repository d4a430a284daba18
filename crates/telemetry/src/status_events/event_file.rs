//! Events in a file, one a line.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::event::StatusEvent;
use crate::outlet::{Delivery, Stuck};

pub(super) struct EventFile {
    path: PathBuf,
    file: Option<File>,
}

impl EventFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    fn write(&mut self, lines: &str) -> std::io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().create(true).append(true).open(&self.path)?,
        };
        file.write_all(lines.as_bytes())?;
        self.file = Some(file);
        Ok(())
    }
}

impl Delivery for EventFile {
    type Parcel = Arc<StatusEvent>;

    async fn deliver(&mut self, batch: &mut [Arc<StatusEvent>]) -> Result<(), Stuck> {
        let lines: String = batch.iter().map(|event| event.text() + "\n").collect();
        let written = self.write(&lines);
        written.map_err(|error| format!("{}: {error}", self.path.display()).into())
    }
}
