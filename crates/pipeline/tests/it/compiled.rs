//! Pipelines as the engine runs them: compiled, and run in a simulated world.

use std::collections::BTreeMap;

use compasso_engine::EventKind;
use compasso_pipeline::{Compiled, Parsed, compile, compile_all};
use compasso_testkit::{Script, World, show_outcome};
use compasso_types::{Json, Payload};
use expect_test::expect;

use crate::check::{parsed, pipeline_of, said};

/// Compiles and runs a pipeline; returns how its tasks and the run ended.
pub(crate) fn run(text: &str, params: &str, script: &str) -> String {
    let found = parsed(text);
    assert_eq!(said(&found), "", "{text}");
    let definition = match compile(text, &found.pipelines[0]) {
        Ok(definition) => definition,
        Err(problems) => panic!("{problems:?}"),
    };
    let input = Json::parse(&format!(
        r#"{{"params":{params},"run":{{"id":"r-1","date":"2026-01-31"}},"trigger":{{}}}}"#
    ));
    let script = Script::parse(script).unwrap();
    let ended = World::new(definition, Payload::from(input.unwrap()), script, None).run();
    let mut states = BTreeMap::new();
    for event in &ended.events {
        if let EventKind::BranchSkipped { branch, state, .. }
        | EventKind::BranchExited { branch, state, .. } = &event.kind
        {
            states.insert(branch.to_string(), format!("{state:?}"));
        }
    }
    let states: Vec<String> =
        states.iter().map(|(branch, state)| format!("{branch} {state}")).collect();
    let end = show_outcome(&ended);
    format!("{}\n{end}\n", states.join(", "))
}

/// Compiles a pipeline and returns what cannot be run.
pub(crate) fn refused(text: &str) -> String {
    let Compiled { pipelines, definitions, diagnostics } = compile_all(text, |_| Vec::new());
    assert_eq!(definitions.len(), 0, "something is wrong");
    said(&Parsed { pipelines, diagnostics })
}

const TWO_STEPS: &str = "\
pipeline: two-steps
params: {limit: 10}
vars: {twice: '${{ params.limit * 2 }}'}
tasks:
  extract:
    run: ./extract.sh
    output: json
  load:
    needs: extract
    if: needs.extract.output.rows > vars.twice
    run: ./load.sh ${{ needs.extract.output.rows }}
    output: json
  report:
    needs: [extract, load]
    when: all_done
    noop: true
    outputs:
      rows: ${{ needs.extract.output.rows }}
      text: 'load: ${{ needs.load.state }}'
outputs: ${{ needs.report.output }}
";

