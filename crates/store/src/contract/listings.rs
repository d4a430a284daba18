//! Listing executions.

use std::sync::Arc;

use compasso_types::Timestamp;

use super::case_list;
use super::fixture::{Subject, close, name, read, start, step, turn};
use crate::{Cursor, ExecutionFilter, Redriven, Revision, Status, Turn};

case_list![
    listings_show_the_newest_first,
    what_changed_last_comes_first,
    pages_of_one_instant_join,
    listings_go_by_workflow_and_by_status,
    listings_go_by_version_and_by_alias,
    a_listing_follows_a_status_that_changes,
    every_status_can_be_listed,
    open_executions_are_counted,
    pages_join_without_gap_or_repeat,
    a_cursor_is_stable_while_executions_start,
    an_empty_listing_has_no_next_page,
];

fn of(workflow: &str, name: &str) -> Turn {
    Turn { workflow: workflow.into(), ..start(name) }
}

fn filter(workflow: Option<&str>, status: Option<Status>) -> ExecutionFilter {
    ExecutionFilter { workflow: workflow.map(Arc::from), status, ..ExecutionFilter::default() }
}

async fn page(
    subject: &Subject,
    filter: ExecutionFilter,
    after: Option<Cursor>,
    limit: usize,
) -> (Vec<String>, Option<Cursor>) {
    let page = read(subject.store.executions(filter, after, limit)).await;
    (page.items.iter().map(|header| name(&header.key)).collect(), page.next)
}

async fn list(subject: &Subject, workflow: Option<&str>, status: Option<Status>) -> Vec<String> {
    page(subject, filter(workflow, status), None, 100).await.0
}

async fn listings_show_the_newest_first(subject: Subject) {
    subject.write(vec![turn(start("a")), turn(start("c"))]).await;
    subject.write(vec![turn(start("b"))]).await;
    subject.write(vec![turn(step("a", 1))]).await;
    assert_eq!(list(&subject, None, None).await, ["b", "c", "a"]);
    assert_eq!(list(&subject, Some("orders"), None).await, ["b", "c", "a"]);
    let headers = read(subject.store.executions(filter(None, None), None, 1)).await.items;
    let execution = subject.execution("b").await.expect("it was created");
    assert_eq!(headers, [execution.header]);
}

async fn what_changed_last_comes_first(subject: Subject) {
    let started = |name: &str, at| Turn { started: Timestamp(at), ..start(name) };
    for (at, name) in [(10, "a"), (20, "b"), (30, "c"), (40, "d")] {
        subject.write(vec![turn(started(name, at))]).await;
    }
    let closed = |name: &str, at, stopped| Turn {
        started: Timestamp(at),
        stopped: Some(Timestamp(stopped)),
        ..close(name, 1, Status::Failed)
    };
    subject.write(vec![turn(closed("b", 20, 60)), turn(closed("a", 10, 50))]).await;
    assert_eq!(list(&subject, None, None).await, ["b", "a", "d", "c"]);
    assert_eq!(list(&subject, Some("orders"), Some(Status::Failed)).await, ["b", "a"]);
    let redriven = Some(Redriven { count: 1, at: Timestamp(70) });
    let again = Turn { started: Timestamp(10), redriven, ..step("a", 2) };
    subject.write(vec![turn(again.clone())]).await;
    assert_eq!(list(&subject, None, None).await, ["a", "b", "d", "c"]);
    assert_eq!(list(&subject, Some("orders"), Some(Status::Running)).await, ["a", "d", "c"]);
    // A turn that closes nothing moves nothing.
    let base = Some(Revision(3));
    subject.write(vec![turn(Turn { base, ..again }), turn(started("e", 65))]).await;
    assert_eq!(list(&subject, Some("orders"), None).await, ["a", "e", "b", "d", "c"]);
}

async fn pages_of_one_instant_join(subject: Subject) {
    for name in ["a", "b", "c"] {
        subject.write(vec![turn(start(name))]).await;
    }
    for name in ["a", "b", "c"] {
        subject.write(vec![turn(close(name, 1, Status::Succeeded))]).await;
    }
    let (first, next) = page(&subject, filter(Some("orders"), None), None, 2).await;
    let next = next.map(|cursor| cursor.to_string().parse().expect("it was written by a cursor"));
    let (last, end) = page(&subject, filter(Some("orders"), None), next, 2).await;
    assert_eq!((first, last, end), (vec!["c".into(), "b".into()], vec!["a".into()], None));
}

async fn listings_go_by_workflow_and_by_status(subject: Subject) {
    for (workflow, name) in [("x", "a"), ("y", "b"), ("x", "c"), ("y", "d"), ("x", "e")] {
        subject.write(vec![turn(of(workflow, name))]).await;
    }
    let closing = [("x", "a", Status::Failed), ("y", "b", Status::Failed)];
    for (workflow, name, status) in closing {
        let workflow = workflow.into();
        subject.write(vec![turn(Turn { workflow, ..close(name, 1, status) })]).await;
    }
    assert_eq!(list(&subject, Some("x"), None).await, ["a", "e", "c"]);
    assert_eq!(list(&subject, Some("y"), None).await, ["b", "d"]);
    assert_eq!(list(&subject, Some("z"), None).await, Vec::<String>::new());
    assert_eq!(list(&subject, None, Some(Status::Failed)).await, ["b", "a"]);
    assert_eq!(list(&subject, Some("x"), Some(Status::Failed)).await, ["a"]);
    assert_eq!(list(&subject, None, Some(Status::Running)).await, ["e", "d", "c"]);
    assert_eq!(list(&subject, Some("x"), Some(Status::Running)).await, ["e", "c"]);
    assert_eq!(list(&subject, Some("x"), Some(Status::Aborted)).await, Vec::<String>::new());
}

