//! What a store says while the database is away, and after.

use bytes::Bytes;
use compasso_sql::PostgresServer;
use compasso_store::{Batch, DocumentChange, Epoch, Expected, Outcome, ReadError, Store, Write};
use compasso_store_postgres::{Options, PostgresStore};

use crate::cluster::{Cluster, open, relaxed};
use crate::rows::key;

fn put(key: &str) -> Write {
    Write::Documents(vec![DocumentChange {
        kind: "note",
        key: key.to_owned(),
        expected: Expected::Any,
        body: Some(Bytes::from_static(b"1")),
    }])
}

#[tokio::test]
async fn what_was_committed_outlasts_a_crash_and_the_store_finds_back_by_itself() {
    let Some(cluster) = Cluster::start() else { return };
    let store = open(&cluster.database()).await;
    let epoch = store.acquire().await.unwrap();
    let committed = Outcome::Committed { conflicts: Vec::new() };
    assert_eq!(store.commit(Batch { epoch, writes: vec![put("before")] }).await, committed);
    cluster.crash();
    let outcome = store.commit(Batch { epoch, writes: vec![put("meanwhile")] }).await;
    assert!(matches!(outcome, Outcome::Rejected { .. } | Outcome::Unknown { .. }), "{outcome:?}");
    let read = store.document("note", "before").await;
    assert!(matches!(read, Err(ReadError::Unavailable(_))), "{read:?}");
    cluster.begin();
    // The old connections may only be found dead by their next use.
    while store.document("note", "before").await.is_err() {}
    assert!(store.document("note", "before").await.unwrap().is_some());
    let epoch = store.acquire().await.unwrap();
    let stored = store.document("note", "meanwhile").await.unwrap();
    assert!(stored.is_none(), "{outcome:?}");
    assert_eq!(store.commit(Batch { epoch, writes: vec![put("after")] }).await, committed);
    assert!(store.document("note", "after").await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_is_read_from_a_server_that_stands_by() {
    let (Some(main), Some(other)) = (Cluster::start(), Cluster::start()) else { return };
    let there = other.database();
    open(&there).await.close().await;
    let server = PostgresServer::parse(&there).unwrap();
    let client = server.connect().await.unwrap();
    let stands_by = "ALTER DATABASE postgres SET default_transaction_read_only = on";
    client.batch_execute(stands_by).await.unwrap();
    // Both have these tables, as if one followed the other.
    let both = main.database().replace("/postgres", &format!(",{}/postgres", other.host()));
    let store = open(&both).await;
    assert_eq!(store.execution(&key("a")).await, Ok(None));
    main.crash();
    for _ in 0..10 {
        let read = store.execution(&key("a")).await;
        assert!(matches!(read, Err(ReadError::Unavailable(_))), "{read:?}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_given_up_and_asked_again_anew() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let options = Options { readers: 1, ..relaxed() };
    let store = PostgresStore::open(&address, &options).await.unwrap();
    assert_eq!(store.document("note", "a").await, Ok(None));
    let early = store.acquire().await.unwrap();
    let client = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    client.batch_execute("BEGIN; LOCK TABLE document, fence").await.unwrap();
    // Time passes while nothing else happens.
    tokio::time::pause();
    assert!(matches!(store.document("note", "a").await, Err(ReadError::Unavailable(_))));
    assert!(matches!(store.acquire().await, Err(ReadError::Unavailable(_))));
    tokio::time::resume();
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.document("note", "a").await, Ok(None));
    // What was given up has not raised the epoch, and never will.
    assert_eq!(store.acquire().await, Ok(Epoch(early.0 + 1)));
}
