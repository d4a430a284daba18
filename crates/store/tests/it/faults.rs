//! The fault menu.

use std::sync::Arc;

use bytes::Bytes;
use compasso_store::memory::{Fault, FaultPlan, FaultRates, MemoryStore};
use compasso_store::{
    Attributes, Batch, Epoch, ExecutionKey, LogLine, LogStream, Outcome, ReadError, Status, Store,
    Turn, Write,
};
use compasso_types::Timestamp;
use futures::FutureExt;

const WRITTEN: Outcome = Outcome::Committed { conflicts: Vec::new() };

#[tokio::test]
async fn a_script_fails_commit_by_commit() {
    let script = [
        Some(Fault::Rejected),
        None,
        Some(Fault::Unknown { written: false }),
        Some(Fault::Unknown { written: true }),
    ];
    let store = MemoryStore::with_plan(FaultPlan::script(script));
    let epoch = store.acquire().await.unwrap();
    assert!(matches!(store.commit(start(epoch, "a")).await, Outcome::Rejected { .. }));
    assert_eq!(store.commit(start(epoch, "b")).await, WRITTEN);
    assert!(matches!(store.commit(start(epoch, "c")).await, Outcome::Unknown { .. }));
    assert!(matches!(store.commit(start(epoch, "d")).await, Outcome::Unknown { .. }));
    assert_eq!(store.commit(start(epoch, "e")).await, WRITTEN);
    assert_eq!(stored(&store, "abcde").await, "bde");
    assert_eq!(store.commits(), 3);
}

#[tokio::test]
async fn an_injected_fence_lasts_until_the_next_acquisition() {
    let store = MemoryStore::new();
    let epoch = store.acquire().await.unwrap();
    store.inject(Fault::Fenced);
    assert_eq!(store.commit(start(epoch, "a")).await, Outcome::Fenced);
    assert_eq!(store.commit(start(epoch, "b")).await, Outcome::Fenced);
    let epoch = store.acquire().await.unwrap();
    assert_eq!(store.commit(start(epoch, "c")).await, WRITTEN);
    assert_eq!(stored(&store, "abc").await, "c");
}

#[tokio::test]
async fn a_slow_commit_answers_when_released() {
    let store = MemoryStore::new();
    let epoch = store.acquire().await.unwrap();
    store.inject(Fault::Slow { written: true });
    store.inject(Fault::Slow { written: false });
    let mut early = store.commit(start(epoch, "a"));
    let mut late = store.commit(start(epoch, "b"));
    assert_eq!(store.held(), 2);
    assert_eq!(stored(&store, "ab").await, "a");
    assert_eq!((&mut early).now_or_never(), None);
    assert!(store.release());
    assert_eq!((&mut late).now_or_never(), None);
    assert_eq!(early.await, WRITTEN);
    assert!(store.release());
    assert_eq!(late.await, WRITTEN);
    assert_eq!(stored(&store, "ab").await, "ab");
    assert!(!store.release());
}

#[tokio::test]
async fn a_slow_commit_can_be_fenced_while_it_waits() {
    let store = MemoryStore::new();
    let epoch = store.acquire().await.unwrap();
    store.inject(Fault::Slow { written: false });
    let slow = store.commit(start(epoch, "a"));
    store.acquire().await.unwrap();
    store.release();
    assert_eq!(slow.await, Outcome::Fenced);
    assert_eq!(stored(&store, "a").await, "");
}

#[tokio::test]
async fn a_crash_keeps_what_was_committed_and_nothing_else() {
    let store = MemoryStore::new();
    let epoch = store.acquire().await.unwrap();
    store.append_log(&key("a"), vec![line()]).await.unwrap();
    store.commit(start(epoch, "a")).await;
    store.append_log(&key("a"), vec![line()]).await.unwrap();
    store.commit(start(epoch, "b")).await;
    store.append_log(&key("a"), vec![line(), line()]).await.unwrap();
    store.inject(Fault::Slow { written: true });
    store.inject(Fault::Slow { written: false });
    let written = store.commit(start(epoch, "c"));
    store.append_log(&key("a"), vec![line()]).await.unwrap();
    let lost = store.commit(start(epoch, "d"));

    let after = store.crash();

    assert!(matches!(written.await, Outcome::Unknown { .. }));
    assert!(matches!(lost.await, Outcome::Unknown { .. }));
    assert_eq!(stored(&after, "abcd").await, "abc");
    assert_eq!(after.log(&key("a"), 0, 10).await.unwrap().len(), 3);
    assert_eq!(store.commit(start(epoch, "e")).await, Outcome::Fenced);
    assert!(matches!(store.execution(&key("a")).await, Err(ReadError::Unavailable(_))));
    assert_eq!(after.commit(start(epoch, "e")).await, Outcome::Fenced, "the epoch is a new one");
    assert!(after.acquire().await.unwrap() > epoch);
}

#[tokio::test]
async fn equal_seeds_fail_alike() {
    let rates = FaultRates {
        rejected: 100,
        unknown_written: 100,
        unknown_lost: 100,
        ..FaultRates::default()
    };
    let outcomes = async |seed| {
        let store = MemoryStore::with_plan(FaultPlan::seeded(seed, rates));
        let epoch = store.acquire().await.unwrap();
        let mut outcomes = Vec::new();
        for _ in 0..100 {
            outcomes.push(store.commit(Batch { epoch, writes: vec![] }).await);
        }
        outcomes
    };
    let first = outcomes(7).await;
    assert_eq!(first, outcomes(7).await);
    assert_ne!(first, outcomes(8).await);
    let failed = first.iter().filter(|outcome| **outcome != WRITTEN).count();
    assert!((10..60).contains(&failed), "about three of ten fail: {failed}");
}

async fn stored(store: &MemoryStore, names: &str) -> String {
    let mut found = String::new();
    for name in names.chars() {
        let execution = store.execution(&key(name.encode_utf8(&mut [0; 4]))).await;
        if execution.expect("the store is up").is_some() {
            found.push(name);
        }
    }
    found
}

pub(crate) fn key(name: &str) -> ExecutionKey {
    ExecutionKey(Arc::from(name))
}

fn line() -> LogLine {
    LogLine {
        at: Timestamp(0),
        entry: 1,
        attempt: 0,
        state: "S".into(),
        stream: LogStream::Stdout,
        text: "line".into(),
    }
}

fn start(epoch: Epoch, name: &str) -> Batch {
    Batch { epoch, writes: vec![Write::Turn(Box::new(turn(name)))] }
}

/// A turn that begins an execution.
pub(crate) fn turn(name: &str) -> Turn {
    Turn {
        key: key(name),
        base: None,
        workflow: "w".into(),
        version: None,
        alias: None,
        status: Status::Running,
        started: Timestamp(0),
        stopped: None,
        redriven: None,
        wake_at: None,
        owes: false,
        start: Some(Bytes::new()),
        image: Some(Bytes::new()),
        outcome: None,
        journal: None,
        documents: vec![],
        attributes: Attributes::new(),
    }
}
