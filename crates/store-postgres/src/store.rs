//! The store: a handle of the task that writes and the connections that read.

use std::sync::Arc;

use compasso_store::pack::Packed;
use compasso_store::{
    Answer, Batch, Cursor, Document, Epoch, Execution, ExecutionFilter, ExecutionHeader,
    ExecutionKey, JournalEntry, LogLine, Outcome, Page, ReadError, SearchBounds, Store, Wanted,
};
use compasso_types::Timestamp;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use tokio::runtime::Handle;

use crate::open::{self, OpenError, Options};
use crate::reader::gather::Gather;
use crate::reader::{Readers, documents, executions, journal, listings, logs, strays};
use crate::writer::Writer;

/// A store in a database of PostgreSQL.
///
/// Whoever acquires it last writes; the commits of all others are fenced off. A node acquires it only
/// while it is the owner, see [`crate::PostgresNodes`]. A commit whose answer is
/// lost with its connection has an unknown outcome, which acquiring and reading resolves.
pub struct PostgresStore {
    /// Absent if it was opened to be read.
    writer: Option<Writer>,
    readers: Arc<Readers>,
    gather: Arc<Gather>,
}

/// Why nothing is written to a store that was opened to be read.
const ONLY_READ: &str = "the store was opened to be read";

impl PostgresStore {
    /// Opens the database at an address such as `postgres://user@host/database`, and makes the tables if
    /// there are none. Works go on in the runtime that it is called from.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(address: &str, options: &Options) -> Result<Self, OpenError> {
        let server = open::open(address, options).await?;
        let runtime = Handle::current();
        let readers = Readers::new(&server, options, runtime.clone());
        Ok(Self::of(Some(Writer::start(server, options, &runtime)), readers, runtime))
    }

    /// Opens the database to be read as it is now, whatever is written to it meanwhile. Every commit is refused.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_snapshot(address: &str) -> Result<Self, OpenError> {
        let link = open::snapshot(address).await?;
        let runtime = Handle::current();
        Ok(Self::of(None, Readers::over(link, runtime.clone()), runtime))
    }

    fn of(writer: Option<Writer>, readers: Readers, runtime: Handle) -> Self {
        let readers = Arc::new(readers);
        let gather = Gather::new(readers.clone(), runtime);
        Self { writer, readers, gather }
    }

    /// Lists rows that belong to no execution and the like, each with what to do about it; at most 100 of
    /// one kind.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn strays(&self) -> Result<Vec<String>, ReadError> {
        self.readers.read(|live| async move { strays::problems(&live).await }.boxed()).await
    }

    /// Finishes what was asked for; later calls are refused.
    pub async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

impl Store for PostgresStore {
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
        self.gather.execution(key.clone())
    }

    fn executions(
        &self,
        filter: ExecutionFilter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.readers.read(move |live| {
            async move { listings::list(&live, &filter, after, limit).await }.boxed()
        })
    }

    fn search(
        &self,
        filter: ExecutionFilter,
        wanted: Wanted,
        after: Option<Cursor>,
        bounds: SearchBounds,
    ) -> Answer<'_, Page<ExecutionHeader>> {
        self.readers.read(move |live| {
            async move { listings::search(&live, &filter, wanted, after, bounds).await }.boxed()
        })
    }

    fn open_executions(&self) -> Answer<'_, u64> {
        self.readers.read(|live| async move { executions::count_open(&live).await }.boxed())
    }

    fn journal(
        &self,
        key: &ExecutionKey,
        first_event: u64,
        events: usize,
    ) -> Answer<'_, Vec<JournalEntry>> {
        let key = key.clone();
        self.readers.read(move |live| {
            async move { journal::rows(&live, &key.0, first_event, events).await }.boxed()
        })
    }

    fn tail(&self, key: &ExecutionKey) -> Answer<'_, Vec<JournalEntry>> {
        let key = key.clone();
        self.readers.read(|live| async move { journal::tail(&live, &key.0).await }.boxed())
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
        self.readers.read(move |live| {
            async move { executions::due(&live, (after, until), limit).await }.boxed()
        })
    }

    fn owing(&self, after: Option<Cursor>, limit: usize) -> Answer<'_, Page<ExecutionKey>> {
        self.readers
            .read(move |live| async move { executions::owing(&live, after, limit).await }.boxed())
    }

    fn document(&self, kind: &'static str, key: &str) -> Answer<'_, Option<Document>> {
        let key = key.to_owned();
        self.readers
            .read(move |live| async move { documents::one(&live, kind, &key).await }.boxed())
    }

    fn documents(
        &self,
        kind: &'static str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.readers.read(move |live| {
            async move { documents::list(&live, kind, &prefix, after.as_deref(), limit).await }
                .boxed()
        })
    }

    fn document_kinds(&self) -> Answer<'_, Vec<String>> {
        self.readers.read(|live| async move { documents::kinds(&live).await }.boxed())
    }

    fn document_count(&self, kind: &'static str) -> Answer<'_, u64> {
        self.readers
            .read(move |live| async move { documents::count_all(&live, kind).await }.boxed())
    }

    fn append_log(&self, key: &ExecutionKey, lines: Vec<LogLine>) -> Answer<'_, ()> {
        match &self.writer {
            Some(writer) => writer.append_log(key.clone(), lines),
            None => ready(Err(ReadError::Unavailable(ONLY_READ.into()))).boxed(),
        }
    }

    fn log(&self, key: &ExecutionKey, after: u64, limit: usize) -> Answer<'_, Vec<(u64, LogLine)>> {
        let key = key.clone();
        self.readers
            .read(move |live| async move { logs::lines(&live, &key.0, after, limit).await }.boxed())
    }

    fn log_end(&self, key: &ExecutionKey) -> Answer<'_, u64> {
        let key = key.clone();
        self.readers.read(move |live| async move { logs::end(&live, &key.0).await }.boxed())
    }
}
