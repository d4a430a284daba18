//! The promises that depend on the store, over the one that serves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use compasso_runtime::{Clock, StartError};
use compasso_store::{DocumentChange, Expected, LogStream, Outcome, Store};
use compasso_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use crate::world::{LONG, PASS, TASK, WAIT, World, key, payload, succeeded};

type SqliteWorld = World<SqliteStore>;

fn open(directory: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(directory, &Options::default()).unwrap())
}

async fn world() -> (TempDir, SqliteWorld) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    (directory, World::over(store, compasso_engine::decide).await)
}

async fn restart(world: SqliteWorld, directory: &TempDir) -> SqliteWorld {
    world.runtime.shutdown().await;
    world.store.close();
    world.again(open(directory.path())).await
}

#[tokio::test]
async fn tasks_and_timers_go_on_over_restarts() {
    let (directory, mut world) = world().await;
    world.start(LONG, "a").await.unwrap();
    let first = world.tasks.next().await;
    world = restart(world, &directory).await;
    let again = world.tasks.next().await;
    assert_eq!(again.job.idempotency_key, first.job.idempotency_key);
    again.succeed("1");
    while world.history("a").await.len() < 7 {
        tokio::task::yield_now().await;
    }
    world = restart(world, &directory).await;
    world.clock.advance(Duration::from_secs(5));
    world.tasks.next().await.succeed("2");
    assert_eq!(world.end("a").await, succeeded("2"));
    assert_eq!(world.history("a").await.len(), 14);
    assert!(matches!(world.start(PASS, "a").await, Err(StartError::Exists)));
}

#[tokio::test]
async fn whoever_sees_the_end_of_a_task_can_read_all_it_wrote() {
    let (_directory, world) = world().await;
    for n in 0..30 {
        let name = format!("n{n}");
        world.start(TASK, &name).await.unwrap();
        let task = world.tasks.next().await;
        task.reporter.log(LogStream::Stdout, "last words");
        task.succeed("1");
        world.end(&name).await;
        assert_eq!(world.store.log(&key(&name), 0, 10).await.unwrap().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn many_waiting_executions_all_wake() {
    let (directory, mut world) = world().await;
    let starts: Vec<_> = (0..1_000)
        .map(|n| {
            let input = format!("{{\"seconds\":{}}}", 50 + n % 50);
            let order = world.order(WAIT, &format!("n{n}"), &input);
            let runtime = world.runtime.clone();
            tokio::spawn(async move { runtime.start(order).await })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    world = restart(world, &directory).await;
    world.clock.advance(Duration::from_secs(100));
    for n in 0..1_000 {
        world.end(&format!("n{n}")).await;
    }
}

#[tokio::test]
async fn a_full_disk_answers_errors_and_goes_on_by_itself_once_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { max_pages: Some(200), ..Options::default() };
    let store = Arc::new(SqliteStore::open(directory.path(), &options).unwrap());
    let world = World::over(store, compasso_engine::decide).await;
    let large = format!("\"{}\"", "x".repeat(100_000));
    let ballast = |body: Option<String>| {
        let (key, body) = ("ballast".to_owned(), body.map(Bytes::from));
        vec![DocumentChange { kind: "test", key, expected: Expected::Any, body }]
    };
    let written = world.runtime.write(ballast(Some("x".repeat(500_000)))).await;
    assert_eq!(written, Outcome::Committed { conflicts: Vec::new() });
    world.start(TASK, "small").await.unwrap();
    let task = world.tasks.next().await;
    let mut started = 0;
    let full = loop {
        match world.runtime.start(world.order(PASS, &format!("n{started}"), &large)).await {
            Ok(_) => started += 1,
            Err(error) => break error,
        }
    };
    assert!(full.to_string().contains("full"), "{full}");
    // What was promised is readable, and what does not fit left nothing.
    assert_eq!(world.end("n0").await, succeeded(&large));
    assert!(world.runtime.describe(&key(&format!("n{started}"))).await.unwrap().is_none());
    // A result that does not fit now is kept and tried again.
    let larger = format!("\"{}\"", "x".repeat(200_000));
    task.finish(Ok(payload(&larger)));
    let soon = world.clock.now().after(Duration::from_millis(100));
    world.until(|world| world.clock.next_wake().is_some_and(|at| at <= soon)).await;
    assert!(world.runtime.describe(&key("small")).await.unwrap().unwrap().closed.is_none());
    world.runtime.write(ballast(None)).await;
    let (runtime, small) = (world.runtime.clone(), key("small"));
    let end = tokio::spawn(async move { runtime.closed(&small).await });
    world
        .until(|world| {
            world.clock.advance(Duration::from_millis(50));
            end.is_finished()
        })
        .await;
    assert_eq!(end.await.unwrap().unwrap().unwrap().closed, Some(succeeded(&larger)));
    world.start(PASS, "after").await.unwrap();
}
