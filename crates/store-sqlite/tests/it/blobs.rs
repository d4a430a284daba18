//! Large values lie in files of their own.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use compasso_store::{
    JournalEntry, Outcome, Part, ReadError, Removal, Revision, Status, Store, Turn, Write,
};
use compasso_types::Timestamp;

use crate::fixture::{WRITTEN, commit, inspect, key, open, start, turn};

fn large() -> Bytes {
    Bytes::from(format!("[\"{}\"]", "x".repeat(1_000_000)))
}

fn entry(body: Bytes) -> JournalEntry {
    JournalEntry { first_event: 1, events: 1, body }
}

/// Returns the files of bodies.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(shelves) = fs::read_dir(directory.join("blobs")) else { return Vec::new() };
    let files = shelves.flat_map(|shelf| fs::read_dir(shelf.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

#[tokio::test]
async fn a_large_body_lies_in_one_file_however_often_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(start("small"))]).await, WRITTEN);
    assert!(files(directory.path()).is_empty());
    for name in ["a", "b"] {
        let start = Turn { start: Some(large()), journal: Some(entry(large())), ..start(name) };
        assert_eq!(commit(&store, epoch, vec![turn(start)]).await, WRITTEN);
    }
    assert_eq!(files(directory.path()).len(), 1);
    let bytes: i64 = inspect(directory.path())
        .query_row("SELECT max(length(body)) FROM journal", [], |row| row.get(0))
        .unwrap();
    assert!(bytes < 100, "the row holds a reference");
    store.close();
    let store = open(directory.path());
    for name in ["a", "b"] {
        assert_eq!(store.execution(&key(name)).await.unwrap().unwrap().start, large());
        assert_eq!(store.journal(&key(name), 1, 9).await.unwrap()[0].body, large());
    }
}

