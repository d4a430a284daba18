//! Reads of what has many rows, and of what PostgreSQL takes in no text.

use std::sync::Arc;

use bytes::Bytes;
use compasso_store::copy::copy;
use compasso_store::{
    AttributeValue, Batch, Epoch, ExecutionFilter, JournalEntry, Outcome, Part, Removal, Revision,
    Status, Store, Turn, Write,
};
use compasso_store_postgres::{OpenError, PostgresStore};
use compasso_types::Timestamp;

use crate::cluster::{Cluster, fresh_store, open};
use crate::rows::{key, line, start, step, turn};

async fn write(store: &PostgresStore, epoch: Epoch, writes: Vec<Write>) {
    let outcome = store.commit(Batch { epoch, writes }).await;
    assert_eq!(outcome, Outcome::Committed { conflicts: Vec::new() });
}

#[tokio::test]
async fn journals_and_tails_of_many_turns_are_read_whole() {
    let Some(cluster) = Cluster::start() else { return };
    let store = fresh_store(&cluster).await;
    let epoch = store.acquire().await.unwrap();
    let turns = (1..300).map(|base| turn(step("a", base)));
    write(&store, epoch, [turn(start("a"))].into_iter().chain(turns).collect()).await;
    let entries = store.journal(&key("a"), 1, 1_000).await.unwrap();
    let firsts: Vec<u64> = entries.iter().map(|entry| entry.first_event).collect();
    assert_eq!(firsts, (1..=300).collect::<Vec<_>>());
    let entries = store.journal(&key("a"), 101, 150).await.unwrap();
    let firsts: Vec<u64> = entries.iter().map(|entry| entry.first_event).collect();
    assert_eq!(firsts, (101..=250).collect::<Vec<_>>());
    assert!(store.execution(&key("a")).await.unwrap().unwrap().has_tail);
    let tail = store.tail(&key("a")).await.unwrap();
    let firsts: Vec<u64> = tail.iter().map(|entry| entry.first_event).collect();
    assert_eq!(firsts, (2..=300).collect::<Vec<_>>());
    let image = Some(Bytes::from_static(b"{}"));
    write(&store, epoch, vec![turn(Turn { image, ..step("a", 300) })]).await;
    assert!(!store.execution(&key("a")).await.unwrap().unwrap().has_tail);
    assert_eq!(store.tail(&key("a")).await.unwrap(), []);
}

#[tokio::test]
async fn commits_and_reads_go_by_indexes_however_empty_the_tables_were_at_first() {
    const COMMITS: usize = 60;
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let store = open(&address).await;
    let epoch = store.acquire().await.unwrap();
    for number in 0..COMMITS {
        let name = number.to_string();
        write(&store, epoch, vec![turn(start(&name))]).await;
        write(&store, epoch, vec![turn(step(&name, 1))]).await;
        assert!(store.execution(&key(&name)).await.unwrap().is_some());
        assert_eq!(store.journal(&key(&name), 1, 9).await.unwrap().len(), 2);
    }
    store.close().await;
    drop(store);
    let (client, connection) =
        tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    // What a connection counted is known once it has ended.
    let others = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend'";
    while client.query_one(others, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        tokio::task::yield_now().await;
    }
    let read = "SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables
        WHERE relname IN ('execution', 'journal')";
    let read: i64 = client.query_one(read, &[]).await.unwrap().get(0);
    assert!(read < COMMITS as i64, "{read} rows were read that nobody asked for");
}

#[tokio::test]
async fn a_long_log_is_read_from_any_line() {
    let Some(cluster) = Cluster::start() else { return };
    let store = fresh_store(&cluster).await;
    let epoch = store.acquire().await.unwrap();
    write(&store, epoch, vec![turn(start("a")), turn(start("b"))]).await;
    // Each fills more than half a chunk.
    let long = "x".repeat(150 * 1024);
    for _ in 0..10 {
        let two = vec![line(&long), line(&long)];
        store.append_log(&key("a"), two).await.unwrap();
        store.append_log(&key("b"), vec![line("short")]).await.unwrap();
    }
    write(&store, epoch, Vec::new()).await;
    let numbers = |lines: Vec<(u64, _)>| lines.into_iter().map(|(number, _)| number);
    let found = store.log(&key("a"), 0, 100).await.unwrap();
    assert!(numbers(found).eq(1..=20));
    let found = store.log(&key("a"), 7, 12).await.unwrap();
    assert!(numbers(found).eq(8..=19));
    assert!(numbers(store.log(&key("b"), 3, 100).await.unwrap()).eq(4..=10));
}

