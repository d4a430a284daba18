//! What was damaged in the database.

use std::sync::Arc;

use compasso_store::contract::{self, HARMED, Harm, Harmed};
use compasso_store::{ExecutionKey, Outcome, ReadError, Status, Store, Turn};
use compasso_types::Timestamp;
use futures::FutureExt;
use tokio_postgres::{Client, NoTls};

use crate::cluster::{Cluster, open};
use crate::rows::{key, start, step, turn};

const OF: &str = "(SELECT id FROM execution WHERE key = $1)";

#[tokio::test]
async fn damage_in_the_database_is_noticed() {
    let Some(cluster) = Cluster::start() else { return };
    contract::run_harmed(|| async {
        let address = cluster.database();
        let store = Arc::new(open(&address).await);
        let harm = Arc::new(move |key: ExecutionKey, what| {
            let address = address.clone();
            async move { harm(&connect(&address).await, &key, what).await }.boxed()
        });
        Harmed { store, harm }
    })
    .await;
}

#[tokio::test]
async fn a_journal_of_an_older_release_is_sealed_from_its_next_row_on() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let store = open(&address).await;
    write(&store, vec![turn(start("a")), turn(step("a", 1)), turn(start("b"))]).await;
    store.close().await;
    let client = connect(&address).await;
    become_format_4(&client).await;

    let store = open(&address).await;
    assert!(store.execution(&key("a")).await.unwrap().unwrap().is_image_whole);
    write(&store, vec![turn(step("a", 2))]).await;
    assert_eq!(store.journal(&key("a"), 1, 100).await.unwrap().len(), 3);
    assert_eq!(store.tail(&key("a")).await.unwrap().len(), 2);
    assert_eq!(store.journal(&key("b"), 1, 100).await.unwrap().len(), 1);
    harm(&client, &key("a"), Harm::Row(2)).await;
    assert!(matches!(store.journal(&key("a"), 1, 100).await, Err(ReadError::Corrupt(_))));
}

const TABLE: &str = "SELECT pg_relation_filepath('journal')";
const INDEXES: &str =
    "SELECT pg_relation_filepath(indexrelid) FROM pg_index WHERE indrelid = 'journal'::regclass";

#[tokio::test]
async fn damage_that_the_database_itself_notices_is_damage_and_no_outage() {
    let Some(cluster) = Cluster::start() else { return };
    // A page that cannot be one, and indexes whose pages were never written.
    for (files, filled, code) in [(TABLE, 0xFF, "XX001"), (INDEXES, 0, "XX002")] {
        let address = cluster.database();
        let store = open(&address).await;
        write(&store, vec![turn(start("a"))]).await;
        assert_eq!(store.journal(&key("a"), 1, 100).await.unwrap().len(), 1);
        store.close().await;
        let client = connect(&address).await;
        client.batch_execute("CHECKPOINT").await.unwrap();
        let files = client.query(files, &[]).await.unwrap();
        cluster.crash();
        for row in &files {
            cluster.overwrite(row.get(0), filled);
        }
        cluster.begin();
        let client = connect(&address).await;
        let told = client.query("SELECT body FROM journal WHERE execution = 1", &[]).await;
        let told = told.unwrap_err().code().map(|code| code.code().to_owned());
        assert_eq!(told.as_deref(), Some(code));
        let store = open(&address).await;
        let read = store.journal(&key("a"), 1, 100).await;
        assert!(matches!(&read, Err(ReadError::Corrupt(_))), "{read:?}");
        store.close().await;
    }
}

/// What is left of executions that are gone, or is wrong with those that are there.
const STRAYS: [&str; 7] = [
    "INSERT INTO journal VALUES (99, 1, 1, 0, '[]')",
    "INSERT INTO pack VALUES (98, 1, 0, 1, NULL, NULL, 'x')",
    "INSERT INTO large_value VALUES (97, 'name', 'x')",
    "INSERT INTO log_chunk VALUES (96, 1, 1, 'x')",
    "INSERT INTO attribute VALUES ('n', 't1', 1, 95)",
    "UPDATE execution SET wake_at = 1 WHERE key = 'closed'",
    "INSERT INTO removal SELECT id FROM execution WHERE key = 'closed'",
];

