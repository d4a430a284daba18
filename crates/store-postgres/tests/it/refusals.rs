//! What a store says of a commit that the database refuses, by the code of its refusal.

use bytes::Bytes;
use compasso_sql::PostgresServer;
use compasso_store::{Batch, DocumentChange, Expected, Outcome, Store, Write};
use compasso_store_postgres::PostgresStore;

use crate::cluster::{Cluster, open};

/// Where a transaction is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Write,
    End,
}

/// Has a database refuse the first so many transactions that write a document with `code`.
async fn refuse(address: &str, at: At, code: &str, times: usize) {
    let trigger = match at {
        At::Write => "TRIGGER refuse AFTER INSERT ON document",
        At::End => {
            "CONSTRAINT TRIGGER refuse AFTER INSERT ON document DEFERRABLE INITIALLY DEFERRED"
        }
    };
    let sql = format!(
        "CREATE SEQUENCE tries;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('tries') <= {times} THEN
                RAISE 'refused' USING ERRCODE = '{code}';
            END IF;
            RETURN NULL;
        END $$;
        CREATE {trigger} FOR EACH ROW EXECUTE FUNCTION refuse()"
    );
    let client = PostgresServer::parse(address).unwrap().connect().await.unwrap();
    client.batch_execute(&sql).await.unwrap();
}

/// Commits a document, and returns the outcome with whether it is stored.
async fn commit(cluster: &Cluster, at: At, code: &str, times: usize) -> (Outcome, bool) {
    let address = cluster.database();
    let store: PostgresStore = open(&address).await;
    let epoch = store.acquire().await.unwrap();
    refuse(&address, at, code, times).await;
    let change = DocumentChange {
        kind: "note",
        key: "a".to_owned(),
        expected: Expected::Absent,
        body: Some(Bytes::from_static(b"1")),
    };
    let writes = vec![Write::Documents(vec![change])];
    let outcome = store.commit(Batch { epoch, writes }).await;
    let is_stored = store.document("note", "a").await.unwrap().is_some();
    // Whatever it was, the store goes on.
    let next = store.commit(Batch { epoch, writes: Vec::new() }).await;
    assert_eq!(next, Outcome::Committed { conflicts: Vec::new() });
    (outcome, is_stored)
}

const COMMITTED: Outcome = Outcome::Committed { conflicts: Vec::new() };

#[tokio::test]
async fn what_others_were_in_the_way_of_is_tried_again() {
    let Some(cluster) = Cluster::start() else { return };
    for at in [At::Write, At::End] {
        for code in ["40001", "40P01"] {
            let done = commit(&cluster, at, code, 2).await;
            assert_eq!(done, (COMMITTED, true), "{at:?} {code}");
        }
    }
}

#[tokio::test]
async fn what_others_are_always_in_the_way_of_is_refused() {
    let Some(cluster) = Cluster::start() else { return };
    for at in [At::Write, At::End] {
        let (outcome, is_stored) = commit(&cluster, at, "40001", 1_000).await;
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{at:?}: {outcome:?}");
        assert!(!is_stored, "{at:?}");
    }
}

#[tokio::test]
async fn nobody_knows_what_became_of_a_statement_that_the_database_does_not_know_of() {
    let Some(cluster) = Cluster::start() else { return };
    for at in [At::Write, At::End] {
        let (outcome, _) = commit(&cluster, at, "40003", 1_000).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{at:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn other_refusals_are_certain_before_the_end_only() {
    let Some(cluster) = Cluster::start() else { return };
    let (outcome, is_stored) = commit(&cluster, At::Write, "23514", 1_000).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }) && !is_stored, "{outcome:?}");
    let (outcome, _) = commit(&cluster, At::End, "23514", 1_000).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}
