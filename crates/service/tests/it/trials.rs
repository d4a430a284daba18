//! Texts of drafts that were run for trial go with their runs.

use std::time::Duration;

use bytes::Bytes;
use compasso_service::{
    Author, DescribeExecution, OpenDraft, PushPipelines, Retention, RunDraft, StopExecution,
};

use compasso_store::{DocumentChange, Expected, Outcome};

use crate::world::{World, caller};

const KEPT: Duration = Duration::from_secs(10 * 86_400);
const EVERY: Duration = Duration::from_secs(3_600);
const BRIEF: &str = "pipeline: brief\ntasks: {only: {noop: true}}\n";
/// Waits for longer than anything is kept.
const LONG: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":99999999,"End":true}}}"#;

/// Stores a pipeline and returns its ARN.
async fn push(world: &World, text: &str) -> String {
    let push = PushPipelines { text: text.into(), ..PushPipelines::default() };
    let mut pushed = world.service.push_pipelines(&caller(), push).await.unwrap();
    pushed.remove(0).id
}

/// Runs a draft of a workflow as it is, and returns the ARN of the run.
async fn try_draft(world: &World, of: &str) -> String {
    let author = Author { caller: caller(), name: "ana".into() };
    let open = OpenDraft { of: Some(of.to_owned()), ..OpenDraft::default() };
    let draft = world.service.open_draft(&author, open).await.unwrap().item;
    let run = RunDraft { saves: draft.saves, ..RunDraft::default() };
    world.service.run_draft(&author, &draft.id, run).await.unwrap().to_string()
}

/// Returns the workflows of which texts of trials are stored.
async fn kept_texts(world: &World) -> Vec<String> {
    let documents = world.runtime.store().documents("definition", "", None, 100).await.unwrap();
    let keys = documents.into_iter().map(|document| document.key);
    let trials = keys.filter_map(|key| Some(key.split_once("#draft-")?.0.to_owned()));
    trials.map(|workflow| workflow.rsplit(':').next().unwrap().to_owned()).collect()
}

async fn until_kept(world: &World, wanted: &[&str]) {
    while kept_texts(world).await != wanted {
        world.clock.advance(EVERY);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_of_one_workflow_keeps_nothing_of_others() {
    let world = World::new().await;
    // Swept before the other one.
    let damaged = world.create("a", LONG).await;
    let pipeline = push(&world, BRIEF).await;
    let run = try_draft(&world, &pipeline).await;
    let run = DescribeExecution { execution_arn: run, included_data: None };
    while world.service.describe_execution(run.clone()).await.unwrap().status == "RUNNING" {
        tokio::task::yield_now().await;
    }
    let nonsense = DocumentChange {
        kind: "retention",
        key: damaged,
        expected: Expected::Absent,
        body: Some(Bytes::from_static(b"nonsense")),
    };
    assert!(matches!(world.runtime.write(vec![nonsense]).await, Outcome::Committed { .. }));
    let retention = Retention { runs: Some(KEPT), every: EVERY, ..Retention::default() };
    world.service.run_retention(retention);
    until_kept(&world, &[]).await;
    assert!(world.service.describe_execution(run).await.is_err(), "its run went as well");
}

#[tokio::test]
async fn the_text_of_a_trial_goes_with_its_run_and_stays_while_one_has_it() {
    let world = World::new().await;
    let pipeline = push(&world, BRIEF).await;
    let machine = world.create("long", LONG).await;
    let brief = try_draft(&world, &pipeline).await;
    let long = try_draft(&world, &machine).await;
    let describe = |run: &str| DescribeExecution { execution_arn: run.into(), included_data: None };
    while world.service.describe_execution(describe(&brief)).await.unwrap().status == "RUNNING" {
        tokio::task::yield_now().await;
    }
    assert_eq!(kept_texts(&world).await, ["brief", "long"]);

    let kept = Some(KEPT);
    let retention =
        Retention { runs: kept, executions: kept, every: EVERY, ..Retention::default() };
    world.service.run_retention(retention);
    until_kept(&world, &["long"]).await;
    assert!(
        world.service.describe_execution(describe(&brief)).await.is_err(),
        "its run went first"
    );
    let stop = StopExecution { execution_arn: long, ..StopExecution::default() };
    world.service.stop_execution(stop).await.unwrap();
    until_kept(&world, &[]).await;
}
