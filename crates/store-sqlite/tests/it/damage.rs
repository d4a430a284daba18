//! What was damaged in the file.

use std::sync::{Arc, Mutex};

use compasso_store::contract::{self, HARMED, Harm, Harmed};
use compasso_store::{ExecutionKey, ReadError, Store};
use compasso_store_sqlite::{Options, SqliteStore};
use futures::FutureExt;
use futures::future::ready;
use rusqlite::{Connection, params};

use crate::fixture::{WRITTEN, commit, inspect, key, open, start, step, turn};

const OF: &str = "(SELECT id FROM execution WHERE key = ?1)";

#[tokio::test]
async fn damage_in_the_file_is_noticed() {
    let directories = Mutex::new(Vec::new());
    contract::run_harmed(|| async {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(directory.path(), &Options::default()).unwrap());
        let file = directory.path().to_owned();
        directories.lock().unwrap().push(directory);
        let harm = Arc::new(move |key: ExecutionKey, what| {
            harm(&inspect(&file), &key, what);
            ready(()).boxed()
        });
        Harmed { store, harm }
    })
    .await;
}

#[tokio::test]
async fn an_inspection_names_executions_with_damaged_journals() {
    for what in [Harm::Row(1), Harm::Loss(0), Harm::Loss(2)] {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path());
        let epoch = store.acquire().await.unwrap();
        for name in ["a", "b"] {
            let writes = vec![turn(start(name)), turn(step(name, 1)), turn(step(name, 2))];
            assert_eq!(commit(&store, epoch, writes).await, WRITTEN);
        }
        store.close();
        assert_eq!(compasso_store_sqlite::inspect(directory.path()).unwrap().problems, [""; 0]);
        harm(&inspect(directory.path()), &key("a"), what);
        let problems = compasso_store_sqlite::inspect(directory.path()).unwrap().problems;
        assert!(problems.len() == 1 && problems[0].starts_with("a: the "), "{problems:?}");
    }
}

#[tokio::test]
async fn a_journal_of_an_older_release_is_sealed_from_its_next_row_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let writes = vec![turn(start("a")), turn(step("a", 1)), turn(start("b"))];
    assert_eq!(commit(&store, epoch, writes).await, WRITTEN);
    store.close();
    become_format_10(&inspect(directory.path()));

    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    assert!(store.execution(&key("a")).await.unwrap().unwrap().is_image_whole);
    assert_eq!(commit(&store, epoch, vec![turn(step("a", 2))]).await, WRITTEN);
    assert_eq!(store.journal(&key("a"), 1, 100).await.unwrap().len(), 3);
    assert_eq!(store.journal(&key("b"), 1, 100).await.unwrap().len(), 1);
    harm(&inspect(directory.path()), &key("a"), Harm::Row(2));
    assert!(matches!(store.journal(&key("a"), 1, 100).await, Err(ReadError::Corrupt(_))));
}

fn harm(connection: &Connection, key: &ExecutionKey, what: Harm) {
    let text = str::from_utf8(&HARMED).unwrap();
    let row = format!(
        "(SELECT id FROM journal WHERE execution = {OF} ORDER BY first_event, id LIMIT 1 OFFSET ?2)"
    );
    let changed = match what {
        Harm::Row(at) => connection.execute(
            &format!("UPDATE journal SET body = ?3 WHERE id = {row}"),
            params![&*key.0, at as i64, text],
        ),
        Harm::Loss(at) => connection
            .execute(&format!("DELETE FROM journal WHERE id = {row}"), params![&*key.0, at as i64]),
        Harm::Image => connection
            .execute("UPDATE execution SET image = ?2 WHERE key = ?1", params![&*key.0, text]),
    };
    assert_eq!(changed.unwrap(), 1);
}

/// Takes away what later formats added.
fn become_format_10(connection: &Connection) {
    let columns = [
        ("journal", "before"),
        ("journal", "seal"),
        ("execution", "seal"),
        ("execution", "image_seal"),
    ];
    for (table, column) in columns {
        connection.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN {column}")).unwrap();
    }
    connection.execute_batch("DROP TABLE pack; DROP TABLE packing").unwrap();
    connection.pragma_update(None, "user_version", 10).unwrap();
}