#[tokio::test]
async fn executions_are_searched_by_texts_that_the_database_cannot_keep() {
    let Some(cluster) = Cluster::start() else { return };
    let store = fresh_store(&cluster).await;
    let epoch = store.acquire().await.unwrap();
    let texts = ["a\0", r"a\0", "a", r"a\\0"];
    let begun = texts.iter().zip("pqrs".chars()).map(|(text, name)| {
        let attributes = [("customer".into(), AttributeValue::Text((*text).into()))].into();
        turn(Turn { attributes, ..start(&name.to_string()) })
    });
    write(&store, epoch, begun.collect()).await;
    for (text, name) in texts.iter().zip("pqrs".chars()) {
        let attribute = Some((Arc::from("customer"), AttributeValue::Text((*text).into())));
        let filter = ExecutionFilter { attribute, ..ExecutionFilter::default() };
        let found = store.executions(filter, None, 10).await.unwrap().items;
        let found: Vec<_> = found.iter().map(|header| header.key.to_string()).collect();
        assert_eq!(found, [name.to_string()], "{text:?}");
    }
}

#[tokio::test]
async fn a_large_value_is_kept_once_for_an_execution_and_goes_with_it() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let store = open(&address).await;
    let (client, connection) =
        tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let count = async || -> i64 {
        client.query_one("SELECT count(*) FROM large_value", &[]).await.unwrap().get(0)
    };
    let epoch = store.acquire().await.unwrap();
    let value = format!("[\"{}\"]", "x".repeat(1_000_000));
    let body = Bytes::from(format!(r#"[{{"input":{value}}},{{"output":{value}}}]"#));
    let entry = |first_event| JournalEntry { first_event, events: 1, body: body.clone() };
    let begun = Turn { journal: Some(entry(1)), ..start("a") };
    write(&store, epoch, vec![turn(begun)]).await;
    let (status, stopped, outcome) = (Status::Succeeded, Some(Timestamp(2)), Some(body.clone()));
    let closed = Turn { journal: Some(entry(2)), status, stopped, outcome, ..step("a", 1) };
    write(&store, epoch, vec![turn(closed), turn(start("b"))]).await;
    assert_eq!(count().await, 1);
    assert!(store.journal(&key("a"), 1, 9).await.unwrap() == [entry(1), entry(2)]);
    let documents = Vec::new();
    let removal = Removal { key: key("a"), base: Revision(2), part: Part::Whole, documents };
    write(&store, epoch, vec![Write::Removal(removal)]).await;
    assert_eq!(store.execution(&key("a")).await, Ok(None));
    // Its rows go bit by bit.
    while count().await > 0 {}
    drop(client);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_snapshot_stays_as_it_was_and_is_not_written_to() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let nothing_there = PostgresStore::open_snapshot(&address).await;
    assert!(matches!(nothing_there, Err(OpenError::Older { found: 0, .. })));
    let store = open(&address).await;
    let epoch = store.acquire().await.unwrap();
    store.commit(Batch { epoch, writes: vec![turn(start("a"))] }).await;

    let snapshot = PostgresStore::open_snapshot(&address).await.unwrap();
    store.commit(Batch { epoch, writes: vec![turn(start("b")), turn(step("a", 1))] }).await;
    assert_eq!(snapshot.execution(&key("b")).await.unwrap(), None);
    assert_eq!(snapshot.journal(&key("a"), 1, 9).await.unwrap().len(), 1);
    let refused = snapshot.commit(Batch { epoch, writes: vec![turn(start("c"))] }).await;
    assert!(matches!(refused, Outcome::Rejected { .. }));
    assert!(store.execution(&key("b")).await.unwrap().is_some());

    // Another connection would see something else.
    cluster.crash();
    cluster.begin();
    for _ in 0..2 {
        assert!(snapshot.execution(&key("a")).await.is_err());
    }
}

#[tokio::test]
async fn a_copy_of_a_database_in_another_is_read_as_the_original() {
    let Some(cluster) = Cluster::start() else { return };
    let (from, to) = (fresh_store(&cluster).await, fresh_store(&cluster).await);
    let epoch = from.acquire().await.unwrap();
    let writes = vec![turn(start("a")), turn(step("a", 1)), turn(step("a", 2)), turn(start("b"))];
    from.commit(Batch { epoch, writes }).await;
    from.append_log(&key("b"), vec![line("one"), line("two")]).await.unwrap();
    from.commit(Batch { epoch, writes: vec![] }).await;
    copy(&from, &to, |_| {}, |key, error| panic!("{key}: {error}")).await.unwrap();
    for name in ["a", "b"] {
        let [copied, original] = [&to, &from].map(|store| store.journal(&key(name), 1, 100));
        assert_eq!(copied.await, original.await);
        let [copied, original] = [&to, &from].map(|store| store.tail(&key(name)));
        assert_eq!(copied.await, original.await);
        let [copied, original] = [&to, &from].map(|store| store.log(&key(name), 0, 9));
        assert_eq!(copied.await, original.await);
    }
}