#[tokio::test]
async fn what_belongs_to_no_execution_is_told_with_how_to_be_rid_of_it() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let store = open(&address).await;
    let (status, stopped) = (Status::Failed, Some(Timestamp(2)));
    let closed = Turn { status, stopped, ..step("closed", 1) };
    write(&store, vec![turn(start("open")), turn(start("closed")), turn(closed)]).await;
    store.close().await;
    let client = connect(&address).await;
    assert_eq!(open(&address).await.strays().await.unwrap(), [""; 0]);
    for damage in STRAYS {
        client.batch_execute(damage).await.unwrap();
        let store = open(&address).await;
        let found = store.strays().await.unwrap();
        let [problem] = &found[..] else { panic!("after {damage}: {found:?}") };
        client.batch_execute(statement_in(problem)).await.unwrap();
        assert_eq!(store.strays().await.unwrap(), [""; 0], "after {damage}");
        store.close().await;
    }
    // The first commit of an owner has it look for what one before it left.
    let store = open(&address).await;
    write(&store, Vec::new()).await;
    let left = "SELECT EXISTS (SELECT 1 FROM removal)";
    while client.query_one(left, &[]).await.unwrap().get(0) {
        tokio::task::yield_now().await;
    }
    for (table, rows) in [("journal", 3_i64), ("pack", 0), ("large_value", 0), ("log_chunk", 0)] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(client.query_one(&count, &[]).await.unwrap().get::<_, i64>(0), rows, "{table}");
    }
}

/// Returns the statement that a problem says.
fn statement_in(problem: &str) -> &str {
    let from = ["INSERT", "DELETE", "UPDATE"].iter().find_map(|verb| problem.find(verb)).unwrap();
    let ends = [" has the server", " removes", " takes", " keeps"];
    let to = ends.iter().find_map(|end| problem[from..].find(end)).unwrap();
    &problem[from..from + to]
}

async fn write(store: &dyn Store, writes: Vec<compasso_store::Write>) {
    let epoch = store.acquire().await.unwrap();
    let written = store.commit(compasso_store::Batch { epoch, writes }).await;
    assert_eq!(written, Outcome::Committed { conflicts: vec![] });
}

async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn harm(client: &Client, key: &ExecutionKey, what: Harm) {
    let row = |at: usize| {
        format!(
            "(execution, revision) = (SELECT execution, revision FROM journal WHERE execution = {OF}
            ORDER BY first_event, revision LIMIT 1 OFFSET {at})"
        )
    };
    let body = &HARMED[..];
    let changed = match what {
        Harm::Row(at) => {
            let sql = format!("UPDATE journal SET body = $2 WHERE {}", row(at));
            client.execute(&sql, &[&&*key.0, &body]).await
        }
        Harm::Loss(at) => {
            client.execute(&format!("DELETE FROM journal WHERE {}", row(at)), &[&&*key.0]).await
        }
        Harm::Image => {
            let sql = "UPDATE execution SET image = $2 WHERE key = $1";
            client.execute(sql, &[&&*key.0, &body]).await
        }
    };
    assert_eq!(changed.unwrap(), 1);
}

/// Takes away what later formats added.
async fn become_format_4(client: &Client) {
    let columns = "
        ALTER TABLE journal DROP COLUMN before, DROP COLUMN seal;
        ALTER TABLE execution DROP COLUMN seal, DROP COLUMN image_seal;
        ALTER TABLE node DROP COLUMN aside;
        DROP TABLE pack, packing, fence_lane, ended_turn;
        DROP INDEX fence_epoch;
        UPDATE compasso_format SET format = 4";
    client.batch_execute(columns).await.unwrap();
}
