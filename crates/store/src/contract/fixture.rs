//! Short words for the cases: a store with its epoch, and rows to write.

use std::sync::Arc;

use bytes::Bytes;
use compasso_types::Timestamp;

use crate::{
    Answer, Attributes, Batch, DocumentChange, Epoch, Execution, ExecutionKey, Expected,
    JournalEntry, Outcome, Revision, Status, Store, Turn, Write,
};

/// A store and the epoch to write with.
pub(super) struct Subject {
    pub(super) store: Arc<dyn Store>,
    pub(super) epoch: Epoch,
}

impl Subject {
    pub(super) async fn acquire(store: Arc<dyn Store>) -> Self {
        let epoch = read(store.acquire()).await;
        Self { store, epoch }
    }

    pub(super) async fn commit(&self, writes: Vec<Write>) -> Outcome {
        self.store.commit(Batch { epoch: self.epoch, writes }).await
    }

    /// Commits and returns the indexes of the writes that conflicted.
    pub(super) async fn conflicts(&self, writes: Vec<Write>) -> Vec<usize> {
        match self.commit(writes).await {
            Outcome::Committed { conflicts } => conflicts,
            other => panic!("not committed: {other:?}"),
        }
    }

    /// Commits writes of which none may conflict.
    pub(super) async fn write(&self, writes: Vec<Write>) {
        assert_eq!(self.conflicts(writes).await, Vec::<usize>::new(), "writes that conflict");
    }

    pub(super) async fn execution(&self, name: &str) -> Option<Execution> {
        read(self.store.execution(&key(name))).await
    }

    pub(super) async fn revision(&self, name: &str) -> Option<u64> {
        self.execution(name).await.map(|execution| execution.revision.0)
    }

    /// Returns revision and content of a document of kind `note`.
    pub(super) async fn note(&self, key: &str) -> Option<(u64, String)> {
        let document = read(self.store.document("note", key)).await?;
        Some((document.revision.0, String::from_utf8_lossy(&document.body).into_owned()))
    }
}

/// Awaits a read that must succeed.
pub(super) async fn read<T>(answer: Answer<'_, T>) -> T {
    answer.await.expect("a read of a healthy store succeeds")
}

pub(super) fn key(name: &str) -> ExecutionKey {
    ExecutionKey(format!("arn:aws:states:local:0:execution:orders:{name}").into())
}

pub(super) fn name(key: &ExecutionKey) -> String {
    key.0.rsplit(':').next().unwrap_or_default().to_owned()
}

/// A turn that creates a running execution of workflow `orders`.
pub(super) fn start(name: &str) -> Turn {
    Turn {
        key: key(name),
        base: None,
        workflow: "orders".into(),
        version: None,
        alias: None,
        status: Status::Running,
        started: Timestamp(1_000),
        stopped: None,
        redriven: None,
        wake_at: None,
        owes: false,
        start: Some(Bytes::from_static(br#"{"input":{}}"#)),
        image: Some(Bytes::from_static(br#"{"at":"A"}"#)),
        outcome: None,
        journal: None,
        documents: Vec::new(),
        attributes: Attributes::new(),
    }
}

/// A turn that moves an execution on from `base`.
pub(super) fn step(name: &str, base: u64) -> Turn {
    Turn {
        base: Some(Revision(base)),
        start: None,
        image: Some(Bytes::from_static(br#"{"at":"B"}"#)),
        ..start(name)
    }
}

/// A turn that closes an execution.
pub(super) fn close(name: &str, base: u64, status: Status) -> Turn {
    Turn {
        status,
        stopped: Some(Timestamp(2_000)),
        image: Some(Bytes::new()),
        outcome: Some(Bytes::from_static(br#"{"output":1}"#)),
        ..step(name, base)
    }
}

pub(super) fn turn(turn: Turn) -> Write {
    Write::Turn(Box::new(turn))
}

pub(super) fn entry(first_event: u64, events: u32) -> JournalEntry {
    let body = Bytes::from(format!("[\"{events} from {first_event}\"]"));
    JournalEntry { first_event, events, body }
}

pub(super) fn put(key: &str, expected: Expected, body: &str) -> DocumentChange {
    let body = Some(Bytes::from(body.to_owned()));
    DocumentChange { kind: "note", key: key.to_owned(), expected, body }
}

pub(super) fn delete(key: &str, expected: Expected) -> DocumentChange {
    DocumentChange { kind: "note", key: key.to_owned(), expected, body: None }
}
