//! Revisions of deleted workflows go with the last execution that refers to them, in all stores.

use std::sync::Arc;
use std::time::Duration;

use compasso_service::{
    Author, CopyExecution, DescribeExecution, DescribeStateMachine, OpenDraft, Retention,
    StopExecution, UpdateStateMachine,
};
use compasso_store::Store;
use compasso_store::memory::MemoryStore;
use compasso_store_postgres::PostgresStore;
use compasso_store_sqlite::SqliteStore;
use compasso_testkit::postgres::Cluster;

use crate::world::{PASS, World, caller};

const KEPT: Duration = Duration::from_secs(10 * 86_400);
const EVERY: Duration = Duration::from_secs(3_600);
/// Waits for longer than anything is kept.
const LONG: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":99999999,"End":true}}}"#;

/// Does the same in a store of each kind.
async fn in_all_stores(check: impl AsyncFn(World)) {
    let directory = tempfile::tempdir().unwrap();
    let file =
        SqliteStore::open(directory.path(), &compasso_store_sqlite::Options::default()).unwrap();
    let mut stores: Vec<Arc<dyn Store>> = vec![Arc::new(MemoryStore::new()), Arc::new(file)];
    let cluster = Cluster::start();
    if let Some(cluster) = &cluster {
        let options = compasso_store_postgres::Options { relaxed: true, ..Default::default() };
        let database = PostgresStore::open(&cluster.database(), &options).await.unwrap();
        stores.push(Arc::new(database));
    }
    for store in stores {
        let world = World::on(store).await;
        let kept = Some(KEPT);
        let retention =
            Retention { runs: kept, executions: kept, every: EVERY, ..Retention::default() };
        world.service.run_retention(retention);
        check(world).await;
    }
}

async fn delete(world: &World, machine: &str) {
    let machine = DescribeStateMachine { state_machine_arn: machine.into(), ..Default::default() };
    world.service.delete_state_machine(machine).await.unwrap();
}

fn describe(execution: &str) -> DescribeExecution {
    DescribeExecution { execution_arn: execution.into(), included_data: None }
}

async fn status(world: &World, execution: &str) -> Option<String> {
    let found = world.service.describe_execution(describe(execution)).await;
    found.ok().map(|found| found.status.to_owned())
}

/// Starts an execution of a workflow that waits, and stops it.
async fn stopped(world: &World, machine: &str) -> Arc<str> {
    let execution = world.start(machine, "one").await;
    stop(world, &execution).await;
    execution
}

async fn stop(world: &World, execution: &str) {
    let stop = StopExecution { execution_arn: execution.into(), ..StopExecution::default() };
    world.service.stop_execution(stop).await.unwrap();
}

/// Returns the names of the workflows that documents of a kind are about, once for each document.
async fn names(world: &World, kind: &'static str) -> Vec<String> {
    let documents = world.runtime.store().documents(kind, "", None, 100).await.unwrap();
    let workflows = documents.into_iter().map(|it| it.key.split('#').next().unwrap().to_owned());
    workflows.map(|workflow| workflow.rsplit(':').next().unwrap().to_owned()).collect()
}

/// Lets time go on until these are the names of the workflows of which revisions are stored.
async fn until_kept(world: &World, wanted: &[&str]) {
    while names(world, "definition").await != wanted {
        world.clock.advance(EVERY);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn revisions_of_a_deleted_workflow_go_with_its_last_execution() {
    in_all_stores(async |world| {
        let kept = world.create("a", LONG).await;
        let execution = stopped(&world, &kept).await;
        let update = UpdateStateMachine {
            state_machine_arn: kept.clone(),
            definition: Some(PASS.into()),
            ..UpdateStateMachine::default()
        };
        world.service.update_state_machine(update).await.unwrap();
        // Those of `b` are looked at after those of `a`.
        let empty = world.create("b", PASS).await;
        let _ = world.create("c", PASS).await;
        delete(&world, &kept).await;
        delete(&world, &empty).await;
        assert_eq!(names(&world, "definition").await, ["a", "a", "b", "c"]);
        until_kept(&world, &["a", "a", "c"]).await;
        let of_it = world.service.describe_state_machine_for_execution(describe(&execution)).await;
        assert_eq!(&*of_it.unwrap().definition, LONG);
        until_kept(&world, &["c"]).await;
        assert_eq!(status(&world, &execution).await, None, "it went first");
        while names(&world, "deleted-workflow").await != [""; 0] {
            world.clock.advance(EVERY);
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_execution_that_still_runs_keeps_the_revision_of_its_deleted_workflow() {
    in_all_stores(async |world| {
        let machine = world.create("a", LONG).await;
        let execution = world.start(&machine, "one").await;
        let empty = world.create("b", PASS).await;
        delete(&world, &machine).await;
        delete(&world, &empty).await;
        until_kept(&world, &["a"]).await;
        assert_eq!(status(&world, &execution).await.as_deref(), Some("RUNNING"));
        stop(&world, &execution).await;
        until_kept(&world, &[]).await;
    })
    .await;
}

#[tokio::test]
async fn a_workflow_keeps_what_copies_of_executions_of_its_predecessor_run() {
    in_all_stores(async |world| {
        let machine = world.create("a", LONG).await;
        let first = stopped(&world, &machine).await;
        delete(&world, &machine).await;
        world.clock.advance(EVERY);
        world.create("a", PASS).await;
        let copy = CopyExecution {
            execution_arn: first.to_string(),
            state_name: "A".into(),
            name: Some("copy".into()),
            ..CopyExecution::default()
        };
        let copy = world.service.copy_execution(copy).await.unwrap().execution_arn;
        let empty = world.create("b", PASS).await;
        while status(&world, &first).await.is_some() {
            world.clock.advance(EVERY);
            tokio::task::yield_now().await;
        }
        delete(&world, &empty).await;
        until_kept(&world, &["a", "a"]).await;
        stop(&world, &copy).await;
        until_kept(&world, &["a"]).await;
        assert_eq!(world.start(&machine, "another").await.rsplit(':').next(), Some("another"));
    })
    .await;
}

#[tokio::test]
async fn a_draft_keeps_the_revision_that_it_began_with() {
    in_all_stores(async |world| {
        let machine = world.create("a", PASS).await;
        let author = Author { caller: caller(), name: "ana".into() };
        let open = OpenDraft { of: Some(machine.clone()), ..OpenDraft::default() };
        let draft = world.service.open_draft(&author, open).await.unwrap().item;
        let empty = world.create("b", PASS).await;
        delete(&world, &machine).await;
        delete(&world, &empty).await;
        until_kept(&world, &["a"]).await;
        assert!(world.service.draft(&author, &draft.id).await.unwrap().base.is_some());
        world.service.delete_draft(&author, &draft.id).await.unwrap();
        until_kept(&world, &[]).await;
    })
    .await;
}
