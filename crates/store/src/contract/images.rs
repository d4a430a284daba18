//! Images that lag behind their journals.

use bytes::Bytes;

use super::case_list;
use super::fixture::{Subject, close, entry, key, read, start, step, turn};
use crate::{JournalEntry, Status, Turn};

case_list![
    a_turn_without_an_image_keeps_the_stored_one_and_makes_a_tail,
    a_new_image_ends_the_tail,
    rows_without_events_belong_to_the_tail,
    a_turn_without_a_journal_adds_nothing_to_the_tail,
    large_images_come_and_go,
    closing_without_an_image_keeps_the_tail,
];

/// How a turn is written: with the events it shows, and the size of its image, if it has one.
type Written = (u32, Option<usize>);

fn image(size: usize) -> Bytes {
    Bytes::from(format!("\"{}\"", "i".repeat(size)))
}

/// Writes turns one after another, with numbers that go on from one to the next.
async fn write(subject: &Subject, name: &str, turns: &[Written]) -> Vec<JournalEntry> {
    let (mut next, mut entries) = (1, Vec::new());
    for (base, (events, size)) in (0..).zip(turns) {
        let entry = entry(next, *events);
        next += u64::from(*events);
        entries.push(entry.clone());
        let one = if base == 0 { start(name) } else { step(name, base) };
        let one = Turn { journal: Some(entry), image: size.map(image), ..one };
        subject.write(vec![turn(one)]).await;
    }
    entries
}

async fn tail(subject: &Subject, name: &str) -> Vec<JournalEntry> {
    read(subject.store.tail(&key(name))).await
}

async fn stored(subject: &Subject, name: &str) -> (Bytes, bool) {
    let execution = subject.execution(name).await.expect("it was created");
    (execution.image, execution.has_tail)
}

async fn a_turn_without_an_image_keeps_the_stored_one_and_makes_a_tail(subject: Subject) {
    let rows = write(&subject, "a", &[(2, Some(3)), (1, Some(4)), (1, None), (2, None)]).await;
    write(&subject, "b", &[(2, Some(3)), (1, None)]).await;
    assert_eq!(stored(&subject, "a").await, (image(4), true));
    assert_eq!(tail(&subject, "a").await, rows[2..]);
}

async fn a_new_image_ends_the_tail(subject: Subject) {
    let rows = write(&subject, "a", &[(2, Some(3)), (1, None), (1, Some(5))]).await;
    assert_eq!(stored(&subject, "a").await, (image(5), false));
    assert_eq!(tail(&subject, "a").await, rows[3..]);
}

async fn rows_without_events_belong_to_the_tail(subject: Subject) {
    let turns = [(2, Some(3)), (0, Some(3)), (0, None), (0, None), (1, None)];
    let rows = write(&subject, "a", &turns).await;
    assert_eq!(tail(&subject, "a").await, rows[2..]);
}

async fn a_turn_without_a_journal_adds_nothing_to_the_tail(subject: Subject) {
    write(&subject, "a", &[(2, Some(3))]).await;
    subject.write(vec![turn(Turn { image: None, ..step("a", 1) })]).await;
    assert_eq!(stored(&subject, "a").await.0, image(3));
    assert_eq!(tail(&subject, "a").await, []);
    let journal = Some(entry(3, 1));
    subject.write(vec![turn(Turn { journal, image: None, ..step("a", 2) })]).await;
    assert_eq!(tail(&subject, "a").await, [entry(3, 1)]);
}

async fn large_images_come_and_go(subject: Subject) {
    const LARGE: usize = 3 * 1024 * 1024;
    let mut turns = vec![(1, Some(LARGE)), (1, None), (1, None)];
    let rows = write(&subject, "a", &turns).await;
    assert_eq!(stored(&subject, "a").await, (image(LARGE), true));
    assert_eq!(tail(&subject, "a").await, rows[1..]);
    turns.extend([(1, Some(LARGE + 1)), (1, None)]);
    let rows = write(&subject, "b", &turns).await;
    assert_eq!(stored(&subject, "b").await, (image(LARGE + 1), true));
    assert_eq!(tail(&subject, "b").await, rows[4..]);
    turns.extend([(1, Some(1)), (1, Some(2))]);
    write(&subject, "c", &turns).await;
    assert_eq!(stored(&subject, "c").await, (image(2), false));
    turns.push((1, None));
    let rows = write(&subject, "d", &turns).await;
    assert_eq!(stored(&subject, "d").await, (image(2), true));
    assert_eq!(tail(&subject, "d").await, rows[7..]);
}

async fn closing_without_an_image_keeps_the_tail(subject: Subject) {
    write(&subject, "a", &[(2, Some(3))]).await;
    let journal = Some(entry(3, 1));
    let closed = Turn { image: None, journal, ..close("a", 1, Status::Failed) };
    subject.write(vec![turn(closed)]).await;
    assert_eq!(stored(&subject, "a").await, (image(3), true));
    assert_eq!(tail(&subject, "a").await, [entry(3, 1)]);
    subject.write(vec![turn(Turn { image: Some(Bytes::new()), ..step("a", 2) })]).await;
    assert_eq!(stored(&subject, "a").await.0, Bytes::new());
    assert_eq!(tail(&subject, "a").await, []);
}
