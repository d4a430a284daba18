//! What tasks are called with, where they are placed, and how they are tried again.

use std::fmt::Write;

use compasso_engine::EventKind;
use compasso_pipeline::compile;
use compasso_testkit::{Script, World, show_outcome};
use compasso_types::{Json, Payload};
use expect_test::{Expect, expect};

use crate::check::{parsed, pipeline_of, said};
use crate::compiled::refused;

/// Compiles tasks and runs them; returns the calls with their placements, and the end.
fn calls(text: &str, script: &str) -> String {
    let input = r#"{"params":{"n":2},"run":{"id":"r-1","date":"2026-01-31"},"trigger":{}}"#;
    calls_given(text, input, script)
}

pub(crate) fn calls_given(text: &str, input: &str, script: &str) -> String {
    let found = parsed(text);
    assert_eq!(said(&found), "", "{text}");
    let definition = compile(text, &found.pipelines[0]).unwrap_or_else(|all| panic!("{all:?}"));
    let input = Payload::from(Json::parse(input).unwrap());
    let ended = World::new(definition, input, Script::parse(script).unwrap(), None).run();
    let mut shown = String::new();
    let begin = ended.events[0].at;
    for event in &ended.events {
        let at = (event.at.0 - begin.0) as f64 / 1000.0;
        match &event.kind {
            EventKind::TaskScheduled { resource, parameters, placement, .. } => {
                let called = resource.rsplit(":::").next().unwrap_or(resource);
                let placed = placement.as_ref().unwrap();
                let wants = placed.wants.to_string();
                let (queue, total) = (placed.queue_timeout_ms, placed.ends_at.is_some());
                let limits = [queue, placed.timeout_ms, placed.heartbeat_ms];
                let limits = limits.map(|limit| limit.map_or("-".into(), |ms| ms.to_string()));
                let total = if total { " total" } else { "" };
                let limits = limits.join("/");
                writeln!(shown, "{at}s {called} {}", parameters.text()).unwrap();
                writeln!(shown, "  {wants} {limits}{total}").unwrap();
            }
            EventKind::BranchExited { branch, state, failure, .. } => {
                let failure = failure.as_ref().map(|failure| format!(" {}", failure.name));
                let failure = failure.unwrap_or_default();
                writeln!(shown, "{at}s {branch} {}{failure}", state.name()).unwrap();
            }
            _ => {}
        }
    }
    format!("{shown}{}\n", show_outcome(&ended))
}

pub(crate) fn check(tasks: &str, script: &str, expected: &Expect) {
    let text = pipeline_of(tasks).replace("tasks:\n", "params: {n: 1}\ntasks:\n");
    expected.assert_eq(&calls(&text, script));
}

