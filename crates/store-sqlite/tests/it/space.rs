//! A disk that is full, and one that fails.

use bytes::Bytes;
use compasso_store::{DocumentChange, Expected, Outcome, ReadError, Store, Write};
use compasso_store_sqlite::{Options, SqliteStore};

use crate::fixture::{CHILD, WRITTEN, child, commit, key, line, open, put, start, turn};

#[tokio::test]
async fn a_full_disk_rejects_batches_until_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { max_pages: Some(200), ..Options::default() };
    let store = SqliteStore::open(directory.path(), &options).unwrap();
    let epoch = store.acquire().await.unwrap();
    let large = || Bytes::from("x".repeat(100_000));
    let mut stored = 0;
    let reason = loop {
        let writes = vec![put(&stored.to_string(), large()), turn(start(&format!("e{stored}")))];
        match commit(&store, epoch, writes).await {
            Outcome::Rejected { reason } => break reason,
            outcome => assert_eq!(outcome, WRITTEN),
        }
        stored += 1;
    };
    assert!(reason.contains("full"), "{reason}");
    assert!(stored > 3);
    // All of the batch is missing, all before is there, and reads go on.
    assert_eq!(store.execution(&key(&format!("e{stored}"))).await.unwrap(), None);
    let notes = store.documents("note", "", None, 1_000).await.unwrap();
    assert_eq!(notes.len(), stored);

    let gone =
        DocumentChange { kind: "note", key: "0".into(), expected: Expected::Any, body: None };
    assert_eq!(commit(&store, epoch, vec![Write::Documents(vec![gone])]).await, WRITTEN);
    let again = vec![put("again", large()), turn(start("again"))];
    assert_eq!(commit(&store, epoch, again).await, WRITTEN);
    assert!(store.execution(&key("again")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_rejected_batch_does_not_leave_a_workflow_that_only_seems_known() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { max_pages: Some(100), ..Options::default() };
    let store = SqliteStore::open(directory.path(), &options).unwrap();
    let epoch = store.acquire().await.unwrap();
    let too_much = vec![turn(start("a")), put("n", Bytes::from("x".repeat(1_000_000)))];
    assert!(matches!(commit(&store, epoch, too_much).await, Outcome::Rejected { .. }));
    assert_eq!(commit(&store, epoch, vec![turn(start("a"))]).await, WRITTEN);
    let execution = store.execution(&key("a")).await.unwrap().unwrap();
    assert_eq!(&*execution.header.workflow, "orders");
}

/// Returns a text that cannot be made smaller by much.
fn noise(bytes: usize) -> String {
    let mut seed: u64 = 1;
    let mut letter = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + (seed >> 58) as u8)
    };
    (0..bytes).map(|_| letter()).collect()
}

#[tokio::test]
async fn output_that_does_not_fit_does_not_keep_turns_from_being_written() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { max_pages: Some(100), ..Options::default() };
    let store = SqliteStore::open(directory.path(), &options).unwrap();
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(start("a"))]).await, WRITTEN);
    let text = noise(1_000_000);
    store.append_log(&key("a"), vec![line(&text)]).await.unwrap();
    assert_eq!(commit(&store, epoch, vec![turn(start("b"))]).await, WRITTEN);
    // So much that it cannot wait: the appender is told.
    let flood = vec![line(&noise(10_000_000))];
    let refused = store.append_log(&key("a"), flood).await;
    assert!(matches!(refused, Err(ReadError::Unavailable(_))), "{refused:?}");
    store.append_log(&key("a"), vec![line("small")]).await.unwrap();
    assert_eq!(commit(&store, epoch, vec![]).await, WRITTEN);
    assert_eq!(store.log(&key("a"), 0, 10).await.unwrap(), [(1, line("small"))]);
}

/// Writes until a limit on the size of files makes a COMMIT fail: to SQLite that is an I/O error
/// like any other. Runs only as a child of the next test, which sets the limit.
#[tokio::test]
async fn commits_until_the_disk_fails() {
    let Some(directory) = std::env::var_os(CHILD) else {
        return;
    };
    let store = open(directory.as_ref());
    let epoch = store.acquire().await.unwrap();
    let mut stored = 0;
    let outcome = loop {
        let writes = vec![put(&stored.to_string(), Bytes::from("x".repeat(100_000)))];
        match commit(&store, epoch, writes).await {
            outcome @ Outcome::Unknown { .. } => break outcome,
            outcome => assert_eq!(outcome, WRITTEN),
        }
        stored += 1;
    };
    // From now on nothing is told but that the store must be opened again.
    let refused = commit(&store, epoch, vec![]).await;
    assert!(matches!(refused, Outcome::Unknown { .. }), "{refused:?}");
    let read = store.document("note", "0").await;
    assert!(matches!(read, Err(ReadError::Broken(_))), "{read:?}");
    let acquired = store.acquire().await;
    assert!(matches!(acquired, Err(ReadError::Broken(_))), "{acquired:?}");
    let appended = store.append_log(&key("a"), vec![line("late")]).await;
    assert!(matches!(appended, Err(ReadError::Broken(_))), "{appended:?}");
    println!("stored {stored} before {outcome:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_io_error_in_a_commit_makes_its_outcome_unknown() {
    let directory = tempfile::tempdir().unwrap();
    let test = child("space::commits_until_the_disk_fails", directory.path());
    let mut shell = std::process::Command::new("sh");
    // The limit counts blocks of 512 or 1024 bytes; ignoring the signal turns it into an error.
    shell.args(["-c", r#"trap "" XFSZ; ulimit -f 4000; exec "$@""#, "sh"]);
    shell.arg(test.get_program()).args(test.get_args()).env(CHILD, directory.path());
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    let stored = text.split("stored ").nth(1).and_then(|text| text.split(' ').next());
    let stored: usize = stored.expect("the child tells how much it stored").parse().unwrap();
    assert!(stored > 3);

    let store = open(directory.path());
    let found = store.documents("note", "", None, 1_000).await.unwrap().len();
    assert!((stored..=stored + 1).contains(&found), "{stored} acknowledged, {found} found");
    let epoch = store.acquire().await.unwrap();
    assert_eq!(commit(&store, epoch, vec![put("after", Bytes::new())]).await, WRITTEN);
}
