//! What is said of expressions as other tools have them.

use expect_test::expect;

use crate::check::{check, check_tasks};

#[test]
fn times_and_durations_that_are_texts_of_expressions_are_read() {
    check_tasks(
        "  a: {wait: {until: \"'tomorrow'\", timeout: 1h}}
  b: {wait: {until: \"'2026-01-31T06:00:00Z'\", timeout: 1h}}
  c: {wait: {for: \"${{ 'soon' }}\"}}
  d: {wait: {for: \"${{ '5m' }}\"}, timeout: 1h}
  e: {run: ls, timeout: \"${{ 'never' }}\"}",
        &expect![[r#"
            3:21 E017: this is no time at /tasks/a/wait/until (write '2026-01-31T06:00:00Z', a date such as '2026-01-31', or a condition)
            5:19 E017: this is no duration at /tasks/c/wait/for (write '30s', '5m', '1h30m', '2d' or seconds as a number)
            7:25 E017: this is no duration at /tasks/e/timeout (write '30s', '5m', '1h30m', '2d' or seconds as a number)
        "#]],
    );
}

#[test]
fn names_of_airflow_github_and_argo_are_told_as_they_are_here() {
    check(
        "\
pipeline: p
schedule_interval: '@daily'
start_date: 2026-01-01
max_active_runs: 1
on: {schedule: {cron: '0 6 * * *', catchup: False}}
tasks:
  a: {run: ls, trigger_rule: all_done, pool_slots: 2, retry_delay: 5m, dependsOn: b}
  b: {uses: 'actions/checkout@v4'}
  c: {python_callable: f}
  d: {steps: [[{run: ls}]]}
",
        &expect![[r#"
            2:1 E001: there is no field 'schedule_interval' here at /schedule_interval (write 'on: {schedule: {cron: …}}')
            3:1 E001: there is no field 'start_date' here at /start_date (write 'start' beside 'cron' in 'on.schedule')
            4:1 E001: there is no field 'max_active_runs' here at /max_active_runs (write 'concurrency: {max_runs: …}')
            5:45 E017: this must be a string, and is a boolean at /on/schedule/catchup (write 'none')
            7:16 E001: there is no field 'trigger_rule' here at /tasks/a/trigger_rule (did you mean 'when'?)
            7:40 E001: there is no field 'pool_slots' here at /tasks/a/pool_slots (did you mean 'slots'?)
            7:55 E001: there is no field 'retry_delay' here at /tasks/a/retry_delay (write 'retry: {max: …, delay: …}')
            7:72 E001: there is no field 'dependsOn' here at /tasks/a/dependsOn (did you mean 'needs'?)
            9:6 E002: this does nothing at /tasks/c (add one of: run, steps, uses, pipeline, machine, approve, wait, tasks, noop)
            9:7 E001: there is no field 'python_callable' here at /tasks/c/python_callable (write 'shell: python' and the script in 'run', or 'uses: worker:NAME' for a function of a worker)
            10:15 E017: a step is a map, and this is a list at /tasks/d/steps[0] (steps run one after another; what runs side by side are tasks)
        "#]],
    );
    for on in ["push", "[push, pull_request]", "workflow_dispatch", "'0 6 * * *'", "webhook"] {
        let found =
            crate::check::parsed(&format!("pipeline: p\non: {on}\ntasks: {{a: {{run: ls}}}}\n"));
        let hint = found.diagnostics[0].suggestion.as_deref().unwrap();
        let expected = match on {
            "workflow_dispatch" => "people may start every pipeline",
            "'0 6 * * *'" => "write {schedule: {cron: '0 6 * * *'}}",
            "webhook" => "write {webhook: {…}}",
            _ => "git: {provider: github, events: [push]}",
        };
        assert!(hint.contains(expected), "{on}: {hint}");
    }
}

#[test]
fn names_in_expressions_that_are_not_there_lead_to_those_that_are() {
    check_tasks(
        "  a: {run: ls}
  b: {needs: a, run: ls, if: \"needs.a.satte = 'x' or needs.a.result = 'y'\"}
  c: {needs: a, run: ls, if: \"contains(run.id, '1') and needs.a.rows > 1\"}
  d: {run: ls, if: \"$contians(run.id, '1') or $toUpper(run.id) = 'A'\"}
  e: {needs: a, run: ls, if: 'needs.a.output.rows-count > 0'}
  f: {needs: a, run: ls, if: \"needs.a.outputs.x and $exists(needs.a.instances[0].key)\"}
  g: {needs: a, run: ls, if: \"needs.a.instances[0].outptu = 1 or needs.a.instances[key = 'x'].status = 'y'\"}
  h: {needs: a, run: ls, if: \"needs.a.instances[-1].rows = 1 or needs.a.instances.stat = 'y'\"}
  i: {needs: a, run: ls, if: \"$exists(needs.a.instances[params.n].error) and needs.a.instances[0].output[0].x = 1\"}",
        &expect![[r#"
            4:31 E008: there is no 'satte' of a need at /tasks/b/if (did you mean 'state'?)
            4:54 E008: there is no 'result' of a need at /tasks/b/if (did you mean 'state'?)
            5:31 E008: there is no name 'contains' at /tasks/c/if (write '$contains(…)')
            5:57 E008: there is no 'rows' of a need at /tasks/c/if (write 'needs.a.output.rows')
            6:21 E008: there is no function or variable '$contians' at /tasks/d/if (did you mean '$contains'?)
            6:47 E008: there is no function or variable '$toUpper' at /tasks/d/if (did you mean '$uppercase'?)
            7:51 E008: there is no name 'count' at /tasks/e/if ('-' subtracts: write '`rows-count`' for one name)
            9:52 E008: there is no 'outptu' of an instance at /tasks/g/if (did you mean 'output'?)
            9:95 E008: there is no 'status' of an instance at /tasks/g/if (did you mean 'state'?)
            10:53 E008: there is no 'rows' of an instance at /tasks/h/if (an instance has index, key, state, output, artifacts, error, attempts, degraded)
            10:83 E008: there is no 'stat' of an instance at /tasks/h/if (did you mean 'state'?)
        "#]],
    );
}

#[test]
fn a_run_tells_where_its_pipeline_was_pushed_from() {
    check_tasks(
        "  a: {checkout: true, run: 'echo ${{ run.repository }} ${{ run.commit }}', if: $exists(run.commit)}
  b: {run: 'echo ${{ run.comit }}'}",
        &expect![[r#"
            4:22 E008: there is no 'comit' of a run at /tasks/b/run (did you mean 'commit'?)
        "#]],
    );
}
