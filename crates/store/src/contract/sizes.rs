//! Small and large batches and values.

use bytes::Bytes;

use super::case_list;
use super::fixture::{Subject, close, entry, key, put, read, start, step, turn};
use crate::{Expected, Status, Turn, Write};

case_list![
    an_empty_batch_commits,
    a_batch_of_512_turns_commits,
    values_of_a_mebibyte_are_read_back,
    a_large_value_that_stands_in_many_bodies_is_read_back,
    bodies_that_look_like_others_are_read_back,
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

async fn a_large_value_that_stands_in_many_bodies_is_read_back(subject: Subject) {
    let value = format!("[\"{}\"]", "é\\\"".repeat(256 * 1024));
    let body = |key: &str| Bytes::from(format!(r#"{{"{key}":{value},"again":{value}}}"#));
    let mut first = entry(1, 1);
    first.body = body("input");
    let created = Turn { start: Some(body("start")), journal: Some(first.clone()), ..start("a") };
    subject.write(vec![turn(created)]).await;
    let mut second = entry(2, 1);
    second.body = body("output");
    let next = Turn { image: Some(body("image")), journal: Some(second.clone()), ..step("a", 1) };
    let mut third = entry(3, 1);
    third.body = body("end");
    let closed = Turn {
        image: None,
        outcome: Some(body("outcome")),
        journal: Some(third.clone()),
        ..close("a", 2, Status::Failed)
    };
    subject.write(vec![turn(next), turn(closed)]).await;
    let execution = subject.execution("a").await.expect("it was created");
    assert!(execution.start == body("start") && execution.image == body("image"));
    assert!(execution.outcome == Some(body("outcome")));
    assert!(read(subject.store.tail(&key("a"))).await == [third.clone()]);
    assert!(read(subject.store.journal(&key("a"), 1, 9)).await == [first, second, third]);
}

async fn bodies_that_look_like_others_are_read_back(subject: Subject) {
    let reference = format!(r#"{{"blob":"{}"}}"#, "0".repeat(64));
    for (n, body) in [reference.clone(), format!(" {reference}"), " ".to_owned()].iter().enumerate()
    {
        let (name, body) = (n.to_string(), Bytes::from(body.clone()));
        let (start_body, image) = (Some(body.clone()), Some(body.clone()));
        subject.write(vec![turn(Turn { start: start_body, image, ..start(&name) })]).await;
        let execution = subject.execution(&name).await.expect("it was created");
        assert_eq!((&execution.start, &execution.image), (&body, &body));
    }
}
