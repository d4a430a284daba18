//! What was damaged under a store.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::fixture::{Subject, entry, key, read, start, step, turn};
use crate::{ExecutionKey, ReadError, Store, Turn};

/// What stands where something was changed.
pub static HARMED: Bytes = Bytes::from_static(b"[0]");

/// What happens to what is stored of an execution. Rows of its journal are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The body of this row becomes [`HARMED`].
    Row(usize),
    /// This row goes.
    Loss(usize),
    /// The image becomes [`HARMED`].
    Image,
}

/// A store with somebody who damages what it keeps.
#[derive(Clone)]
pub struct Harmed {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Damages what is stored of an execution.
    pub harm: Arc<dyn Fn(ExecutionKey, Harm) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl fmt::Debug for Harmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Harmed").finish_non_exhaustive()
    }
}

/// Checks that damage is noticed, on stores that `make` makes.
///
/// # Panics
///
/// If a store gives out what was damaged, or refuses anything else.
pub async fn run_harmed<F>(make: impl Fn() -> F)
where
    F: Future<Output = Harmed>,
{
    for harm in [Harm::Row(0), Harm::Row(2), Harm::Row(4), Harm::Loss(0), Harm::Loss(2)] {
        a_damaged_row_is_not_read(make().await, harm).await;
    }
    rows_that_are_whole_are_read_beside_one_that_is_not(make().await).await;
    a_damaged_tail_is_not_read(make().await).await;
    a_lost_end_of_a_tail_is_noticed(make().await).await;
    a_damaged_image_says_so(make().await).await;
    a_journal_goes_on_after_damage(make().await).await;
}

/// Writes two executions of five turns, of which the last three bring no image, and harms the first.
async fn harmed(Harmed { store, harm }: Harmed, what: Harm) -> Subject {
    let subject = Subject::acquire(store).await;
    for name in ["a", "b"] {
        for base in 0..5 {
            let next = if base == 0 { start(name) } else { step(name, base) };
            let image = next.image.clone().filter(|_| base < 2);
            let journal = Some(entry(base + 1, 1));
            subject.write(vec![turn(Turn { image, journal, ..next })]).await;
        }
    }
    harm(key("a"), what).await;
    subject
}

fn is_corrupt<T>(answer: &Result<T, ReadError>) -> bool {
    matches!(answer, Err(ReadError::Corrupt(_)))
}

async fn a_damaged_row_is_not_read(subject: Harmed, harm: Harm) {
    let subject = harmed(subject, harm).await;
    assert!(is_corrupt(&subject.store.journal(&key("a"), 1, 100).await), "{harm:?}");
    assert_eq!(read(subject.store.journal(&key("b"), 1, 100)).await.len(), 5);
    assert!(subject.execution("a").await.is_some_and(|found| found.is_image_whole));
}

async fn rows_that_are_whole_are_read_beside_one_that_is_not(subject: Harmed) {
    let subject = harmed(subject, Harm::Row(2)).await;
    assert_eq!(read(subject.store.journal(&key("a"), 1, 2)).await, [entry(1, 1), entry(2, 1)]);
    assert_eq!(read(subject.store.journal(&key("a"), 4, 100)).await, [entry(4, 1), entry(5, 1)]);
    assert!(is_corrupt(&subject.store.journal(&key("a"), 3, 1).await));
}

async fn a_damaged_tail_is_not_read(subject: Harmed) {
    let subject = harmed(subject, Harm::Row(3)).await;
    assert!(is_corrupt(&subject.store.tail(&key("a")).await));
    assert_eq!(read(subject.store.tail(&key("b"))).await.len(), 3);
}

async fn a_lost_end_of_a_tail_is_noticed(subject: Harmed) {
    let subject = harmed(subject, Harm::Loss(4)).await;
    assert!(is_corrupt(&subject.store.tail(&key("a")).await));
}

async fn a_damaged_image_says_so(subject: Harmed) {
    let subject = harmed(subject, Harm::Image).await;
    assert!(subject.execution("a").await.is_some_and(|found| !found.is_image_whole));
    assert!(subject.execution("b").await.is_some_and(|found| found.is_image_whole));
    let image = Some(Bytes::from_static(b"{}"));
    subject.write(vec![turn(Turn { image, ..step("a", 5) })]).await;
    assert!(subject.execution("a").await.is_some_and(|found| found.is_image_whole), "a new one");
}

async fn a_journal_goes_on_after_damage(subject: Harmed) {
    let subject = harmed(subject, Harm::Row(1)).await;
    subject.write(vec![turn(Turn { journal: Some(entry(6, 1)), ..step("a", 5) })]).await;
    let rest = read(subject.store.journal(&key("a"), 3, 100)).await;
    assert_eq!(rest, [entry(3, 1), entry(4, 1), entry(5, 1), entry(6, 1)]);
}
