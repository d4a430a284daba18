//! Copies of stores.

use std::sync::Arc;

use bytes::Bytes;
use compasso_store::contract::Harm;
use compasso_store::copy::{Copied, CopyError, copy};
use compasso_store::memory::{Fault, MemoryStore};
use compasso_store::{
    AttributeValue, Batch, DocumentChange, Execution, ExecutionKey, Expected, JournalEntry,
    LogLine, LogStream, Outcome, ReadError, Redriven, Revision, Status, Store, Turn, Write,
};
use compasso_types::Timestamp;

use crate::faults::{key, turn};

/// A turn of an execution with an entry of its journal.
fn step(name: &str, base: u64, events: u32, image: Option<&str>) -> Turn {
    let body = Bytes::from(format!("[{base}]"));
    let first_event = base * 2 + 1;
    Turn {
        base: (base > 0).then_some(Revision(base)),
        start: (base == 0).then(|| Bytes::from_static(b"start")),
        image: image.map(|image| image.to_owned().into()),
        journal: Some(JournalEntry { first_event, events, body }),
        ..turn(name)
    }
}

fn line(text: &str) -> LogLine {
    LogLine {
        at: Timestamp(1),
        entry: 1,
        attempt: 0,
        state: "S".into(),
        stream: LogStream::Stderr,
        text: text.into(),
    }
}

/// Hears of no damage.
#[expect(clippy::needless_pass_by_value, reason = "copies call it with what is theirs to give")]
fn whole(key: ExecutionKey, error: ReadError) {
    panic!("{key} is damaged: {error}");
}

/// A store with something of each kind.
async fn full() -> MemoryStore {
    let store = MemoryStore::new();
    let epoch = store.acquire().await.unwrap();
    let attributes = [(Arc::from("customer"), AttributeValue::Number(7.0))].into();
    let (version, alias) = (Some("m:1".into()), Some("m:live".into()));
    let wake_at = Some(Timestamp(77));
    let redriven = Some(Redriven { count: 2, at: Timestamp(60) });
    let end = Turn {
        status: Status::Failed,
        stopped: Some(Timestamp(50)),
        outcome: Some(Bytes::from_static(b"end")),
        ..step("closed", 1, 2, None)
    };
    let turns = [
        Turn { attributes, version, alias, ..step("tail", 0, 2, Some("first")) },
        step("tail", 1, 2, Some("image")),
        step("tail", 2, 2, None),
        Turn { wake_at, owes: true, ..step("tail", 3, 0, None) },
        step("closed", 0, 2, Some("at")),
        end,
        Turn { redriven, ..step("behind", 0, 2, None) },
        Turn { journal: None, ..step("silent", 0, 0, Some("quiet")) },
    ];
    let mut writes: Vec<Write> =
        turns.into_iter().map(|turn| Write::Turn(Box::new(turn))).collect();
    for number in 0..1_500 {
        let (key, body) = (format!("{number:04}"), Some(Bytes::from(number.to_string())));
        let change = DocumentChange { kind: "note", key, expected: Expected::Any, body };
        writes.push(Write::Documents(vec![change]));
    }
    store.commit(Batch { epoch, writes }).await;
    store.append_log(&key("closed"), vec![line("one"), line("two")]).await.unwrap();
    store
}

/// Returns an execution without what is different in a copy.
async fn execution(store: &MemoryStore, name: &str) -> Execution {
    Execution { revision: Revision(0), ..store.execution(&key(name)).await.unwrap().unwrap() }
}

