//! Small and large batches and values.

use bytes::Bytes;

use super::case_list;
use super::fixture::{Subject, close, entry, key, put, read, start, turn};
use crate::{Expected, Status, Turn, Write};

case_list![
    an_empty_batch_commits,
    a_batch_of_512_turns_commits,
    values_of_a_mebibyte_are_read_back,
];

async fn an_empty_batch_commits(subject: Subject) {
    subject.write(vec![]).await;
    subject.write(vec![Write::Documents(vec![])]).await;
}

async fn a_batch_of_512_turns_commits(subject: Subject) {
    let one = |n: usize| {
        let journal = Some(entry(1, 5));
        let start = Some(Bytes::from_static(b"{}"));
        let closed = close(&n.to_string(), 0, Status::Succeeded);
        turn(Turn { base: None, start, journal, ..closed })
    };
    subject.write((0..512).map(one).collect()).await;
    assert_eq!(subject.revision("0").await, Some(1));
    assert_eq!(subject.revision("511").await, Some(1));
    let listed = read(subject.store.executions(crate::ExecutionFilter::default(), None, 1000));
    assert_eq!(listed.await.items.len(), 512);
    let twice: Vec<_> = (256..768).map(one).collect();
    assert_eq!(subject.conflicts(twice).await, (0..256).collect::<Vec<_>>());
}

async fn values_of_a_mebibyte_are_read_back(subject: Subject) {
    let text = "é".repeat(512 * 1024);
    let large = Bytes::from(text.clone());
    let mut journal = entry(1, 1);
    journal.body = large.clone();
    let created = Turn {
        start: Some(large.clone()),
        image: Some(large.clone()),
        outcome: Some(large.clone()),
        journal: Some(journal.clone()),
        documents: vec![put("n", Expected::Any, &text)],
        ..start("a")
    };
    subject.write(vec![turn(created)]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert!(execution.start == large && execution.image == large);
    assert!(execution.outcome == Some(large));
    assert!(read(subject.store.journal(&key("a"), 1, 1)).await == [journal]);
    assert!(subject.note("n").await == Some((1, text)));
}
