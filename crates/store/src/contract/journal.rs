//! Reading journals.

use super::case_list;
use super::fixture::{Subject, entry, key, read, start, step, turn};
use crate::{JournalEntry, Turn};

case_list![
    journals_are_read_in_order_and_apart,
    a_journal_page_starts_with_the_row_that_holds_the_event,
    a_journal_page_ends_once_it_holds_enough_events,
    rows_without_events_are_read_once,
    a_turn_may_have_no_journal,
];

async fn write(subject: &Subject, name: &str, entries: &[JournalEntry]) {
    for (base, entry) in (0..).zip(entries) {
        let next = if base == 0 { start(name) } else { step(name, base) };
        subject.write(vec![turn(Turn { journal: Some(entry.clone()), ..next })]).await;
    }
}

async fn page(subject: &Subject, name: &str, first: u64, events: usize) -> Vec<JournalEntry> {
    read(subject.store.journal(&key(name), first, events)).await
}

async fn journals_are_read_in_order_and_apart(subject: Subject) {
    let first: Vec<_> = (0..20).map(|n| entry(n * 5 + 1, 5)).collect();
    let second: Vec<_> = (0..20).map(|n| entry(n * 2 + 1, 2)).collect();
    for base in 0..20 {
        let mut writes = Vec::new();
        for (name, entries) in [("a", &first), ("b", &second)] {
            let next = if base == 0 { start(name) } else { step(name, base) };
            let journal = Some(entries[usize::try_from(base).expect("small")].clone());
            writes.push(turn(Turn { journal, ..next }));
        }
        subject.write(writes).await;
    }
    assert_eq!(page(&subject, "a", 1, 1_000).await, first);
    assert_eq!(page(&subject, "b", 1, 1_000).await, second);
}

async fn a_journal_page_starts_with_the_row_that_holds_the_event(subject: Subject) {
    let entries = [entry(1, 5), entry(6, 3), entry(9, 1)];
    write(&subject, "a", &entries).await;
    assert_eq!(page(&subject, "a", 0, 100).await, entries);
    assert_eq!(page(&subject, "a", 5, 100).await, entries);
    assert_eq!(page(&subject, "a", 6, 100).await, entries[1..]);
    assert_eq!(page(&subject, "a", 8, 100).await, entries[1..]);
    assert_eq!(page(&subject, "a", 9, 100).await, entries[2..]);
    assert_eq!(page(&subject, "a", 10, 100).await, []);
}

async fn a_journal_page_ends_once_it_holds_enough_events(subject: Subject) {
    let entries = [entry(1, 5), entry(6, 3), entry(9, 1), entry(10, 4)];
    write(&subject, "a", &entries).await;
    assert_eq!(page(&subject, "a", 1, 0).await, entries[..1]);
    assert_eq!(page(&subject, "a", 1, 1).await, entries[..1]);
    assert_eq!(page(&subject, "a", 1, 5).await, entries[..1]);
    assert_eq!(page(&subject, "a", 1, 6).await, entries[..2]);
    assert_eq!(page(&subject, "a", 6, 4).await, entries[1..3]);
    let mut seen = Vec::new();
    let mut next = 1;
    loop {
        let page = page(&subject, "a", next, 3).await;
        let events: u32 = page.iter().map(|entry| entry.events).sum();
        next += u64::from(events);
        seen.extend(page);
        if events < 3 {
            break;
        }
    }
    assert_eq!(seen, entries);
}

async fn rows_without_events_are_read_once(subject: Subject) {
    let entries = [entry(1, 0), entry(1, 2), entry(3, 0), entry(3, 0), entry(3, 1), entry(4, 0)];
    write(&subject, "a", &entries).await;
    assert_eq!(page(&subject, "a", 1, 100).await, entries);
    assert_eq!(page(&subject, "a", 1, 2).await, entries[..2]);
    assert_eq!(page(&subject, "a", 3, 1).await, entries[2..5]);
    assert_eq!(page(&subject, "a", 4, 1).await, entries[5..]);
}

async fn a_turn_may_have_no_journal(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    subject.write(vec![turn(Turn { journal: Some(entry(1, 1)), ..step("a", 1) })]).await;
    subject.write(vec![turn(step("a", 2))]).await;
    assert_eq!(page(&subject, "a", 1, 100).await, [entry(1, 1)]);
}