async fn a_listing_follows_a_status_that_changes(subject: Subject) {
    subject.write(vec![turn(start("a")), turn(start("b"))]).await;
    assert_eq!(list(&subject, None, Some(Status::Running)).await, ["b", "a"]);
    subject.write(vec![turn(close("b", 1, Status::TimedOut))]).await;
    assert_eq!(list(&subject, None, Some(Status::Running)).await, ["a"]);
    assert_eq!(list(&subject, None, Some(Status::TimedOut)).await, ["b"]);
    subject.write(vec![turn(step("b", 2))]).await;
    assert_eq!(list(&subject, None, Some(Status::Running)).await, ["b", "a"]);
    assert_eq!(list(&subject, None, Some(Status::TimedOut)).await, Vec::<String>::new());
}

async fn listings_go_by_version_and_by_alias(subject: Subject) {
    let by = |name: &str, version: Option<&str>, alias: Option<&str>| Turn {
        version: version.map(Arc::from),
        alias: alias.map(Arc::from),
        ..start(name)
    };
    let executions = [
        by("a", Some("orders:1"), None),
        by("b", Some("orders:1"), Some("orders:PROD")),
        by("c", Some("orders:2"), Some("orders:PROD")),
        by("d", None, None),
    ];
    subject.write(executions.map(turn).into()).await;
    subject.write(vec![turn(close("b", 1, Status::Succeeded))]).await;
    let list = async |version: Option<&str>, alias: Option<&str>, status| {
        let filter = ExecutionFilter {
            version: version.map(Arc::from),
            alias: alias.map(Arc::from),
            ..filter(Some("orders"), status)
        };
        page(&subject, filter, None, 100).await.0
    };
    assert_eq!(list(Some("orders:1"), None, None).await, ["b", "a"]);
    assert_eq!(list(None, Some("orders:PROD"), None).await, ["b", "c"]);
    assert_eq!(list(Some("orders:1"), Some("orders:PROD"), None).await, ["b"]);
    assert_eq!(list(Some("orders:1"), None, Some(Status::Running)).await, ["a"]);
    assert_eq!(list(Some("orders:1"), None, Some(Status::Succeeded)).await, ["b"]);
    assert_eq!(list(Some("orders:3"), None, None).await, Vec::<String>::new());
    let header = subject.execution("b").await.expect("it was created").header;
    assert_eq!(
        (header.version.as_deref(), header.alias.as_deref()),
        (Some("orders:1"), Some("orders:PROD"))
    );
}

async fn every_status_can_be_listed(subject: Subject) {
    let statuses = [
        Status::Running,
        Status::Succeeded,
        Status::Failed,
        Status::TimedOut,
        Status::Aborted,
        Status::Quarantined,
    ];
    for status in statuses {
        let name = format!("{status:?}");
        subject.write(vec![turn(Turn { status, ..start(&name) })]).await;
    }
    for status in statuses {
        let name = format!("{status:?}");
        assert_eq!(list(&subject, None, Some(status)).await, [name.as_str()]);
        assert_eq!(list(&subject, Some("orders"), Some(status)).await, [name.as_str()]);
        let execution = subject.execution(&name).await.expect("it was created");
        assert_eq!(execution.header.status, status);
    }
}

async fn open_executions_are_counted(subject: Subject) {
    assert_eq!(read(subject.store.open_executions()).await, 0);
    for (name, status) in
        [("a", Status::Running), ("b", Status::Quarantined), ("c", Status::Aborted)]
    {
        subject.write(vec![turn(Turn { status, ..start(name) })]).await;
    }
    assert_eq!(read(subject.store.open_executions()).await, 2);
    subject.write(vec![turn(close("a", 1, Status::Succeeded))]).await;
    assert_eq!(read(subject.store.open_executions()).await, 1);
}

async fn pages_join_without_gap_or_repeat(subject: Subject) {
    for n in 0..7 {
        subject.write(vec![turn(of(if n % 2 == 0 { "x" } else { "y" }, &n.to_string()))]).await;
    }
    for (workflow, expected) in [(None, "6543210"), (Some("x"), "6420")] {
        for status in [None, Some(Status::Running)] {
            let mut seen = String::new();
            let mut after = None;
            loop {
                let (names, next) = page(&subject, filter(workflow, status), after, 2).await;
                assert!(names.len() <= 2, "a page keeps to its limit");
                seen.extend(names);
                after = next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected, "{workflow:?} {status:?}");
        }
    }
}

async fn a_cursor_is_stable_while_executions_start(subject: Subject) {
    subject.write(["a", "b", "c", "d"].map(|name| turn(start(name))).into()).await;
    let (names, next) = page(&subject, filter(None, None), None, 2).await;
    assert_eq!(names, ["d", "c"]);
    subject.write(vec![turn(start("e"))]).await;
    subject.write(vec![turn(close("c", 1, Status::Succeeded))]).await;
    let (names, next) = page(&subject, filter(None, None), next, 2).await;
    assert_eq!((names, next), (vec!["b".to_owned(), "a".to_owned()], None));
}

async fn an_empty_listing_has_no_next_page(subject: Subject) {
    assert_eq!(page(&subject, filter(None, None), None, 5).await, (vec![], None));
    subject.write(vec![turn(start("a"))]).await;
    let (names, next) = page(&subject, filter(None, None), None, 1).await;
    assert_eq!((names.len(), next), (1, None), "a full last page is known to be the last");
}
