//! Rows to write, and a store to write them to.

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use compasso_store::{
    Attributes, Batch, DocumentChange, Epoch, ExecutionKey, Expected, JournalEntry, LogLine,
    LogStream, Outcome, Revision, Status, Store, Turn, Write,
};
use compasso_store_sqlite::{Options, SqliteStore};
use compasso_types::Timestamp;

pub(crate) const WRITTEN: Outcome = Outcome::Committed { conflicts: Vec::new() };

/// Tells a test that it runs in a child process, and where its data directory is.
pub(crate) const CHILD: &str = "STORE_TEST_DIRECTORY";

pub(crate) fn open(directory: &Path) -> SqliteStore {
    SqliteStore::open(directory, &Options::default()).unwrap()
}

/// Opens a plain connection to the database in `directory`, as a user would.
pub(crate) fn inspect(directory: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(directory.join("compasso.db")).unwrap()
}

pub(crate) async fn commit(store: &SqliteStore, epoch: Epoch, writes: Vec<Write>) -> Outcome {
    store.commit(Batch { epoch, writes }).await
}

/// Returns the command that runs this test program's test `name` in a process of its own.
pub(crate) fn child(name: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(CHILD, directory);
    command
}

pub(crate) fn key(name: &str) -> ExecutionKey {
    ExecutionKey(name.into())
}

pub(crate) fn start(name: &str) -> Turn {
    Turn {
        key: key(name),
        base: None,
        workflow: "orders".into(),
        version: None,
        alias: None,
        status: Status::Running,
        started: Timestamp(1_700_000_000_123),
        stopped: None,
        redriven: None,
        wake_at: None,
        owes: false,
        start: Some(Bytes::from_static(br#"{"input":{"n":7}}"#)),
        image: Some(Bytes::from_static(b"{}")),
        outcome: None,
        journal: Some(JournalEntry { first_event: 1, events: 2, body: Bytes::from_static(b"[]") }),
        documents: Vec::new(),
        attributes: Attributes::new(),
    }
}

/// A turn after `base` that brings two events.
pub(crate) fn step(name: &str, base: u64) -> Turn {
    let body = Bytes::from_static(b"[]");
    Turn {
        base: Some(Revision(base)),
        start: None,
        journal: Some(JournalEntry { first_event: 2 * base + 1, events: 2, body }),
        ..start(name)
    }
}

pub(crate) fn turn(turn: Turn) -> Write {
    Write::Turn(Box::new(turn))
}

pub(crate) fn put(key: &str, body: Bytes) -> Write {
    let key = key.to_owned();
    let body = Some(body);
    Write::Documents(vec![DocumentChange { kind: "note", key, expected: Expected::Any, body }])
}

pub(crate) fn line(text: &str) -> LogLine {
    LogLine {
        at: Timestamp(0),
        entry: 1,
        attempt: 0,
        state: "S".into(),
        stream: LogStream::Stdout,
        text: text.into(),
    }
}