#[tokio::test]
async fn a_value_that_is_passed_along_lies_in_one_file_whatever_holds_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let value = String::from_utf8(large().to_vec()).unwrap();
    let events = Bytes::from(format!(r#"[{{"output":{value}}},{{"input":{{"last":{value}}}}}]"#));
    let image = Bytes::from(format!(r#"{{"tasks":[{value},{value}]}}"#));
    let first = Turn { journal: Some(entry(events.clone())), image: Some(image), ..start("a") };
    assert_eq!(commit(&store, epoch, vec![turn(first)]).await, WRITTEN);
    let next = JournalEntry { first_event: 2, ..entry(events.clone()) };
    let image = Bytes::from(format!(r#"{{"tasks":[{value}]}}"#));
    let (base, status) = (Some(Revision(1)), Status::Running);
    let second =
        Turn { base, status, journal: Some(next), image: Some(image.clone()), ..start("a") };
    assert_eq!(commit(&store, epoch, vec![turn(second)]).await, WRITTEN);
    assert_eq!(files(directory.path()).len(), 1);
    store.close();
    let store = open(directory.path());
    assert!(store.execution(&key("a")).await.unwrap().unwrap().image == image);
    let rows = store.journal(&key("a"), 1, 9).await.unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.body == events));
}

#[tokio::test]
async fn a_body_that_an_earlier_release_kept_whole_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let value = format!("\"{}\"", "x".repeat(1_000_000));
    let body = Bytes::from(value);
    let start = Turn { journal: Some(entry(body.clone())), ..start("a") };
    assert_eq!(commit(&store, epoch, vec![turn(start)]).await, WRITTEN);
    // It had no mark in front, and no seals.
    inspect(directory.path())
        .execute("UPDATE journal SET body = ltrim(body), before = NULL, seal = NULL", [])
        .unwrap();
    assert!(store.journal(&key("a"), 1, 9).await.unwrap()[0].body == body);
}

#[tokio::test]
async fn a_file_goes_with_the_last_execution_that_refers_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    for name in ["a", "b"] {
        let (status, stopped) = (Status::Succeeded, Some(Timestamp(1)));
        let closed = Turn { outcome: Some(large()), status, stopped, ..start(name) };
        assert_eq!(commit(&store, epoch, vec![turn(closed)]).await, WRITTEN);
    }
    let remove = |name: &str| {
        let (key, documents) = (key(name), Vec::new());
        vec![Write::Removal(Removal { key, base: Revision(1), part: Part::Whole, documents })]
    };
    let rows_to_go = || -> i64 {
        let count = "SELECT (SELECT count(*) FROM removal) + (SELECT count(*) FROM journal)";
        inspect(directory.path()).query_row(count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(commit(&store, epoch, remove("a")).await, WRITTEN);
    while rows_to_go() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(files(directory.path()).len(), 1);
    assert_eq!(store.execution(&key("b")).await.unwrap().unwrap().outcome, Some(large()));
    assert_eq!(commit(&store, epoch, remove("b")).await, WRITTEN);
    while rows_to_go() > 0 || !files(directory.path()).is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_looks_like_a_reference_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let body = Bytes::from(format!("{{\"blob\":\"{}\"}}", "0".repeat(64)));
    let start = Turn { start: Some(body.clone()), ..start("a") };
    assert_eq!(commit(&store, epoch, vec![turn(start)]).await, WRITTEN);
    assert_eq!(store.execution(&key("a")).await.unwrap().unwrap().start, body);
}

#[tokio::test]
async fn a_damaged_or_lost_file_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let start = Turn { start: Some(large()), ..start("a") };
    assert_eq!(commit(&store, epoch, vec![turn(start)]).await, WRITTEN);
    let [file] = &files(directory.path())[..] else { panic!("one file") };
    fs::write(file, "other").unwrap();
    assert!(matches!(store.execution(&key("a")).await, Err(ReadError::Corrupt(_))));
    fs::remove_file(file).unwrap();
    assert!(matches!(store.execution(&key("a")).await, Err(ReadError::Corrupt(_))));
}

#[tokio::test]
async fn a_body_that_cannot_be_kept_refuses_the_write() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    // Where the directory should be.
    fs::write(directory.path().join("blobs"), "").unwrap();
    let large = Turn { start: Some(large()), ..start("a") };
    let refused = commit(&store, epoch, vec![turn(large)]).await;
    assert!(matches!(refused, Outcome::Rejected { .. }), "{refused:?}");
    assert_eq!(store.execution(&key("a")).await.unwrap(), None);
    assert_eq!(commit(&store, epoch, vec![turn(start("b"))]).await, WRITTEN);
}

#[tokio::test]
async fn files_of_writes_that_came_to_nothing_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let body = |letter: &str| Bytes::from(format!("[\"{}\"]", letter.repeat(1_000_000)));
    let begins = |name: &str, letter: &str| Turn { start: Some(body(letter)), ..start(name) };
    assert_eq!(commit(&store, epoch, vec![turn(begins("a", "x"))]).await, WRITTEN);
    let again = vec![turn(begins("a", "x")), turn(begins("a", "y"))];
    let conflicts = Outcome::Committed { conflicts: vec![0, 1] };
    assert_eq!(commit(&store, epoch, again).await, conflicts);
    assert_eq!(files(directory.path()).len(), 1, "the one that is referred to stays");
    assert_eq!(store.execution(&key("a")).await.unwrap().unwrap().start, body("x"));
}

#[tokio::test]
async fn files_that_a_crash_left_are_removed_when_the_store_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let begins = Turn { start: Some(large()), ..start("a") };
    assert_eq!(commit(&store, epoch, vec![turn(begins)]).await, WRITTEN);
    store.close();
    let [kept] = &files(directory.path())[..] else { panic!("one file") };
    for name in ["0".repeat(64), format!("{}.unfinished", "1".repeat(64))] {
        fs::write(kept.with_file_name(name), "left").unwrap();
    }
    let store = open(directory.path());
    // They go between two orders, when the second is not there yet.
    let mut orders = 0;
    while files(directory.path()).len() > 1 {
        store.acquire().await.unwrap();
        orders += 1;
        assert!(orders < 100_000, "the files stay");
    }
    assert!(kept.exists());
}