#[test]
fn a_script_is_a_work_order() {
    check(
        "  a: {run: ./a.sh, output: json, artifacts: {out: ['*.bin']}}
  b:
    needs: a
    dir: sub
    env: {N: '${{ params.n }}', KEY: '${{ secrets.KEY }}'}
    files: {'conf.json': '{\"n\": ${{ params.n }}}'}
    stdin: '${{ needs.a.output }}'
    artifacts: {in: [a/model.bin]}
    resources: {memory: 64Mi, cpu_time: 90s}
    run: echo ${{ needs.a.output.rows }}
    outputs: {rows: '${{ result.n + 1 }}'}
outputs: '${{ needs.b.output }}'",
        "a: ok {\"output\":{\"rows\":3},\"artifacts\":[{\"name\":\"model.bin\",\"sha256\":\"00\"}]}\n\
         b: ok {\"output\":{\"n\":7}}",
        &expect![[r#"
            0s compasso:script {"steps":[{"run":"./a.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"json","artifacts":{"in":[],"out":["*.bin"]}}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            0s a success
            0s compasso:script {"steps":[{"run":"echo \"${CP_EXPR_1}\"","shell":["bash","-euo","pipefail","-c"],"env":{"CP_EXPR_1":"3"}}],"run":{},"env":{"N":"2","KEY":{"$secret":"KEY"}},"dir":"sub","stdin":{"rows":3},"files":{"conf.json":"{\"n\": 2}"},"output":"auto","artifacts":{"in":["a/model.bin"],"out":[]},"context":{"needs":{"a":{"artifacts":[{"name":"model.bin","sha256":"00"}]}}},"resources":{"memory_bytes":67108864,"cpu_seconds":90}}
              {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b","secrets":[{"at":"/env/KEY","name":"KEY"}]} -/3600000/-
            0s b success
            SUCCEEDED {"rows":8}

        "#]],
    );
}

#[test]
fn steps_leave_to_the_worker_what_reads_steps() {
    check(
        "  a:
    steps:
      - {id: one, run: './one.sh ${{ params.n }}', continue_on_error: true}
      - {name: two, if: steps.one.outcome = 'success' and params.n > 1, run: 'echo ${{ steps.one.output.x }}', env: {X: '${{ steps.one.output.x }}', N: '${{ params.n }}'}}
      - {when: always, run: ./three.sh, timeout: 250ms, output: json}
    outputs: {x: '${{ steps.one.output.x }}', all: '${{ result }}'}
outputs: '${{ needs.a.output }}'",
        "a: ok {\"output\":5,\"steps\":{\"one\":{\"output\":{\"x\":1},\"outcome\":\"success\"}}}",
        &expect![[r#"
            0s compasso:script {"steps":[{"id":"one","run":"./one.sh \"${CP_EXPR_1}\"","shell":["bash","-euo","pipefail","-c"],"env":{"CP_EXPR_1":"2"},"continue_on_error":true},{"name":"two","run":"echo \"${CP_EXPR_1}\"","shell":["bash","-euo","pipefail","-c"],"env":{"X":{"$expr":"$string(steps.one.output.x)"},"N":"2","CP_EXPR_1":{"$expr":"\"\" & (steps.one.output.x)"}},"if":{"$expr":"(steps.one.outcome = 'success' and params.n > 1) ? true : false"}},{"run":"./three.sh","shell":["bash","-euo","pipefail","-c"],"when":"always","timeout_ms":250,"output":"json"}],"run":{},"output":"auto","context":{"params":{"n":2}}}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            0s a success
            SUCCEEDED {"x":1,"all":5}

        "#]],
    );
}

#[test]
fn placement_and_limits_are_evaluated_with_the_item_at_hand() {
    let text = "\
pipeline: p
priority: 5
params: {n: 1}
concurrency: {max_tasks: 3}
defaults: {runs_on: [linux], heartbeat: 5s, queue_timeout: 1m}
tasks:
  a:
    each: ['x']
    runs_on: ['host:${{ item }}', gpu]
    pool: db
    slots: 2
    mutex: 'm-${{ item }}'
    rate: 100/s
    priority: 10
    breaker: {name: b, failures: 3, on: [Http5xx]}
    cache: {key: '${{ params.n }}', ttl: 1h}
    timeout: ${{ params.n & 'm' }}
    total_timeout: 1h
    idempotency_key: 'k/${{ item }}'
    uses: http
    with: {url: 'http://x/${{ task.idempotency_key }}', headers: {A: '${{ secrets.A }}'}}
  b: {uses: 'worker:train', with: {n: '${{ params.n }}'}, timeout: 250ms, retry: 0}
  c: {pipeline: other, with: {x: 1}, heartbeat: 1d}
  d: {machine: Orders, with: {x: 1}}
";
    expect![[r#"
        0s compasso:handler {"handler":"train","input":{"n":2}}
          {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b","tags":["linux"],"priority":5,"max_tasks":3} 60000/250/5000
        0s compasso:pipeline.sync {"pipeline":"other","params":{"x":1}}
          {"task":{"id":"c","attempt":1,"idempotency_key":"Case/run/c"},"work_key":"Case/run/c","tags":["linux"],"priority":5,"max_tasks":3} 60000/3600000/86400000
        0s states:startExecution.sync:2 {"StateMachineArn":"Orders","Input":{"x":1}}
          {"task":{"id":"d","attempt":1,"idempotency_key":"Case/run/d"},"work_key":"Case/run/d","tags":["linux"],"priority":5,"max_tasks":3} 60000/3600000/-
        0s compasso:call {"url":"http://x/k/x","headers":{"A":{"$secret":"A"}},"idempotency_key":"k/x"}
          {"task":{"id":"a","attempt":1,"index":0,"key":"0","idempotency_key":"k/x"},"work_key":"k/x","secrets":[{"at":"/headers/A","name":"A"}],"tags":["host:x","gpu"],"slots":2,"mutex":"m-x","rate":{"key":"p/a","limit":100,"per_ms":1000},"priority":15,"pool":"db","max_tasks":3,"breaker":{"name":"b","window_ms":60000,"open_for_ms":30000,"half_open":1,"failures":3,"on":["Http5xx"]},"cache":{"key":"2","ttl_ms":3600000}} 60000/120000/- total
        0s c success
        0s d success
        0s a success
        0.25s b failed Timeout
        FAILED Timeout: The task ran longer than 250 ms.

    "#]]
        .assert_eq(&calls(text, "a[]: ok {}\nb: started w\nb: silence\nc: ok {}\nd: ok {}"));
}

#[test]
fn attempts_follow_the_rules_of_retry() {
    check(
        "  a: {run: ./a.sh, retry: {max: 2, delay: 1s, jitter: none}}
  b: {run: ./b.sh, retry: {max: 5, delay: 1s, jitter: none}}
  c: {run: ./c.sh}
  d: {run: ./d.sh, retry: {max: 1, on: [Exit.3], delay: 1s, jitter: none}}
  e: {run: ./e.sh, retry: 3}
  f: {run: ./f.sh, retry: {max: 3, delay: 1s, backoff: 1, jitter: none, window: 2s}}",
        "a: fail Exit.1 x\na: fail Exit.1 x\na: fail Exit.1 x\n\
         b: fail Exit.78 never\n\
         c: fail Lost x\nc: fail Lost x\nc: ok {\"output\":1}\n\
         d: fail Exit.75 again\nd: fail Exit.3 x\n\
         e: fail Skipped x\n\
         f: fail Exit.1 x\nf: fail Exit.1 x\nf: fail Exit.1 x\nf: fail Exit.1 x",
        &expect![[r#"
            0s compasso:script {"steps":[{"run":"./a.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            0s compasso:script {"steps":[{"run":"./b.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b"} -/3600000/-
            0s compasso:script {"steps":[{"run":"./c.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"c","attempt":1,"idempotency_key":"Case/run/c"},"work_key":"Case/run/c"} -/3600000/-
            0s compasso:script {"steps":[{"run":"./d.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"d","attempt":1,"idempotency_key":"Case/run/d"},"work_key":"Case/run/d"} -/3600000/-
            0s compasso:script {"steps":[{"run":"./e.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"e","attempt":1,"idempotency_key":"Case/run/e"},"work_key":"Case/run/e"} -/3600000/-
            0s compasso:script {"steps":[{"run":"./f.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"f","attempt":1,"idempotency_key":"Case/run/f"},"work_key":"Case/run/f"} -/3600000/-
            0s b failed Exit.78
            0s e skipped Skipped
            0.118s compasso:script {"steps":[{"run":"./c.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"c","attempt":2,"idempotency_key":"Case/run/c"},"work_key":"Case/run/c"} -/3600000/-
            0.804s compasso:script {"steps":[{"run":"./c.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"c","attempt":3,"idempotency_key":"Case/run/c"},"work_key":"Case/run/c"} -/3600000/-
            0.804s c success
            1s compasso:script {"steps":[{"run":"./a.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"a","attempt":2,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            1s compasso:script {"steps":[{"run":"./d.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"d","attempt":2,"idempotency_key":"Case/run/d"},"work_key":"Case/run/d"} -/3600000/-
            1s compasso:script {"steps":[{"run":"./f.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"f","attempt":2,"idempotency_key":"Case/run/f"},"work_key":"Case/run/f"} -/3600000/-
            1s d failed Exit.3
            2s compasso:script {"steps":[{"run":"./f.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"f","attempt":3,"idempotency_key":"Case/run/f"},"work_key":"Case/run/f"} -/3600000/-
            2s f failed Exit.1
            3s compasso:script {"steps":[{"run":"./a.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"a","attempt":3,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            3s a failed Exit.1
            FAILED Exit.78: never

        "#]],
    );
}

#[test]
fn what_takes_the_place_of_a_failure_can_read_what_failed() {
    check(
        "  a: {uses: http, with: {url: 'http://a'}, allow_failure: \"${{ task.error.name = 'Http503' }}\"}
  b: {uses: http, with: {url: 'http://b'}, fallback: {output: {e: '${{ task.error }}'}}}
  c: {uses: http, with: {url: 'http://c'}, fallback: {uses: transform, with: {value: '${{ task.error.name }}'}}}
outputs: {a: '${{ needs.a.state }}', b: '${{ needs.b.output }}', c: '${{ needs.c.output }}'}",
        "a: fail Http503 x\nb: fail Timeout late\nc: fail Http404 gone\nc (fallback): ok 1",
        &expect![[r#"
            0s compasso:call {"url":"http://a","idempotency_key":"Case/run/a"}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            0s compasso:call {"url":"http://b","idempotency_key":"Case/run/b"}
              {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b"} -/3600000/-
            0s compasso:call {"url":"http://c","idempotency_key":"Case/run/c"}
              {"task":{"id":"c","attempt":1,"idempotency_key":"Case/run/c"},"work_key":"Case/run/c"} -/3600000/-
            0s a success Http503
            0s b success
            0s compasso:transform {"value":"Http404"}
              {"task":{"id":"c","attempt":1,"idempotency_key":"Case/run/c","error":{"name":"Http404","cause":"gone"}},"work_key":"Case/run/c/fallback"} -/3600000/-
            0s c success
            SUCCEEDED {"a":"success","b":{"e":{"name":"Timeout","cause":"late"}},"c":1}

        "#]],
    );
}

#[test]
fn a_fallback_stands_in_for_what_failed() {
    check(
        "  a: {uses: http, with: {url: 'http://a'}, fallback: {output: {body: []}}, outputs: {b: '${{ result.body }}'}}
  b: {uses: http, with: {url: 'http://b'}, fallback: {run: ./flat.sh, output: json}, outputs: {b: '${{ result.body }}'}}
  c: {needs: [a, b], noop: true, outputs: {a: '${{ needs.a.output }}', b: '${{ needs.b.output }}', d: '${{ needs.*.degraded }}', s: '${{ needs.*.state }}'}}
outputs: '${{ needs.c.output }}'",
        "a: fail Http503 x\nb: fail Timeout x\nb (fallback): ok {\"output\":{\"body\":2}}",
        &expect![[r#"
            0s compasso:call {"url":"http://a","idempotency_key":"Case/run/a"}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            0s compasso:call {"url":"http://b","idempotency_key":"Case/run/b"}
              {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b"} -/3600000/-
            0s a success
            0s compasso:script {"steps":[{"run":"./flat.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"json"}
              {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b","error":{"name":"Timeout","cause":"x"}},"work_key":"Case/run/b/fallback"} -/3600000/-
            0s b success
            0s c success
            SUCCEEDED {"a":{"body":[]},"b":{"b":2},"d":[true,true],"s":["success","success"]}

        "#]],
    );
}

#[test]
fn repeats_end_when_something_holds_or_they_are_used_up() {
    check(
        "  a: {uses: http, with: {url: 'http://a'}, repeat: {every: 250ms, until: output.n >= 2}, outputs: {n: '${{ result.body.n }}'}}
  b: {run: ./b.sh, output: json, repeat: {every: 10s, max: 2, until: output = 'never'}}
  c: {run: ./c.sh, output: json, repeat: {every: 10s, for: 15s, while: output != 'never', on_exhausted: success}}",
        "a: ok {\"body\":{\"n\":1}}\na: ok {\"body\":{\"n\":2}}\n\
         b: ok {\"output\":1}\nb: ok {\"output\":2}\n\
         c: ok {\"output\":1}\nc: ok {\"output\":2}\nc: ok {\"output\":3}",
        &expect![[r#"
            0s compasso:call {"url":"http://a","idempotency_key":"Case/run/a"}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            0s compasso:script {"steps":[{"run":"./b.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"json"}
              {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b"} -/3600000/-
            0s compasso:script {"steps":[{"run":"./c.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"json"}
              {"task":{"id":"c","attempt":1,"idempotency_key":"Case/run/c"},"work_key":"Case/run/c"} -/3600000/-
            0.25s compasso:call {"url":"http://a","idempotency_key":"Case/run/a/2"}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a/2"} -/3600000/-
            0.25s a success
            10s compasso:script {"steps":[{"run":"./b.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"json"}
              {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b/2"} -/3600000/-
            10s compasso:script {"steps":[{"run":"./c.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"json"}
              {"task":{"id":"c","attempt":1,"idempotency_key":"Case/run/c"},"work_key":"Case/run/c/2"} -/3600000/-
            10s b failed RepeatExhausted
            10s c success
            FAILED RepeatExhausted: It did not come true in 2 runs.

        "#]],
    );
}

#[test]
fn teardowns_run_after_all_that_comes_after_their_setup() {
    check(
        "  up: {setup: true, run: ./up.sh}
  a: {needs: up, run: ./a.sh}
  b: {needs: a, run: ./b.sh}
  down: {teardown: up, run: ./down.sh}",
        "up: ok {}\na: after 1s fail Exit.1 x\ndown: fail Exit.2 x",
        &expect![[r#"
            0s compasso:script {"steps":[{"run":"./up.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"up","attempt":1,"idempotency_key":"Case/run/up"},"work_key":"Case/run/up"} -/3600000/-
            0s up success
            0s compasso:script {"steps":[{"run":"./a.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
            1s a failed Exit.1
            1s compasso:script {"steps":[{"run":"./down.sh","shell":["bash","-euo","pipefail","-c"]}],"run":{},"output":"auto"}
              {"task":{"id":"down","attempt":1,"idempotency_key":"Case/run/down"},"work_key":"Case/run/down","after":""} -/3600000/-
            1s down failed Exit.2
            FAILED Exit.1: x

        "#]],
    );
}

#[test]
fn a_state_machine_inside_is_a_block_of_its_own() {
    let text = "\
pipeline: p
params: {n: 1}
tasks:
  a:
    with: {n: '${{ params.n }}'}
    outputs: {sum: '${{ result.sum + 1 }}'}
    fallback: {output: {sum: 0}}
    machine:
      StartAt: Pick
      States:
        Pick:
          Type: Choice
          Choices: [{Variable: $.n, NumericEquals: 2, Next: Both}]
          Default: No
        No: {Type: Fail, Error: No}
        Both:
          Type: Parallel
          Branches:
            - {StartAt: X, States: {X: {Type: Pass, Result: 3, End: true}}}
            - {StartAt: Y, States: {Y: {Type: Pass, Result: 4, End: true}}}
          Next: Sum
        Sum: {Type: Pass, Parameters: {'sum.$': 'States.MathAdd($[0], $[1])'}, End: true}
  b:
    machine: {StartAt: F, States: {F: {Type: Fail, Error: Boom}}}
    fallback: {output: 5}
outputs: {a: '${{ needs.a.output }}', b: '${{ needs.b.output }}'}
";
    expect![[r#"
        0s machine failed Boom
        0s b success
        0s machine success
        0s a success
        SUCCEEDED {"a":{"sum":8},"b":5}

    "#]]
    .assert_eq(&calls(text, ""));
}

#[test]
fn a_failure_may_be_allowed_to_single_instances() {
    let tasks = "  build:
    matrix: {os: [old, new]}
    fail_fast: false
    allow_failure: ${{ matrix.os = 'new' }}
    run: ./build.sh
    output: text
";
    let script = "
        build[]: ok {\"output\": \"built\"}
        build[]: fail Exit.1 broken
    ";
    let ended = calls(&pipeline_of(tasks), script);
    assert!(ended.contains("build success") && ended.contains("SUCCEEDED"), "{ended}");
    let script = "
        build[]: fail Exit.1 broken
        build[]: ok {\"output\": \"built\"}
    ";
    let ended = calls(&pipeline_of(tasks), script);
    assert!(ended.contains("build failed Exit.1") && ended.contains("FAILED"), "{ended}");
    let tasks = "  poll:
    each: [1]
    allow_failure: ${{ item = 1 }}
    repeat: {until: output = 'there', max: 3}
    run: ./look.sh
    output: text
";
    let ended = calls(&pipeline_of(tasks), "poll[]: fail Exit.1 broken");
    assert!(ended.contains("poll success") && ended.contains("SUCCEEDED"), "{ended}");
}

#[test]
fn a_backfill_comes_after_other_runs_and_tells_of_assets_if_it_is_told_to() {
    let text = "\
pipeline: p
tasks:
  a: {uses: http, with: {url: 'http://x'}, writes: ['file://a']}
  b: {needs: a, uses: http, with: {url: 'http://x'}, priority: 4}
";
    for (trigger, tells) in [("{}", false), (r#"{"emit_assets":true}"#, true)] {
        let input = format!(r#"{{"params":{{}},"run":{{"type":"backfill"}},"trigger":{trigger}}}"#);
        let called = calls_given(text, &input, "a: ok {}\nb: ok {}\na (writes): ok {}");
        assert_eq!(called.contains("compasso:asset-emit"), tells, "{called}");
        assert!(called.contains(r#""priority":-10"#), "{called}");
        assert!(called.contains(r#""priority":-6"#), "{called}");
    }
}

#[test]
fn what_is_told_of_a_task_does_not_wait_for_the_places_of_tasks() {
    let text = "\
pipeline: p
concurrency: {max_tasks: 1}
defaults: {pool: db}
tasks:
  a:
    uses: http
    with: {url: 'http://x'}
    hooks: {on_start: [{uses: log, with: {message: m}}]}
";
    let called = calls(text, "a: ok {}\na (on_start): ok {}");
    assert_eq!(called.matches(r#""pool":"db","max_tasks":1"#).count(), 1, "{called}");
    assert_eq!(called.matches("max_tasks").count(), 1, "{called}");
    assert!(called.contains("compasso:log"), "{called}");
}

#[test]
fn the_placement_says_where_secrets_are() {
    let text = "\
pipeline: p
env: {KEY: '${{ secrets.KEY }}'}
tasks:
  a: {uses: 'worker:v'}
  b:
    needs: a
    uses: 'worker:w'
    with: {x: ['${{ env.KEY }}', '${{ needs.a.output }}', {a/b: '${{ secrets.A }}'}]}
";
    expect![[r#"
        0s compasso:handler {"handler":"v","input":{}}
          {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/a"},"work_key":"Case/run/a"} -/3600000/-
        0s a success
        0s compasso:handler {"handler":"w","input":{"x":[{"$secret":"KEY"},{"$secret":"TOP"},{"a/b":{"$secret":"A"}}]}}
          {"task":{"id":"b","attempt":1,"idempotency_key":"Case/run/b"},"work_key":"Case/run/b","secrets":[{"at":"/input/x/0","name":"KEY"},{"at":"/input/x/2/a~1b","name":"A"}]} -/3600000/-
        0s b success
        SUCCEEDED {}

    "#]].assert_eq(&calls(text, "a: ok {\"$secret\":\"TOP\"}\nb: ok 1"));
}

#[test]
fn steps_that_cannot_be_among_scripts_are_refused() {
    let text = pipeline_of(
        "  a:
    steps:
      - {uses: log, with: {message: m}, env: {A: b}, dir: d}
      - {uses: 'worker:do'}
      - {uses: http, with: {url: u, wait: callback}}
      - {pipeline: other}
      - {uses: http, with: {ulr: u}}
  b:
    uses: log
    with: {message: m}
    checkout: true",
    );
    expect![[r#"
        5:9 E021: 'env' of a step that is an action is not supported yet at /tasks/a/steps[0]
        5:9 E021: 'dir' of a step that is an action is not supported yet at /tasks/a/steps[0]
        6:16 E021: a handler of a worker cannot be a step at /tasks/a/steps[1]/uses (make it a task of its own)
        7:16 E021: an action with 'wait: callback' cannot be a step at /tasks/a/steps[2]/uses (make it a task of its own)
        7:29 E017: 'url' must be an address such as https://example.com/path at /tasks/a/steps[2]/with/url
        8:9 E021: a run of something else cannot be a step at /tasks/a/steps[3] (make it a task of its own)
        9:16 E018: 'url' is missing at /tasks/a/steps[4]/uses
        9:29 E001: 'ulr' is no input of the action 'http' at /tasks/a/steps[4]/with/ulr (did you mean 'url'?)
        10:3 E021: 'checkout' is only for scripts, and this is a 'uses' at /tasks/b
    "#]]
    .assert_eq(&refused(&text));
}

#[test]
fn a_group_holds_what_it_asks_for_while_it_runs() {
    check(
        "
  g:
    mutex: \"door-${{ params.n }}\"
    pool: db
    slots: 2
    priority: 3
    queue_timeout: 1m
    timeout: ${{ params.n & 'm' }}
    tasks: {a: {uses: http, with: {url: 'http://a'}, timeout: 1h}}
  m:
    needs: g
    when: all_done
    mutex: door
    machine: {StartAt: S, States: {S: {Type: Succeed}}}
",
        "g: after 2s started\ng.a: silence\nm: started\n",
        &expect![[r#"
            0s compasso:hold {}
              {"task":{"id":"g","attempt":1,"idempotency_key":"Case/run/g"},"work_key":"Case/run/g","slots":2,"mutex":"door-2","priority":3,"hold":true,"pool":"db"} 60000/-/-
            2s compasso:call {"url":"http://a","idempotency_key":"Case/run/g/a"}
              {"task":{"id":"a","attempt":1,"idempotency_key":"Case/run/g/a"},"work_key":"Case/run/g/a"} -/3600000/-
            122s a cancelled Timeout
            122s g failed Timeout
            122s compasso:hold {}
              {"task":{"id":"m","attempt":1,"idempotency_key":"Case/run/m"},"work_key":"Case/run/m","mutex":"door","hold":true} -/-/-
            122s machine success
            122s m success
            FAILED Timeout: The task took longer than 120 s.

        "#]],
    );
}

#[test]
fn tasks_of_a_group_do_not_wait_for_what_it_holds() {
    let refused = refused(&pipeline_of(
        "
  g:
    mutex: door
    pool: db
    tasks:
      a: {run: 'true', mutex: door}
      h: {tasks: {b: {run: 'true', pool: db}}}
",
    ));
    expect![[r#"
        8:7 E017: 'a' waits for the mutex "door", which the group 'g' around it has at /tasks/g/tasks/a (put 'mutex' on the group or on the tasks inside)
        9:19 E017: 'b' waits for the pool "db", which the group 'g' around it has at /tasks/g/tasks/h/tasks/b (put 'pool' on the group or on the tasks inside)
    "#]].assert_eq(&refused);
}
