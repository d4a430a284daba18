//! Nodes that share the tables: leases, and who owns the store.

use std::time::Duration;

use compasso_sql::PostgresServer;
use compasso_store::{
    Batch, DocumentChange, Epoch, Expected, NodeIdentity, Nodes, Outcome, ReadError, Store, Write,
};
use compasso_store_postgres::{Acknowledged, Options, PostgresNodes, PostgresStore};
use futures::FutureExt;
use futures::future::join_all;

use compasso_testkit::postgres::Lasting;

use crate::cluster::{Cluster, relaxed};

/// Outlasts any test.
const LONG: Duration = Duration::from_secs(3_600);

pub(crate) fn node(id: &str) -> NodeIdentity {
    NodeIdentity {
        id: id.into(),
        address: format!("{id}:8400").into(),
        host: "here".into(),
        build: "1".into(),
    }
}

async fn nodes(address: &str) -> PostgresNodes {
    PostgresNodes::open(address, &relaxed()).await.unwrap()
}

async fn store_of(address: &str, id: &str) -> PostgresStore {
    let options = Options { node: Some(id.into()), ..relaxed() };
    PostgresStore::open(address, &options).await.unwrap()
}

fn note(epoch: Epoch) -> Batch {
    let change = DocumentChange {
        kind: "note",
        key: "a".to_owned(),
        expected: Expected::Any,
        body: Some("1".into()),
    };
    Batch { epoch, writes: vec![Write::Documents(vec![change])] }
}

#[tokio::test]
async fn the_roll_has_all_nodes_with_their_leases_and_the_owner() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let nodes = nodes(&address).await;
    nodes.join(&node("a")).await.unwrap();
    let roll = nodes.renew(&node("b"), LONG).await.unwrap();
    assert_eq!((roll.epoch, &roll.owner), (Epoch(0), &None));
    let found: Vec<_> =
        roll.nodes.iter().map(|node| (&node.identity, node.lease.is_some())).collect();
    assert_eq!(found, [(&node("a"), false), (&node("b"), true)]);
    assert!(roll.live_owner().is_none());
    assert_eq!(nodes.take("b").await.unwrap(), Some(Epoch(1)));
    let roll = nodes.renew(&node("a"), LONG).await.unwrap();
    assert_eq!(roll.live_owner().unwrap().identity, node("b"));
    nodes.leave("b").await.unwrap();
    let roll = nodes.renew(&node("a"), LONG).await.unwrap();
    assert_eq!((roll.nodes.len(), roll.live_owner()), (1, None));
}

#[tokio::test]
async fn of_many_that_take_the_store_one_gets_it() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let many = join_all((0..8).map(|_| nodes(&address))).await;
    let ids: Vec<String> = (0..8).map(|number| format!("n{number}")).collect();
    for (nodes, id) in many.iter().zip(&ids) {
        nodes.renew(&node(id), LONG).await.unwrap();
    }
    let taken = join_all(many.iter().zip(&ids).map(|(nodes, id)| nodes.take(id))).await;
    let winners = taken.into_iter().filter_map(Result::unwrap).count();
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn a_store_is_taken_when_its_owner_has_no_lease_or_lets_go() {
    let Some(cluster) = Cluster::start() else { return };
    let nodes = nodes(&cluster.database()).await;
    nodes.renew(&node("a"), LONG).await.unwrap();
    nodes.renew(&node("b"), LONG).await.unwrap();
    assert!(nodes.take("a").await.unwrap().is_some());
    assert_eq!(nodes.take("b").await.unwrap(), None);
    // It has run out at once.
    nodes.renew(&node("a"), Duration::ZERO).await.unwrap();
    assert!(nodes.take("b").await.unwrap().is_some());
    assert_eq!(nodes.take("a").await.unwrap(), None);
    nodes.hand_over("a").await.unwrap();
    assert_eq!(nodes.take("a").await.unwrap(), None);
    nodes.hand_over("b").await.unwrap();
    assert!(nodes.take("a").await.unwrap().is_some());
}

#[tokio::test]
async fn one_that_comes_back_to_its_address_need_not_wait_for_the_lease_of_the_one_before() {
    let Some(cluster) = Cluster::start() else { return };
    let nodes = nodes(&cluster.database()).await;
    nodes.renew(&node("a"), LONG).await.unwrap();
    nodes.take("a").await.unwrap().unwrap();
    let again = NodeIdentity { id: "b".into(), ..node("a") };
    nodes.join(&again).await.unwrap();
    assert!(nodes.take("b").await.unwrap().is_some());
}

#[tokio::test]
async fn only_the_owner_acquires_the_store_and_it_loses_it_to_the_next() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let nodes = nodes(&address).await;
    let (first, second) = (store_of(&address, "a").await, store_of(&address, "b").await);
    assert_eq!(first.acquire().await, Err(ReadError::Taken));
    nodes.take("a").await.unwrap().unwrap();
    let early = first.acquire().await.unwrap();
    assert!(matches!(first.commit(note(early)).await, Outcome::Committed { .. }));
    nodes.take("b").await.unwrap().unwrap();
    assert_eq!(first.commit(note(early)).await, Outcome::Fenced);
    // One that wakes late does not take it back.
    assert_eq!(first.acquire().await, Err(ReadError::Taken));
    let late = second.acquire().await.unwrap();
    assert!(matches!(second.commit(note(late)).await, Outcome::Committed { .. }));
}

