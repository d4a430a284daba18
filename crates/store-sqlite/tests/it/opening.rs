//! Opening and closing.

use std::fs;

use compasso_store::{Outcome, ReadError, Store};
use compasso_store_sqlite::{OpenError, Options, SqliteStore};

use crate::fixture::{WRITTEN, commit, inspect, key, line, open, start, turn};

#[tokio::test]
async fn a_closed_store_is_one_file_with_everything_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(start("a"))]).await, WRITTEN);
    store.append_log(&key("a"), vec![line("one")]).await.unwrap();
    store.close();
    let mut names: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["compasso.db", "compasso.lock"]);

    let store = open(directory.path());
    assert!(store.execution(&key("a")).await.unwrap().is_some());
    assert_eq!(store.log(&key("a"), 0, 10).await.unwrap(), [(1, line("one"))]);
    assert_eq!(commit(&store, epoch, vec![]).await, Outcome::Fenced, "nobody has acquired it");
    assert!(store.acquire().await.unwrap() > epoch);
}

#[tokio::test]
async fn a_closed_store_refuses_calls() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let last = store.commit(compasso_store::Batch { epoch, writes: vec![turn(start("a"))] });
    store.close();
    store.close();
    assert_eq!(last.await, WRITTEN, "what was asked for before is done");
    assert!(matches!(commit(&store, epoch, vec![]).await, Outcome::Rejected { .. }));
    assert!(matches!(store.acquire().await, Err(ReadError::Unavailable(_))));
    assert!(matches!(store.execution(&key("a")).await, Err(ReadError::Unavailable(_))));
    assert!(matches!(store.append_log(&key("a"), vec![]).await, Err(ReadError::Unavailable(_))));
}

#[test]
fn a_data_directory_in_use_names_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    let second = SqliteStore::open(directory.path(), &Options::default());
    let Err(OpenError::Locked { pid }) = second else { panic!("opened twice: {second:?}") };
    assert_eq!(pid, std::process::id());
    drop(first);
    open(directory.path());
}

#[test]
fn a_file_of_a_later_release_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).close();
    inspect(directory.path()).pragma_update(None, "user_version", 99).unwrap();
    let refused = SqliteStore::open(directory.path(), &Options::default());
    let Err(error @ OpenError::Newer { found: 99, .. }) = refused else {
        panic!("not refused: {refused:?}");
    };
    assert!(error.to_string().starts_with("database has format 99, this release knows"));
    let version: i64 = inspect(directory.path())
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_file_of_another_program_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    inspect(directory.path()).execute_batch("CREATE TABLE theirs (x)").unwrap();
    let refused = SqliteStore::open(directory.path(), &Options::default());
    assert!(matches!(refused, Err(OpenError::Foreign)), "{refused:?}");
}

#[test]
fn a_file_that_is_no_database_is_corrupt() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("compasso.db"), "no database ".repeat(1_000)).unwrap();
    let refused = SqliteStore::open(directory.path(), &Options::default());
    assert!(matches!(refused, Err(OpenError::Corrupt(_))), "{refused:?}");
}

#[tokio::test]
async fn damaged_pages_are_reported_as_corrupt() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let writes = (0..200).map(|n| turn(start(&n.to_string()))).collect();
    assert_eq!(commit(&store, epoch, writes).await, WRITTEN);
    store.close();
    let path = directory.path().join("compasso.db");
    let page: usize = inspect(directory.path())
        .query_row(
            "SELECT pageno FROM dbstat WHERE name = 'execution' ORDER BY pageno DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let size: usize =
        inspect(directory.path()).pragma_query_value(None, "page_size", |row| row.get(0)).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[(page - 1) * size..page * size].fill(0xEE);
    fs::write(&path, bytes).unwrap();

    let store = open(directory.path());
    assert!(matches!(store.execution(&key("199")).await, Err(ReadError::Corrupt(_))));
}
