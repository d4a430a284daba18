//! Records of one kind: read through a cache, changed with compare-and-set.

use std::sync::Arc;

use bytes::Bytes;
use compasso_runtime::{Beside, Runtime};
use compasso_store::{Document, DocumentChange, Expected, Outcome, Revision, Store};
use serde::{Deserialize, Serialize};
use serde_json::{from_slice, to_vec};

use crate::cache::{Bounds, Cache};
use crate::records::Record;
use crate::{Error, Service};

/// How often a change is tried again when somebody else was faster.
pub(crate) const CHANGE_ATTEMPTS_MAX: usize = 16;

/// The format of all records.
const FORMAT: u32 = 1;

/// A record as it is stored.
#[derive(Serialize, Deserialize)]
struct Versioned<R> {
    v: u32,
    #[serde(flatten)]
    record: R,
}

/// The records of one kind. The server is the only writer while it holds the store, so what its
/// cache knows is what is stored.
pub(crate) struct Shelf<R> {
    cache: Cache<Stored<R>>,
}

/// A record as it was read.
pub(crate) struct Stored<R> {
    pub(crate) value: Arc<R>,
    pub(crate) revision: Revision,
}

impl<R> Clone for Stored<R> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), revision: self.revision }
    }
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Durable.
    Done,
    /// Somebody else was faster: read again and decide again.
    Overtaken,
}

impl<R: Record> Shelf<R> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { cache: Cache::new(bounds) }
    }

    /// Returns a record.
    pub(crate) async fn get(
        &self,
        runtime: &Runtime,
        key: &str,
    ) -> Result<Option<Stored<R>>, Error> {
        let generation = match self.cache.get(key) {
            Ok(stored) => return Ok(Some(stored)),
            Err(generation) => generation,
        };
        let Some(document) = runtime.store().document(R::KIND, key).await? else {
            return Ok(None);
        };
        let stored = read::<R>(&document)?;
        self.cache.add(generation, key, stored.clone(), document.body.len());
        Ok(Some(stored))
    }

    /// Lists up to `limit` records whose key begins with `prefix` and comes after `after`.
    pub(crate) async fn list(
        runtime: &Runtime,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Arc<R>)>, Error> {
        Self::list_in(&**runtime.store(), prefix, after, limit).await
    }

    /// The same in a store that nothing runs on yet.
    pub(crate) async fn list_in(
        store: &dyn Store,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Arc<R>)>, Error> {
        let documents = store.documents(R::KIND, prefix, after, limit).await?;
        documents
            .into_iter()
            .map(|document| Ok((document.key.clone(), read::<R>(&document)?.value)))
            .collect()
    }

    /// Forgets what is known of a record.
    fn forget(&self, key: &str) {
        self.cache.forget(key);
    }
}

impl Service {
    /// Changes the records of the resource `key` and, with them, other documents.
    pub(crate) async fn change(
        &self,
        key: &str,
        changes: Vec<DocumentChange>,
    ) -> Result<Change, Error> {
        self.change_all(vec![key.to_owned()], changes).await
    }

    /// Changes the records of several resources, all of them or none.
    pub(crate) async fn change_all(
        &self,
        keys: Vec<String>,
        changes: Vec<DocumentChange>,
    ) -> Result<Change, Error> {
        let (service, beside) = (self.clone(), Beside::current());
        // A task of its own: the caches must hear of the change even if the caller hangs up.
        let written = tokio::spawn(async move {
            let write = service.runtime.write(changes);
            let outcome = match beside {
                Some(beside) => beside.carry(write).await,
                None => write.await,
            };
            for key in &keys {
                service.inner.machines.forget(key);
                service.inner.publications.forget(key);
                service.inner.activities.forget(key);
                service.inner.connections.forget(key);
            }
            outcome
        });
        let outcome = written.await.map_err(|_| Error::Unavailable("shutting down".into()))?;
        interpret(outcome)
    }
}

/// Orders that a record be written.
pub(crate) fn put<R: Record>(key: &str, expected: Expected, record: &R) -> DocumentChange {
    let body = to_vec(&Versioned { v: FORMAT, record }).expect("records have only text keys");
    DocumentChange { kind: R::KIND, key: key.to_owned(), expected, body: Some(Bytes::from(body)) }
}

/// Orders that a record be deleted.
pub(crate) fn delete<R: Record>(key: &str) -> DocumentChange {
    DocumentChange { kind: R::KIND, key: key.to_owned(), expected: Expected::Any, body: None }
}

/// Reads a record that is looked at rarely, past any cache.
pub(crate) async fn read_once<R: Record>(runtime: &Runtime, key: &str) -> Result<Option<R>, Error> {
    match runtime.store().document(R::KIND, key).await? {
        Some(document) => parse(&document).map(Some),
        None => Ok(None),
    }
}

/// Reads the same with its revision, to change it.
pub(crate) async fn read_stored<R: Record>(
    runtime: &Runtime,
    key: &str,
) -> Result<Option<Stored<R>>, Error> {
    runtime.store().document(R::KIND, key).await?.as_ref().map(read).transpose()
}

/// Says what became of a write.
pub(crate) fn interpret(outcome: Outcome) -> Result<Change, Error> {
    match outcome {
        Outcome::Committed { conflicts } if conflicts.is_empty() => Ok(Change::Done),
        Outcome::Committed { .. } => Ok(Change::Overtaken),
        Outcome::Fenced => Err(Error::Unavailable("another server took the store over".into())),
        Outcome::Rejected { reason } | Outcome::Unknown { reason } => {
            Err(Error::Unavailable(format!("store: {reason}")))
        }
    }
}

fn read<R: Record>(document: &Document) -> Result<Stored<R>, Error> {
    Ok(Stored { value: Arc::new(parse(document)?), revision: document.revision })
}

fn parse<R: Record>(document: &Document) -> Result<R, Error> {
    let why = match from_slice::<Versioned<R>>(&document.body) {
        Ok(versioned) if versioned.v == FORMAT => return Ok(versioned.record),
        Ok(versioned) => format!("has the unknown format {}", versioned.v),
        Err(error) => format!("is corrupt: {error}"),
    };
    Err(Error::Internal(format!("stored {} {} {why}", R::KIND, document.key)))
}