#[test]
fn a_need_hands_its_output_on_and_a_condition_skips() {
    expect![[r#"
        extract Success, load Success, report Success
        SUCCEEDED {"rows":42,"text":"load: success"}

    "#]]
    .assert_eq(&run(
        TWO_STEPS,
        r#"{"limit":10}"#,
        "extract: ok {\"output\":{\"rows\":42}}\nload: ok {\"output\":{}}",
    ));
    expect![[r#"
        extract Success, load Skipped, report Success
        SUCCEEDED {"rows":42,"text":"load: skipped"}

    "#]]
    .assert_eq(&run(TWO_STEPS, r#"{"limit":30}"#, "extract: ok {\"output\":{\"rows\":42}}"));
}

#[test]
fn a_failure_stops_what_needs_success_and_fails_the_run() {
    expect![[r#"
        extract Failed, load UpstreamFailed, report Success
        FAILED Broken: no

    "#]]
    .assert_eq(&run(TWO_STEPS, r#"{"limit":10}"#, "extract: fail Broken no"));
}

#[test]
fn retries_waits_groups_and_tolerated_failures_run() {
    let text = pipeline_of(
        "  first: {wait: 10s}\n  flaky:\n    needs: first\n    retry: {max: 2, delay: 5s, jitter: none, except: [Fatal]}\n    run: ./flaky.sh\n    output: text\n  mail: {needs: flaky, run: ./mail.sh, allow_failure: true}\n  group:\n    needs: mail\n    tasks:\n      a: {run: ./a.sh, output: json}\n      b: {needs: a, noop: true, outputs: {a: '${{ needs.a.output }}'}}\n  last: {needs: group, noop: true, outputs: {all: '${{ needs.group.output }}'}}\noutputs: '${{ needs.last.output }}'",
    );
    expect![[r#"
        a Success, b Success, first Success, flaky Success, group Success, last Success, mail Success
        SUCCEEDED {"all":{"a":[1],"b":{"a":[1]}}}

    "#]].assert_eq(&run(
        &text,
        "{}",
        "flaky: fail Broken no\nflaky: ok {\"output\":\"fine\"}\nmail: fail Broken no\ngroup.a: ok {\"output\":[1]}",
    ));
}

#[test]
fn each_and_matrix_run_once_for_each_of_their_items() {
    let text = pipeline_of(
        "  list: {run: ./list.sh, output: json}\n  load:\n    needs: list\n    each: needs.list.output.files\n    run: ./load.sh ${{ item }}\n    output: json\n  grid:\n    matrix: {a: [1, 2], b: [x]}\n    noop: true\n    outputs: {name: '${{ matrix.a }}${{ matrix.b }}'}\noutputs: {sum: '${{ $sum(needs.load.output) }}', names: '${{ needs.grid.output.name }}'}",
    );
    expect![[r#"
        grid Success, list Success, load Success
        SUCCEEDED {"sum":3,"names":["1x","2x"]}

    "#]]
    .assert_eq(&run(&text, "{}", "list: ok {\"output\":{\"files\":[\"a\",\"b\"]}}\nload[]: ok {\"output\":1}\nload[]: ok {\"output\":2}"));
    expect![[r#"
        grid Success, list Success, load Success
        SUCCEEDED {"sum":1,"names":["1x","2x"]}

    "#]]
    .assert_eq(&run(
        &text,
        "{}",
        "list: ok {\"output\":{\"files\":\"a\"}}\nload[]: ok {\"output\":1}",
    ));
    expect![[r#"
        grid Success, list Success, load Success
        SUCCEEDED {"sum":0,"names":["1x","2x"]}

    "#]]
    .assert_eq(&run(&text, "{}", "list: ok {}"));
}

#[test]
fn a_text_may_have_many_expressions_and_missing_ones_are_empty() {
    let pieces = "${{ params.n }}${{ params.missing.deeper }},".repeat(600);
    let text = format!(
        "pipeline: p\nparams: {{n: 1, missing: null}}\ntasks:\n  a: {{noop: true}}\noutputs: {{text: '{pieces}'}}\n"
    );
    let ended = run(&text, r#"{"n":1}"#, "");
    assert!(ended.contains(&format!("\"{}\"", "1,".repeat(600))), "{ended}");
}

#[test]
fn instances_have_keys_and_some_of_them_may_fail() {
    let text = pipeline_of(
        "  load:\n    each: [a, b, c]\n    key: item\n    tolerate: 1\n    run: ./load.sh\n    output: json\n  report:\n    needs: load\n    noop: true\n    outputs: {failed: '${{ needs.load.instances[state = \"failed\"].key }}', all: '${{ needs.load.output }}'}\noutputs: '${{ needs.report.output }}'",
    );
    expect![[r#"
        load Success, report Success
        SUCCEEDED {"failed":"b","all":[1,null,3]}

    "#]]
    .assert_eq(&run(
        &text,
        "{}",
        "load[]: ok {\"output\":1}\nload[]: fail Broken no\nload[]: ok {\"output\":3}",
    ));
}

#[test]
fn an_expression_that_takes_too_much_says_so_and_what_to_do() {
    let counted = |expression: &str| {
        let text = pipeline_of("  a: {noop: true}");
        run(&format!("{text}outputs: {{n: '${{{{ {expression} }}}}'}}\n"), "{}", "")
    };
    expect![[r#"
        a Success
        FAILED ExpressionLimit: The expression '$count([1..1000001])' of 'outputs/n' makes more than 64 MiB of values, or a list of more than 1000000. Let it read less, have the tasks that it reads put less into their outputs, or hand the data on whole, such as to the standard input of a script.

    "#]].assert_eq(&counted("$count([1..1000001])"));
    let endless = counted("($f := function($n) { $f($n + 1) }; $f(0))");
    assert!(endless.contains("ExpressionLimit") && endless.contains("steps"), "{endless}");
}

#[test]
fn an_each_whose_outputs_are_too_much_together_begins_no_other_instance() {
    let text = pipeline_of(
        "  all:\n    each: '[1..2000]'\n    max_parallel: 1\n    noop: true\n    outputs: {x: \"${{ $pad('', 200000, 'x') }}\"}",
    );
    let ended = run(&text, "{}", "");
    let expected = "FAILED OutputTooLarge: The outputs of 336 instances of 'each' are more than 64 MiB \
                    together, so no other one begins.";
    assert!(ended.contains(expected), "{}", &ended[..ended.len().min(1_000)]);
}

#[test]
fn what_cannot_be_run_is_named_and_never_left_out() {
    let text = "\
pipeline: p
saga: true
tasks:
  a: {uses: grpc, with: {target: \"x:1\"}}
  b: {run: ./b.sh, mutex: m, hooks: {on_failure: [{run: ./c.sh}]}}
  c: {each: [1], batch: 2, noop: true}
  d: {needs: c, run: echo 'x' >> $COMPASSO_OUTPUT, timeout: 1500ms}
";
    expect![[r#"
        4:13 E021: the action 'grpc' is not supported yet at /tasks/a/uses
    "#]]
    .assert_eq(&refused(text));
}

#[test]
fn actions_and_the_names_of_their_inputs_are_checked_where_they_stand() {
    let text = pipeline_of(
        "  a: {uses: htp, with: {url: 'http://x'}}
  b: {uses: http, with: {url: 'http://x', methode: GET, wait: forever}}
  c: {uses: http, with: {method: POST}}
  d: {uses: lambda, with: {function: f, paylod: 1}}
  e: {uses: 'aws-sdk:sqs:sendMesage', with: {}}
  f: {uses: 'aws-sdk:sqs:sendMessage', with: {QueueUrl: u, MessageBdy: m}}
  g: {uses: './actions/mine', with: {}}
  h: {wait: {http: {url: 'http://x', wait: callback}}}",
    );
    expect![[r#"
        3:13 E022: there is no action 'htp' at /tasks/a/uses (did you mean 'http'?)
        4:43 E001: 'methode' is no input of the action 'http' at /tasks/b/with/methode (did you mean 'method'?)
        4:57 E017: 'wait' of an action can only be 'callback' at /tasks/b/with/wait
        5:13 E018: 'url' is missing at /tasks/c/uses
        6:41 E001: 'paylod' is no input of the action 'lambda' at /tasks/d/with/paylod (did you mean 'payload'?)
        7:13 E022: there is no action 'aws-sdk:sqs:sendMesage' at /tasks/e/uses (did you mean 'aws-sdk:sqs:sendMessage'?)
        8:13 E018: 'MessageBody' is missing at /tasks/f/uses
        8:60 E001: 'MessageBdy' is no input of the action 'aws-sdk:sqs:sendMessage' at /tasks/f/with/MessageBdy (did you mean 'MessageBody'?)
        9:13 E021: the action './actions/mine' is not supported yet at /tasks/g/uses (make it a pipeline, and write 'pipeline: NAME')
        10:44 E017: a wait that asks again cannot also wait for a callback at /tasks/h/wait/http/wait (leave it out, or make the call in a task of its own: 'uses: http' with it)
    "#]].assert_eq(&refused(&text));
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = "\
pipeline: p
ownr: me
hooks: {on_failure: [{uses: slack, with: {txt: late}}, {uses: slak, with: {text: late}}]}
tasks:
  a: {needs: z, uses: http, with: {ulr: 'http://x', body: '${{ neds.b }}'}}
  b: {uses: sql, with: {querry: select 1}, timeout: soon}
  c: {wait: {http: {urll: 'http://x', expect: status = }}}
  d: {steps: [{uses: emial}, {uses: email, with: {to: [a], subject: '${{ 1 + }}'}}]}
  e: {uses: ssh, fallback: {uses: log}, compensate: {uses: log, with: {massage: m}}}
  f: {uses: http, with: [], dir: x}
";
    expect![[r#"
        2:1 E001: there is no field 'ownr' here at /ownr (did you mean 'owner'?)
        3:29 E018: 'text' is missing at /hooks/on_failure[0]/uses
        3:43 E001: 'txt' is no input of the action 'slack' at /hooks/on_failure[0]/with/txt (did you mean 'text'?)
        3:63 E022: there is no action 'slak' at /hooks/on_failure[1]/uses (did you mean 'slack'?)
        5:14 E003: there is no task 'z' beside this one at /tasks/a/needs
        5:23 E018: 'url' is missing at /tasks/a/uses
        5:36 E001: 'ulr' is no input of the action 'http' at /tasks/a/with/ulr (did you mean 'url'?)
        5:64 E008: there is no name 'neds' at /tasks/a/with/body (did you mean 'needs'?)
        6:13 E018: 'connection' is missing at /tasks/b/uses
        6:13 E017: a task of sql has either a 'query' or a 'script' at /tasks/b/uses
        6:25 E001: 'querry' is no input of the action 'sql' at /tasks/b/with/querry (did you mean 'query'?)
        6:53 E017: this is no duration at /tasks/b/timeout (write '30s', '5m', '1h30m', '2d' or seconds as a number)
        7:13 warning W106: the wait has no time-out of its own and may take seven days at /tasks/c/wait (add 'timeout' to the wait)
        7:20 E018: 'url' is missing at /tasks/c/wait/http
        7:21 E001: 'urll' is no input of the action 'http' at /tasks/c/wait/http/urll (did you mean 'url'?)
        7:55 E005: this is no JSONata: Unexpected end of expression at /tasks/c/wait/http/expect
        8:22 E022: there is no action 'emial' at /tasks/d/steps[0]/uses (did you mean 'email'?)
        8:51 E017: 'to' must be an address of a mailbox such as ana@example.com, or a list of them at /tasks/d/steps[1]/with/to
        8:78 E005: this is no JSONata: Unexpected end of expression at /tasks/d/steps[1]/with/subject
        9:13 E021: the action 'ssh' is not supported yet at /tasks/e/uses (write 'run', with 'runs_on' for a worker on that machine)
        9:35 E018: 'message' is missing at /tasks/e/fallback/uses
        9:53 warning W104: 'compensate' never runs, because the pipeline has no 'saga' at /tasks/e/compensate (add 'saga: true' to the pipeline)
        9:60 E018: 'message' is missing at /tasks/e/compensate/uses
        9:72 E001: 'massage' is no input of the action 'log' at /tasks/e/compensate/with/massage (did you mean 'message'?)
        10:25 E017: this must be a map, and is a list at /tasks/f/with
    "#]].assert_eq(&refused(text));
}

#[test]
fn an_action_is_a_task_whose_result_may_be_reshaped() {
    let text = pipeline_of(
        "  look:
    uses: http
    with:
      url: 'http://x/${{ params.n }}'
      expect: status = 200 and body.n = params.n
    outputs: {n: '${{ result.body.n }}'}
outputs: {n: '${{ needs.look.output.n }}'}",
    );
    let text = text.replace("tasks:", "params: {n: 1}\ntasks:");
    expect![[r#"
        look Success
        SUCCEEDED {"n":1}

    "#]]
    .assert_eq(&run(&text, r#"{"n":1}"#, "look: ok {\"status\":200,\"body\":{\"n\":1}}"));
}

#[test]
fn fields_that_would_do_nothing_are_refused() {
    let text = "\
pipeline: p
params: {key: {type: string}}
retention: {runs: 30d, artifacts: 7d}
tasks:
  a: {run: ./a.sh, artifacts: {out: [x], retention: 1d}}
  b: {machine: {StartAt: S, States: {S: {Type: Succeed}}}, pool: db, heartbeat: 1m}
  c: {noop: true, stdin: x, dir: d, files: {f: x}, env: {A: b}}
  d: {uses: log, with: {message: m}, output: json, artifacts: {in: [a/x]}, resources: {memory: 1Mi}}
";
    expect![[r#"
        6:3 E021: 'heartbeat' of a task with 'machine' is not supported yet at /tasks/b
        7:3 E021: 'env' is only for scripts, and this is a 'noop' at /tasks/c
        7:3 E021: 'stdin' is only for scripts, and this is a 'noop' at /tasks/c
        7:3 E021: 'dir' is only for scripts, and this is a 'noop' at /tasks/c
        7:3 E021: 'files' is only for scripts, and this is a 'noop' at /tasks/c
        8:3 E021: 'output' is only for scripts, and this is a 'uses' at /tasks/d
        8:3 E021: 'artifacts' is only for scripts, and this is a 'uses' at /tasks/d
        8:3 E021: 'resources' is only for scripts, and this is a 'uses' at /tasks/d
    "#]]
    .assert_eq(&refused(text));
}

#[test]
fn secrets_that_would_be_kept_are_refused() {
    let text = "\
pipeline: p
tasks:
  a: {pipeline: other, with: {key: '${{ secrets.KEY }}'}}
  b: {machine: other, with: {key: '${{ secrets.KEY }}'}}
  c: {uses: http, with: {url: 'http://a', headers: {key: '${{ secrets.KEY }}'}}}
  d: {uses: asset/emit, with: {uri: a, metadata: {key: '${{ secrets.KEY }}'}}}
  e: {machine: {StartAt: P, States: {P: {Type: Succeed}}}, with: {key: '${{ secrets.KEY }}'}}
";
    expect![[r#"
        4:3 E012: a state machine keeps what it is given, and shows it at /tasks/b (let its tasks fetch it, or make the machine a pipeline)
        6:3 E012: an asset keeps what it is given, and shows it at /tasks/d (leave it out)
        7:3 E012: the states of a machine keep what they are given, and show it at /tasks/e (make a pipeline of the machine)
    "#]]
    .assert_eq(&refused(text));
}

#[test]
fn what_is_hidden_is_handed_on_and_not_looked_into() {
    let text = "\
pipeline: p
tasks:
  login: {sensitive: true, run: 'true'}
  on:
    needs: login
    if: $exists(needs.login.output.a)
    env: {A: '${{ needs.login.output.a }}', B: 'x ${{ needs.login.output.`b c`[0] }}'}
    stdin: '${{ needs.login.output }}'
    run: echo ${{ needs.login.output.a }}
    outputs: {a: '${{ needs.login.output.a }}'}
  look: {needs: login, if: needs.login.output.a = 1, run: 'true'}
  sum: {needs: login, noop: true, outputs: {n: '${{ needs.login.output.n + 1 }}'}}
  each: {needs: login, each: needs.login.output.list, run: 'true'}
  again: {needs: 'on', if: needs.on.output.a, run: 'true'}
  ask: {needs: login, if: $count(needs.login.output.n) > 2 and $not($exists(needs.login.output.b)) and run.attempt = 1, run: 'true'}
  ask_and_look: {needs: login, if: $exists(needs.login.output.a) and needs.login.output.b = 1, run: 'true'}
  g: {sensitive: true, tasks: {x: {run: 'true'}}}
  of_group: {needs: g, run: 'true', mutex: '${{ needs.g.output.x.a }}'}
outputs: {a: '${{ needs.login.output.a }}', b: '${{ $length(needs.login.output.a) }}'}
";
    expect![[r#"
        11:28 E012: the output of 'login' is hidden, and no expression looks into it at /tasks/look/if (hand it on as '${{ needs.login.output.NAME }}' in 'env', 'with' or 'outputs', or ask '$exists(needs.login.output.NAME)')
        12:48 E012: the output of 'login' is hidden, and no expression looks into it at /tasks/sum/outputs/n (hand it on as '${{ needs.login.output.NAME }}' in 'env', 'with' or 'outputs', or ask '$exists(needs.login.output.NAME)')
        13:30 E012: the output of 'login' is hidden, and no expression looks into it at /tasks/each/each (hand it on as '${{ needs.login.output.NAME }}' in 'env', 'with' or 'outputs', or ask '$exists(needs.login.output.NAME)')
        14:28 E012: the output of 'on' is hidden, and no expression looks into it at /tasks/again/if (hand it on as '${{ needs.on.output.NAME }}' in 'env', 'with' or 'outputs', or ask '$exists(needs.on.output.NAME)')
        16:36 E012: the output of 'login' is hidden, and no expression looks into it at /tasks/ask_and_look/if (hand it on as '${{ needs.login.output.NAME }}' in 'env', 'with' or 'outputs', or ask '$exists(needs.login.output.NAME)')
        18:44 E012: the output of 'g' is hidden, and no expression looks into it at /tasks/of_group/mutex (hand it on as '${{ needs.g.output.NAME }}' in 'env', 'with' or 'outputs', or ask '$exists(needs.g.output.NAME)')
        19:48 E012: the output of 'login' is hidden, and no expression looks into it at /outputs/b (hand it on as '${{ needs.login.output.NAME }}' in 'env', 'with' or 'outputs', or ask '$exists(needs.login.output.NAME)')
    "#]]
    .assert_eq(&said(&parsed(text)));
}

#[test]
fn what_is_seen_elsewhere_cannot_be_sensitive() {
    let text = "\
pipeline: p
tasks:
  a: {sensitive: true, noop: true}
  b: {sensitive: true, approve: {by: [ana]}}
  c: {sensitive: true, wait: 5s}
  d: {sensitive: true, uses: http, with: {url: 'http://a', wait: callback}}
  e: {sensitive: true, uses: http, with: {url: 'http://a'}}
";
    expect![[r#"
        3:3 E021: a task with 'noop' cannot be 'sensitive': what it passes on is as hidden as it was at /tasks/a (leave 'sensitive' out)
        4:3 E021: a task with 'approve' cannot be 'sensitive': people decide in the open at /tasks/b (leave 'sensitive' out)
        4:39 E017: 'ana' names nobody at /tasks/b/approve/by[0] (write 'user:ana', 'group:ana' or 'role:NAME')
        5:3 E021: a task with 'wait' cannot be 'sensitive': what it waits for is told in the open at /tasks/c (leave 'sensitive' out)
        6:3 E021: a task with 'uses' cannot be 'sensitive': its output comes by a token at /tasks/d (leave 'sensitive' out)
    "#]]
    .assert_eq(&refused(text));
}
