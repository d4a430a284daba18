//! Steps: their order, conditions, outputs and failures.

use crate::bench::Bench;

const CHAIN: &str = r#"{"steps":[
    {"id":"one","run":"echo file > f; echo n=1 >> $COMPASSO_OUTPUT"},
    {"id":"two","run":"cat f; echo m=$N >> $COMPASSO_OUTPUT",
     "env":{"N":{"$expr":"steps.one.output.n & params.suffix"}, "GONE":{"$expr":"steps.zero.x"}}},
    {"id":"three","run":"echo never","if":{"$expr":"steps.two.output.m = 'x'"}},
    {"id":"four","run":"test -z \"${GONE-}\"","if":{"$expr":"steps.three.outcome = 'skipped'"}}
],"context":{"params":{"suffix":"!"}}}"#;

#[tokio::test]
async fn later_steps_see_files_and_outputs_of_earlier_ones() {
    let bench = Bench::new();
    let result = bench.run(CHAIN).await.unwrap();
    assert_eq!(result.get("output").unwrap().to_string(), r#"{"n":"1","m":"1!"}"#);
    let steps = r#"{"one":{"output":{"n":"1"},"outcome":"success"},"two":{"output":{"m":"1!"},"outcome":"success"},"three":{"output":null,"outcome":"skipped"},"four":{"output":null,"outcome":"success"}}"#;
    assert_eq!(result.get("steps").unwrap().to_string(), steps);
    let groups = ["::group::one", "::endgroup::", "::group::two", "file", "::endgroup::"];
    assert_eq!(bench.lines()[..5], groups);
}

#[tokio::test]
async fn after_a_failure_only_the_steps_that_want_it_run() {
    let bench = Bench::new();
    let order = r#"{"steps":[
        {"run":"echo one; exit 7"},
        {"run":"echo two"},
        {"run":"echo three","when":"failure"},
        {"run":"echo four; exit 8","when":"always"}
    ]}"#;
    assert_eq!(bench.run(order).await.unwrap_err().error, "Exit.7");
    let said: Vec<_> = bench.lines().into_iter().filter(|line| !line.starts_with("::")).collect();
    assert_eq!(said, ["one", "three", "four"]);
}

#[tokio::test]
async fn a_step_may_fail_if_the_task_goes_on() {
    let order = r#"{"steps":[
        {"id":"a","run":"exit 7","continue_on_error":true},
        {"id":"b","run":"true"},
        {"id":"c","run":"true","when":"failure"}
    ]}"#;
    let result = Bench::new().run(order).await.unwrap();
    let outcome = |id: &str| {
        let steps = result.get("steps").unwrap();
        steps.get(id).unwrap().get("outcome").unwrap().to_string()
    };
    assert_eq!(["a", "b", "c"].map(outcome), [r#""failed""#, r#""success""#, r#""skipped""#]);
}

#[tokio::test]
async fn a_step_has_a_limit_of_its_own() {
    let order = r#"{"steps":[{"run":"exec sleep 1000","timeout_ms":50}],"grace_ms":100}"#;
    let failure = Bench::new().run(order).await.unwrap_err();
    assert_eq!(failure.error, "Timeout");
}

#[tokio::test]
async fn a_condition_that_is_no_truth_fails_the_step() {
    let order = r#"{"steps":[{"run":"true","if":{"$expr":"'yes'"}}]}"#;
    assert_eq!(Bench::new().run(order).await.unwrap_err().error, "Expression");
}

#[tokio::test]
async fn the_output_is_read_from_the_last_step() {
    let order = r#"{"steps":[{"run":"echo no"},{"run":"echo 5"}],"output":"json"}"#;
    let result = Bench::new().run(order).await.unwrap();
    assert_eq!(result.get("output").unwrap().to_string(), "5");
}

#[tokio::test]
async fn other_shells_run_scripts_too() {
    let long = format!("{}print(6*7)", "# a comment\\n".repeat(10_000));
    for (shell, script) in [
        (r#"["sh","-e","-c"]"#, "echo $((6*7))"),
        (r#"["python3","-c"]"#, "print(6*7)"),
        (r#"["python3","{0}"]"#, "print(6*7)"),
        (r#"["python3","-c"]"#, &*long),
    ] {
        let order =
            format!(r#"{{"steps":[{{"run":"{script}","shell":{shell}}}],"output":"text"}}"#);
        let result = Bench::new().run(&order).await.unwrap();
        assert_eq!(result.get("output").unwrap().to_string(), r#""42""#, "{shell}");
    }
}
