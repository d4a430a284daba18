//! What becomes of groups and machines that reach their limit, and of names that come to nothing.

use expect_test::expect;

use crate::placed::{calls_given, check};

const OVER_LIMITS: &str = "
  g:
    timeout: 1s
    retry: {max: 1, delay: 0s, on: [Timeout]}
    fallback: {output: 1}
    tasks: {a: {uses: http, with: {url: 'http://a'}}}
  m:
    needs: g
    timeout: 1s
    fallback: {output: 2}
    machine: {StartAt: A, States: {A: {Type: Wait, Seconds: 5, End: true}}}
  e:
    needs: m
    each: [1]
    timeout: 1s
    fallback: {output: 3}
    tasks: {b: {wait: 5s}}
";

#[test]
fn a_group_and_a_machine_over_their_limit_are_tried_again_and_fall_back() {
    check(
        OVER_LIMITS,
        "g.a: silence\ng.a: silence",
        &expect![[r#"
        0s compasso:call {"url":"http://a","idempotency_key":"Case/run/g/a"}
          {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/g/a"},"work_key":"Case/run/g/a"} -/3600000/-
        1s a cancelled Timeout
        1s compasso:call {"url":"http://a","idempotency_key":"Case/run/g/a"}
          {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/g/a"},"work_key":"Case/run/g/a"} -/3600000/-
        2s a cancelled Timeout
        2s g success
        3s machine cancelled Timeout
        3s m success
        4s b cancelled Timeout
        4s e success
        SUCCEEDED {}

    "#]],
    );
}

#[test]
fn a_run_of_earlier_rules_ends_with_the_group_over_its_limit() {
    check(
        OVER_LIMITS,
        "start by rules 1\ng.a: silence",
        &expect![[r#"
        0s compasso:call {"url":"http://a","idempotency_key":"run/g/a"}
          {"task":{"id":"a","attempt":1,"idempotency_key":"run/g/a"},"work_key":"run/g/a"} -/3600000/-
        1s a cancelled Timeout
        1s g failed Timeout
        FAILED Timeout: The task took longer than 1 s.

    "#]],
    );
}

#[test]
fn what_is_given_up_with_the_group_around_it_does_not_go_on() {
    check(
        "
  o:
    timeout: 1s
    tasks: {
      i: {retry: {max: 3, delay: 0s}, fallback: {output: 1}, tasks: {b: {wait: 5s}}},
      k: {each: [1], fallback: {output: 1}, tasks: {c: {wait: 5s}}},
      up: {noop: true},
      down: {teardown: up, timeout: 1s, fallback: {output: 1}, tasks: {d: {wait: 5s}}}}
",
        "",
        &expect![[r#"
            0s up success
            1s b cancelled Timeout
            1s k cancelled Timeout
            1s d cancelled Timeout
            1s i cancelled Timeout
            1s down success
            1s o failed Timeout
            FAILED Timeout: The task took longer than 1 s.

        "#]],
    );
}

#[test]
fn names_that_come_to_nothing_fail_the_task() {
    let said_of = |field: &str, work: &str| {
        let text = format!(
            "pipeline: p\nparams: {{o: {{type: object, default: {{}}}}}}\ntasks:\n  a: {{{field}, {work}}}\n"
        );
        calls_given(&text, r#"{"params":{"o":{}},"run":{"id":"r-1"},"trigger":{}}"#, "")
    };
    let (script, group) = ("run: 'true'", "tasks: {b: {noop: true}}");
    expect![[r#"
        0s a failed Expression
        FAILED Expression: 'mutex' comes to nothing

        0s a failed Expression
        FAILED Expression: 'pool' comes to nothing

        0s a failed Expression
        FAILED Expression: the 'key' of 'rate' comes to nothing

        0s a failed Expression
        FAILED Expression: the 'key' of 'cache' comes to nothing

        0s a failed Expression
        FAILED Expression: the 'name' of 'breaker' comes to nothing

        0s a failed Expression
        FAILED Expression: 'mutex' comes to nothing

        0s a failed Expression
        FAILED Expression: 'pool' comes to nothing

    "#]]
    .assert_eq(
        &[
            said_of("mutex: '${{ params.o.x }}'", script),
            said_of("pool: '${{ params.o.x }}'", script),
            said_of("rate: {limit: 1/s, key: '${{ params.o.x }}'}", script),
            said_of("cache: {key: '${{ params.o.x }}', ttl: 1m}", script),
            said_of("breaker: {name: '${{ params.o.x }}'}", script),
            said_of("mutex: '${{ params.o.x }}'", group),
            said_of("pool: '${{ params.o.x }}'", group),
        ]
        .concat(),
    );
}
