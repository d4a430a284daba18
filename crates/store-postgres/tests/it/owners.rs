//! Who may write.

use bytes::Bytes;
use compasso_sql::PostgresServer;
use compasso_store::{Batch, DocumentChange, Epoch, Expected, Outcome, Store, Write};
use compasso_store_postgres::{Options, PostgresStore};
use futures::future::join_all;

use crate::cluster::{Cluster, open, relaxed};
use crate::rows::{key, line, start, turn};

fn note(epoch: Epoch, key: &str) -> Batch {
    let change = DocumentChange {
        kind: "note",
        key: key.to_owned(),
        expected: Expected::Absent,
        body: Some(Bytes::from_static(b"1")),
    };
    Batch { epoch, writes: vec![Write::Documents(vec![change])] }
}

#[tokio::test]
async fn an_owner_is_fenced_off_by_the_next_one_in_another_process() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (first, second) = (open(&address).await, open(&address).await);
    let early = first.acquire().await.unwrap();
    assert!(matches!(first.commit(note(early, "a")).await, Outcome::Committed { .. }));
    let late = second.acquire().await.unwrap();
    assert!(late > early);
    assert_eq!(first.commit(note(early, "b")).await, Outcome::Fenced);
    assert_eq!(second.commit(note(late, "a")).await, Outcome::Committed { conflicts: vec![0] });
    assert!(second.document("note", "b").await.unwrap().is_none());
}

#[tokio::test]
async fn an_owner_that_was_fenced_off_adds_nothing_to_logs() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (first, second) = (open(&address).await, open(&address).await);
    let early = first.acquire().await.unwrap();
    let begun = Batch { epoch: early, writes: vec![turn(start("a"))] };
    assert!(matches!(first.commit(begun).await, Outcome::Committed { .. }));
    let late = second.acquire().await.unwrap();
    first.append_log(&key("a"), vec![line("early")]).await.unwrap();
    // It writes what waits before it ends.
    first.close().await;
    second.append_log(&key("a"), vec![line("late")]).await.unwrap();
    let nothing = Batch { epoch: late, writes: Vec::new() };
    assert!(matches!(second.commit(nothing).await, Outcome::Committed { .. }));
    assert_eq!(second.log(&key("a"), 0, 10).await.unwrap(), [(1, line("late"))]);
}

#[tokio::test]
async fn several_processes_may_make_the_tables_at_once() {
    let Some(cluster) = Cluster::start() else { return };
    for _ in 0..5 {
        let address = cluster.database();
        let stores = join_all((0..8).map(|_| open(&address))).await;
        assert_eq!(stores.len(), 8);
    }
}

#[tokio::test]
async fn tables_of_a_later_release_are_refused() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    open(&address).await.close().await;
    let server = PostgresServer::parse(&address).unwrap();
    let client = server.connect().await.unwrap();
    client.batch_execute("UPDATE compasso_format SET format = 99").await.unwrap();
    assert!(refusal(&address, &relaxed()).await.starts_with("database has format 99"));
}

#[tokio::test]
async fn a_database_that_does_not_sync_is_refused_unless_that_is_asked_for() {
    let Some(cluster) = Cluster::start() else { return };
    let refusal = refusal(&cluster.database(), &Options::default()).await;
    assert!(refusal.contains("fsync is off"), "{refusal}");
}

#[tokio::test]
async fn a_database_that_cannot_keep_all_texts_is_refused() {
    let Some(cluster) = Cluster::start() else { return };
    let server = PostgresServer::parse(&cluster.database()).unwrap();
    let client = server.connect().await.unwrap();
    let make = "CREATE DATABASE old TEMPLATE template0 ENCODING 'LATIN1'";
    client.batch_execute(make).await.unwrap();
    let address = format!("postgres://compasso@{}/old", cluster.host());
    let refusal = refusal(&address, &relaxed()).await;
    assert!(refusal.contains("encoding LATIN1"), "{refusal}");
}

async fn refusal(address: &str, options: &Options) -> String {
    PostgresStore::open(address, options).await.err().unwrap().to_string()
}
