//! Children that do not come to an end by themselves.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use compasso_engine::Closed;
use compasso_mapruns::Status as RunStatus;
use compasso_store::Status;
use compasso_store::memory::Fault;

use crate::world::{POISON, World, map};

#[tokio::test]
async fn a_child_that_cannot_go_on_fails_and_its_run_goes_on() {
    let mut world = World::new().await;
    let definition =
        format!(r#"{{"StartAt":"M","States":{{"M":{}}}}}"#, map(r#","ToleratedFailureCount":1"#));
    world.start(&definition, "[1,2]").await;
    for _ in 0..2 {
        let task = world.task().await;
        let input = task.job.offer.parameters.text().to_owned();
        task.succeed(if input == "1" { POISON } else { &input });
    }
    let Closed::Succeeded { output } = world.end().await else { panic!("one may fail") };
    let results = output.value().as_array().unwrap();
    assert_eq!(results[0].get("Status").unwrap().as_str(), Some("FAILED"));
    assert_eq!(results[0].get("Error").unwrap().as_str(), Some("States.Runtime"));
    assert_eq!(results[1].as_i64(), Some(2));
    let run = world.map_run(|run| run.status == RunStatus::Succeeded).await;
    assert_eq!((run.item_counts.failed, run.item_counts.succeeded), (1, 1));
    assert_eq!(world.count(&run, Status::Failed).await, 1);
}

#[tokio::test]
async fn reads_that_fail_while_children_are_withdrawn_lose_none_that_was_begun() {
    let mut world = World::new().await;
    let files = tempfile::tempdir().unwrap();
    let mut lines = (0..300).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{number}").unwrap();
        lines
    });
    lines.push_str("{\n");
    std::fs::write(files.path().join("items.jsonl"), lines).unwrap();
    let reader = format!(
        r#","ItemReader":{{"Resource":"arn:aws:states:::s3:getObject",
            "ReaderConfig":{{"InputType":"JSONL"}},
            "Parameters":{{"Bucket":"file://{}","Key":"items.jsonl"}}}}"#,
        files.path().display()
    );
    let definition = format!(
        r#"{{"StartAt":"First","States":{{"First":{},"M":{}}}}}"#,
        r#"{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Next":"M"}"#,
        map(&reader)
    );
    world.start(&definition, "{}").await;
    // The map run begins, and then no start of a child becomes durable.
    let first = world.task().await;
    world.store.memory.inject(Fault::Slow { written: true });
    world.store.memory.inject(Fault::Slow { written: true });
    first.succeed("{}");
    while !world.store.memory.release() {
        tokio::task::yield_now().await;
    }
    // As many start at once as may, and those that were begun are being stopped.
    while world.runtime.load().inputs < 256 + 32 {
        tokio::task::yield_now().await;
    }
    world.store.failing_reads.store(100, Ordering::SeqCst);
    while !world.store.memory.release() {
        tokio::task::yield_now().await;
    }
    let Closed::Failed { error, .. } = world.end().await else { panic!("a line is malformed") };
    assert_eq!(error.as_deref(), Some("States.ItemReaderFailed"));
    assert_eq!(world.store.failing_reads.load(Ordering::SeqCst), 0, "reads failed");
    let run = world.map_run(|run| run.status == RunStatus::Failed).await;
    let children = world.children(&run).await.len() as u64;
    assert!((1..300).contains(&children), "{children}");
    assert_eq!(world.count(&run, Status::Aborted).await, children);
    let counts = run.execution_counts;
    assert_eq!((counts.aborted, counts.running, counts.pending), (children, 0, 0));
}
