//! Copies of a store at work, and what is found to be wrong with one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use compasso_store::{JournalEntry, Outcome, Store, Turn};
use compasso_store_sqlite::{OpenError, Options, SqliteStore, inspect, snapshot};

use crate::fixture::{WRITTEN, commit, key, open, put, start, turn};

fn large(text: &str) -> Bytes {
    Bytes::from(format!("[\"{}\"]", text.repeat(1_000_000)))
}

fn named(name: &str) -> Turn {
    let journal = JournalEntry { first_event: 1, events: 1, body: large(name) };
    Turn { start: Some(large("s")), journal: Some(journal), ..start(name) }
}

#[tokio::test]
async fn a_snapshot_holds_what_was_written_before_and_can_be_read_without_changing() {
    let (data, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(data.path());
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(named("a"))]).await, WRITTEN);
    snapshot(data.path(), copy.path(), &mut |_| {}).unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(named("b"))]).await, WRITTEN);
    let found = inspect(copy.path()).unwrap();
    assert_eq!((found.executions, found.turns, found.blobs), (1, 1, 2));
    assert_eq!(found.problems, Vec::<String>::new());

    let database = fs::read(copy.path().join("compasso.db")).unwrap();
    let read = SqliteStore::open_to_read(copy.path(), &Options::default()).unwrap();
    assert_eq!(read.execution(&key("a")).await.unwrap().unwrap().start, large("s"));
    assert_eq!(read.execution(&key("b")).await.unwrap(), None);
    let epoch = read.acquire().await.unwrap();
    let refused = commit(&read, epoch, vec![turn(named("c"))]).await;
    assert!(matches!(refused, Outcome::Rejected { .. }), "{refused:?}");
    read.close();
    assert_eq!(fs::read(copy.path().join("compasso.db")).unwrap(), database);
}

#[tokio::test]
async fn a_look_leaves_a_directory_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (store, key) = (open(directory.path()), key("a"));
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(start("a"))]).await, WRITTEN);
    store.close();
    drop(store);
    fs::remove_file(directory.path().join("compasso.lock")).unwrap();
    let names = || -> BTreeSet<_> {
        fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect()
    };
    let before = names();
    let read = SqliteStore::open_to_read(directory.path(), &Options::default()).unwrap();
    assert!(read.execution(&key).await.unwrap().is_some());
    assert_eq!(inspect(directory.path()).unwrap().executions, 1);
    let again = || SqliteStore::open_to_read(directory.path(), &Options::default());
    assert!(matches!(again(), Err(OpenError::Locked { .. })), "one process at a time");
    drop(read);
    assert_eq!(names(), before);
    // Nothing is made beside a copy, not even while it is looked at.
    let changed = || fs::metadata(directory.path()).unwrap().modified().unwrap();
    let untouched = changed();
    let read = SqliteStore::open_copy(directory.path(), &Options::default()).unwrap();
    assert!(read.execution(&key).await.unwrap().is_some());
    assert_eq!(inspect(directory.path()).unwrap().executions, 1);
    read.close();
    assert_eq!((names(), changed()), (before, untouched));
}

#[tokio::test]
async fn a_store_that_is_in_use_or_of_another_release_is_not_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let read = || SqliteStore::open_to_read(directory.path(), &Options::default());
    assert!(matches!(read(), Err(OpenError::Locked { .. })));
    store.close();
    drop(store);
    assert!(read().is_ok());
    crate::fixture::inspect(directory.path()).pragma_update(None, "user_version", 1).unwrap();
    assert!(matches!(read(), Err(OpenError::Older { found: 1, .. })));
}

#[tokio::test]
async fn lost_and_damaged_files_and_rows_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(named("a"))]).await, WRITTEN);
    assert_eq!(commit(&store, epoch, vec![put("n", Bytes::from_static(b"{"))]).await, WRITTEN);
    store.close();
    let blobs: Vec<_> = fs::read_dir(directory.path().join("blobs"))
        .unwrap()
        .flat_map(|shelf| fs::read_dir(shelf.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    let [damaged, lost] = &*blobs else { panic!("there are {}", blobs.len()) };
    fs::write(damaged, "something else").unwrap();
    fs::remove_file(lost).unwrap();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    crate::fixture::inspect(directory.path())
        .execute_batch("UPDATE execution SET key_hash = 1")
        .unwrap();
    let problems = inspect(directory.path()).unwrap().problems.join("\n");
    for told in [
        format!("blob {} is damaged", name(damaged)),
        format!("blob {} cannot be read", name(lost)),
        "document note n: it is no JSON".to_owned(),
        "a: its key and the hash of it differ".to_owned(),
    ] {
        assert!(problems.contains(&told), "{told} is not in\n{problems}");
    }
}
