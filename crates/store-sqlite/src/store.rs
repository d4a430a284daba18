//! The store: a handle of the threads that do the work.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use compasso_store::pack::Packed;
use compasso_store::{
    Answer, Batch, Cursor, Document, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, JournalEntry, LogLine, Outcome, Page, ReadError, SearchBounds, Store, Wanted,
};
use compasso_types::Timestamp;
use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use rusqlite::Connection;
use tracing::error;

use crate::blobs::Blobs;
use crate::checkpoint::Checkpoints;
use crate::gate::Gate;
use crate::lock::Lock;
use crate::open::{self, OpenError, Options};
use crate::reader::{Readers, documents, executions, journal, listings, logs};
use crate::schema;
use crate::writer::Writer;

/// Why nothing is written to a store that was opened to be read.
const ONLY_READ: &str = "the store was opened to be read";

/// A store in one SQLite file.
///
/// Commits and reads are carried out in the order of the calls, whether or not their answers are
/// awaited. After an I/O error in a commit its outcome is unknown; then the store refuses
/// everything until it is opened again, because only that shows what is on the disk.
#[derive(Debug)]
pub struct SqliteStore {
    /// Absent if it was opened to be read.
    writer: Option<Writer>,
    readers: Readers,
    blobs: Blobs,
    writer_thread: Mutex<Option<JoinHandle<()>>>,
    reader_threads: Mutex<Vec<JoinHandle<()>>>,
    /// Held here if no writer holds it.
    _lock: Option<Lock>,
}

impl SqliteStore {
    /// Opens the store in the data directory `path`; creates both if they do not exist.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        fs::create_dir_all(path)?;
        let lock = Lock::take(path)?;
        let mut connection = open::writer(path, options)?;
        let checkpoints = Checkpoints::start(
            &mut connection,
            open::checkpointer(path, options)?,
            options.checkpoint_pages,
        )?;
        let gate = Arc::new(Gate::default());
        let (readers, reader_threads) =
            start_readers(options, || open::reader(path, options), gate.clone())?;
        let blobs = Blobs::new(path);
        let (writer, writer_thread) =
            Writer::start(connection, checkpoints, lock, gate, blobs.clone())?;
        Ok(Self {
            writer: Some(writer),
            readers,
            blobs,
            writer_thread: Mutex::new(Some(writer_thread)),
            reader_threads: Mutex::new(reader_threads),
            _lock: None,
        })
    }

    /// Opens the store in the data directory `path` to be read; nothing in it changes, no other process
    /// can use it meanwhile, and every commit is refused.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open_to_read(path: &Path, options: &Options) -> Result<Self, OpenError> {
        let lock = Lock::take_for_a_look(path)?;
        Self::only_read(path, options, Some(lock))
    }

    /// The same for a copy that nobody uses, which may be where nothing can be written.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open_copy(path: &Path, options: &Options) -> Result<Self, OpenError> {
        Self::only_read(path, options, None)
    }

    fn only_read(path: &Path, options: &Options, lock: Option<Lock>) -> Result<Self, OpenError> {
        schema::check(&open::still_reader(path, options)?)?;
        let connect = || open::still_reader(path, options);
        let (readers, reader_threads) = start_readers(options, connect, Arc::default())?;
        Ok(Self {
            writer: None,
            readers,
            blobs: Blobs::new(path),
            writer_thread: Mutex::default(),
            reader_threads: Mutex::new(reader_threads),
            _lock: lock,
        })
    }

    /// Finishes what was asked for, brings everything into the one file and lets go of it. Later
    /// calls are refused. Dropping the store does the same.
    ///
    /// It blocks until all is written.
    pub fn close(&self) {
        self.readers.close();
        for thread in self.reader_threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            join(thread);
        }
        // After the readers, because the last connection to close tidies up.
        if let Some(writer) = &self.writer {
            writer.close();
        }
        let writer = self.writer_thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.into_iter().for_each(join);
    }
}

fn start_readers(
    options: &Options,
    connect: impl Fn() -> Result<Connection, OpenError>,
    gate: Arc<Gate>,
) -> Result<(Readers, Vec<JoinHandle<()>>), OpenError> {
    let connections: Result<Vec<_>, _> = (0..options.readers.max(1)).map(|_| connect()).collect();
    Ok(Readers::start(connections?, gate)?)
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        error!("a thread of the store has panicked");
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}

