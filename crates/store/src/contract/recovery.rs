//! What recovery reads: executions to wake and executions that owe.

use compasso_types::Timestamp;

use super::case_list;
use super::fixture::{Subject, close, name, read, start, step, turn};
use crate::{Cursor, Status, Turn};

case_list![
    due_executions_come_earliest_first,
    a_turn_moves_or_clears_the_wake_up,
    owing_executions_are_paged_in_a_stable_order,
    a_turn_pays_what_is_owed,
    closed_executions_are_neither_due_nor_owing,
    quarantined_executions_are_open,
];

fn waking(at: i64, turn: Turn) -> Turn {
    Turn { wake_at: Some(Timestamp(at)), ..turn }
}

async fn due(subject: &Subject, until: i64, limit: usize) -> Vec<(i64, String)> {
    due_after(subject, i64::MIN, until, limit).await
}

async fn due_after(subject: &Subject, after: i64, until: i64, limit: usize) -> Vec<(i64, String)> {
    let due = read(subject.store.due(Timestamp(after), Timestamp(until), limit)).await;
    due.iter().map(|(at, key)| (at.0, name(key))).collect()
}

async fn owing(
    subject: &Subject,
    after: Option<Cursor>,
    limit: usize,
) -> (Vec<String>, Option<Cursor>) {
    let page = read(subject.store.owing(after, limit)).await;
    (page.items.iter().map(name).collect(), page.next)
}

fn expected(rows: &[(i64, &str)]) -> Vec<(i64, String)> {
    rows.iter().map(|&(at, name)| (at, name.to_owned())).collect()
}

async fn due_executions_come_earliest_first(subject: Subject) {
    let rows = [(30, "a"), (10, "b"), (20, "c"), (-5, "d"), (20, "e")];
    subject.write(rows.map(|(at, name)| turn(waking(at, start(name)))).into()).await;
    subject.write(vec![turn(start("never"))]).await;
    let all = [(-5, "d"), (10, "b"), (20, "c"), (20, "e"), (30, "a")];
    assert_eq!(due(&subject, 100, 10).await, expected(&all));
    assert_eq!(due(&subject, 20, 10).await, expected(&all[..4]), "an instant includes itself");
    assert_eq!(due(&subject, 100, 3).await, expected(&all[..3]));
    assert_eq!(due(&subject, -6, 10).await, vec![]);
    assert_eq!(
        due_after(&subject, 10, 20, 10).await,
        expected(&all[2..4]),
        "without the first instant"
    );
    assert_eq!(due_after(&subject, 20, 20, 10).await, vec![]);
    assert_eq!(due_after(&subject, 30, 20, 10).await, vec![]);
}

async fn a_turn_moves_or_clears_the_wake_up(subject: Subject) {
    subject.write(vec![turn(waking(10, start("a"))), turn(waking(20, start("b")))]).await;
    subject.write(vec![turn(waking(30, step("a", 1)))]).await;
    assert_eq!(due(&subject, 100, 10).await, expected(&[(20, "b"), (30, "a")]));
    subject.write(vec![turn(step("b", 1))]).await;
    assert_eq!(due(&subject, 100, 10).await, expected(&[(30, "a")]));
    let stale = waking(1, step("a", 1));
    assert_eq!(subject.conflicts(vec![turn(stale)]).await, [0]);
    assert_eq!(due(&subject, 100, 10).await, expected(&[(30, "a")]));
}

async fn owing_executions_are_paged_in_a_stable_order(subject: Subject) {
    for name in ["c", "x", "a", "y", "b"] {
        let owes = name < "x";
        subject.write(vec![turn(Turn { owes, ..start(name) })]).await;
    }
    let (first, next) = owing(&subject, None, 2).await;
    let (rest, end) = owing(&subject, next, 2).await;
    assert_eq!((first.len(), rest.len(), end), (2, 1, None));
    let mut all = [first.clone(), rest].concat();
    assert_eq!(owing(&subject, None, 10).await, (all.clone(), None));
    all.sort();
    assert_eq!(all, ["a", "b", "c"]);
    // Paying what the first page owes does not move the second one.
    let paid = first.iter().map(|name| turn(step(name, 1))).collect();
    subject.write(paid).await;
    let (rest, end) = owing(&subject, next, 2).await;
    assert_eq!((rest.len(), end), (1, None));
}

async fn a_turn_pays_what_is_owed(subject: Subject) {
    subject.write(vec![turn(Turn { owes: true, ..start("a") }), turn(start("b"))]).await;
    assert_eq!(owing(&subject, None, 10).await.0, ["a"]);
    let owes = Turn { owes: true, ..step("b", 1) };
    subject.write(vec![turn(step("a", 1)), turn(owes)]).await;
    assert_eq!(owing(&subject, None, 10).await.0, ["b"]);
}

async fn closed_executions_are_neither_due_nor_owing(subject: Subject) {
    let open = Turn { owes: true, ..waking(10, start("a")) };
    subject.write(vec![turn(open)]).await;
    for (base, status) in
        (1..).zip([Status::Succeeded, Status::Failed, Status::TimedOut, Status::Aborted])
    {
        let closed = Turn { owes: true, ..waking(10, close("a", base, status)) };
        subject.write(vec![turn(closed)]).await;
        assert_eq!(due(&subject, 100, 10).await, vec![]);
        assert_eq!(owing(&subject, None, 10).await, (vec![], None));
    }
}

async fn quarantined_executions_are_open(subject: Subject) {
    let status = Status::Quarantined;
    let set_aside = Turn { status, owes: true, ..waking(10, start("a")) };
    subject.write(vec![turn(set_aside)]).await;
    assert_eq!(due(&subject, 100, 10).await, expected(&[(10, "a")]));
    assert_eq!(owing(&subject, None, 10).await.0, ["a"]);
}
