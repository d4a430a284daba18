//! Databases that were restored while servers were at work, or only in part.

use std::time::Duration;

use compasso_sql::PostgresServer;
use compasso_store::{Nodes, ReadError, Store};
use compasso_store_postgres::{PostgresNodes, PostgresStore};
use tokio_postgres::Client;

use crate::cluster::{Cluster, open, relaxed};
use crate::nodes::node;

/// What `pg_restore` leaves if a node took the store before the last key was made.
const WITHOUT_KEY: &str = "
    ALTER TABLE fence_lane DROP CONSTRAINT fence_lane_epoch_fkey;
    UPDATE fence SET epoch = epoch + 3";

async fn connect(address: &str) -> Client {
    PostgresServer::parse(address).unwrap().connect().await.unwrap()
}

/// Returns a client of a database whose lanes do not follow the fence.
async fn harmed(address: &str) -> Client {
    open(address).await.close().await;
    let client = connect(address).await;
    client.batch_execute(WITHOUT_KEY).await.unwrap();
    client
}

/// Demands that the lanes have the epoch, and get each new one.
async fn assert_lanes_follow(client: &Client) {
    let following = "SELECT count(*) FROM fence_lane JOIN fence USING (epoch)";
    for raise in ["", "UPDATE fence SET epoch = epoch + 1"] {
        client.batch_execute(raise).await.unwrap();
        assert_eq!(client.query_one(following, &[]).await.unwrap().get::<_, i64>(0), 3);
    }
}

/// Returns what somebody says who only looks.
async fn told(address: &str) -> Vec<String> {
    PostgresStore::open_snapshot(address).await.unwrap().strays().await.unwrap()
}

#[tokio::test]
async fn lanes_that_do_not_follow_the_fence_are_mended_by_whoever_opens_or_takes_the_store() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let client = harmed(&address).await;
    open(&address).await.close().await;
    assert_lanes_follow(&client).await;

    // Those that were open before find it so when they take the store.
    let store = open(&address).await;
    client.batch_execute(WITHOUT_KEY).await.unwrap();
    store.acquire().await.unwrap();
    assert_lanes_follow(&client).await;
    let nodes = PostgresNodes::open(&address, &relaxed()).await.unwrap();
    nodes.renew(&node("a"), Duration::from_secs(60)).await.unwrap();
    client.batch_execute(WITHOUT_KEY).await.unwrap();
    assert!(nodes.take("a").await.unwrap().is_some());
    assert_lanes_follow(&client).await;

    client.batch_execute("DELETE FROM fence_lane WHERE lane = 2").await.unwrap();
    open(&address).await.close().await;
    assert_lanes_follow(&client).await;
}

#[tokio::test]
async fn whoever_looks_is_told_of_lanes_and_how_they_are_mended() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let client = harmed(&address).await;
    let found = told(&address).await;
    let [problem] = &found[..] else { panic!("{found:?}") };
    assert!(problem.starts_with("fence_lane does not follow fence"), "{problem}");
    client.batch_execute(problem.split_once("or: ").unwrap().1).await.unwrap();
    assert_lanes_follow(&client).await;
    assert_eq!(told(&address).await, [""; 0]);
}

#[tokio::test]
async fn whoever_may_not_mend_lanes_takes_nothing_and_says_how() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let client = harmed(&address).await;
    let give = "
        CREATE ROLE visitor LOGIN;
        GRANT ALL ON ALL TABLES IN SCHEMA public TO visitor;
        GRANT ALL ON SCHEMA public TO visitor";
    let schema: String =
        client.query_one("SELECT current_schema()::text", &[]).await.unwrap().get(0);
    client.batch_execute(&give.replace("public", &schema)).await.unwrap();
    let visitor = address.replace("compasso@", "visitor@");
    let refused = PostgresStore::open(&visitor, &relaxed()).await.err().unwrap().to_string();
    assert!(refused.contains("LOCK TABLE fence IN SHARE ROW EXCLUSIVE MODE"), "{refused}");
}

#[tokio::test]
async fn a_database_of_which_only_a_part_is_there_is_nobody_s_until_all_of_it_is() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    let nodes = PostgresNodes::open(&address, &relaxed()).await.unwrap();
    nodes.renew(&node("a"), Duration::from_secs(60)).await.unwrap();
    let store = open(&address).await;
    let client = connect(&address).await;
    for (part, rest) in [
        (
            "ALTER TABLE execution DROP CONSTRAINT execution_pkey",
            "ALTER TABLE execution ADD PRIMARY KEY (id)",
        ),
        ("ALTER TABLE pack RENAME TO later", "ALTER TABLE later RENAME TO pack"),
        (
            "CREATE TABLE rows AS SELECT * FROM fence; TRUNCATE fence CASCADE",
            "INSERT INTO fence SELECT * FROM rows; DROP TABLE rows",
        ),
    ] {
        client.batch_execute(part).await.unwrap();
        let refused = PostgresStore::open(&address, &relaxed()).await.err().unwrap().to_string();
        let taken = nodes.take("a").await.err();
        let acquired = store.acquire().await.err();
        for said in [&taken, &acquired] {
            assert!(matches!(said, Some(ReadError::Unavailable(_))), "after {part}: {said:?}");
        }
        assert!(refused.contains("restore into a new database"), "after {part}: {refused}");
        client.batch_execute(rest).await.unwrap();
        assert!(nodes.take("a").await.unwrap().is_some(), "after {rest}");
        assert_lanes_follow(&client).await;
    }
}

#[tokio::test]
async fn tables_without_their_number_are_left_alone() {
    let Some(cluster) = Cluster::start() else { return };
    let address = cluster.database();
    open(&address).await.close().await;
    let client = connect(&address).await;
    client.batch_execute("ALTER TABLE compasso_format RENAME TO later").await.unwrap();
    let refused = PostgresStore::open(&address, &relaxed()).await.err().unwrap().to_string();
    assert!(refused.contains("the table compasso_format is not there"), "{refused}");
    client.batch_execute("ALTER TABLE later RENAME TO compasso_format").await.unwrap();
    open(&address).await.close().await;
}
