//! How scripts fail.

use std::time::Duration;

use compasso_types::Json;

use crate::bench::{Bench, order};

async fn failed(script: &str) -> (String, String) {
    let failure = Bench::new().failure(script).await;
    (failure.error, failure.cause)
}

fn named(error: &str, cause: &str) -> (String, String) {
    (error.to_owned(), cause.to_owned())
}

#[tokio::test]
async fn an_exit_code_is_the_name_and_the_end_of_standard_error_the_cause() {
    assert_eq!(failed("echo no >&2; exit 3").await, named("Exit.3", "no"));
    assert_eq!(failed("exit 4").await, named("Exit.4", "the script ended with exit code 4"));
    let killed = named("Exit.137", "the script was killed by SIGKILL");
    assert_eq!(failed("kill -9 $$").await, killed);
}

#[tokio::test]
async fn a_script_can_name_its_error() {
    let script = "echo '::error name=NoStock::none left'; echo trace >&2; exit 1";
    assert_eq!(failed(script).await, named("NoStock", "none left"));
    let script = "echo '::error::first'; echo '::error::second' >&2; exit 1";
    let failure = failed(script).await;
    assert_eq!(failure.0, "Exit.1");
}

#[tokio::test]
async fn exit_codes_that_ask_for_something_win_over_names() {
    for (code, error) in [(75, "Exit.75"), (78, "Exit.78"), (99, "Skipped")] {
        let script = format!("echo '::error name=Foo::why'; exit {code}");
        assert_eq!(failed(&script).await, named(error, "why"));
    }
}

#[tokio::test]
async fn a_script_can_ask_for_a_pause_before_the_next_attempt() {
    let script = "echo retry-after=30 >> $COMPASSO_OUTPUT; exit 75";
    let failure = Bench::new().failure(script).await;
    assert_eq!(failure.retry_after, Some(Duration::from_secs(30)));
    assert!(failure.cause.contains("'retry.max' says how many"), "{failure}");
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let bench = Bench::new();
    let unknown = r#"{"steps":[{"run":"x","shell":["no-such-shell"]}]}"#;
    let failure = bench.run(unknown).await.unwrap_err();
    assert_eq!(failure.error, "NotStarted");
    assert!(failure.cause.contains("no-such-shell"), "{failure}");
    let nowhere = r#"{"steps":[{"run":"true"}],"dir":"nowhere"}"#;
    let failure = bench.run(nowhere).await.unwrap_err();
    assert!(failure.cause.contains("there is no directory"), "{failure}");
    let large = "x".repeat(200_000);
    let more = format!(r#","env":{{"SMALL":"y","LARGE":"{large}"}}"#);
    let failure = bench.run(&order("true", &more)).await.unwrap_err();
    assert!(failure.cause.contains("the variable LARGE is the largest, 200000 bytes"), "{failure}");
}

#[tokio::test]
async fn a_secret_that_was_not_put_in_place_is_no_variable() {
    let more = r#","env":{"KEY":{"$secret":"PROD"}}"#;
    let failure = Bench::new().run(&order("env", more)).await.unwrap_err();
    assert_eq!(failure.error, "BadWorkOrder");
    assert!(failure.cause.contains("PROD"), "{failure}");
}

#[tokio::test]
async fn data_that_looks_like_a_secret_or_an_expression_stays_data() {
    for data in [r#"{"$secret":"PROD"}"#, r#"{"$expr":"1 + 1"}"#] {
        let bench = Bench::new();
        let more = format!(r#","stdin":{data},"files":{{"f":{data}}},"output":"lines""#);
        let result = bench.run(&order("cat; echo; cat f", &more)).await.unwrap();
        let lines = Json::array([Json::from(data), Json::from(data)]);
        assert_eq!(result.get("output"), Some(&lines));
    }
}
