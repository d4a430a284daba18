//! Searching executions.

use std::sync::Arc;

use compasso_types::Timestamp;

use super::case_list;
use super::fixture::{Subject, close, name, read, start, step, turn};
use crate::{
    AttributeValue, Attributes, Cursor, ExecutionFilter, ExecutionHeader, Order, Redriven,
    SearchBounds, Status, Turn,
};

case_list![
    attributes_are_read_back_whatever_follows,
    values_of_different_kinds_are_not_the_same,
    a_search_by_attribute_is_in_the_order_of_listings,
    a_search_goes_by_attribute_workflow_and_status_together,
    a_search_stays_within_its_time_in_both_orders,
    a_search_picks_rows_and_looks_at_so_many_only,
    pages_of_a_search_join_without_gap_or_repeat,
    how_an_execution_failed_is_told_where_it_is_asked_for,
];

const MANY: SearchBounds = SearchBounds { items: 100, rows: 1_000 };

fn text(text: &str) -> AttributeValue {
    AttributeValue::Text(text.into())
}

fn attributes<const N: usize>(pairs: [(&str, AttributeValue); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

/// A turn that creates an execution of `customer` at an instant.
fn order(name: &str, customer: &str, at: i64) -> Turn {
    let attributes = attributes([("customer", text(customer))]);
    Turn { attributes, started: Timestamp(at), ..start(name) }
}

fn by(name: &str, value: AttributeValue) -> ExecutionFilter {
    ExecutionFilter { attribute: Some((name.into(), value)), ..ExecutionFilter::default() }
}

async fn search(
    subject: &Subject,
    filter: ExecutionFilter,
    after: Option<Cursor>,
    bounds: SearchBounds,
) -> (Vec<String>, Option<Cursor>) {
    let page = read(subject.store.search(filter, Arc::new(|_| true), after, bounds)).await;
    (page.items.iter().map(|header| name(&header.key)).collect(), page.next)
}

async fn found(subject: &Subject, filter: ExecutionFilter) -> Vec<String> {
    search(subject, filter, None, MANY).await.0
}

async fn attributes_are_read_back_whatever_follows(subject: Subject) {
    let of_a = attributes([
        ("customer", text("c \"1\" \u{1f600}")),
        ("total", AttributeValue::Number(-12.5)),
        ("count", AttributeValue::Number(3.0)),
        ("express", AttributeValue::Bool(true)),
    ]);
    subject.write(vec![turn(Turn { attributes: of_a.clone(), ..start("a") })]).await;
    subject.write(vec![turn(step("a", 1)), turn(start("b"))]).await;
    subject.write(vec![turn(close("a", 2, Status::Failed))]).await;
    let header = subject.execution("a").await.expect("it was created").header;
    assert_eq!(header.attributes, of_a);
    let listed = read(subject.store.executions(ExecutionFilter::default(), None, 1)).await.items;
    assert_eq!(listed, [header]);
    let without = subject.execution("b").await.expect("it was created").header;
    assert_eq!(without.attributes, Attributes::new());
}

async fn values_of_different_kinds_are_not_the_same(subject: Subject) {
    let values = [
        ("text", text("1")),
        ("number", AttributeValue::Number(1.0)),
        ("true", AttributeValue::Bool(true)),
        ("false", AttributeValue::Bool(false)),
        ("zero", AttributeValue::Number(-0.0)),
    ];
    for (name, value) in values.clone() {
        let attributes = attributes([("x", value)]);
        subject.write(vec![turn(Turn { attributes, ..start(name) })]).await;
    }
    for (name, value) in values {
        assert_eq!(found(&subject, by("x", value)).await, [name]);
    }
    assert_eq!(found(&subject, by("x", AttributeValue::Number(0.0))).await, ["zero"]);
    assert_eq!(found(&subject, by("y", text("1"))).await, [""; 0]);
}

async fn a_search_by_attribute_is_in_the_order_of_listings(subject: Subject) {
    for (name, customer, at) in [("a", "x", 10), ("b", "y", 20), ("c", "x", 30), ("d", "x", 40)] {
        subject.write(vec![turn(order(name, customer, at))]).await;
    }
    assert_eq!(found(&subject, by("customer", text("x"))).await, ["d", "c", "a"]);
    let stopped = Some(Timestamp(50));
    let closed =
        |name: &str, at| Turn { started: Timestamp(at), stopped, ..close(name, 1, Status::Failed) };
    subject.write(vec![turn(closed("a", 10)), turn(closed("b", 20))]).await;
    assert_eq!(found(&subject, by("customer", text("x"))).await, ["a", "d", "c"]);
    let redriven = Some(Redriven { count: 1, at: Timestamp(60) });
    let again = Turn { started: Timestamp(20), redriven, ..step("b", 2) };
    subject.write(vec![turn(again), turn(order("e", "y", 55))]).await;
    assert_eq!(found(&subject, by("customer", text("y"))).await, ["b", "e"]);
    let earliest = ExecutionFilter { order: Order::EarliestFirst, ..by("customer", text("x")) };
    assert_eq!(found(&subject, earliest).await, ["c", "d", "a"]);
}

async fn a_search_goes_by_attribute_workflow_and_status_together(subject: Subject) {
    for (name, workflow) in [("a", "w"), ("b", "w"), ("c", "v"), ("d", "w")] {
        let workflow = workflow.into();
        subject.write(vec![turn(Turn { workflow, ..order(name, "x", 10) })]).await;
    }
    let failed = Turn { started: Timestamp(10), ..close("b", 1, Status::Failed) };
    subject.write(vec![turn(failed)]).await;
    let workflow = Some(Arc::from("w"));
    let of = ExecutionFilter { workflow, ..by("customer", text("x")) };
    assert_eq!(found(&subject, of.clone()).await, ["b", "d", "a"]);
    let status = Some(Status::Running);
    assert_eq!(found(&subject, ExecutionFilter { status, ..of }).await, ["d", "a"]);
}

async fn a_search_stays_within_its_time_in_both_orders(subject: Subject) {
    for (name, at) in [("a", 10), ("b", 20), ("c", 20), ("d", 30), ("e", 40)] {
        subject.write(vec![turn(order(name, "x", at))]).await;
    }
    for filter in [ExecutionFilter::default(), by("customer", text("x"))] {
        let between = |since: i64, until: i64, order| ExecutionFilter {
            since: Some(Timestamp(since)),
            until: Some(Timestamp(until)),
            order,
            ..filter.clone()
        };
        let latest = between(20, 30, Order::LatestFirst);
        assert_eq!(found(&subject, latest.clone()).await, ["d", "c", "b"]);
        let earliest = between(20, 30, Order::EarliestFirst);
        assert_eq!(found(&subject, earliest.clone()).await, ["b", "c", "d"]);
        for filter in [latest, earliest] {
            let one = SearchBounds { items: 1, rows: 10 };
            let (first, next) = search(&subject, filter.clone(), None, one).await;
            let (rest, end) = search(&subject, filter.clone(), next, MANY).await;
            assert_eq!([first, rest].concat(), found(&subject, filter).await);
            assert_eq!(end, None);
        }
        assert_eq!(found(&subject, between(21, 29, Order::LatestFirst)).await, [""; 0]);
        assert_eq!(found(&subject, between(30, 20, Order::EarliestFirst)).await, [""; 0]);
    }
}

async fn a_search_picks_rows_and_looks_at_so_many_only(subject: Subject) {
    for number in 0..10 {
        subject.write(vec![turn(order(&number.to_string(), "x", number))]).await;
    }
    let even = |header: &ExecutionHeader| header.started.0 % 2 == 0;
    let mut after = None;
    let mut pages = Vec::new();
    loop {
        let bounds = SearchBounds { items: 2, rows: 3 };
        let answer =
            subject.store.search(ExecutionFilter::default(), Arc::new(even), after, bounds);
        let page = read(answer).await;
        pages.push(page.items.iter().map(|header| header.started.0).collect::<Vec<_>>());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![8], vec![6, 4], vec![2], vec![0]]);
}

async fn pages_of_a_search_join_without_gap_or_repeat(subject: Subject) {
    for number in 0..7 {
        subject.write(vec![turn(order(&number.to_string(), "x", number / 3))]).await;
    }
    for order in [Order::LatestFirst, Order::EarliestFirst] {
        let filter = ExecutionFilter { order, ..by("customer", text("x")) };
        let mut joined = Vec::new();
        let mut after = None;
        loop {
            let bounds = SearchBounds { items: 2, rows: 100 };
            let (names, next) = search(&subject, filter.clone(), after, bounds).await;
            joined.extend(names);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(joined, found(&subject, filter).await);
        assert_eq!(joined.len(), 7);
    }
}

async fn how_an_execution_failed_is_told_where_it_is_asked_for(subject: Subject) {
    let ends = [
        ("succeeded", Status::Succeeded),
        ("failed", Status::Failed),
        ("late", Status::TimedOut),
        ("aborted", Status::Aborted),
    ];
    for (name, status) in ends {
        subject.write(vec![turn(order(name, "c", 1_000))]).await;
        subject.write(vec![turn(close(name, 1, status))]).await;
    }
    subject.write(vec![turn(order("open", "c", 1_000))]).await;
    let outcome = close("failed", 1, Status::Failed).outcome;
    for filter in [ExecutionFilter::default(), by("customer", text("c"))] {
        let asked = ExecutionFilter { with_failures: true, ..filter.clone() };
        let has_it = outcome.clone();
        let wanted = Arc::new(move |header: &ExecutionHeader| header.failure == has_it);
        let page = read(subject.store.search(asked, wanted, None, MANY)).await;
        let mut names: Vec<_> = page.items.iter().map(|header| name(&header.key)).collect();
        names.sort();
        assert_eq!(names, ["aborted", "failed", "late"]);
        let page = read(subject.store.search(filter, Arc::new(|_| true), None, MANY)).await;
        assert_eq!(page.items.len(), ends.len() + 1);
        assert!(page.items.iter().all(|header| header.failure.is_none()), "nobody asks for it");
    }
}
