//! Hooks, deadlines and sagas of pipelines, in a simulated world.

use std::fmt::Write as _;

use compasso_engine::EventKind;
use compasso_pipeline::compile;
use compasso_testkit::{Script, World, show_outcome};
use compasso_types::{Json, Payload};
use expect_test::expect;

use crate::check::{parsed, said};

/// Runs a pipeline; returns the tasks in the order in which they were offered, with what they were
/// told, and how the run ended.
fn offered(text: &str, script: &str) -> String {
    offered_with(text, "{}", script)
}

/// The same for a run that was told of its deadlines.
fn offered_with(text: &str, deadlines: &str, script: &str) -> String {
    let found = parsed(text);
    assert_eq!(said(&found), "", "{text}");
    let definition = match compile(text, &found.pipelines[0]) {
        Ok(definition) => definition,
        Err(problems) => panic!("{problems:?}"),
    };
    let input = format!(
        r#"{{"params":{{"order":7}},"trigger":{{}},"deadlines":{deadlines},"run":{{"id":"r-1",
        "queued_at":"2025-12-31T23:59:00Z","started_at":"2026-01-01T00:00:00Z"}}}}"#
    );
    let input = Payload::from(Json::parse(&input).unwrap());
    let ended = World::new(definition, input, Script::parse(script).unwrap(), None).run();
    let (mut lines, mut states) = (String::new(), std::collections::BTreeMap::new());
    for event in &ended.events {
        match &event.kind {
            EventKind::StateEntered { state, .. } => {
                states.insert(event.scope, state.clone());
            }
            EventKind::TaskScheduled { parameters, .. } => {
                let mut told =
                    ["message", "url", "uri"].map(|name| parameters.value().get(name)).into_iter();
                let told = told.find_map(|told| told).cloned().unwrap_or_default();
                writeln!(lines, "{}: {told}", states[&event.scope]).unwrap();
            }
            _ => {}
        }
    }
    lines + &show_outcome(&ended)
}

