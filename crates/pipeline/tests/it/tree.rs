//! What is read from a pipeline.

use std::fmt::Write;
use std::time::Duration;

use compasso_ir::{Tolerance, TriggerRule};
use compasso_pipeline::tree::{Items, check_params};
use compasso_pipeline::{Pipeline, Setting, graph};
use compasso_types::Json;
use expect_test::expect;

use crate::check::{parsed, pipeline_of, said};

fn pipeline(text: &str) -> Pipeline {
    let parsed = parsed(text);
    assert_eq!(said(&parsed), "", "{text}");
    parsed.pipelines[0].clone()
}

#[test]
fn names_of_github_actions_are_taken() {
    let text = "\
pipeline: p
jobs:
  a:
    runs-on: linux
    timeout-minutes: 5
    continue-on-error: true
    working-directory: /src
    strategy:
      matrix: {os: [linux, windows], rust: [stable]}
      fail-fast: false
      max-parallel: 2
    run: cargo test
";
    let pipeline = pipeline(text);
    let task = pipeline.tasks.get("a").unwrap();
    assert_eq!(task.placement.runs_on.as_ref().unwrap().len(), 1);
    assert!(
        matches!(task.timeout, Some(Setting::Literal(time)) if time == Duration::from_secs(300))
    );
    assert!(matches!(task.allow_failure, Some(Setting::Literal(true))));
    assert!(task.dir.is_some());
    let fan_out = task.fan_out.as_ref().unwrap();
    assert_eq!(fan_out.fail_fast, compasso_ir::FailFast::Off);
    assert_eq!(fan_out.max_parallel, 2);
    assert_eq!(fan_out.tolerate, Tolerance::Count(0));
}

#[test]
fn a_matrix_has_its_combinations_with_what_is_included_and_excluded() {
    let text = pipeline_of(
        "  a:\n    matrix:\n      os: [linux, windows]\n      rust: [1, 2]\n      exclude: [{os: windows, rust: 1}]\n      include: [{os: linux, fast: true}, {os: mac}]\n    noop: true",
    );
    let pipeline = pipeline(&text);
    let fan_out = pipeline.tasks.get("a").unwrap().fan_out.clone().unwrap();
    let Items::Matrix(matrix) = fan_out.items else { panic!("it is a matrix") };
    let combinations: Vec<String> = matrix.combinations.iter().map(Json::to_string).collect();
    assert_eq!(
        combinations,
        [
            r#"{"os":"linux","rust":1,"fast":true}"#,
            r#"{"os":"linux","rust":2,"fast":true}"#,
            r#"{"os":"windows","rust":2}"#,
            r#"{"os":"mac"}"#,
        ]
    );
}

#[test]
fn status_functions_as_a_whole_are_rules() {
    for (condition, rule) in [
        ("always()", TriggerRule::AllDone),
        ("success()", TriggerRule::AllSuccess),
        ("failure()", TriggerRule::AnyFailed),
        ("\"!cancelled()\"", TriggerRule::AllDone),
        ("\"${{ failure( ) }}\"", TriggerRule::AnyFailed),
    ] {
        let text = pipeline_of(&format!(
            "  a: {{noop: true}}\n  b: {{needs: a, if: {condition}, noop: true}}"
        ));
        let pipeline = pipeline(&text);
        let task = pipeline.tasks.get("b").unwrap();
        assert_eq!(task.rule, rule, "{condition}");
        assert!(task.condition.is_none(), "{condition}");
    }
}

#[test]
fn params_of_a_run_are_completed_and_all_their_problems_told() {
    let text = "\
pipeline: p
params:
  region: br
  day: {type: date, required: true}
  limit: {type: integer, default: 10, maximum: 100}
  note: {type: string}
tasks: {a: {noop: true}}
";
    let pipeline = pipeline(text);
    let check = |given: &str| {
        let given = Json::parse(given).unwrap();
        match check_params(&pipeline.params, given.as_object().unwrap()) {
            Ok(complete) => Json::from(complete).to_string(),
            Err(problems) => {
                let told =
                    problems.iter().map(|found| [&*found.pointer, ": ", &found.message, "\n"]);
                told.collect::<Vec<_>>().concat().concat()
            }
        }
    };
    assert_eq!(
        check(r#"{"day": "2026-01-31"}"#),
        r#"{"region":"br","day":"2026-01-31","limit":10}"#
    );
    expect![[r#"
        /reigon: there is no such param; did you mean 'region'?
        /day: the param is required
        /limit: must be <=100, but got 101
        /note: want string, but got number
    "#]]
    .assert_eq(&check(r#"{"reigon": "eu", "limit": 101, "note": 1}"#));
}

#[test]
fn a_schema_of_a_param_cannot_fetch_anything() {
    let text = "pipeline: p\nparams: {p: {schema: {$ref: \"file:///etc/passwd\"}}}\ntasks: {a: {noop: true}}";
    expect![[r#"
        2:22 E017: the rules of the param are no JSON Schema: a schema cannot refer to other documents such as file:///etc/passwd at /params/p/schema
    "#]]
    .assert_eq(&said(&parsed(text)));
}

#[test]
fn a_graph_has_nodes_edges_and_groups() {
    let text = pipeline_of(
        "  a: {run: ./a.sh}\n  g:\n    needs: a\n    tasks:\n      x: {uses: http, with: {url: 'http://u'}}\n      y: {needs: x, each: [1, 2], noop: true}\n  z: {needs: g, if: params.p, teardown: a, run: ./z.sh}",
    )
    .replace("tasks:\n  a", "params: {p: true}\ntasks:\n  a");
    expect![[r#"
        {"pipeline":"p","nodes":[{"id":"a","label":"a","kind":"run","group":null,"when":"all_success","each":false},{"id":"g.x","label":"x","kind":"uses","group":"g","when":"all_success","uses":"http","each":false},{"id":"g.y","label":"y","kind":"noop","group":"g","when":"all_success","each":true},{"id":"z","label":"z","kind":"run","group":null,"when":"all_success","if":"params.p","each":false}],"edges":[{"from":"g.x","to":"g.y","kind":"needs"},{"from":"a","to":"g","kind":"needs"},{"from":"g","to":"z","kind":"needs"},{"from":"a","to":"z","kind":"teardown"}],"groups":[{"id":"g","label":"g","kind":"tasks","group":null,"when":"all_success","each":false}]}
    "#]]
    .assert_eq(&format!("{}\n", graph(&pipeline(&text))));
}

#[test]
fn a_graph_says_what_a_saga_undoes() {
    let undone = "  a: {noop: true, compensate: {uses: http, with: {url: \"http://localhost\"}}}\n  b: {noop: true}";
    let text = format!("saga: {{on: [failure]}}\n{}", pipeline_of(undone));
    let nodes = graph(&pipeline(&text)).get("nodes").cloned().unwrap().to_string();
    assert_eq!(nodes.matches("\"compensates\":true").count(), 1, "{nodes}");
}

#[test]
fn cycles_with_a_task_in_common_are_one_problem() {
    let mut text = "pipeline: p\ntasks:\n  apart: {needs: apart, noop: true}\n".to_owned();
    for number in 0..50 {
        let next = (number + 1) % 50;
        writeln!(text, "  t{number}: {{needs: [t{next}, t25], noop: true}}").unwrap();
    }
    let said = said(&parsed(&text.replace("[t25, t25]", "[t25]")));
    assert_eq!(said.matches("E004").count(), 2, "{said}");
}
