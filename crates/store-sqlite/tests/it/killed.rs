//! What a killed process leaves behind.

use std::io::{BufRead, BufReader, Write as _};
use std::process::Stdio;

use compasso_store::{Batch, ExecutionFilter, JournalEntry, Outcome, Status, Store, Turn, Write};
use compasso_store_sqlite::SqliteStore;
use compasso_types::Timestamp;

use crate::fixture::{CHILD, WRITTEN, child, commit, key, open, start, step, turn};

/// How many executions each batch starts.
const BATCH: usize = 7;

/// How often the process is killed.
const KILLS: usize = 8;

/// Commits without end and says so after every answer. Runs only as a child of the next test.
#[tokio::test]
async fn commits_until_killed() {
    let Some(directory) = std::env::var_os(CHILD) else {
        return;
    };
    let store = open(directory.as_ref());
    let epoch = store.acquire().await.unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "\nbegin {}", epoch.0).unwrap();
    for batch in 0.. {
        let writes = (0..BATCH).map(|n| turn(named(epoch.0, batch, n))).collect();
        let outcome = commit(&store, epoch, writes).await;
        assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
        writeln!(out, "committed {batch}").unwrap();
        out.flush().unwrap();
    }
}

fn name(epoch: u64, batch: usize, n: usize) -> String {
    format!("{epoch}/{batch}/{n}")
}

fn named(epoch: u64, batch: usize, n: usize) -> Turn {
    start(&name(epoch, batch, n))
}

#[tokio::test]
async fn a_killed_process_leaves_whole_batches_and_all_acknowledged_ones() {
    let directory = tempfile::tempdir().unwrap();
    let mut expected = 0;
    for kill in 0..KILLS {
        let mut process = child("killed::commits_until_killed", directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut epoch = 0;
        let mut acknowledged = 0;
        while acknowledged <= kill * 5 {
            let line = lines.next().expect("the child goes on").unwrap();
            if let Some(number) = line.strip_prefix("begin ") {
                epoch = number.parse().unwrap();
            }
            acknowledged += usize::from(line.starts_with("committed "));
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let told = lines.map_while(Result::ok).filter(|line| line.starts_with("committed "));
        acknowledged += told.count();

        let store = open(directory.path());
        let mut found = Vec::new();
        for batch in 0..acknowledged + 2 {
            let mut rows = 0;
            for n in 0..BATCH {
                let key = key(&name(epoch, batch, n));
                let row = store.execution(&key).await.unwrap().is_some();
                let journal = !store.journal(&key, 1, 1).await.unwrap().is_empty();
                assert_eq!(row, journal, "row and journal of {key}");
                rows += usize::from(row);
            }
            assert!(rows == 0 || rows == BATCH, "{rows} rows of batch {batch}");
            found.push(rows == BATCH);
        }
        assert!(found[..acknowledged].iter().all(|found| *found), "{acknowledged}: {found:?}");
        assert!(!found[acknowledged + 1], "only one batch was under way: {found:?}");

        expected += found.iter().filter(|found| **found).count() * BATCH;
        let all = store.executions(ExecutionFilter::default(), None, 1_000_000).await.unwrap();
        assert_eq!(all.items.len(), expected, "earlier lives are still there");
    }
}

/// How many executions are packed; a step takes some of them.
const PACKED: usize = 400;

/// Packs a step at a time and says so. Runs only as a child of the next test.
#[tokio::test]
async fn packs_until_killed() {
    let Some(directory) = std::env::var_os(CHILD) else {
        return;
    };
    let store = open(directory.as_ref());
    store.acquire().await.unwrap();
    let mut out = std::io::stdout();
    loop {
        let packed = store.pack(Timestamp(i64::MAX)).await.unwrap();
        writeln!(out, "\npacked {}", packed.rows).unwrap();
        out.flush().unwrap();
        if packed.is_over {
            return;
        }
    }
}

/// Three turns that close an execution.
fn closed(name: &str) -> [Write; 3] {
    let (status, stopped) = (Status::Failed, Some(Timestamp(1_700_000_000_124)));
    let end = Turn { status, stopped, ..step(name, 2) };
    [turn(start(name)), turn(step(name, 1)), turn(end)]
}

async fn journals(store: &SqliteStore) -> Vec<Vec<JournalEntry>> {
    let mut journals = Vec::new();
    for number in 0..PACKED {
        journals.push(store.journal(&key(&number.to_string()), 1, 100).await.unwrap());
    }
    journals
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_packs_loses_nothing_and_the_next_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let epoch = store.acquire().await.unwrap();
    let writes = (0..PACKED).flat_map(|number| closed(&number.to_string())).collect();
    assert_eq!(store.commit(Batch { epoch, writes }).await, WRITTEN);
    let before = journals(&store).await;
    store.close();
    for kill in 0..KILLS {
        let mut process = child("killed::packs_until_killed", directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let steps = lines.map_while(Result::ok).filter(|line| line.starts_with("packed "));
        // It has begun the step after those.
        assert!(steps.take(kill % 2 + 1).count() > 0, "the child packs");
        process.kill().unwrap();
        process.wait().unwrap();
        let store = open(directory.path());
        assert!(journals(&store).await == before, "after kill {kill}");
        store.close();
    }
    let store = open(directory.path());
    store.acquire().await.unwrap();
    while !store.pack(Timestamp(i64::MAX)).await.unwrap().is_over {}
    assert!(journals(&store).await == before, "in the end");
    store.close();
    let found = compasso_store_sqlite::inspect(directory.path()).unwrap();
    assert_eq!((found.problems, found.turns), (Vec::new(), 3 * PACKED as u64));
    let rows = crate::fixture::inspect(directory.path());
    let unpacked = rows.query_row("SELECT count(*) FROM journal", [], |row| row.get::<_, i64>(0));
    assert_eq!(unpacked.unwrap(), 0, "all is packed");
}