#[tokio::test]
async fn a_database_that_has_lost_what_was_acknowledged_is_written_by_nobody_who_knows() {
    let Some(cluster) = Cluster::start_lasting(Lasting::Power) else { return };
    let address = cluster.database();
    let options = Options { node: Some("a".into()), ..Options::default() };
    let nodes = PostgresNodes::open(&address, &options).await.unwrap();
    nodes.take("a").await.unwrap().unwrap();
    let store = PostgresStore::open(&address, &options).await.unwrap();
    let epoch = store.acquire().await.unwrap();
    assert_eq!(nodes.acknowledged(), 0);
    for _ in 0..3 {
        assert!(matches!(store.commit(note(epoch)).await, Outcome::Committed { .. }));
    }
    assert_eq!(nodes.acknowledged(), 3);
    // A standby takes over that had not all of it, with the same epoch.
    let client = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    client.batch_execute("UPDATE fence SET commits = commits - 1").await.unwrap();
    assert_eq!(store.commit(note(epoch)).await, Outcome::Fenced);
    assert_eq!(store.reacquire(epoch).await, Err(ReadError::Taken));
    // The next engine of the same node has not forgotten it.
    let next = PostgresStore::open(&address, &options).await.unwrap();
    assert_eq!(next.acquire().await, Err(ReadError::Taken));
    let roll = nodes.renew(&node("a"), LONG).await.unwrap();
    assert!(roll.commits < nodes.acknowledged());
    // Who knows nothing of it may go on.
    let fresh = Options { acknowledged: Acknowledged::default(), ..options };
    let fresh = PostgresStore::open(&address, &fresh).await.unwrap();
    let epoch = fresh.acquire().await.unwrap();
    assert!(matches!(fresh.commit(note(epoch)).await, Outcome::Committed { .. }));
}

#[tokio::test]
async fn a_frozen_owner_in_the_middle_of_a_commit_is_cut_off() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let nodes = nodes(&address).await;
    nodes.take("a").await.unwrap().unwrap();
    // It holds the fence and says nothing more.
    let client = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    let held =
        "SET idle_in_transaction_session_timeout = '2s'; BEGIN; SELECT * FROM fence FOR UPDATE";
    client.batch_execute(held).await.unwrap();
    assert!(matches!(nodes.take("b").await, Err(ReadError::Unavailable(_))));
    // Renewals wait for no commit.
    nodes.renew(&node("b"), LONG).await.unwrap();
    while nodes.take("b").await.is_err() {}
    let roll = nodes.renew(&node("b"), LONG).await.unwrap();
    assert_eq!(roll.live_owner().unwrap().identity, node("b"));
}

#[tokio::test]
async fn nodes_agree_on_what_the_first_one_says() {
    let Some(cluster) = Cluster::start() else { return };
    let nodes = nodes(&cluster.database()).await;
    assert_eq!(nodes.agree("key", "one").await.unwrap(), "one");
    assert_eq!(nodes.agree("key", "two").await.unwrap(), "one");
    assert_eq!(nodes.agree("place", "two").await.unwrap(), "two");
}

#[tokio::test]
async fn a_turn_that_two_processes_had_under_way_at_their_ends_is_suspect_for_all() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (first, second) = (nodes(&address).await, nodes(&address).await);
    let turns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    first.note_ended("a", &turns(&["e 7", "f 1"])).await.unwrap();
    // It could not say that it had said it.
    first.note_ended("a", &turns(&["e 7", "f 1"])).await.unwrap();
    assert!(second.suspects().await.unwrap().is_empty());
    second.note_ended("b", &turns(&["e 7", "f 2"])).await.unwrap();
    assert_eq!(first.suspects().await.unwrap(), ["e 7"]);
    // One of them went on after all.
    second.forget_ended("b", &turns(&["e 7"])).await.unwrap();
    assert!(first.suspects().await.unwrap().is_empty());
    second.note_ended("b", &turns(&["e 7"])).await.unwrap();
    // What was long ago was an accident.
    let client = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    let earlier = "UPDATE ended_turn SET noted = noted - interval '2 days'";
    client.batch_execute(earlier).await.unwrap();
    first.note_ended("c", &turns(&["e 7"])).await.unwrap();
    assert!(first.suspects().await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_comes_to_own_the_tables_of_a_later_release() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let nodes = nodes(&address).await;
    let (store, other) = (store_of(&address, "a").await, store_of(&address, "b").await);
    nodes.take("a").await.unwrap().unwrap();
    let held = store.acquire().await.unwrap();
    // A later release is just making them.
    let later = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    later.batch_execute("BEGIN; SELECT FROM compasso_format FOR UPDATE").await.unwrap();
    later.batch_execute("UPDATE compasso_format SET format = 99").await.unwrap();
    let mut acquired = other.acquire();
    let watch = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    while watch.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!((&mut acquired).now_or_never().is_none());
    }
    let taken = nodes.take("b").await;
    assert!(matches!(taken, Err(ReadError::Unavailable(_))), "{taken:?}");
    later.batch_execute("COMMIT").await.unwrap();
    let newer = |why: &ReadError| matches!(why, ReadError::Newer(why) if why.contains("format 99"));
    let refused = acquired.await.unwrap_err();
    assert!(newer(&refused), "{refused}");
    // Its owner goes on until it ends, and nobody follows it.
    let again = store.reacquire(held).await.unwrap();
    assert!(matches!(store.commit(note(again)).await, Outcome::Committed { .. }));
    nodes.hand_over("a").await.unwrap();
    let refused = nodes.take("b").await.unwrap_err();
    assert!(newer(&refused), "{refused}");
    let roll = nodes.renew(&node("b"), LONG).await.unwrap();
    assert_eq!(roll.owner, None);
}
