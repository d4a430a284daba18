//! What is stored of map runs.

use compasso_store::memory::MemoryStore;
use compasso_store::{ExecutionFilter, Status, Store as _};
use serde_json::Value;

/// The kind of the documents that say which map runs are not over.
const OPEN: &str = "map-run-open";
/// The kind of the records of map runs.
const RUN: &str = "map-run";
/// How many items each map run has: that many children, if it came to its end.
const ITEMS: u64 = 3;
/// Most children of one simulation.
const CHILDREN_MAX: usize = 10_000;

/// How children end, and the name of what counts them.
const ENDS: [(Status, &str); 3] =
    [(Status::Succeeded, "succeeded"), (Status::Failed, "failed"), (Status::Aborted, "aborted")];

/// Every run has ended, and one that gave a result has counted each child once.
pub(super) async fn check(store: &MemoryStore) -> Vec<String> {
    let mut problems = Vec::new();
    if store.document_count(OPEN).await != Ok(0) {
        problems.push("a map run does not end".into());
    }
    let records = store.documents(RUN, "", None, CHILDREN_MAX).await.unwrap_or_default();
    for document in records {
        // What is no JSON has no status either.
        let record: Value = serde_json::from_slice(&document.body).unwrap_or_default();
        let children = children(store, &document.key).await;
        let is_right = match record["status"].as_str() {
            Some("SUCCEEDED") => is_counted(&record, &children),
            Some("FAILED" | "ABORTED") => children.len() as u64 <= ITEMS,
            _ => false,
        };
        if !is_right {
            problems.push(format!("{}: {record} of {children:?}", document.key));
        }
    }
    problems
}

async fn children(store: &MemoryStore, run: &str) -> Vec<Status> {
    let filter = ExecutionFilter { workflow: Some(run.into()), ..ExecutionFilter::default() };
    let page = store.executions(filter, None, CHILDREN_MAX).await;
    page.map(|page| page.items).unwrap_or_default().iter().map(|child| child.status).collect()
}

fn is_counted(record: &Value, children: &[Status]) -> bool {
    let counted = &record["progress"]["executions"];
    let fits = |(status, name): &(Status, &str)| {
        let count = children.iter().filter(|child| *child == status).count() as u64;
        counted[name].as_u64().unwrap_or(0) == count
    };
    children.len() as u64 == ITEMS && ENDS.iter().all(fits)
}
