//! Journals that are packed are read as before.

use compasso_types::Timestamp;

use super::case_list;
use super::fixture::{Subject, close, entry, key, read, start, step, turn};
use crate::{JournalEntry, Part, Redriven, Removal, Revision, Status, Turn, Write};

case_list![
    a_packed_journal_is_read_as_before,
    open_executions_and_later_ends_are_not_packed,
    a_journal_goes_on_behind_what_is_packed,
    the_tail_of_an_image_is_not_packed,
    a_journal_with_many_rows_is_packed_bit_by_bit,
    a_packed_journal_goes_with_its_execution,
];

/// When all that [`close`] closes has closed.
const LATER: Timestamp = Timestamp(2_000);

/// Writes turns until one closes the execution, with an entry each.
async fn closed(subject: &Subject, name: &str, entries: &[JournalEntry]) {
    let last = entries.len() as u64 - 1;
    for (base, entry) in (0..).zip(entries) {
        let next = match base {
            0 => start(name),
            _ if base == last => close(name, base, Status::Failed),
            _ => step(name, base),
        };
        subject.write(vec![turn(Turn { journal: Some(entry.clone()), ..next })]).await;
    }
}

/// Packs until there is nothing left; returns how many executions were packed.
async fn pack(subject: &Subject, until: Timestamp) -> u64 {
    let mut executions = 0;
    loop {
        let packed = read(subject.store.pack(until)).await;
        executions += packed.executions;
        if packed.is_over {
            return executions;
        }
    }
}

/// Reads all pages that begin anywhere.
async fn pages(subject: &Subject, name: &str, events: u64) -> Vec<Vec<JournalEntry>> {
    let mut pages = Vec::new();
    for first in 0..=events + 1 {
        for size in [0, 1, 2, 3, 100] {
            pages.push(read(subject.store.journal(&key(name), first, size)).await);
        }
    }
    pages
}

async fn a_packed_journal_is_read_as_before(subject: Subject) {
    let entries = [entry(1, 0), entry(1, 2), entry(3, 0), entry(3, 0), entry(3, 1), entry(4, 0)];
    closed(&subject, "a", &entries).await;
    closed(&subject, "b", &[entry(1, 5), entry(6, 3)]).await;
    let before = [pages(&subject, "a", 4).await, pages(&subject, "b", 8).await];
    let execution = subject.execution("a").await;
    pack(&subject, LATER).await;
    assert_eq!([pages(&subject, "a", 4).await, pages(&subject, "b", 8).await], before);
    assert_eq!(subject.execution("a").await, execution);
    assert_eq!(pack(&subject, LATER).await, 0, "all is packed");
}

async fn open_executions_and_later_ends_are_not_packed(subject: Subject) {
    closed(&subject, "late", &[entry(1, 1), entry(2, 1)]).await;
    subject.write(vec![turn(Turn { journal: Some(entry(1, 1)), ..start("open") })]).await;
    assert_eq!(pack(&subject, Timestamp(1_999)).await, 0);
    let end = Turn { journal: Some(entry(2, 1)), ..close("open", 1, Status::Succeeded) };
    subject.write(vec![turn(end)]).await;
    pack(&subject, LATER).await;
    for name in ["late", "open"] {
        assert_eq!(read(subject.store.journal(&key(name), 1, 9)).await, [entry(1, 1), entry(2, 1)]);
    }
}

async fn a_journal_goes_on_behind_what_is_packed(subject: Subject) {
    let entries: Vec<_> = (1..=9).map(|event| entry(event, 1)).collect();
    closed(&subject, "a", &entries[..3]).await;
    pack(&subject, LATER).await;
    let redriven = Some(Redriven { count: 1, at: Timestamp(3_000) });
    for (at, event) in entries[3..8].iter().enumerate() {
        let next = Turn { redriven, journal: Some(event.clone()), ..step("a", at as u64 + 3) };
        // Without an image, for most of them.
        let image = next.image.clone().filter(|_| at == 1);
        subject.write(vec![turn(Turn { image, ..next })]).await;
        assert_eq!(read(subject.store.journal(&key("a"), 1, 100)).await, entries[..at + 4]);
        let tail = if at == 0 { &entries[3..4] } else { &entries[5..at + 4] };
        assert_eq!(read(subject.store.tail(&key("a"))).await.len(), tail.len(), "after {at}");
        assert_eq!(
            subject.execution("a").await.map(|found| found.has_tail),
            Some(!tail.is_empty())
        );
    }
    let end = Turn { redriven, stopped: Some(Timestamp(4_000)), ..close("a", 8, Status::Failed) };
    subject.write(vec![turn(Turn { journal: Some(entries[8].clone()), ..end })]).await;
    let before = pages(&subject, "a", 9).await;
    pack(&subject, Timestamp(4_000)).await;
    assert_eq!(pages(&subject, "a", 9).await, before);
    assert!(read(subject.store.tail(&key("a"))).await.is_empty());
}

async fn the_tail_of_an_image_is_not_packed(subject: Subject) {
    let entries: Vec<_> = (1..=4).map(|event| entry(event, 1)).collect();
    for (base, event) in (0..).zip(&entries) {
        let next = match base {
            0 => start("a"),
            3 => close("a", base, Status::Failed),
            _ => step("a", base),
        };
        let image = next.image.clone().filter(|_| base < 2);
        subject.write(vec![turn(Turn { image, journal: Some(event.clone()), ..next })]).await;
    }
    pack(&subject, LATER).await;
    assert_eq!(read(subject.store.tail(&key("a"))).await, entries[2..]);
    assert_eq!(read(subject.store.journal(&key("a"), 1, 100)).await, entries);
}

async fn a_journal_with_many_rows_is_packed_bit_by_bit(subject: Subject) {
    let large = |event: u64| JournalEntry {
        body: format!("[\"{}\"]", event.to_string().repeat(100_000)).into(),
        ..entry(event, 1)
    };
    let entries: Vec<_> = (1..=9).map(large).collect();
    closed(&subject, "a", &entries).await;
    pack(&subject, LATER).await;
    for first in 1..=9 {
        let page = read(subject.store.journal(&key("a"), first, 4)).await;
        let from = first as usize - 1;
        assert!(page == entries[from..(from + 4).min(9)], "from event {first}");
    }
}

async fn a_packed_journal_goes_with_its_execution(subject: Subject) {
    closed(&subject, "a", &[entry(1, 1), entry(2, 1)]).await;
    pack(&subject, LATER).await;
    let (base, documents) = (Revision(2), Vec::new());
    let removal = Removal { key: key("a"), base, part: Part::Whole, documents };
    subject.write(vec![Write::Removal(removal)]).await;
    assert!(read(subject.store.journal(&key("a"), 1, 9)).await.is_empty());
    closed(&subject, "a", &[entry(1, 3), entry(4, 1)]).await;
    assert_eq!(read(subject.store.journal(&key("a"), 1, 9)).await, [entry(1, 3), entry(4, 1)]);
}