const ORDER: &str = "\
pipeline: order
params: {order: 1}
saga: {on: [failure, cancel]}
defaults: {retry: {max: 1, delay: 1s, jitter: none}}
tasks:
  reserve:
    uses: http
    with: {url: 'http://stock/${{ params.order }}'}
    compensate:
      uses: http
      with: {url: 'http://stock/${{ task.output.id }}/free'}
  charge:
    needs: reserve
    uses: http
    with: {url: 'http://payments'}
    compensate:
      uses: http
      with:
        url: 'http://payments/${{ task.output.id }}/${{ needs.reserve.output.id }}/${{ run.error.name }}'
      retry: {max: 2, delay: 5s}
    hooks:
      on_retry: [{uses: log, with: {message: 'again ${{ task.id }}: ${{ task.error.name }}'}}]
      on_finish:
        - {uses: log, if: task.state = \"failed\", with: {message: never}}
  ship:
    needs: charge
    uses: http
    with: {url: 'http://shipping'}
hooks:
  on_start: [{uses: log, with: {message: 'begins ${{ run.id }}'}}]
  on_failure:
    - uses: log
      with:
        message: '${{ run.state }}, ${{ run.error.cause }}, ${{ $join([run.failed_tasks], \",\") }}, ${{ run.compensation }}, ${{ needs.charge.output.id }}'
  on_success: [{uses: log, with: {message: 'never'}}]
";

#[test]
fn a_failed_order_is_undone_and_told_of() {
    let script = "
        (on_start): ok null
        reserve: ok {\"id\":\"r1\"}
        charge: fail Http503 busy
        charge: ok {\"id\":\"c1\"}
        charge (on_retry): ok null
        ship: fail Http500 broken
        ship: fail Http500 broken
        charge (compensate): fail Http503 busy
        charge (compensate): ok null
        reserve (compensate): ok null
        (on_failure): ok null
    ";
    expect![[r#"
        reserve: "http://stock/7"
        (on_start): "begins r-1"
        charge: "http://payments"
        charge (on_retry): "again charge: Http503"
        charge: "http://payments"
        ship: "http://shipping"
        ship: "http://shipping"
        charge (compensate): "http://payments/c1/r1/Http500"
        charge (compensate): "http://payments/c1/r1/Http500"
        reserve (compensate): "http://stock/r1/free"
        (on_failure): "failed, broken, ship, complete, c1"
        FAILED Http500: broken
    "#]]
    .assert_eq(&offered(ORDER, script));
}

#[test]
fn a_cancelled_order_is_undone_too_and_what_is_out_as_well() {
    let script = "
        (on_start): ok null
        reserve: ok {\"id\":\"r1\"}
        charge: after 60s ok {\"id\":\"c1\"}
        charge (compensate): ok null
        reserve (compensate): ok null
        at 5s cancel Cancelled by ana
    ";
    expect![[r#"
        reserve: "http://stock/7"
        (on_start): "begins r-1"
        charge: "http://payments"
        charge (compensate): "http://payments//r1/Cancelled"
        reserve (compensate): "http://stock/r1/free"
        ABORTED Cancelled: by ana
    "#]]
    .assert_eq(&offered(ORDER, script));
}

#[test]
fn compensations_side_by_side_respect_the_needs_turned_round() {
    let text = "\
pipeline: p
saga: {order: parallel}
tasks:
  a: {uses: log, with: {message: a}, compensate: {uses: log, with: {message: 'undo a'}}}
  b:
    needs: a
    each: [1, 2]
    uses: log
    with: {message: 'b ${{ item }}'}
    compensate: {uses: log, with: {message: 'undo b ${{ item }} ${{ task.key }}'}}
  g:
    needs: a
    tasks:
      c: {uses: log, with: {message: c}, compensate: {uses: log, with: {message: 'undo c'}}}
  z: {needs: [b, g], uses: fail, with: {error: Broken}}
";
    let script = "
        a: ok null
        b[]: ok null
        b[]: ok null
        g.c: ok null
        z: fail Broken no
        b (compensate): ok null
        b (compensate): ok null
        g.c (compensate): ok null
        a (compensate): ok null
    ";
    expect![[r#"
        a: "a"
        b[]: "b 1"
        b[]: "b 2"
        g.c: "c"
        z: null
        b (compensate): "undo b 2 1"
        b (compensate): "undo b 1 0"
        g.c (compensate): "undo c"
        a (compensate): "undo a"
        FAILED Broken: no
    "#]]
    .assert_eq(&offered(text, script));
}

#[test]
fn deadlines_alert_and_may_give_the_run_up() {
    let text = "\
pipeline: p
deadline:
  - {after: 10s, do: [{uses: log, with: {message: late}}]}
  - {after: 30s, fail: true, do: [{uses: log, with: {message: much too late}}]}
  - {after: 1h, do: [{uses: log, with: {message: never}}]}
tasks:
  slow: {uses: log, with: {message: slow}, deadline: [{after: 5s, do: [{uses: log, with: {message: 'slow ${{ task.id }}'}}]}]}
  fast: {uses: log, with: {message: fast}, deadline: [{after: 5s, do: [{uses: log, with: {message: never}}]}]}
";
    let script = "
        fast: after 1s ok null
        slow: after 60s ok null
        slow (deadline) (do): ok null
        (deadline) (do): ok null
        (deadline 2) (do): ok null
    ";
    expect![[r#"
        slow: "slow"
        fast: "fast"
        slow (deadline) (do): "slow slow"
        (deadline) (do): "late"
        (deadline 2) (do): "much too late"
        FAILED DeadlineMissed: The run missed a deadline.
    "#]]
    .assert_eq(&offered(text, script));
}

const LATE: &str = "\
pipeline: p
deadline:
  - {at: '06:00', do: [{uses: log, with: {message: 'six ${{ run.id }}'}}]}
  - {after: 90s, from: queued, do: [{uses: log, with: {message: a}}, {uses: log, with: {message: b}}]}
tasks:
  slow: {uses: log, timeout: 1d, with: {message: slow}, deadline: [{at: '07:00', fail: true}]}
";

#[test]
fn deadlines_are_at_times_of_day_and_count_from_when_a_run_was_asked_for() {
    let times = r#"{"at":{"06:00":"2026-01-01T06:00:00Z","07:00":"2026-01-01T07:00:00Z"}}"#;
    let script = "
        slow: after 28800s ok null
        (deadline) (do): ok null
        (deadline 2) (do): ok null
        (deadline 2) (do 2): ok null
    ";
    expect![[r#"
        slow: "slow"
        (deadline 2) (do): "a"
        (deadline 2) (do 2): "b"
        (deadline) (do): "six r-1"
        FAILED DeadlineMissed: The run missed a deadline.
    "#]]
    .assert_eq(&offered_with(LATE, times, script));
}

#[test]
fn what_was_told_before_a_run_began_is_not_told_again() {
    let times =
        r#"{"told":[2],"at":{"06:00":"2026-01-01T06:00:00Z","07:00":"2026-01-01T07:00:00Z"}}"#;
    let script = "slow: after 23400s ok null\n(deadline) (do): ok null";
    expect![[r#"
        slow: "slow"
        (deadline) (do): "six r-1"
        SUCCEEDED {}
    "#]]
    .assert_eq(&offered_with(LATE, times, script));
}

#[test]
fn a_deadline_of_a_run_to_be_is_told_and_nothing_else_is_done() {
    let script = "(deadline 2) (do 2): ok null";
    expect![[r#"
        (deadline 2) (do 2): "b"
        SUCCEEDED null
    "#]]
    .assert_eq(&offered_with(LATE, r#"{"tell":"2.2"}"#, script));
}

#[test]
fn a_deadline_reads_no_needs() {
    let text = "\
pipeline: p
tasks:
  a: {noop: true}
  b: {needs: a, noop: true, deadline: [{after: 1s, do: [{uses: log, with: {message: '${{ needs.a.state }}'}}]}]}
";
    let found = parsed(text);
    let problems = compile(text, &found.pipelines[0]).map(|_| ()).unwrap_err();
    assert_eq!(
        problems[0].message,
        "a deadline reads 'needs', whose tasks may not have ended by then"
    );
}

#[test]
fn what_a_task_writes_is_told_once_it_has_succeeded() {
    let text = "\
pipeline: writer
params: {order: 1}
tasks:
  publish:
    uses: http
    with: {url: 'http://publish'}
    writes: ['warehouse://sales/daily', 'warehouse://sales/${{ params.order }}']
  fails:
    uses: http
    with: {url: 'http://fails'}
    retry: 0
    writes: ['warehouse://never']
";
    let script = "
        publish: ok null
        fails: fail Http500 broken
        publish (writes): ok null
        publish (writes 2): ok null
    ";
    expect![[r#"
        publish: "http://publish"
        fails: "http://fails"
        publish (writes): "warehouse://sales/daily"
        publish (writes 2): "warehouse://sales/7"
        FAILED Http500: broken
    "#]]
    .assert_eq(&offered(text, script));
}

#[test]
fn what_each_instance_writes_is_told_of_each_that_succeeded() {
    let told = offered(
        "\
pipeline: writer
params: {order: 1}
tasks:
  e:
    each: [1, 2, 3]
    tolerate: 1
    uses: http
    with: {url: 'http://warehouse/${{ item }}'}
    retry: 0
    writes: ['db://e/${{ item }}', 'db://all']
  m:
    needs: e
    matrix: {a: [x, y]}
    noop: true
    writes: ['db://m/${{ matrix.a }}/${{ needs.e.output[0].n }}']
",
        "e[]: ok {\"n\":7}
e[]: fail E none
e[]: ok {\"n\":9}
e (writes): ok null
e (writes): ok null
e (writes 2): ok null
m (writes): ok null
m (writes): ok null",
    );
    let mut updates: Vec<_> = told.lines().filter(|line| line.contains("(writes")).collect();
    updates.sort_unstable();
    let expected = [
        r#"e (writes 2): "db://all""#,
        r#"e (writes): "db://e/1""#,
        r#"e (writes): "db://e/3""#,
        r#"m (writes): "db://m/x/7""#,
        r#"m (writes): "db://m/y/7""#,
    ];
    assert_eq!(updates, expected, "{told}");
}

#[test]
fn an_instance_that_fails_and_may_writes_nothing_and_is_not_undone() {
    let told = offered(
        "\
pipeline: writer
saga: true
tasks:
  e:
    each: [1, 2]
    fail_fast: false
    allow_failure: ${{ item = 2 }}
    uses: http
    with: {url: 'http://e/${{ item }}'}
    retry: 0
    writes: ['db://e/${{ item }}']
    compensate: {uses: http, with: {url: 'http://undo/${{ item }}'}}
  last: {needs: e, uses: http, with: {url: 'http://last'}, retry: 0}
",
        "e[]: ok 1
e[]: fail E broken
last: fail E broken
e (writes): ok null
e (compensate): ok null",
    );
    let told: Vec<_> = told.lines().filter(|line| line.contains(" (")).collect();
    assert_eq!(told, [r#"e (writes): "db://e/1""#, r#"e (compensate): "http://undo/1""#]);
}
