//! What is said of fields and forms that other tools have.

use expect_test::expect;

use crate::check::{check, check_tasks};

#[test]
fn an_action_that_stands_as_a_field_is_shown_as_a_call() {
    check(
        "\
pipeline: p
tasks:
  a: {log: {message: hi}}
  b: {steps: [{http: {url: 'http://x'}}, {run: ./a.sh, log: hi}]}
hooks:
  on_failure: [{slack: {text: failed}}]
",
        &expect![[r#"
            3:7 E002: 'log' is an action, and no field at /tasks/a/log (write 'uses: log', with what it takes in 'with')
            4:16 E002: 'http' is an action, and no field at /tasks/b/steps[0]/http (write 'uses: http', with what it takes in 'with')
            4:56 E001: there is no field 'log' here at /tasks/b/steps[1]/log (write 'uses: log', with what it takes in 'with')
            6:17 E002: 'slack' is an action, and no field at /hooks/on_failure[0]/slack (write 'uses: slack', with what it takes in 'with')
        "#]],
    );
}

#[test]
fn names_of_other_tools_and_parts_of_names_are_understood() {
    check(
        "\
pipeline: p
concurrency: {max: 2}
parameters: {a: 1}
tasks:
  a: {command: ./a.sh, depends_on: b}
  b: {run: ./b.sh, retry: {attempts: 3}, timeout_seconds: 5, foreach: [1], parallel: 2}
",
        &expect![[r#"
            2:15 E001: there is no field 'max' here at /concurrency/max (did you mean 'max_runs'?)
            3:1 E001: there is no field 'parameters' here at /parameters (did you mean 'params'?)
            5:6 E002: this does nothing at /tasks/a (add one of: run, steps, uses, pipeline, machine, approve, wait, tasks, noop)
            5:7 E001: there is no field 'command' here at /tasks/a/command (did you mean 'run'?)
            5:24 E001: there is no field 'depends_on' here at /tasks/a/depends_on (did you mean 'needs'?)
            6:28 E001: there is no field 'attempts' here at /tasks/b/retry/attempts (did you mean 'max'?)
            6:42 E001: there is no field 'timeout_seconds' here at /tasks/b/timeout_seconds (did you mean 'timeout'?)
            6:62 E001: there is no field 'foreach' here at /tasks/b/foreach (did you mean 'each'?)
            6:76 E001: there is no field 'parallel' here at /tasks/b/parallel (did you mean 'max_parallel'?)
        "#]],
    );
}

#[test]
fn a_text_in_the_place_of_a_map_is_shown_as_it_should_stand() {
    check(
        "\
pipeline: p
on:
  schedule: [{cron: '0 6 * * *', calendar: holidays}, '0 7 * * *']
  webhook: /orders
tasks:
  a: ./a.sh
  b: {run: ./b.sh, cache: 'k', breaker: pay}
  c: {approve: user:ana}
",
        &expect![[r#"
            3:44 E017: this must be a map, and is a string at /on/schedule[0]/calendar (write {name: holidays, mode: exclude})
            3:55 E017: this must be a map, and is a string at /on/schedule[1] (write {cron: '0 7 * * *'})
            4:12 E017: this must be a map, and is a string at /on/webhook (write {path: /orders})
            6:6 E017: this must be a map, and is a string at /tasks/a (write {run: ./a.sh})
            7:27 E017: this must be a map, and is a string at /tasks/b/cache (write {key: 'k'})
            7:41 E017: this must be a map, and is a string at /tasks/b/breaker (write {name: pay})
            8:16 E017: this must be a map, and is a string at /tasks/c/approve (write {by: [user:ana]})
        "#]],
    );
    check_tasks(
        "  a: {approve: true}",
        &expect![[r#"
        3:16 E017: this must be a map, and is a boolean at /tasks/a/approve
    "#]],
    );
}

#[test]
fn durations_lists_and_names_in_another_form_are_shown_as_they_should_stand() {
    check(
        "\
pipeline: p
deadline: 2h
retention: 30d
timeout: {hours: 2}
on: {asset: 'a://b', pipeline: other, event: created, object: 's3://b/x', git: github}
tasks:
  a: {run: x, pool: {name: db, slots: 2}, mutex: {name: door}}
  b: {run: x, timeout: {after: 5m}, deadline: {after: 2h}}
  c: {run: x, retry: 30s, rate: 100, repeat: 5m, deadline: [2h, '06:00']}
  d: {run: x, runs_on: gpu, artifacts: a.txt, heartbeat: {minutes: 5, seconds: 3}}
  e: {each: 3, run: x}
  f: {wait: {minutes: 5}}
  g: {noop: true, deadline: '06:00'}
  h:
    noop: true
    deadline:
      after: 2h
",
        &expect![[r#"
            2:11 E017: this must be a list, and is a string at /deadline (write [{after: 2h}])
            3:12 E017: this must be a map, and is a string at /retention (write {runs: 30d})
            4:10 E017: this must be a duration, and is a map at /timeout (write 2h)
            5:13 E017: this must be a map, and is a string at /on/asset (write {any: ['a://b']})
            5:32 E017: this must be a map, and is a string at /on/pipeline (write {name: other})
            5:46 E017: this must be a map, and is a string at /on/event (write {type: created})
            5:63 E017: this must be a map, and is a string at /on/object (write {url: 's3://b/x'})
            5:80 E017: this must be a map, and is a string at /on/git (write {provider: github})
            7:21 E017: this must be a string, and is a map at /tasks/a/pool (write 'pool: db', and 'slots: 2' beside it)
            7:50 E017: this must be a string, and is a map at /tasks/a/mutex (write 'mutex: door')
            8:24 E017: this must be a duration, and is a map at /tasks/b/timeout (write 5m)
            8:47 E017: this must be a list, and is a map at /tasks/b/deadline (write [{after: 2h}])
            9:22 E017: this must be a map, and is a string at /tasks/c/retry (write {max: 3, delay: 30s})
            9:33 E017: this is no rate at /tasks/c/rate (write '100/s', '5/m', '1/h', '1/d')
            9:46 E017: this must be a map, and is a string at /tasks/c/repeat (write {every: 5m})
            9:61 E017: this must be a map, and is a string at /tasks/c/deadline[0] (write {after: 2h})
            9:65 E017: this must be a map, and is a string at /tasks/c/deadline[1] (write {at: '06:00'})
            10:24 E017: this must be a list, and is a string at /tasks/d/runs_on (write [gpu])
            10:40 E017: this must be a map, and is a string at /tasks/d/artifacts (write {out: [a.txt]})
            10:58 E017: this must be a duration, and is a map at /tasks/d/heartbeat (write '30s', '5m', '1h30m', '2d' or seconds as a number)
            11:13 E017: this must be an expression, a list or a source of items at /tasks/e/each (write "[1..3]" for so many instances)
            12:13 E017: this waits for nothing at /tasks/f/wait (write 5m)
            12:14 E001: there is no field 'minutes' here at /tasks/f/wait/minutes
            13:29 E017: this must be a list, and is a string at /tasks/g/deadline (write [{at: '06:00'}])
            17:7 E017: this must be a list, and is a map at /tasks/h/deadline/after (write '- ' before it, which makes it the one of a list)
        "#]],
    );
}

#[test]
fn what_is_no_address_of_items_is_refused_unless_it_is_computed() {
    check(
        "\
pipeline: p
params: {file: {type: string, required: true}}
tasks:
  a: {each: {csv: /srv/x.csv}, noop: true}
  b: {each: {jsonl: x.jsonl}, noop: true}
  c: {each: {s3: bucket/prefix}, noop: true}
  d: {each: {csv: '/srv/${{ run.date }}.csv'}, noop: true}
  e: {each: {csv: 's3://bucket'}, noop: true}
  f: {each: {csv: '${{ params.file }}'}, noop: true}
  g: {each: {csv: 'file://${{ params.file }}'}, noop: true}
  h: {each: {s3: 's3://bucket'}, noop: true}
",
        &expect![[r#"
            4:19 E017: this is no address of items at /tasks/a/each/csv (write file:///srv/x.csv)
            5:21 E017: this is no address of items at /tasks/b/each/jsonl (write 's3://BUCKET/KEY' or 'file:///PATH')
            6:18 E017: this is no address of items at /tasks/c/each/s3 (write 's3://BUCKET/PREFIX' or 'file:///DIRECTORY/')
            7:19 E017: this is no address of items at /tasks/d/each/csv (write file:///srv/${{ run.date }}.csv)
            8:19 E017: this is no address of items at /tasks/e/each/csv (write 's3://BUCKET/KEY' or 'file:///PATH')
        "#]],
    );
}

#[test]
fn what_stands_beside_a_wait_or_an_approval_is_told_to_stand_inside() {
    check_tasks(
        "  a: {wait: {file: /in/a, timeout: 1h}, every: 5m, on_timeout: skip}
  c: {approve: {by: [user:ana]}, count: 2}
  d: {run: ./d.sh, every: 5m}",
        &expect![[r#"
            3:41 E001: there is no field 'every' here at /tasks/a/every (write it inside 'wait')
            3:52 E001: there is no field 'on_timeout' here at /tasks/a/on_timeout (write it inside 'wait')
            4:34 E001: there is no field 'count' here at /tasks/c/count (write it inside 'approve')
            5:20 E001: there is no field 'every' here at /tasks/d/every
        "#]],
    );
    check_tasks(
        "  b: {wait: {file: /in/a, timeout: 1h}, timeout: 5m}
  c: {approve: {by: [user:ana]}, timeout: 5m}",
        &expect![[r#""#]],
    );
}

#[test]
fn what_cannot_run_yet_is_shown_as_what_can() {
    check_tasks(
        "  a: {uses: docker, with: {image: alpine}}
  b: {run: ./b.sh, container: {image: alpine}}
  d: {uses: ./actions/mine}",
        &expect![[r#""#]],
    );
    check_tasks(
        "  c: {uses: s3/copy, with: {source: 's3://in/a', dest: 's3://out/a'}}",
        &expect![[r#"
            3:13 E018: 'from' is missing at /tasks/c/uses
            3:13 E018: 'to' is missing at /tasks/c/uses
            3:29 E001: 'source' is no input of the action 's3/copy' at /tasks/c/with/source (it takes from, to)
            3:50 E001: 'dest' is no input of the action 's3/copy' at /tasks/c/with/dest (it takes from, to)
        "#]],
    );
}
