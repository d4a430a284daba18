//! Why runs failed, also beside one that cannot be read.

use std::sync::Arc;

use compasso_service::{DescribeExecution, ListSteps, Viewer};
use compasso_store::ExecutionKey;
use compasso_store::contract::Harm;
use compasso_store::memory::MemoryStore;

use super::world::World;

const FAIL: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"E","Cause":"c"}}}"#;

async fn fail(world: &World, machine: &str, name: &str) -> Arc<str> {
    let run = world.start(machine, name).await;
    let describe = || DescribeExecution { execution_arn: run.to_string(), included_data: None };
    while world.service.describe_execution(describe()).await.unwrap().status != "FAILED" {
        tokio::task::yield_now().await;
    }
    run
}

#[tokio::test]
async fn a_run_that_cannot_be_read_hides_no_other() {
    let store = Arc::new(MemoryStore::new());
    let world = World::on(store.clone()).await;
    let machine = world.create("m", FAIL).await;
    let damaged = fail(&world, &machine, "damaged").await;
    let whole = fail(&world, &machine, "whole").await;
    store.harm(&ExecutionKey(damaged.clone()), Harm::Row(0));

    let viewer = Viewer::default();
    let page = world.service.list_steps(&viewer, ListSteps::default()).await.unwrap();
    assert_eq!(page.omitted_runs, 1);
    let runs: Vec<_> = page.items.iter().map(|step| step.run.clone()).collect();
    assert_eq!(runs, std::slice::from_ref(&whole));

    let seen = async || {
        let overview = world.service.overview(&viewer).await.unwrap();
        let groups = overview.failures.into_iter();
        groups.map(|group| (group.ids, group.step.map(|step| step.name))).collect::<Vec<_>>()
    };
    let expected = [(vec![whole.clone()], Some("A".into())), (vec![damaged], None)];
    let mut found = seen().await;
    found.sort_by_key(|(_, step)| step.is_none());
    assert_eq!(found, expected);

    // It is known by now why that one failed.
    store.harm(&ExecutionKey(whole), Harm::Row(0));
    let mut again = seen().await;
    again.sort_by_key(|(_, step)| step.is_none());
    assert_eq!(again, expected);
}
