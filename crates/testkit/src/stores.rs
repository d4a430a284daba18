//! Two stores give the same answers to the same calls: random steps, and the comparison of all that can
//! be read after each.

use std::sync::Arc;

use bytes::Bytes;
use compasso_store::{
    AttributeValue, Attributes, Batch, Cursor, DocumentChange, Epoch, ExecutionFilter,
    ExecutionHeader, ExecutionKey, Expected, JournalEntry, LogLine, LogStream, Order, Page,
    Redriven, Revision, SearchBounds, Status, Store, Turn, Write,
};
use compasso_types::Timestamp;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::{option, sample};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
const KEYS: [&str; 8] = ["a", "ab", "a%", "a_", "b", "b\\", "ä", ""];
/// Bytes of an image that stands apart.
const LARGE: usize = 20_000;
const STATUSES: [Status; 6] = [
    Status::Running,
    Status::Succeeded,
    Status::Failed,
    Status::TimedOut,
    Status::Aborted,
    Status::Quarantined,
];

/// A call.
#[derive(Clone, Debug)]
pub struct Step(Call);

#[derive(Clone, Debug)]
enum Call {
    /// Takes the store over.
    Acquire,
    /// A batch, and how many epochs late its writer is.
    Commit(Vec<Draft>, u64),
    /// Lines of output of an execution, and how many.
    Log(&'static str, usize),
}

#[derive(Clone, Debug)]
enum Draft {
    Turn {
        name: &'static str,
        base: Option<u64>,
        status: Status,
        wake_at: Option<i64>,
        owes: bool,
        events: Option<u32>,
        image: Option<usize>,
        documents: Vec<Change>,
    },
    Documents(Vec<Change>),
}

#[derive(Clone, Debug)]
struct Change {
    key: &'static str,
    expected: Expected,
    body: Option<u8>,
}

fn change() -> impl Strategy<Value = Change> {
    let expected = prop_oneof![
        Just(Expected::Any),
        Just(Expected::Absent),
        (1..4_u64).prop_map(|revision| Expected::Revision(Revision(revision))),
    ];
    (sample::select(&KEYS[..]), expected, option::weighted(0.8, any::<u8>()))
        .prop_map(|(key, expected, body)| Change { key, expected, body })
}

fn draft() -> impl Strategy<Value = Draft> {
    let turn = (
        sample::select(&NAMES[..]),
        option::weighted(0.7, 1..5_u64),
        sample::select(&STATUSES[..]),
        option::of(0..20_i64),
        any::<bool>(),
        option::of(0..4_u32),
        prop_oneof![Just(None), Just(Some(0)), Just(Some(7)), Just(Some(LARGE))],
        prop_oneof![3 => Just(Vec::new()), 1 => vec(change(), 1..3)],
    );
    let turn = turn.prop_map(|(name, base, status, wake_at, owes, events, image, documents)| {
        Draft::Turn { name, base, status, wake_at, owes, events, image, documents }
    });
    prop_oneof![3 => turn, 1 => vec(change(), 0..4).prop_map(Draft::Documents)]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        1 => Just(Call::Acquire),
        16 => (vec(draft(), 0..6), prop_oneof![9 => Just(0), 1 => Just(1_u64)])
            .prop_map(|(drafts, late)| Call::Commit(drafts, late)),
        2 => (sample::select(&NAMES[..]), 0..4_usize).prop_map(|(name, n)| Call::Log(name, n)),
    ]
}

/// Returns calls for [`agree`].
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(call().prop_map(Step), 1..40)
}

/// Makes the same calls to two empty stores.
///
/// # Panics
/// If they answer differently.
pub async fn agree(steps: Vec<Step>, left: &dyn Store, right: &dyn Store) {
    let mut epoch = left.acquire().await.expect("the store answers");
    assert_eq!(right.acquire().await.expect("the store answers"), epoch);
    // Numbers of events go on as the engine's would, whichever turns are refused.
    let mut next_event = 1;
    for Step(call) in steps {
        match call {
            Call::Acquire => {
                epoch = left.acquire().await.expect("the store answers");
                assert_eq!(right.acquire().await.expect("the store answers"), epoch);
            }
            Call::Commit(drafts, late) => {
                let writes: Vec<_> =
                    drafts.into_iter().map(|draft| write(draft, &mut next_event)).collect();
                let batch = Batch { epoch: Epoch(epoch.0 - late), writes };
                assert_eq!(left.commit(batch.clone()).await, right.commit(batch).await);
            }
            Call::Log(name, lines) => {
                let lines: Vec<_> = (0..lines).map(|n| line(&n.to_string())).collect();
                left.append_log(&key(name), lines.clone()).await.expect("the store answers");
                right.append_log(&key(name), lines).await.expect("the store answers");
                // Makes the lines readable.
                let batch = Batch { epoch, writes: Vec::new() };
                assert_eq!(left.commit(batch.clone()).await, right.commit(batch).await);
            }
        }
        let (left, right) = (everything(left).await, everything(right).await);
        assert_eq!(left.len(), right.len());
        for (left, right) in left.iter().zip(&right) {
            assert_eq!(left, right);
        }
    }
}

