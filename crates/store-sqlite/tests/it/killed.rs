//! What a killed process leaves behind.

use std::io::{BufRead, BufReader, Write as _};
use std::process::Stdio;

use compasso_store::{ExecutionFilter, Outcome, Store, Turn};

use crate::fixture::{CHILD, child, commit, key, open, start, turn};

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
