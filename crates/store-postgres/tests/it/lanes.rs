//! Large batches, which are written in several transactions at once.

use compasso_sql::PostgresServer;
use compasso_store::memory::MemoryStore;
use compasso_store::{Batch, DocumentChange, Epoch, Expected, Outcome, Store, Turn, Write};
use compasso_store_postgres::PostgresStore;
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

/// Returns a store of which all connections that write are there; they are made beside the first one.
async fn warm(address: &str) -> (PostgresStore, Epoch) {
    let store = open(address).await;
    let epoch = store.acquire().await.unwrap();
    let client = PostgresServer::parse(address).unwrap().connect().await.unwrap();
    let writers = "SELECT count(DISTINCT xmin::text) FROM execution WHERE key LIKE $1";
    for round in 0.. {
        write(&store, epoch, all(|number| start(&format!("warm-{round}-{number}")))).await;
        let these = format!("warm-{round}-%");
        if client.query_one(writers, &[&these]).await.unwrap().get::<_, i64>(0) == 4 {
            break;
        }
    }
    (store, epoch)
}

async fn write(store: &dyn Store, epoch: Epoch, writes: Vec<Write>) -> Outcome {
    store.commit(Batch { epoch, writes }).await
}

#[tokio::test]
async fn a_large_batch_is_written_at_once_by_several_and_comes_to_the_same() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let ((store, epoch), memory) = (warm(&address).await, MemoryStore::new());
    let epochs = [epoch, memory.acquire().await.unwrap()];
    for writes in [starts(), steps()] {
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
    let order = "SELECT key FROM execution WHERE key LIKE 'run-%' ORDER BY id";
    let order: Vec<String> =
        client.query(order, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(order, (0..MANY).map(name).collect::<Vec<_>>(), "newer ones have greater ids");
}

#[tokio::test]
async fn whoever_takes_over_waits_for_all_parts() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (first, second) = (open(&address).await, open(&address).await);
    first.acquire().await.unwrap();
    let server = PostgresServer::parse(&address).unwrap();
    let (part, watch) = (server.connect().await.unwrap(), server.connect().await.unwrap());
    let locks = [
        "SELECT epoch FROM fence_lane WHERE lane = 3 FOR UPDATE",
        // As in releases before format 8.
        "SELECT epoch FROM fence FOR KEY SHARE",
    ];
    for lock in locks {
        part.batch_execute("BEGIN").await.unwrap();
        part.batch_execute(lock).await.unwrap();
        let mut taken = second.acquire();
        let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        while watch.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            assert!((&mut taken).now_or_never().is_none());
        }
        // Meanwhile the owner may go on.
        part.batch_execute("COMMIT").await.unwrap();
        taken.await.unwrap();
    }
    let raised = "SELECT count(*) FROM fence_lane JOIN fence USING (epoch)";
    assert_eq!(watch.query_one(raised, &[]).await.unwrap().get::<_, i64>(0), 3);
}

#[tokio::test]
async fn a_batch_of_which_a_part_is_refused_leaves_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (store, epoch) = warm(&address).await;
    let client = PostgresServer::parse(&address).unwrap().connect().await.unwrap();
    let refuse = "ALTER TABLE execution ADD CHECK (key <> 'run-7')";
    client.batch_execute(refuse).await.unwrap();
    let outcome = write(&store, epoch, starts()).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
    let written = "SELECT count(*) FROM execution WHERE key LIKE 'run-%'";
    assert_eq!(client.query_one(written, &[]).await.unwrap().get::<_, i64>(0), 0);
    let rest = starts().into_iter().enumerate().filter(|(number, _)| *number != 7);
    let rest = write(&store, epoch, rest.map(|(_, write)| write).collect()).await;
    assert_eq!(rest, Outcome::Committed { conflicts: Vec::new() });
}

#[tokio::test]
async fn whoever_takes_over_waits_for_parts_that_end_after_the_one_that_counts_the_commit() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let (first, epoch) = warm(&address).await;
    let second = open(&address).await;
    let server = PostgresServer::parse(&address).unwrap();
    let (gate, watch) = (server.connect().await.unwrap(), server.connect().await.unwrap());
    // The end of a part that has not passed the fence itself waits at a gate.
    let gated = "
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF (SELECT xmin::text FROM fence) <> (txid_current() % (2 ^ 32)::bigint)::text THEN
                PERFORM pg_advisory_xact_lock_shared(7);
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON execution DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION wait()";
    gate.batch_execute(gated).await.unwrap();
    gate.batch_execute("SELECT pg_advisory_lock(7)").await.unwrap();
    let commits = "SELECT commits FROM fence";
    let before: i64 = watch.query_one(commits, &[]).await.unwrap().get(0);
    let mut written = first.commit(Batch { epoch, writes: starts() });
    // The one that counts the commit has ended, the others wait.
    let waiting = async |kind: &str| {
        let waits =
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND (locktype = 'advisory') = $1";
        watch.query_one(waits, &[&(kind == "gate")]).await.unwrap().get::<_, i64>(0)
    };
    while waiting("gate").await < 3
        || watch.query_one(commits, &[]).await.unwrap().get::<_, i64>(0) == before
    {
        assert!((&mut written).now_or_never().is_none());
    }
    let mut taken = second.acquire();
    while waiting("owner").await == 0 {
        assert!((&mut taken).now_or_never().is_none(), "a part can still be written");
    }
    gate.batch_execute("SELECT pg_advisory_unlock(7)").await.unwrap();
    assert_eq!(written.await, Outcome::Committed { conflicts: Vec::new() });
    assert!(taken.await.unwrap() > epoch);
}
