//! Epochs.

use super::case_list;
use super::fixture::{Subject, put, read, start, step, turn};
use crate::{Batch, Epoch, Expected, Outcome, ReadError, Write};

case_list![
    every_acquisition_raises_the_epoch,
    an_older_epoch_is_fenced_and_writes_nothing,
    an_epoch_nobody_acquired_is_fenced,
    a_store_that_another_owner_took_is_not_acquired_again,
];

async fn every_acquisition_raises_the_epoch(subject: Subject) {
    let second = read(subject.store.acquire()).await;
    let third = read(subject.store.acquire()).await;
    assert!(subject.epoch < second && second < third);
}

async fn an_older_epoch_is_fenced_and_writes_nothing(subject: Subject) {
    subject.write(vec![turn(start("a"))]).await;
    let second = Subject::acquire(subject.store.clone()).await;
    let writes = vec![
        turn(step("a", 1)),
        turn(start("b")),
        Write::Documents(vec![put("n", Expected::Any, "1")]),
    ];
    assert_eq!(subject.commit(writes.clone()).await, Outcome::Fenced);
    assert_eq!(subject.commit(vec![]).await, Outcome::Fenced);
    assert_eq!(second.revision("a").await, Some(1));
    assert_eq!(second.execution("b").await, None);
    assert_eq!(second.note("n").await, None);
    second.write(writes).await;
    assert_eq!(second.revision("a").await, Some(2));
}

async fn an_epoch_nobody_acquired_is_fenced(subject: Subject) {
    let epoch = Epoch(subject.epoch.0 + 1);
    let writes = vec![turn(start("a"))];
    assert_eq!(subject.store.commit(Batch { epoch, writes }).await, Outcome::Fenced);
    assert_eq!(subject.execution("a").await, None);
}

async fn a_store_that_another_owner_took_is_not_acquired_again(subject: Subject) {
    let again = read(subject.store.reacquire(subject.epoch)).await;
    assert!(again > subject.epoch);
    assert_eq!(subject.store.reacquire(subject.epoch).await, Err(ReadError::Taken));
    let other = Subject::acquire(subject.store.clone()).await;
    assert_eq!(subject.store.reacquire(again).await, Err(ReadError::Taken));
    other.write(vec![turn(start("a"))]).await;
}
