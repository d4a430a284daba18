//! What is said about texts that are no queries.

use compasso_query::{QUERY_BYTES_MAX, Query};
use expect_test::{Expect, expect};

use crate::schema::SCHEMA;

fn check(texts: &[&str], expected: &Expect) {
    let told = texts.iter().map(|text| match Query::parse(text, &SCHEMA) {
        Ok(query) => format!("{query}\n"),
        Err(mistakes) => format!("{mistakes}\n"),
    });
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn what_is_missing_or_too_much_is_told_where_it_is() {
    check(
        &[
            "status",
            "status =",
            "status = FAILED and",
            "status = FAILED workflow = x",
            "(status = FAILED",
            "status = FAILED)",
            "status in FAILED",
            "status in (FAILED",
            "workflow starts x",
            "\"status\" = FAILED",
            "workflow = \"open",
            "status ! FAILED",
            "and",
        ],
        &expect![[r#"
            expected =, !=, <, <=, >, >=, in, contains, 'starts with' or exists here
              status
                    ^
            expected a value here
              status =
                      ^
            expected the name of a field here
              status = FAILED and
                                 ^
            expected 'and', 'or' or the end here
              status = FAILED workflow = x
                              ^^^^^^^^
            expected 'and', 'or' or ')' here (it would close the '(' at character 1)
              (status = FAILED
                              ^
            expected 'and', 'or' or the end here
              status = FAILED)
                             ^
            expected a list of values in parentheses here
              status in FAILED
                        ^^^^^^
            expected ',' or ')' here
              status in (FAILED
                               ^
            expected 'with' behind 'starts' here
              workflow starts x
                              ^
            expected the name of a field here
              "status" = FAILED
              ^^^^^^^^
            this quote is not closed
              workflow = "open
                         ^
            '!' means nothing alone ('!=' means not equal, 'not' the opposite)
              status ! FAILED
                     ^
            expected =, !=, <, <=, >, >=, in, contains, 'starts with' or exists here
              and
                 ^
        "#]],
    );
}

#[test]
fn names_and_values_that_do_not_exist_are_told_with_what_was_probably_meant() {
    check(
        &[
            "stats = FAILED",
            "colour = red",
            "input. = x",
            "status = FALED",
            "status = blue",
            "started > yesterday",
            "started > now-24",
            "duration > 5",
            "redrives > many",
        ],
        &expect![[r"
            there is no field 'stats' (did you mean 'status'?)
              stats = FAILED
              ^^^^^
            there is no field 'colour' (there are status, workflow, started, duration, redrives, waiting and input.NAME, labels.NAME)
              colour = red
              ^^^^^^
            there is no field 'input.' (there are status, workflow, started, duration, redrives, waiting and input.NAME, labels.NAME)
              input. = x
              ^^^^^^
            'FALED' is not one of its words (did you mean 'FAILED'?)
              status = FALED
                       ^^^^^
            'blue' is not one of its words (one of RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED)
              status = blue
                       ^^^^
            'yesterday' is not an instant (write now-24h, 2026-11-26 or 2026-11-26T10:00:00Z)
              started > yesterday
                        ^^^^^^^^^
            'now-24' is not an instant (write now-24h, 2026-11-26 or 2026-11-26T10:00:00Z)
              started > now-24
                        ^^^^^^
            '5' is not a length of time (write 500ms, 90s, 5m, 1h30m or 7d)
              duration > 5
                         ^
            'many' is not a number
              redrives > many
                         ^^^^
        "]],
    );
}

#[test]
fn operators_that_a_field_does_not_take_are_told_with_those_it_takes() {
    check(
        &[
            "status > FAILED",
            "workflow < x",
            "status contains FAIL",
            "started contains 2026",
            "input.flag > true",
        ],
        &expect![[r"
            'status' is one of several words: it takes =, !=, in and exists
              status > FAILED
                     ^
            'workflow' is a text: it takes =, !=, in, contains, 'starts with' and exists
              workflow < x
                       ^
            'status' is one of several words: it takes =, !=, in and exists
              status contains FAIL
                     ^^^^^^^^
            'started' is an instant: it takes =, !=, <, <=, >, >=, in and exists
              started contains 2026
                      ^^^^^^^^
            true and false take =, != and in
              input.flag > true
                         ^
        "]],
    );
}

#[test]
fn all_mistakes_are_told_at_once_each_on_its_line() {
    check(
        &["stat = FAILED\nand (duration > 5 or not started > noon)\nand status = nothing"],
        &expect![[r"
            there is no field 'stat' (did you mean 'status'?)
              stat = FAILED
              ^^^^
            '5' is not a length of time (write 500ms, 90s, 5m, 1h30m or 7d)
              and (duration > 5 or not started > noon)
                              ^
            'noon' is not an instant (write now-24h, 2026-11-26 or 2026-11-26T10:00:00Z)
              and (duration > 5 or not started > noon)
                                                 ^^^^
            'nothing' is not one of its words (one of RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED)
              and status = nothing
                           ^^^^^^^
        "]],
    );
}

#[test]
fn text_that_is_too_long_or_too_deep_is_refused() {
    let long = Query::parse(&"x".repeat(QUERY_BYTES_MAX + 1), &SCHEMA).unwrap_err();
    assert!(long.to_string().contains("4096 bytes"), "{long}");
    let nested = |depth| "(".repeat(depth) + "status exists" + &")".repeat(depth);
    assert!(Query::parse(&nested(32), &SCHEMA).is_ok());
    let deep = Query::parse(&nested(33), &SCHEMA).unwrap_err();
    assert!(deep.to_string().contains("deeper than 32"), "{deep}");
    assert!(Query::parse(&("not ".repeat(500) + "status exists"), &SCHEMA).is_err());
}