fn key(name: &str) -> ExecutionKey {
    ExecutionKey(name.into())
}

fn write(draft: Draft, next_event: &mut u64) -> Write {
    match draft {
        Draft::Documents(changes) => Write::Documents(changes.iter().map(document).collect()),
        Draft::Turn { name, base, status, wake_at, owes, events, image, documents } => {
            let journal = events.map(|events| {
                let body = Bytes::from(format!("{next_event}+{events}"));
                let entry = JournalEntry { first_event: *next_event, events, body };
                *next_event += u64::from(events);
                entry
            });
            Write::Turn(Box::new(Turn {
                key: key(name),
                base: base.map(Revision),
                workflow: if name < "c" { "x".into() } else { "y".into() },
                version: (name < "b").then(|| "x:1".into()),
                alias: None,
                status,
                started: Timestamp(5),
                stopped: (!status.is_open()).then_some(Timestamp(6)),
                redriven: wake_at.map(|at| Redriven { count: 2, at: Timestamp(at) }),
                wake_at: wake_at.map(Timestamp),
                owes,
                start: base.is_none().then(|| Bytes::from_static(b"start")),
                image: image.map(|size| Bytes::from(vec![b'i'; size])),
                outcome: (!status.is_open()).then(|| Bytes::from_static(b"outcome")),
                journal,
                documents: documents.iter().map(document).collect(),
                attributes: attributes(name),
            }))
        }
    }
}

fn attributes(name: &str) -> Attributes {
    let value = AttributeValue::Text(if name < "d" { "low".into() } else { "high".into() });
    [("name".into(), value), ("low".into(), AttributeValue::Bool(name < "d"))].into()
}

fn document(change: &Change) -> DocumentChange {
    DocumentChange {
        kind: "note",
        key: change.key.to_owned(),
        expected: change.expected,
        body: change.body.map(|body| Bytes::from(vec![body])),
    }
}

fn line(text: &str) -> LogLine {
    LogLine {
        at: Timestamp(0),
        entry: 1,
        attempt: 0,
        state: "S".into(),
        stream: LogStream::Stdout,
        text: text.into(),
    }
}

/// Describes all that can be read.
async fn everything(store: &dyn Store) -> Vec<String> {
    let mut seen = Vec::new();
    for name in NAMES {
        seen.push(format!("{:?}", store.execution(&key(name)).await));
        for (first, events) in [(1, 100), (3, 2)] {
            seen.push(format!("{:?}", store.journal(&key(name), first, events).await));
        }
        seen.push(format!("{:?}", store.tail(&key(name)).await));
        seen.push(format!("{:?}", store.log(&key(name), 1, 3).await));
    }
    let of = |workflow: &str, version: Option<&str>| ExecutionFilter {
        workflow: Some(workflow.into()),
        version: version.map(Arc::from),
        ..ExecutionFilter::default()
    };
    let filters =
        [ExecutionFilter::default(), of("x", None), of("none", None), of("x", Some("x:1"))];
    for filter in filters {
        for status in STATUSES.into_iter().map(Some).chain([None]) {
            let filter = ExecutionFilter { status, ..filter.clone() };
            let pages = async |after| {
                store.executions(filter.clone(), after, 2).await.expect("the store answers")
            };
            seen.extend(all(pages).await);
        }
    }
    for order in [Order::LatestFirst, Order::EarliestFirst] {
        let attribute = Some(("low".into(), AttributeValue::Bool(true)));
        let filter = ExecutionFilter { attribute, order, ..ExecutionFilter::default() };
        let bounds = SearchBounds { items: 2, rows: 3 };
        let pages = async |after| {
            let wanted = Arc::new(|header: &ExecutionHeader| *header.key.0 != *"a");
            store.search(filter.clone(), wanted, after, bounds).await.expect("the store answers")
        };
        seen.extend(all(pages).await);
    }
    seen.extend(all(async |after| store.owing(after, 2).await.expect("the store answers")).await);
    for (after, until, limit) in [(i64::MIN, 10, 2), (5, 100, 100)] {
        seen.push(format!("{:?}", store.due(Timestamp(after), Timestamp(until), limit).await));
    }
    for (prefix, after) in [("", None), ("a", Some("a%")), ("b", None), ("a_", None)] {
        seen.push(format!("{:?}", store.documents("note", prefix, after, 3).await));
    }
    for key in KEYS {
        seen.push(format!("{:?}", store.document("note", key).await));
    }
    seen
}

/// Describes the rows of all pages. Cursors are each store's own affair.
async fn all<T: std::fmt::Debug>(pages: impl AsyncFn(Option<Cursor>) -> Page<T>) -> Vec<String> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = pages(after).await;
        rows.push(format!("{:?}", page.items));
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}
