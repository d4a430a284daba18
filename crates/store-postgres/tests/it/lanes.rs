//! Large batches, which are written in several transactions at once.

use compasso_sql::PostgresServer;
use compasso_store::memory::MemoryStore;
use compasso_store::{Batch, DocumentChange, Epoch, Expected, Outcome, Store, Turn, Write};
use futures::FutureExt;

use crate::cluster::{Cluster, open};
use crate::rows::{key, start, step, turn};

/// Enough for all connections that write.
const MANY: usize = 200;

fn name(number: usize) -> String {
    format!("run-{number}")
}

fn all(change: impl Fn(usize) -> Turn) -> Vec<Write> {
    (0..MANY).map(|number| turn(change(number))).collect()
}

fn starts() -> Vec<Write> {
    all(|number| start(&name(number)))
}

/// Steps of which some conflict and some come with documents, some are of the same execution, in this order.
fn steps() -> Vec<Write> {
    let mut writes = all(|number| {
        let change = DocumentChange {
            kind: "note",
            key: (number % 20).to_string(),
            expected: Expected::Absent,
            body: Some("1".into()),
        };
        let documents = if number % 10 == 0 { vec![change] } else { Vec::new() };
        Turn { documents, ..step(&name(number), if number % 7 == 0 { 5 } else { 1 }) }
    });
    writes.extend(all(|number| step(&name(number), 2)));
    writes
}

async fn write(store: &dyn Store, epoch: Epoch, writes: Vec<Write>) -> Outcome {
    store.commit(Batch { epoch, writes }).await
}

#[tokio::test]
async fn a_large_batch_is_written_at_once_by_several_and_comes_to_the_same() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (store, memory) = (open(&address).await, MemoryStore::new());
    let epochs = [store.acquire().await.unwrap(), memory.acquire().await.unwrap()];
    // With the first batch ids are reserved for the next ones.
    for writes in [vec![turn(start("first"))], starts(), steps()] {
        let expected = write(&memory, epochs[1], writes.clone()).await;
        assert_eq!(write(&store, epochs[0], writes).await, expected);
    }
    for number in 0..MANY {
        let key = key(&name(number));
        let [stored, expected] = [&store as &dyn Store, &memory].map(|store| store.execution(&key));
        assert_eq!(stored.await, expected.await);
        let [stored, expected] = [&store as &dyn Store, &memory].map(|store| store.tail(&key));
        assert_eq!(stored.await, expected.await);
    }
    let client = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    let writers = "SELECT count(DISTINCT xmin::text), count(DISTINCT id) FROM execution";
    let row = client.query_one(writers, &[]).await.unwrap();
    assert!(row.get::<_, i64>(0) > 3, "the parts are transactions of their own");
    assert_eq!(row.get::<_, i64>(1), MANY as i64 + 1);
}

#[tokio::test]
async fn whoever_takes_over_waits_for_all_parts() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (first, second) = (open(&address).await, open(&address).await);
    first.acquire().await.unwrap();
    let server = PostgresServer::parse(&address).unwrap();
    let (part, watch) = (server.connect().await.unwrap(), server.connect().await.unwrap());
    part.batch_execute("BEGIN; SELECT epoch FROM fence FOR KEY SHARE").await.unwrap();
    let mut taken = second.acquire();
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    while watch.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!((&mut taken).now_or_never().is_none());
    }
    // Meanwhile the owner goes on.
    part.batch_execute("UPDATE fence SET commits = commits + 1; COMMIT").await.unwrap();
    taken.await.unwrap();
}

#[tokio::test]
async fn a_batch_of_which_a_part_is_refused_has_an_unknown_outcome() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let store = open(&address).await;
    let epoch = store.acquire().await.unwrap();
    write(&store, epoch, vec![turn(start("first"))]).await;
    let client = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    let refuse = "ALTER TABLE execution ADD CHECK (key <> 'run-7')";
    client.batch_execute(refuse).await.unwrap();
    let outcome = write(&store, epoch, starts()).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let epoch = store.reacquire(epoch).await.unwrap();
    let mut missing = Vec::new();
    for number in 0..MANY {
        if store.execution(&key(&name(number))).await.unwrap().is_none() {
            missing.push(turn(start(&name(number))));
        }
    }
    assert!((1..MANY).contains(&missing.len()), "{} are missing", missing.len());
    // What is repeated comes to the one that is refused.
    let alone = write(&store, epoch, vec![turn(start(&name(7)))]).await;
    assert!(matches!(alone, Outcome::Rejected { .. }), "{alone:?}");
    missing.retain(|write| !matches!(write, Write::Turn(turn) if turn.key == key("run-7")));
    let rest = write(&store, epoch, missing).await;
    assert_eq!(rest, Outcome::Committed { conflicts: Vec::new() });
}
