//! What was damaged in the file.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use compasso_store::contract::{self, HARMED, Harm, Harmed};
use compasso_store::{ExecutionKey, ReadError, Status, Store, Turn};
use compasso_store_sqlite::{Options, SqliteStore};
use compasso_types::Timestamp;
use futures::FutureExt;
use futures::future::ready;
use rusqlite::{Connection, params};

use crate::fixture::{WRITTEN, commit, inspect, key, line, open, start, step, turn};

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
        assert!(problems.len() == 1 && problems[0].starts_with("a: journal: "), "{problems:?}");
    }
}

/// What is left of executions that are gone, or is wrong with those that are there.
const STRAYS: [&str; 10] = [
    "INSERT INTO journal (execution, first_event, events, body) VALUES (99, 1, 0, '[]')",
    "INSERT INTO pack (execution, next_event, number, rows, body) VALUES (99, 1, 0, 1, x'01')",
    "INSERT INTO image (execution, part, body) VALUES (99, 0, '{}')",
    "INSERT INTO log_chunk SELECT 99, 1, 1, lines FROM log_chunk",
    "INSERT INTO log VALUES (99, 1, 0, 1, 0, 'S', 0, 'text')",
    "INSERT INTO blob_use VALUES (99, (SELECT name FROM blob))",
    "INSERT INTO attribute VALUES ('n', 1, 1, 99)",
    "INSERT INTO blob VALUES ('00aa')",
    "UPDATE execution SET owes = 1 WHERE key = 'closed'",
    "INSERT INTO removal SELECT id FROM execution WHERE key = 'closed'",
];

#[tokio::test]
async fn an_inspection_says_what_belongs_to_no_execution_and_how_to_be_rid_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let large = Some(Bytes::from(format!("[\"{}\"]", "x".repeat(1_000_000))));
    let (status, stopped) = (Status::Succeeded, Some(Timestamp(1_700_000_000_124)));
    let closed = Turn { status, stopped, outcome: large, ..step("closed", 1) };
    let writes = vec![turn(start("open")), turn(start("closed")), turn(closed)];
    assert_eq!(commit(&store, epoch, writes).await, WRITTEN);
    store.append_log(&key("open"), vec![line("text")]).await.unwrap();
    store.close();
    let problems = || compasso_store_sqlite::inspect(directory.path()).unwrap().problems;
    assert_eq!(problems(), [""; 0]);
    for damage in STRAYS {
        inspect(directory.path()).execute_batch(damage).unwrap();
        let found = problems();
        // A blob that is not there is told of as well.
        let [.., problem] = &found[..] else { panic!("nothing is told of {damage}") };
        let told = found.iter().find(|it| it.contains("has the server")).unwrap_or(problem);
        inspect(directory.path()).execute_batch(statement_in(told)).unwrap();
        if told.contains("has the server") {
            let store = open(directory.path());
            store.acquire().await.unwrap();
            // It has time for that while nobody writes.
            while inspect(directory.path()).query_row(LEFT, [], |row| row.get(0)).unwrap() {
                tokio::task::yield_now().await;
            }
            store.close();
        }
        assert_eq!(problems(), [""; 0], "after {damage}");
    }
}

const LEFT: &str = "SELECT EXISTS (SELECT 1 FROM removal)";

/// Returns the statement that a problem says.
fn statement_in(problem: &str) -> &str {
    let from = ["INSERT", "DELETE", "UPDATE"].iter().find_map(|verb| problem.find(verb)).unwrap();
    let ends = [" has the server", " removes", " takes", " keeps"];
    let to = ends.iter().find_map(|end| problem[from..].find(end)).unwrap();
    &problem[from..from + to]
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
