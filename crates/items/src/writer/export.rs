//! The asynchronous face of an export.

use compasso_types::Json;
use tokio::task;

use super::files::ResultFiles;
use super::{ResultKind, ResultTransformation, WriterConfig};
use crate::objects::{Location, Needed};
use crate::{ItemsError, Stores};

/// How many bytes of results are gathered before they are handed to a store.
const PENDING_BYTES: usize = 1024 * 1024;

/// Results of a map run on their way into files.
///
/// A call that is given up loses what it was writing, so the export then fails.
pub struct ResultExport {
    transformation: ResultTransformation,
    pending: Vec<(ResultKind, String)>,
    pending_bytes: usize,
    /// Absent while a thread writes to them.
    files: Option<ResultFiles>,
    needed: Needed,
}

/// What a finished export has left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The result of the state: `{MapRunArn, ResultWriterDetails: {Bucket, Key}}`.
    pub result: Json,
    /// What `manifest.json` holds.
    pub manifest: Json,
}

impl ResultExport {
    pub(super) fn new(
        stores: &Stores,
        folder: Location,
        config: WriterConfig,
        map_run_arn: &str,
    ) -> Self {
        let (stores, needed) = stores.for_one();
        Self {
            needed,
            transformation: config.transformation.unwrap_or(ResultTransformation::None),
            pending: Vec::new(),
            pending_bytes: 0,
            files: Some(ResultFiles::new(&stores, folder, config.output_type, map_run_arn)),
        }
    }

    /// Adds the record of a child; see [`ChildRecord`](super::ChildRecord).
    ///
    /// # Errors
    /// The store did not take what was added so far.
    pub async fn add(&mut self, kind: ResultKind, record: &Json) -> Result<(), ItemsError> {
        let mut results = Vec::new();
        self.transformation.apply(kind, record, &mut results);
        for result in results {
            let text = result.to_string();
            self.pending_bytes += text.len();
            self.pending.push((kind, text));
        }
        if self.pending_bytes < PENDING_BYTES {
            return Ok(());
        }
        self.pending_bytes = 0;
        let pending = std::mem::take(&mut self.pending);
        let mut files = self.files.take().ok_or_else(interrupted)?;
        let work = move || files.write(&pending).map(|()| files);
        self.files = Some(task::spawn_blocking(work).await.map_err(|_| interrupted())??);
        Ok(())
    }

    /// Writes the rest and the manifest.
    ///
    /// # Errors
    /// The store did not take it.
    pub async fn finish(self) -> Result<Written, ItemsError> {
        let Self { files, pending, needed, .. } = self;
        let mut files = files.ok_or_else(interrupted)?;
        let work = move || files.write(&pending).and_then(|()| files.finish());
        let written = task::spawn_blocking(work).await.map_err(|_| interrupted())?;
        drop(needed);
        written
    }
}

fn interrupted() -> ItemsError {
    ItemsError::writer("Writing the results was interrupted.")
}
