//! What is removed is gone, and nothing else is.

use compasso_types::Timestamp;

use super::case_list;
use super::fixture::{Subject, close, delete, entry, key, put, read, start, step, turn};
use crate::{
    AttributeValue, ExecutionFilter, Expected, LogLine, LogStream, Part, Removal, Revision, Status,
    Turn, Write,
};

case_list![
    a_removed_execution_is_gone_with_all_that_was_kept_of_it,
    an_open_execution_is_not_removed,
    what_was_written_since_is_not_removed,
    documents_change_with_a_removal_or_not_at_all,
    a_key_that_was_removed_begins_anew,
    a_log_goes_alone,
];

fn removal(name: &str, base: u64, part: Part) -> Write {
    Write::Removal(Removal { key: key(name), base: Revision(base), part, documents: Vec::new() })
}

/// Writes a closed execution with a journal, a log and an attribute.
async fn closed(subject: &Subject, name: &str) {
    let attributes = [("customer".into(), AttributeValue::Text("ada".into()))].into();
    let begun = Turn { attributes, journal: Some(entry(1, 2)), ..start(name) };
    subject.write(vec![turn(begun)]).await;
    let line = LogLine {
        at: Timestamp(5),
        entry: 2,
        attempt: 0,
        state: "Build".into(),
        stream: LogStream::Stdout,
        text: name.into(),
    };
    read(subject.store.append_log(&key(name), vec![line])).await;
    let end = Turn { journal: Some(entry(3, 1)), ..close(name, 1, Status::Succeeded) };
    subject.write(vec![turn(end)]).await;
}

async fn journal(subject: &Subject, name: &str) -> usize {
    read(subject.store.journal(&key(name), 1, 100)).await.len()
}

async fn lines(subject: &Subject, name: &str) -> usize {
    read(subject.store.log(&key(name), 0, 100)).await.len()
}

async fn listed(subject: &Subject, filter: ExecutionFilter) -> usize {
    read(subject.store.executions(filter, None, 100)).await.items.len()
}

fn of_customer() -> ExecutionFilter {
    let attribute = ("customer".into(), AttributeValue::Text("ada".into()));
    ExecutionFilter { attribute: Some(attribute), ..ExecutionFilter::default() }
}

async fn a_removed_execution_is_gone_with_all_that_was_kept_of_it(subject: Subject) {
    closed(&subject, "a").await;
    closed(&subject, "b").await;
    subject.write(vec![removal("a", 2, Part::Whole)]).await;
    assert!(subject.execution("a").await.is_none());
    assert_eq!((journal(&subject, "a").await, lines(&subject, "a").await), (0, 0));
    assert_eq!((journal(&subject, "b").await, lines(&subject, "b").await), (2, 1));
    assert_eq!(listed(&subject, ExecutionFilter::default()).await, 1);
    assert_eq!(listed(&subject, of_customer()).await, 1);
}

async fn an_open_execution_is_not_removed(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    for part in [Part::Whole, Part::Log] {
        assert_eq!(subject.conflicts(vec![removal("a", 1, part)]).await, [0]);
    }
    assert_eq!(subject.revision("a").await, Some(1));
    assert_eq!(subject.conflicts(vec![removal("nobody", 1, Part::Whole)]).await, [0]);
}

async fn what_was_written_since_is_not_removed(subject: Subject) {
    closed(&subject, "a").await;
    assert_eq!(subject.conflicts(vec![removal("a", 1, Part::Whole)]).await, [0]);
    subject.write(vec![turn(step("a", 2))]).await;
    assert_eq!(subject.conflicts(vec![removal("a", 2, Part::Whole)]).await, [0]);
    assert_eq!(journal(&subject, "a").await, 2);
}

async fn documents_change_with_a_removal_or_not_at_all(subject: Subject) {
    closed(&subject, "a").await;
    let note = |expected| vec![Write::Documents(vec![put("n", expected, "1")])];
    subject.write(note(Expected::Absent)).await;
    let with = |expected| {
        let documents = vec![delete("n", expected)];
        let (base, part) = (Revision(2), Part::Whole);
        vec![Write::Removal(Removal { key: key("a"), base, part, documents })]
    };
    assert_eq!(subject.conflicts(with(Expected::Revision(Revision(7)))).await, [0]);
    assert_eq!(subject.revision("a").await, Some(2));
    subject.write(with(Expected::Revision(Revision(1)))).await;
    assert!(subject.execution("a").await.is_none() && subject.note("n").await.is_none());
}

async fn a_key_that_was_removed_begins_anew(subject: Subject) {
    closed(&subject, "a").await;
    subject.write(vec![removal("a", 2, Part::Whole)]).await;
    let begun = Turn { journal: Some(entry(1, 1)), ..start("a") };
    subject.write(vec![turn(begun)]).await;
    assert_eq!(subject.revision("a").await, Some(1));
    assert_eq!((journal(&subject, "a").await, lines(&subject, "a").await), (1, 0));
}

async fn a_log_goes_alone(subject: Subject) {
    closed(&subject, "a").await;
    subject.write(vec![removal("a", 2, Part::Log)]).await;
    assert_eq!((journal(&subject, "a").await, lines(&subject, "a").await), (2, 0));
    assert_eq!(subject.revision("a").await, Some(2));
    // What is closed can go as a whole afterwards.
    subject.write(vec![removal("a", 2, Part::Whole)]).await;
    assert!(subject.execution("a").await.is_none());
}