#[tokio::test]
async fn a_copy_is_read_as_the_original() {
    let (from, to) = (full().await, MemoryStore::new());
    let copied = copy(&from, &to, |_| {}, whole).await.unwrap();
    assert_eq!(copied, Copied { executions: 4, turns: 7, documents: 1_500 });
    for name in ["tail", "closed", "behind", "silent"] {
        assert_eq!(execution(&to, name).await, execution(&from, name).await);
        let [copied, original] = [&to, &from].map(|store| store.journal(&key(name), 1, 100));
        assert_eq!(copied.await, original.await);
        assert_eq!(to.tail(&key(name)).await, from.tail(&key(name)).await);
        assert_eq!(to.log(&key(name), 0, 10).await, from.log(&key(name), 0, 10).await);
    }
    let [copied, original] =
        [&to, &from].map(|store| store.due(Timestamp(i64::MIN), Timestamp(i64::MAX), 10));
    assert_eq!(copied.await, original.await);
    let [copied, original] = [&to, &from].map(|store| store.owing(None, 10));
    assert_eq!(copied.await.unwrap().items, original.await.unwrap().items);
    assert_eq!(to.document_kinds().await.unwrap(), ["note"]);
    assert_eq!(
        to.documents("note", "", None, 9_999).await,
        from.documents("note", "", None, 9_999).await
    );
}

#[tokio::test]
async fn many_executions_with_lines_are_written_at_once() {
    let (from, to) = (MemoryStore::new(), MemoryStore::new());
    let epoch = from.acquire().await.unwrap();
    let names: Vec<_> = (0..100).map(|number| format!("run {number}")).collect();
    let turn = |name: &String| Write::Turn(Box::new(step(name, 0, 1, None)));
    from.commit(Batch { epoch, writes: names.iter().map(turn).collect() }).await;
    for name in &names {
        from.append_log(&key(name), vec![line(name)]).await.unwrap();
    }
    copy(&from, &to, |_| {}, whole).await.unwrap();
    assert_eq!(to.commits(), 2, "one of executions, one of documents");
    for name in &names {
        assert_eq!(to.log(&key(name), 0, 10).await.unwrap()[0].1, line(name));
    }
    // The lines are durable.
    assert_eq!(to.crash().log(&key(&names[0]), 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_copy_is_made_only_where_nothing_is() {
    let from = full().await;
    assert!(matches!(copy(&from, &full().await, |_| {}, whole).await, Err(CopyError::NotEmpty)));
    let full_disk = MemoryStore::new();
    full_disk.inject(Fault::Rejected);
    assert!(matches!(copy(&from, &full_disk, |_| {}, whole).await, Err(CopyError::Write(_))));
}

/// Copies what was harmed; returns the copy, and which executions it lacks.
async fn copy_of(from: &MemoryStore) -> (MemoryStore, Vec<ExecutionKey>) {
    let (to, mut damaged) = (MemoryStore::new(), Vec::new());
    let copied = copy(
        from,
        &to,
        |_| {},
        |key, error| {
            assert!(matches!(error, ReadError::Corrupt(_)), "{error}");
            damaged.push(key);
        },
    );
    copied.await.unwrap();
    (to, damaged)
}

#[tokio::test]
async fn what_is_damaged_is_told_and_all_else_is_copied() {
    for harm in [Harm::Image, Harm::Row(1)] {
        let from = full().await;
        from.harm(&key("closed"), harm);
        let (to, damaged) = copy_of(&from).await;
        assert_eq!(damaged, [key("closed")], "{harm:?}");
        assert_eq!(to.execution(&key("closed")).await.unwrap(), None);
        for name in ["tail", "behind", "silent"] {
            assert_eq!(execution(&to, name).await, execution(&from, name).await);
        }
        assert_eq!(to.documents("note", "", None, 9_999).await.unwrap().len(), 1_500);
    }
}

#[tokio::test]
async fn nothing_is_copied_of_what_is_damaged_far_behind_its_beginning() {
    const TURNS: usize = 1_200;
    let from = MemoryStore::new();
    let epoch = from.acquire().await.unwrap();
    let turns = (0..TURNS as u64).map(|base| step("long", base, 2, Some("image")));
    let writes = turns.map(|turn| Write::Turn(Box::new(turn))).collect();
    let written = from.commit(Batch { epoch, writes }).await;
    assert_eq!(written, Outcome::Committed { conflicts: vec![] });
    assert!(copy_of(&from).await.1.is_empty());
    from.harm(&key("long"), Harm::Row(TURNS - 2));
    let (to, damaged) = copy_of(&from).await;
    assert_eq!(damaged, [key("long")]);
    assert_eq!(to.execution(&key("long")).await.unwrap(), None);
}
