//! What is said of fields and forms that other tools have; of those in expressions: `near/expressions.rs`.

mod expressions;

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
fn a_call_that_waits_for_an_answer_is_shown_where_to_say_so() {
    check_tasks(
        "  cb: {uses: http, wait: callback, with: {url: 'http://x'}}
  other: {uses: http, wait: 5s, with: {url: 'http://x'}}",
        &expect![[r#"
            3:20 E002: this does several things at once: uses, wait at /tasks/cb/wait (write 'wait: callback' in 'with')
            4:23 E002: this does several things at once: uses, wait at /tasks/other/wait (keep one of them; a second one is a task of its own)
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
            3:16 E017: this must be a map, and is a boolean at /tasks/a/approve (write {} for anybody, or {by: ['user:NAME']})
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
  d: {run: x, runs_on: gpu, fallback: 5, hooks: {on_failure: {run: ls}}, artifacts: a.txt, heartbeat: {minutes: 5, seconds: 3}}
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
            10:39 E017: this must be a map, and is a number at /tasks/d/fallback (write {output: 5})
            10:62 E017: this must be a list, and is a map at /tasks/d/hooks/on_failure (write [{run: ls}])
            10:85 E017: this must be a map, and is a string at /tasks/d/artifacts (write {out: [a.txt]})
            10:103 E017: this must be a duration, and is a map at /tasks/d/heartbeat (write '30s', '5m', '1h30m', '2d' or seconds as a number)
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
fn inputs_that_are_written_out_have_the_form_that_their_action_reads() {
    check_tasks(
        "  a: {uses: http, with: {url: nonsense, method: brew, timeout: soon}}
  b: {uses: http, with: {url: 'http://x', method: put, body: 1, form: {a: 1}}}
  c: {uses: http, with: {url: '${{ run.url }}', auth: {bearer: '${{ secrets.T }}'}}}
  d: {uses: sql, with: {connection: w}}
  e: {uses: slack, with: {text: hi, webhook: 'hooks.example.com'}}
  f: {wait: {http: {url: x}, timeout: 1h}}
  g: {uses: 'worker:'}
  h: {run: ls, hooks: {on_failure: [{uses: notify, with: {text: 5}}]}}",
        &expect![[r#"
            3:26 E017: 'url' must be an address such as https://example.com/path at /tasks/a/with/url
            3:41 E017: 'method' must be one of: GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD at /tasks/a/with/method
            3:55 E017: 'timeout' must be a duration such as 30s, 5m or 1h30m at /tasks/a/with/timeout
            4:13 E017: a call has either a 'body' or a 'form' at /tasks/b/uses
            6:13 E017: a task of sql has either a 'query' or a 'script' at /tasks/d/uses
            7:37 E017: 'webhook' must be an address such as https://example.com/path at /tasks/e/with/webhook
            8:21 E017: 'url' must be an address such as https://example.com/path at /tasks/f/wait/http/url
            9:13 E017: 'worker:' names no handler at /tasks/g/uses (write 'worker:NAME')
            10:59 E017: 'text' must be a text at /tasks/h/hooks/on_failure[0]/with/text
        "#]],
    );
}

#[test]
fn a_status_that_is_written_out_is_one_that_can_be_answered() {
    check(
        "\
pipeline: p
on:
  webhook:
    - {path: /a, respond: {status: 99}}
    - {path: /b, respond: {status: 600}}
    - {path: /c, respond: {status: ok}}
    - {path: /d, respond: {status: 204}}
    - {path: /e, respond: {status: no}}
    - {path: /f, respond: {status: '201'}}
    - {path: /g, respond: {status: '${{ trigger.body.status }}'}}
tasks: {a: {noop: true}}
",
        &expect![[r#"
            4:36 E017: this is no status that a request is answered with at /on/webhook[0]/respond/status (write a number from 200 to 599, or an expression that gives one)
            5:36 E017: this is no status that a request is answered with at /on/webhook[1]/respond/status (write a number from 200 to 599, or an expression that gives one)
            6:36 E017: this is no status that a request is answered with at /on/webhook[2]/respond/status (write a number from 200 to 599, or an expression that gives one)
            8:36 E017: this is no status that a request is answered with at /on/webhook[4]/respond/status (write a number from 200 to 599, or an expression that gives one)
        "#]],
    );
}

#[test]
fn places_that_are_written_out_are_where_they_can_be() {
    check(
        "\
pipeline: p
on: {webhook: {path: '/a b?x=1'}}
tasks:
  a: {run: ls, files: {../x: y, /etc/z: y, ok/x: y}, output: 'file:'}
  b: {run: ls, artifacts: {out: ['../../*', '*.csv', '${{ run.id }}'], in: [/a]}}
  c: {run: ls, pool: '', mutex: ''}
  d: {wait: {file: relative.csv, timeout: 1h}}
  e: {wait: {file: '/in/**/a.csv', timeout: 1h}}
  f: {wait: {object: 'bucket/key', timeout: 1h}}
  g: {wait: {file: '${{ run.date }}', timeout: 1h}}
",
        &expect![[r#"
            2:22 E017: no request has such a path at /on/webhook/path (leave blanks, '?' and '#' out; 'if' can ask for 'trigger.query.NAME')
            4:24 E017: '../x' is no path inside the workspace at /tasks/a/files/../x (write it as seen from there, without '..' and a '/' in front)
            4:33 E017: '/etc/z' is no path inside the workspace at /tasks/a/files//etc/z (write it as seen from there, without '..' and a '/' in front)
            4:62 E017: this is no way to read an output at /tasks/a/output (write auto, json, text, lines, none or 'file:PATH')
            5:34 E017: '../../*' is no path inside the workspace at /tasks/b/artifacts/out[0] (write it as seen from there, without '..' and a '/' in front)
            5:77 E017: '/a' is no path inside the workspace at /tasks/b/artifacts/in[0] (write it as seen from there, without '..' and a '/' in front)
            6:22 E017: 'pool' has no name at /tasks/c/pool (write one, or leave it out)
            6:33 E017: 'mutex' has no name at /tasks/c/mutex (write one, or leave it out)
            7:20 E017: 'relative.csv' is no absolute path at /tasks/d/wait/file (write '/DIRECTORY/*.csv')
            8:20 E017: '/in/**/a.csv' has '**'; name the directories one by one at /tasks/e/wait/file (write '/DIRECTORY/*.csv')
            9:22 E017: 'bucket/key' is no address of objects at /tasks/f/wait/object (write 's3://BUCKET/KEY', in which '*' stands for anything)
        "#]],
    );
}

#[test]
fn bounds_of_webhooks_are_checked() {
    check(
        "\
pipeline: p
on:
  webhook:
    - {id: a, path: /a, batch: {max: 5000}}
    - {id: b, path: /b, respond: {wait: true, timeout: 1h}}
    - {id: c, path: /c, methods: [post, FETCH]}
    - {id: d, path: /d, respond: {wait: true, timeout: 301}}
    - {id: e, path: /e, methods: [get], batch: {max: 1000}, respond: {timeout: 5m}}
tasks:
  a: {run: ls}
",
        &expect![[r#"
            4:38 E017: the largest value is 1000 at /on/webhook[0]/batch/max
            5:56 E017: a caller waits for 5 minutes at most at /on/webhook[1]/respond/timeout (write '5m' or less)
            6:34 E017: no request has the method 'FETCH' at /on/webhook[2]/methods (there is GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS)
            7:56 E017: a caller waits for 5 minutes at most at /on/webhook[3]/respond/timeout (write '5m' or less)
        "#]],
    );
}

#[test]
fn looks_have_a_pause_between_them() {
    check(
        "\
pipeline: p
on:
  sql: {connection: c, query: SELECT 1, every: 0s}
  file: {path: /in/*, poll: 10ms}
  object: {url: 's3://b/*', poll: 99ms}
tasks:
  a: {wait: {file: /in/*, every: 0s, timeout: 1h}}
  b: {wait: {file: /in/*, every: 100ms, timeout: 1h}}
",
        &expect![[r#"
            3:48 E017: looks are at least 100 ms apart at /on/sql/every (write '1s', say)
            4:29 E017: looks are at least 100 ms apart at /on/file/poll (write '1s', say)
            5:35 E017: looks are at least 100 ms apart at /on/object/poll (write '1s', say)
            7:34 E017: looks are at least 100 ms apart at /tasks/a/wait/every (write '1s', say)
        "#]],
    );
}

#[test]
fn texts_that_are_no_yaml_and_small_slips_have_a_way_out() {
    check(
        "pipeline: p\ntasks: {a: {run: echo ${{ run.id }}}}\n",
        &expect![[r#"
        2:24 E019: while parsing a flow mapping, did not find expected ',' or '}' (quote texts with '${{ … }}' that stand in braces or brackets)
    "#]],
    );
    check(
        "pipeline: p\ntasks:\n\ta: {run: ls}\n",
        &expect![[r#"
        3:2 E019: tabs disallowed within this context (block indentation) (indent with blanks)
    "#]],
    );
    check_tasks(
        "  1a: {run: ls}
  b: {noop: false}
  c: {run: ls, retry: {max: 1, backoff: 0.5}}
  d: {run: ls, retry: true}
  e: {approve: {by: [ana]}}",
        &expect![[r#"
            3:3 E007: the id '1a' begins with a digit at /tasks/1a (write '_1a')
            4:13 E017: this can only be true at /tasks/b/noop (leave the field out instead)
            5:41 E017: the value is 1 or more at /tasks/c/retry/backoff
            6:23 E017: this must be a number or a map, and is a boolean at /tasks/d/retry (write how often it is tried again, such as 3)
            7:22 E017: 'ana' names nobody at /tasks/e/approve/by[0] (write 'user:ana', 'group:ana' or 'role:NAME')
        "#]],
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

#[test]
fn lists_of_triggers_stand_under_their_kind() {
    check(
        "pipeline: p\non:\n  - pipeline: {name: x}\n  - {webhook: {path: /x}}\ntasks: {a: {run: ls}}\n",
        &expect![[r#"
            3:5 E017: this must be a map, and is a list at /on[0]/pipeline (write 'pipeline: [{…}]', without '-' before it)
        "#]],
    );
}

#[test]
fn a_breaker_opens_at_a_share_or_percents() {
    check(
        "pipeline: p
tasks:
  a: {run: ls, breaker: {name: a, rate: 50%}, runs_on: linux}
  b: {run: ls, breaker: {name: b, rate: 0.5}}
  c: {run: ls, breaker: {name: c, rate: half}}
  d: {run: ls, breaker: {name: d, rate: 150%}}
  e: {approve: {approvers: [ana]}}
",
        &expect![[r#"
            5:41 E017: this is no share of calls at /tasks/c/breaker/rate (write 0.5 or '50%')
            6:41 E017: this is no share of calls at /tasks/d/breaker/rate (write 0.5 or '50%')
            7:17 E001: there is no field 'approvers' here at /tasks/e/approve/approvers (write 'by: [user:NAME]', with 'group:' or 'role:' for several people)
        "#]],
    );
}

#[test]
fn names_of_labels_are_those_that_are_searched_by() {
    let long = "n".repeat(81);
    check(
        &format!(
            "pipeline: p\nlabels: {{team: a, cost-centre_2.x: 7, a b: c, 'é': d, '': e, {}: f, {long}: g}}\n\
             tasks: {{a: {{run: ls}}}}\n",
            &long[1..]
        ),
        &expect![[r#"
            2:39 E017: 'a b' is no name of a label at /labels/a b (use 1 to 80 letters, digits and _ - .)
            2:47 E017: 'é' is no name of a label at /labels/é (use 1 to 80 letters, digits and _ - .)
            2:55 E017: '' is no name of a label at /labels/ (use 1 to 80 letters, digits and _ - .)
            2:147 E017: 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' is no name of a label at /labels/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn (use 1 to 80 letters, digits and _ - .)
        "#]],
    );
}