impl Store for SqliteStore {
    fn acquire(&self) -> Answer<'_, Epoch> {
        match &self.writer {
            Some(writer) => writer.acquire(None),
            None => ready(Ok(Epoch(0))).boxed(),
        }
    }

    fn reacquire(&self, held: Epoch) -> Answer<'_, Epoch> {
        match &self.writer {
            Some(writer) => writer.acquire(Some(held)),
            None => ready(Ok(held)).boxed(),
        }
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Outcome> {
        match &self.writer {
            Some(writer) => writer.commit(batch),
            None => ready(Outcome::Rejected { reason: ONLY_READ.into() }).boxed(),
        }
    }

    fn execution(&self, key: &ExecutionKey) -> Answer<'_, Option<Execution>> {
        let key = key.clone();
        let blobs = self.blobs.clone();
        self.readers.read(move |connection| {
            let found = executions::one(connection, &key)?;
            found.map(|execution| blobs.resolve_execution(execution)).transpose()
        })
    }

    fn executions(
        &self,
        filter: ExecutionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.readers.read(move |connection| listings::list(connection, &filter, after, limit))
    }

    fn search(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.readers.read(move |connection| {
            listings::search(connection, &filter, |header| wanted(header), after, bounds)
        })
    }

    fn open_executions(&self) -> Answer<'_, u64> {
        self.readers.read(executions::count_open)
    }

    fn journal(
        &self,
        key: &ExecutionKey,
        first_event: u64,
        events: usize,
    ) -> Answer<'_, Vec<JournalEntry>> {
        let key = key.clone();
        let blobs = self.blobs.clone();
        self.readers.read(move |connection| {
            blobs.resolve_journal(journal::rows(connection, &key, first_event, events)?)
        })
    }

    fn tail(&self, key: &ExecutionKey) -> Answer<'_, Vec<JournalEntry>> {
        let key = key.clone();
        let blobs = self.blobs.clone();
        self.readers.read(move |connection| blobs.resolve_journal(journal::tail(connection, &key)?))
    }

    fn pack(&self, until: Timestamp) -> Answer<'_, Packed> {
        match &self.writer {
            Some(writer) => writer.pack(until),
            None => ready(Ok(Packed::NOTHING)).boxed(),
        }
    }

    fn due(
        &self,
        after: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Answer<'_, Vec<(Timestamp, ExecutionKey)>> {
        self.readers.read(move |connection| executions::due(connection, (after, until), limit))
    }

    fn owing(&self, after: Option<Cursor>, limit: usize) -> Answer<'_, Page<ExecutionKey>> {
        self.readers.read(move |connection| executions::owing(connection, after, limit))
    }

    fn document(&self, kind: &'static str, key: &str) -> Answer<'_, Option<Document>> {
        let key = key.to_owned();
        self.readers.read(move |connection| documents::one(connection, kind, &key))
    }

    fn documents(
        &self,
        kind: &'static str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.readers.read(move |connection| {
            documents::list(connection, kind, &prefix, after.as_deref(), limit)
        })
    }

    fn document_kinds(&self) -> Answer<'_, Vec<String>> {
        self.readers.read(documents::kinds)
    }

    fn document_count(&self, kind: &'static str) -> Answer<'_, u64> {
        self.readers.read(move |connection| documents::count(connection, kind))
    }

    fn append_log(&self, key: &ExecutionKey, lines: Vec<LogLine>) -> Answer<'_, ()> {
        match &self.writer {
            Some(writer) => writer.append_log(key.clone(), lines),
            None => ready(Err(ReadError::Unavailable(ONLY_READ.into()))).boxed(),
        }
    }

    fn log(&self, key: &ExecutionKey, after: u64, limit: usize) -> Answer<'_, Vec<(u64, LogLine)>> {
        let key = key.clone();
        self.readers.read(move |connection| logs::lines(connection, &key, after, limit))
    }

    fn log_end(&self, key: &ExecutionKey) -> Answer<'_, u64> {
        let key = key.clone();
        self.readers.read(move |connection| logs::end(connection, &key))
    }
}
