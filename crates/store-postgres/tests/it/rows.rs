//! Turns and lines for tests.

use bytes::Bytes;
use compasso_store::{
    Attributes, ExecutionKey, JournalEntry, LogLine, LogStream, Revision, Status, Turn, Write,
};
use compasso_types::Timestamp;

pub(crate) fn key(name: &str) -> ExecutionKey {
    ExecutionKey(name.into())
}

/// A turn that begins an execution.
pub(crate) fn start(name: &str) -> Turn {
    Turn {
        key: key(name),
        base: None,
        workflow: "orders".into(),
        version: None,
        alias: None,
        status: Status::Running,
        started: Timestamp(1),
        stopped: None,
        redriven: None,
        wake_at: None,
        owes: false,
        start: Some(Bytes::from_static(b"{}")),
        image: Some(Bytes::from_static(b"{}")),
        outcome: None,
        journal: Some(JournalEntry { first_event: 1, events: 1, body: Bytes::from_static(b"[]") }),
        documents: Vec::new(),
        attributes: Attributes::new(),
    }
}

/// A turn after `base` that brings one event and no image.
pub(crate) fn step(name: &str, base: u64) -> Turn {
    let body = Bytes::from_static(b"[]");
    Turn {
        base: Some(Revision(base)),
        start: None,
        image: None,
        journal: Some(JournalEntry { first_event: base + 1, events: 1, body }),
        ..start(name)
    }
}

pub(crate) fn turn(turn: Turn) -> Write {
    Write::Turn(Box::new(turn))
}

pub(crate) fn line(text: &str) -> LogLine {
    LogLine {
        at: Timestamp(5),
        entry: 2,
        attempt: 0,
        state: "Build".into(),
        stream: LogStream::Stdout,
        text: text.into(),
    }
}
