//! What a store says while the database is away, and after.

use bytes::Bytes;
use compasso_store::{Batch, DocumentChange, Expected, Outcome, ReadError, Store, Write};

use crate::cluster::{Cluster, open};

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
