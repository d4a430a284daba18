//! Steps: their order, conditions, outputs and failures.

use compasso_executor::Failure;

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

#[tokio::test]
async fn an_action_between_scripts_is_the_servers_to_carry_out() {
    let bench = Bench::new();
    let order = r#"{"steps":[
        {"id":"make","run":"echo n=4 >> $COMPASSO_OUTPUT; echo kept > file"},
        {"id":"ask","uses":"http","resource":["compasso","call"],
         "with":{"url":"u","body":{"n":null,"data":{"$expr":"1 + 1"}},"gone":null},
         "computed":[["/body/n","steps.make.output.n"],["/gone","steps.make.output.nothing"]]},
        {"run":"cat file; echo \"got=$GOT\" >> $COMPASSO_OUTPUT",
         "env":{"GOT":{"$expr":"steps.ask.output.step"}}}
    ]}"#;
    let result = bench.run(order).await.unwrap();
    assert_eq!(result.get("output").unwrap().to_string(), r#"{"n":"4","got":"1"}"#);
    let asked = result.get("steps").unwrap().get("ask").unwrap().get("output").unwrap();
    // What looks like an expression in data is data.
    let told = r#"{"step":1,"arguments":{"url":"u","body":{"n":"4","data":{"$expr":"1 + 1"}}}}"#;
    assert_eq!(asked.to_string(), told);
}

#[tokio::test]
async fn a_step_is_tried_again_without_what_its_failed_attempts_wrote() {
    let bench = Bench::new();
    let order = r#"{"steps":[
        {"run":"echo x >> tries; n=$(wc -l < tries); echo \"at$n=1\" >> $COMPASSO_OUTPUT; [ $n -eq 3 ]",
         "retry":{"max":2,"delay_ms":1,"backoff":1,"max_delay_ms":1,"jitter":true}}
    ]}"#;
    let result = bench.run(order).await.unwrap();
    assert_eq!(result.get("output").unwrap().to_string(), r#"{"at3":"1"}"#);
    assert!(bench.lines().iter().any(|line| line.contains("attempt 3 begins")));
}

#[tokio::test]
async fn an_action_that_fails_is_tried_again_for_the_errors_that_are_meant() {
    let bench = Bench::new();
    let refused = || Err(Failure::new("Http503", "busy"));
    bench.outside.answers.lock().unwrap().extend([refused(), Err(Failure::new("Http404", "no"))]);
    let order = r#"{"steps":[
        {"uses":"http","resource":["compasso","call"],
         "retry":{"max":5,"delay_ms":1,"backoff":1,"max_delay_ms":1,"jitter":false,"on":["Http5xx"]}}
    ]}"#;
    assert_eq!(bench.run(order).await.unwrap_err().to_string(), "Http404: no");
}
