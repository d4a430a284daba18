//! A query that is written and read again is the same.

use std::sync::Arc;

use compasso_query::{Comparison, Condition, Duration, Query, Test, Time, Value};
use compasso_types::{Number, Timestamp};
use proptest::prelude::*;

use crate::schema::{SCHEMA, STATUSES, query};

#[test]
fn a_query_is_written_in_its_plainest_form() {
    for (text, plain) in [
        ("", ""),
        ("  status=failed ", "status = FAILED"),
        ("status = timed-out AND workflow='a b'", "status = TIMED_OUT and workflow = \"a b\""),
        ("not (status = FAILED or status=ABORTED)", "not (status = FAILED or status = ABORTED)"),
        ("not not status exists", "not not status exists"),
        ("workflow in(a,\"b\")", "workflow in (\"a\", \"b\")"),
        ("started >= now-1w and started < now", "started >= now-7d and started < now"),
        ("started = 2026-11-26", "started = 2026-11-26T00:00:00.000Z"),
        ("started < now+0s", "started < now"),
        ("duration > 3600000ms", "duration > 1h"),
        ("duration > 90m5s", "duration > 1h30m5s"),
        (
            "input.a = 1 and input.b = true and input.c = \"1\"",
            "input.a = 1 and input.b = true and input.c = \"1\"",
        ),
        ("input.city contains \"\\\"x\\\\\"", "input.city contains \"\\\"x\\\\\""),
        ("workflow STARTS WITH or", "workflow starts with \"or\""),
    ] {
        assert_eq!(query(text).to_string(), plain);
    }
}

#[test]
fn parentheses_that_say_nothing_are_left_out() {
    let nested = query("((status = FAILED) and (workflow = x and redrives >= 1.0))");
    let plain = "status = FAILED and workflow = \"x\" and redrives >= 1.0";
    assert_eq!(nested.to_string(), plain);
}

#[test]
fn and_binds_tighter_than_or() {
    let text = "status = FAILED or workflow = \"a\" and redrives = 1";
    assert!(matches!(query(text), Query::Any(parts) if matches!(parts[1], Query::All(_))));
    assert_eq!(query(text).to_string(), text);
    let enclosed = "(status = FAILED or workflow = \"a\") and redrives = 1";
    assert_eq!(query(enclosed).to_string(), enclosed);
}

fn words() -> impl Strategy<Value = Arc<str>> + Clone {
    r#"[a-z "'\\=(),<>!\n.ä-]{0,6}"#.prop_map(Arc::from)
}

fn test_of(
    field: &'static str,
    value: impl Strategy<Value = Value> + Clone,
) -> impl Strategy<Value = Test> {
    let equality = prop_oneof![Just(Comparison::Equal), Just(Comparison::NotEqual)];
    prop_oneof![
        (equality, value.clone())
            .prop_map(|(comparison, value)| Condition::Compare(comparison, value)),
        prop::collection::vec(value, 1..4).prop_map(Condition::In),
        Just(Condition::Exists),
    ]
    .prop_map(move |condition| Test { field: field.into(), condition })
}

fn tests() -> impl Strategy<Value = Test> {
    let number = prop_oneof![
        any::<i64>().prop_map(Number::Int),
        (-1.0e9..1.0e9_f64).prop_map(Number::Float),
    ];
    let attribute = prop_oneof![
        words().prop_map(Value::Text),
        number.clone().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Bool),
    ];
    let ms = prop_oneof![Just(0), Just(90_061_001_u64), 0..1_000_000_000_000_u64];
    let instant = prop_oneof![
        (0..4_000_000_000_000_i64).prop_map(|ms| Time::At(Timestamp(ms))),
        ms.clone().prop_map(|ms| Time::Before(Duration { ms })),
        (1..1_000_000_u64).prop_map(|ms| Time::After(Duration { ms })),
    ];
    let part = words().prop_flat_map(|text| {
        prop_oneof![Just(Condition::Contains(text.clone())), Just(Condition::StartsWith(text))]
    });
    prop_oneof![
        test_of("status", prop::sample::select(STATUSES).prop_map(Value::Word)),
        test_of("workflow", words().prop_map(Value::Text)),
        test_of("started", instant.prop_map(Value::Time)),
        test_of("duration", ms.prop_map(|ms| Value::Duration(Duration { ms }))),
        test_of("redrives", number.prop_map(Value::Number)),
        test_of("input.customer-id", attribute),
        part.prop_map(|condition| Test { field: "input.x".into(), condition }),
    ]
}

fn queries() -> impl Strategy<Value = Query> {
    tests().prop_map(Query::Test).prop_recursive(4, 24, 4, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts().prop_map(Query::all),
            parts().prop_map(Query::any),
            inner.clone().prop_map(|query| Query::Not(Box::new(query))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same(query in queries()) {
        let text = query.to_string();
        prop_assume!(text.len() <= compasso_query::QUERY_BYTES_MAX);
        let read = Query::parse(&text, &SCHEMA).map_err(|mistakes| TestCaseError::fail(mistakes.to_string()))?;
        prop_assert_eq!(read, query, "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in r#"([a-z<>=!(),"' ]|now|-|input\.|status|and |or |not |in |ä|\n){0,24}"#) {
        if let Err(mistakes) = Query::parse(&text, &SCHEMA) {
            prop_assert!(!mistakes.list.is_empty());
            prop_assert!(!mistakes.to_string().is_empty());
        }
    }
}
