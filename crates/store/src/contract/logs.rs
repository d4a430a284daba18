//! Task output.

use compasso_types::Timestamp;

use super::case_list;
use super::fixture::{Subject, key, read, start, turn};
use crate::{LogLine, LogStream};

case_list![
    lines_are_numbered_from_one_and_followed,
    the_last_line_has_the_number_of_lines,
    logs_are_apart,
    lines_of_an_unknown_execution_are_dropped,
    a_line_keeps_all_it_says,
];

fn line(text: &str) -> LogLine {
    LogLine {
        at: Timestamp(5),
        entry: 2,
        attempt: 0,
        state: "Build".into(),
        stream: LogStream::Stdout,
        text: text.into(),
    }
}

/// Appends lines; the empty commit makes them durable, and with that readable.
async fn append(subject: &Subject, name: &str, lines: &[&str]) {
    let lines = lines.iter().map(|text| line(text)).collect();
    read(subject.store.append_log(&key(name), lines)).await;
    subject.write(vec![]).await;
}

async fn log(subject: &Subject, name: &str, after: u64, limit: usize) -> Vec<(u64, String)> {
    let lines = read(subject.store.log(&key(name), after, limit)).await;
    lines.into_iter().map(|(number, line)| (number, line.text.to_string())).collect()
}

fn expected(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
    rows.iter().map(|&(number, text)| (number, text.to_owned())).collect()
}

async fn lines_are_numbered_from_one_and_followed(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    assert_eq!(log(&subject, "a", 0, 10).await, vec![]);
    append(&subject, "a", &["one", "two", "three"]).await;
    assert_eq!(log(&subject, "a", 0, 2).await, expected(&[(1, "one"), (2, "two")]));
    assert_eq!(log(&subject, "a", 2, 2).await, expected(&[(3, "three")]));
    assert_eq!(log(&subject, "a", 3, 2).await, vec![]);
    append(&subject, "a", &["four"]).await;
    assert_eq!(log(&subject, "a", 3, 2).await, expected(&[(4, "four")]));
    append(&subject, "a", &[]).await;
    assert_eq!(log(&subject, "a", 4, 2).await, vec![]);
}

async fn the_last_line_has_the_number_of_lines(subject: Subject) {
    let end = async |name: &str| read(subject.store.log_end(&key(name))).await;
    assert_eq!(end("a").await, 0);
    subject.write(vec![turn(start("a")), turn(start("b"))]).await;
    assert_eq!(end("a").await, 0);
    append(&subject, "a", &["one", "two", "three"]).await;
    append(&subject, "a", &["four"]).await;
    append(&subject, "b", &["one"]).await;
    assert_eq!((end("a").await, end("b").await), (4, 1));
}

async fn logs_are_apart(subject: Subject) {
    subject.write(vec![turn(start("a")), turn(start("b"))]).await;
    append(&subject, "a", &["a1"]).await;
    append(&subject, "b", &["b1"]).await;
    append(&subject, "a", &["a2"]).await;
    assert_eq!(log(&subject, "a", 0, 10).await, expected(&[(1, "a1"), (2, "a2")]));
    assert_eq!(log(&subject, "b", 0, 10).await, expected(&[(1, "b1")]));
}

async fn lines_of_an_unknown_execution_are_dropped(subject: Subject) {
    append(&subject, "a", &["early"]).await;
    assert_eq!(log(&subject, "a", 0, 10).await, vec![]);
    subject.write(vec![turn(start("a"))]).await;
    append(&subject, "a", &["late"]).await;
    assert_eq!(log(&subject, "a", 0, 10).await, expected(&[(1, "late")]));
}

async fn a_line_keeps_all_it_says(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    let odd = LogLine {
        at: Timestamp(-7),
        entry: u64::from(u32::MAX) + 1,
        attempt: 3,
        state: "Wähle ☕".into(),
        stream: LogStream::Stderr,
        text: "tab\t\0 nul".into(),
    };
    let lines = vec![odd.clone(), line("")];
    read(subject.store.append_log(&key("a"), lines)).await;
    subject.write(vec![]).await;
    let stored = read(subject.store.log(&key("a"), 0, 10)).await;
    assert_eq!(stored, [(1, odd), (2, line(""))]);
}
