//! The file as people see it, and the ways SQLite finds rows in it.

use std::sync::Arc;

use bytes::Bytes;
use compasso_store::{
    AttributeValue, ExecutionFilter, JournalEntry, SearchBounds, Status, Store, Turn,
};
use compasso_store_sqlite::{Options, SqliteStore};
use compasso_types::Timestamp;

use crate::fixture::{WRITTEN, commit, inspect, key, line, open, start, turn};

#[tokio::test]
async fn people_can_query_the_file_while_the_store_is_open() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let body = Bytes::from_static(br#"[{"type":"ExecutionStarted"}]"#);
    let closed = Turn {
        status: Status::Succeeded,
        stopped: Some(Timestamp(1_700_000_001_000)),
        outcome: Some(Bytes::from_static(br#"{"output":[1]}"#)),
        journal: Some(JournalEntry { first_event: 1, events: 1, body }),
        ..start("a")
    };
    let binary = Turn { image: Some(Bytes::from_static(b"\xff")), ..start("b") };
    assert_eq!(commit(&store, epoch, vec![turn(closed), turn(binary)]).await, WRITTEN);

    let row: (String, String, String, String, i64, i64) = inspect(directory.path())
        .query_row(
            "SELECT workflow, status, started, stopped, start ->> '$.input.n',
                outcome ->> '$.output[0]'
            FROM executions WHERE key = 'a'",
            [],
            |row| {
                let (a, b, c) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok((a, b, c, row.get(3)?, row.get(4)?, row.get(5)?))
            },
        )
        .unwrap();
    let times = ("2023-11-14T22:13:20.123Z", "2023-11-14T22:13:21.000Z");
    assert_eq!((row.0.as_str(), row.1.as_str()), ("orders", "SUCCEEDED"));
    assert_eq!((row.2.as_str(), row.3.as_str(), row.4, row.5), (times.0, times.1, 7, 1));
    let event: String = inspect(directory.path())
        .query_row(
            "SELECT body ->> '$[0].type' FROM journal
            WHERE execution = (SELECT id FROM execution WHERE key = 'a')",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(event, "ExecutionStarted");
    let kind: String = inspect(directory.path())
        .query_row("SELECT typeof(image) FROM execution WHERE key = 'b'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kind, "blob", "what is no text is not passed off as text");
}

#[tokio::test]
async fn the_write_ahead_log_stays_short_under_load() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { checkpoint_pages: 50, ..Options::default() };
    let store = SqliteStore::open(directory.path(), &options).unwrap();
    let epoch = store.acquire().await.unwrap();
    let mut longest = 0;
    for n in 0..1_000 {
        assert_eq!(commit(&store, epoch, vec![turn(start(&n.to_string()))]).await, WRITTEN);
        let log = directory.path().join("compasso.db-wal");
        longest = longest.max(std::fs::metadata(log).unwrap().len());
    }
    let pages = longest / u64::from(options.page_size);
    assert!((50..1_000).contains(&pages), "{pages} pages, thousands if nobody shortened it");
}

#[tokio::test]
async fn a_search_counts_the_rows_that_the_index_cannot_leave_out() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let customer = || (Arc::from("customer"), AttributeValue::Text("x".into()));
    let of = |name: &str, workflow: &str, at| Turn {
        workflow: workflow.into(),
        version: Some("v".into()),
        alias: Some("a".into()),
        started: Timestamp(at),
        attributes: [customer()].into(),
        ..start(name)
    };
    let mut turns = vec![turn(of("wanted", "w", 0))];
    turns.extend((1..=5).map(|at| turn(of(&at.to_string(), "other", at))));
    assert_eq!(commit(&store, epoch, turns).await, WRITTEN);
    let of_w = || ExecutionFilter { workflow: Some("w".into()), ..ExecutionFilter::default() };
    let bounds = SearchBounds { items: 2, rows: 3 };
    for filter in [
        ExecutionFilter { attribute: Some(customer()), ..of_w() },
        ExecutionFilter { version: Some("v".into()), ..of_w() },
        ExecutionFilter { alias: Some("a".into()), ..of_w() },
    ] {
        let search = |after| store.search(filter.clone(), Arc::new(|_| true), after, bounds);
        let first = search(None).await.unwrap();
        assert!(first.items.is_empty() && first.next.is_some(), "{filter:?}");
        let last = search(first.next).await.unwrap();
        assert_eq!(last.items.len(), 1, "{filter:?}");
        assert!(last.next.is_none(), "{filter:?}");
    }
}

#[tokio::test]
async fn output_is_kept_in_chunks_after_the_lines_of_older_files() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(start("a"))]).await, WRITTEN);
    inspect(directory.path())
        .execute_batch(
            "INSERT INTO log VALUES (1, 1, 0, 1, 0, 'Work', 1, 'old 1');
             INSERT INTO log VALUES (1, 2, 0, 1, 0, 'Work', 1, 'old 2');",
        )
        .unwrap();
    let count = 20_000_u64;
    for from in (0..count).step_by(500) {
        let lines = (from..from + 500).map(|n| line(&format!("row {n} was loaded"))).collect();
        store.append_log(&key("a"), lines).await.unwrap();
        if from % 2_000 == 0 {
            commit(&store, epoch, vec![]).await;
        }
    }
    commit(&store, epoch, vec![]).await;
    let all = store.log(&key("a"), 0, usize::MAX).await.unwrap();
    assert_eq!(all.len() as u64, count + 2);
    assert!((1..).zip(&all).all(|(number, (found, _))| number == *found));
    assert_eq!((&*all[1].1.text, &*all[2].1.text), ("old 2", "row 0 was loaded"));
    let some = store.log(&key("a"), 15_001, 2).await.unwrap();
    assert_eq!(some, all[15_001..15_003]);
    let (chunks, bytes): (u64, u64) = inspect(directory.path())
        .query_row("SELECT count(*), sum(length(lines)) FROM log_chunk", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let plain: usize = all.iter().map(|(_, line)| line.text.len()).sum();
    assert!(chunks < 50, "{chunks} chunks");
    assert!(bytes < plain as u64 / 2, "{bytes} bytes of {plain}");
}
