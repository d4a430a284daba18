//! Packing while connections break.

use std::collections::BTreeMap;

use compasso_store::{
    Batch, ExecutionKey, JournalEntry, Outcome, ReadError, Status, Store, Turn, Write,
};
use compasso_store_postgres::PostgresStore;
use compasso_types::Timestamp;
use tokio_postgres::{Client, NoTls};

use crate::cluster::{Cluster, open};
use crate::rows::{key, start, step, turn};

/// How many executions are packed; a step takes some of them.
const EXECUTIONS: usize = 200;
/// When all of them have closed.
const LATER: Timestamp = Timestamp(2);

const BREAK: &str = "
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()";
const WAITING: &str = "
    SELECT EXISTS (SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock')";

async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Writes closed executions with an image and three rows each.
async fn write(store: &PostgresStore, count: usize) {
    let closed = |number: usize| -> [Write; 3] {
        let name = number.to_string();
        let image = Some(bytes::Bytes::from_static(b"{}"));
        let (status, stopped) = (Status::Failed, Some(LATER));
        let end = Turn { status, stopped, image, ..step(&name, 2) };
        [turn(start(&name)), turn(step(&name, 1)), turn(end)]
    };
    let epoch = store.acquire().await.unwrap();
    let writes = (0..count).flat_map(closed).collect();
    let written = store.commit(Batch { epoch, writes }).await;
    assert_eq!(written, Outcome::Committed { conflicts: Vec::new() });
}

async fn journals(
    store: &PostgresStore,
    count: usize,
) -> BTreeMap<ExecutionKey, Vec<JournalEntry>> {
    let mut journals = BTreeMap::new();
    for number in 0..count {
        let key = key(&number.to_string());
        journals.insert(key.clone(), store.journal(&key, 1, 100).await.unwrap());
    }
    journals
}

#[tokio::test]
async fn packing_goes_on_over_connections_that_break_and_loses_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let store = open(&address).await;
    write(&store, EXECUTIONS).await;
    let before = journals(&store, EXECUTIONS).await;
    let client = connect(&address).await;
    let breaking = tokio::spawn(async move {
        loop {
            client.query(BREAK, &[]).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    // While they break, and then in peace.
    for _ in 0..100 {
        match store.pack(LATER).await {
            Ok(_) | Err(ReadError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    breaking.abort();
    assert!(breaking.await.is_err());
    let client = connect(&address).await;
    while !matches!(store.pack(LATER).await, Ok(packed) if packed.is_over) {}
    let left = client.query_one("SELECT count(*) FROM journal", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0, "all is packed");
    assert!(journals(&open(&address).await, EXECUTIONS).await == before);
}

#[tokio::test]
async fn rows_that_a_lost_step_has_packed_are_not_packed_again() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let store = std::sync::Arc::new(open(&address).await);
    write(&store, 1).await;
    let before = journals(&store, 1).await;
    // A step that nobody heard of again holds the fence, and comes to its end.
    let lost = connect(&address).await;
    let moved = "CREATE TABLE moved AS SELECT * FROM journal; BEGIN;
        UPDATE fence SET commits = commits + 1; DELETE FROM journal";
    lost.batch_execute(moved).await.unwrap();
    let next = tokio::spawn({
        let store = store.clone();
        async move { store.pack(LATER).await }
    });
    let client = connect(&address).await;
    while !client.query_one(WAITING, &[]).await.unwrap().get::<_, bool>(0) {
        tokio::task::yield_now().await;
    }
    lost.batch_execute("COMMIT").await.unwrap();
    let next = next.await.unwrap();
    assert!(matches!(next, Err(ReadError::Unavailable(_))), "{next:?}");
    let packs = client.query_one("SELECT count(*) FROM pack", &[]).await.unwrap();
    assert_eq!(packs.get::<_, i64>(0), 0);
    client.batch_execute("INSERT INTO journal SELECT * FROM moved").await.unwrap();
    while !store.pack(LATER).await.unwrap().is_over {}
    assert_eq!(journals(&store, 1).await, before);
}
