//! Creating and moving executions.

use bytes::Bytes;
use compasso_types::Timestamp;

use super::case_list;
use super::fixture::{Subject, close, entry, key, put, read, start, step, turn};
use crate::{
    Attributes, Execution, ExecutionHeader, Expected, Redriven, Revision, Status, Turn, Write,
};

case_list![
    a_created_execution_is_read_back,
    an_unknown_execution_is_none,
    a_turn_replaces_what_changes_and_keeps_the_start,
    a_closed_execution_can_be_opened_again,
    an_execution_that_never_began_is_closed_from_its_first_turn_on_and_can_be_opened,
    a_redrive_is_remembered,
    a_second_creation_conflicts_and_writes_nothing,
    a_turn_of_an_unknown_execution_conflicts,
    a_stale_base_conflicts_without_touching_other_writes,
    two_turns_of_one_execution_fit_in_one_batch,
    a_turn_and_its_documents_are_written_together,
    a_conflicting_document_refuses_the_turn_and_its_other_documents,
    a_conflicting_turn_writes_none_of_its_documents,
    bytes_that_are_not_text_are_read_back,
];

async fn a_created_execution_is_read_back(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    let expected = Execution {
        header: ExecutionHeader {
            key: key("a"),
            workflow: "orders".into(),
            version: None,
            alias: None,
            status: Status::Running,
            started: Timestamp(1_000),
            stopped: None,
            redriven: None,
            attributes: Attributes::new(),
            failure: None,
        },
        revision: Revision(1),
        start: Bytes::from_static(br#"{"input":{}}"#),
        image: Bytes::from_static(br#"{"at":"A"}"#),
        is_image_whole: true,
        has_tail: false,
        outcome: None,
    };
    assert_eq!(subject.execution("a").await, Some(expected));
}

async fn an_unknown_execution_is_none(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    assert_eq!(subject.execution("b").await, None);
    assert_eq!(read(subject.store.journal(&key("b"), 1, 10)).await, vec![]);
}

async fn a_turn_replaces_what_changes_and_keeps_the_start(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    subject.write(vec![turn(close("a", 1, Status::Failed))]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert_eq!(execution.revision, Revision(2));
    assert_eq!(execution.header.status, Status::Failed);
    assert_eq!(execution.header.stopped, Some(Timestamp(2_000)));
    assert_eq!(execution.start, Bytes::from_static(br#"{"input":{}}"#));
    assert_eq!(execution.image, Bytes::new());
    assert_eq!(execution.outcome, Some(Bytes::from_static(br#"{"output":1}"#)));
}

async fn a_closed_execution_can_be_opened_again(subject: Subject) {
    let closed = Turn { base: None, start: Some(Bytes::new()), ..close("a", 0, Status::Failed) };
    subject.write(vec![turn(closed)]).await;
    subject.write(vec![turn(step("a", 1))]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert_eq!(execution.header.status, Status::Running);
    assert_eq!(execution.header.stopped, None);
    assert_eq!(execution.outcome, None);
}

async fn an_execution_that_never_began_is_closed_from_its_first_turn_on_and_can_be_opened(
    subject: Subject,
) {
    let stopped = Turn {
        base: None,
        start: Some(Bytes::from_static(br#"{"is_unbegun":true}"#)),
        journal: Some(entry(1, 2)),
        documents: vec![put("seat", Expected::Absent, "left")],
        ..close("a", 0, Status::Aborted)
    };
    subject.write(vec![turn(stopped.clone())]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert_eq!((execution.header.status, execution.revision), (Status::Aborted, Revision(1)));
    assert_eq!(execution.header.stopped, Some(Timestamp(2_000)));
    assert_eq!((Some(execution.start), execution.image), (stopped.start.clone(), Bytes::new()));
    assert_eq!(subject.note("seat").await, Some((1, "left".to_owned())));
    // Whoever withdraws it once more finds that it was.
    assert_eq!(subject.conflicts(vec![turn(stopped)]).await, [0]);
    let opened = Turn { journal: Some(entry(3, 1)), owes: true, ..step("a", 1) };
    subject.write(vec![turn(opened)]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert_eq!((execution.header.status, execution.outcome), (Status::Running, None));
    assert_eq!(execution.start, Bytes::from_static(br#"{"is_unbegun":true}"#));
    let journal = read(subject.store.journal(&key("a"), 1, 10)).await;
    assert_eq!(journal, [entry(1, 2), entry(3, 1)]);
}

async fn a_redrive_is_remembered(subject: Subject) {
    subject.write(vec![turn(start("a")), turn(close("a", 1, Status::Failed))]).await;
    let redriven = Some(Redriven { count: 3, at: Timestamp(9_000) });
    subject.write(vec![turn(Turn { redriven, ..step("a", 2) })]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert_eq!(execution.header.redriven, redriven);
}

async fn a_second_creation_conflicts_and_writes_nothing(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    let before = subject.execution("a").await;
    let again = Turn {
        image: Some(Bytes::from_static(b"other")),
        journal: Some(entry(1, 1)),
        ..start("a")
    };
    assert_eq!(subject.conflicts(vec![turn(again)]).await, [0]);
    assert_eq!(subject.execution("a").await, before);
    assert_eq!(read(subject.store.journal(&key("a"), 1, 10)).await, vec![]);
    assert_eq!(subject.conflicts(vec![turn(start("b")), turn(start("b"))]).await, [1]);
}

async fn a_turn_of_an_unknown_execution_conflicts(subject: Subject) {
    let stray = Turn { journal: Some(entry(1, 1)), ..step("a", 1) };
    assert_eq!(subject.conflicts(vec![turn(stray)]).await, [0]);
    assert_eq!(subject.execution("a").await, None);
}

async fn a_stale_base_conflicts_without_touching_other_writes(subject: Subject) {
    subject.write(vec![turn(start("a")), turn(start("b"))]).await;
    subject.write(vec![turn(step("a", 1))]).await;
    let stale = Turn { journal: Some(entry(1, 3)), ..step("a", 1) };
    let early = Turn { journal: Some(entry(1, 3)), ..step("b", 2) };
    let writes = vec![
        turn(start("c")),
        turn(stale),
        turn(step("b", 1)),
        turn(early),
        Write::Documents(vec![put("n", Expected::Absent, "1")]),
    ];
    // The first turn of `b` moves it to revision 2, so the one from 2 fits.
    assert_eq!(subject.conflicts(writes).await, [1]);
    assert_eq!(subject.revision("a").await, Some(2));
    assert_eq!(read(subject.store.journal(&key("a"), 1, 10)).await, vec![]);
    assert_eq!(subject.revision("b").await, Some(3));
    assert_eq!(subject.revision("c").await, Some(1));
    assert_eq!(subject.note("n").await, Some((1, "1".into())));
    assert_eq!(subject.conflicts(vec![turn(step("a", 3))]).await, [0], "a base ahead of time");
}

async fn two_turns_of_one_execution_fit_in_one_batch(subject: Subject) {
    let first = Turn { journal: Some(entry(1, 2)), ..start("a") };
    let second = Turn { journal: Some(entry(3, 2)), ..close("a", 1, Status::Succeeded) };
    subject.write(vec![turn(first), turn(second)]).await;
    assert_eq!(subject.revision("a").await, Some(2));
    let journal = read(subject.store.journal(&key("a"), 1, 10)).await;
    assert_eq!(journal, [entry(1, 2), entry(3, 2)]);
}

async fn a_turn_and_its_documents_are_written_together(subject: Subject) {
    let documents = vec![put("x", Expected::Absent, "1"), put("y", Expected::Any, "2")];
    subject.write(vec![turn(Turn { documents, ..start("a") })]).await;
    assert_eq!(subject.revision("a").await, Some(1));
    assert_eq!(subject.note("x").await, Some((1, "1".into())));
    assert_eq!(subject.note("y").await, Some((1, "2".into())));
}

async fn a_conflicting_document_refuses_the_turn_and_its_other_documents(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    subject.write(vec![Write::Documents(vec![put("y", Expected::Absent, "old")])]).await;
    let documents = vec![
        put("x", Expected::Any, "new"),
        put("y", Expected::Any, "new"),
        put("y", Expected::Absent, "new"),
    ];
    let journal = Some(entry(1, 1));
    let writes = vec![
        turn(Turn { documents: documents.clone(), journal: journal.clone(), ..step("a", 1) }),
        turn(Turn { journal, documents, ..start("b") }),
    ];
    assert_eq!(subject.conflicts(writes).await, [0, 1]);
    assert_eq!(subject.revision("a").await, Some(1));
    assert_eq!(subject.execution("b").await, None);
    assert_eq!(read(subject.store.journal(&key("a"), 1, 10)).await, vec![]);
    assert_eq!(subject.note("x").await, None);
    assert_eq!(subject.note("y").await, Some((1, "old".into())));
    // A refused creation leaves the key free and the journal clean.
    subject.write(vec![turn(Turn { journal: Some(entry(1, 7)), ..start("b") })]).await;
    assert_eq!(read(subject.store.journal(&key("b"), 1, 10)).await, [entry(1, 7)]);
}

async fn a_conflicting_turn_writes_none_of_its_documents(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    let documents = vec![put("x", Expected::Any, "new")];
    let writes = vec![
        turn(Turn { documents: documents.clone(), ..step("a", 9) }),
        turn(Turn { documents, ..start("a") }),
    ];
    assert_eq!(subject.conflicts(writes).await, [0, 1]);
    assert_eq!(subject.note("x").await, None);
}

async fn bytes_that_are_not_text_are_read_back(subject: Subject) {
    let odd = Bytes::from_static(b"\xff\x00\x80 {");
    let mut journal = entry(1, 1);
    journal.body = odd.clone();
    let created = Turn {
        start: Some(odd.clone()),
        image: Some(odd.clone()),
        outcome: Some(odd.clone()),
        journal: Some(journal.clone()),
        ..start("a")
    };
    subject.write(vec![turn(created)]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert_eq!((&execution.start, &execution.image), (&odd, &odd));
    assert_eq!(execution.outcome, Some(odd));
    assert_eq!(read(subject.store.journal(&key("a"), 1, 1)).await, [journal]);
}
