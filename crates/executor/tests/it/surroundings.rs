//! What a script finds when it begins.

use compasso_types::Json;

use crate::bench::{Bench, order};

async fn text(bench: &Bench, script: &str, more: &str) -> String {
    let result = bench.run(&order(script, &format!(r#","output":"text"{more}"#))).await.unwrap();
    result.get("output").and_then(Json::as_str).unwrap().to_owned()
}

#[tokio::test]
async fn a_script_is_told_about_itself() {
    let mut bench = Bench::new();
    bench.attempt.key = Some("a=1".to_owned());
    bench.attempt.token = Some("t0ken".to_owned());
    let script = "echo $CI $COMPASSO_RUN_ID $COMPASSO_PIPELINE $COMPASSO_TASK $COMPASSO_ATTEMPT \
                  $COMPASSO_KEY $COMPASSO_IDEMPOTENCY_KEY $COMPASSO_TOKEN ${COMPASSO_URL-none}";
    let told = "true r-1 shop build 1 a=1 r-1/build t0ken none";
    assert_eq!(text(&bench, script, "").await, told);
}

#[tokio::test]
async fn a_script_is_told_the_times_of_its_run() {
    let run = r#","run":{"scheduled_at":"T","interval":{"start":"A","end":"B"},"partition":"P"}"#;
    let script = "echo $COMPASSO_SCHEDULED_AT $COMPASSO_INTERVAL_START $COMPASSO_INTERVAL_END \
                  $COMPASSO_PARTITION";
    assert_eq!(text(&Bench::new(), script, run).await, "T A B P");
}

#[tokio::test]
async fn nothing_else_of_our_environment_is_seen() {
    let names = text(&Bench::new(), "env | cut -d= -f1 | sort | tr '\\n' ' '", "").await;
    assert!(names.contains("PATH "), "{names}");
    assert!(!names.contains("CARGO"), "{names}");
}

#[tokio::test]
async fn variables_of_the_step_win_over_those_of_the_task() {
    let order = r#"{"steps":[{"run":"echo $A $B $C","env":{"B":2}}],
        "env":{"A":"one","B":"one","C":true},"output":"text"}"#;
    let result = Bench::new().run(order).await.unwrap();
    assert_eq!(result.get("output").unwrap().to_string(), r#""one 2 true""#);
}

#[tokio::test]
async fn values_never_become_code() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("x");
    let value = Json::from(format!("$(touch {0})'; touch {0} \"`touch {0}`", file.display()));
    let more = format!(r#","env":{{"NAME":{value}}}"#);
    assert_eq!(Json::from(text(&Bench::new(), "echo \"${NAME}\"", &more).await), value);
    assert!(!file.exists());
}

#[tokio::test]
async fn files_and_standard_input_are_there() {
    let more = r#","files":{"a/b.txt":"content"},"stdin":{"k":1},"dir":"a""#;
    assert_eq!(text(&Bench::new(), "cat b.txt; cat", more).await, r#"content{"k":1}"#);
}

#[tokio::test]
async fn files_stay_inside_the_workspace() {
    for path in ["../x", "/tmp/x", ".."] {
        let more = format!(r#","files":{{"{path}":"content"}}"#);
        let failure = Bench::new().run(&order("true", &more)).await.unwrap_err();
        assert!(failure.cause.contains("no path inside the workspace"), "{failure}");
    }
}

#[tokio::test]
async fn a_directory_that_is_relative_stays_inside_the_workspace() {
    let bench = Bench::new();
    for dir in ["..", "../x", "a/../..", "./../../.."] {
        let more = format!(r#","files":{{"a/b.txt":""}},"dir":"{dir}""#);
        let failure = bench.run(&order("pwd", &more)).await.unwrap_err();
        assert!(failure.cause.contains("no path inside the workspace"), "{failure}");
    }
    for (dir, found) in [("a/..", "a"), ("a/../a", "b.txt"), (".", "a")] {
        let more = format!(r#","files":{{"a/b.txt":""}},"dir":"{dir}""#);
        assert_eq!(text(&bench, "ls", &more).await, found);
    }
    assert_eq!(text(&bench, "pwd", r#","dir":"/""#).await, "/");
}

#[tokio::test]
async fn each_attempt_begins_in_a_fresh_directory() {
    let bench = Bench::new();
    for _ in 0..2 {
        assert_eq!(text(&bench, "ls; touch left", "").await, "");
    }
}
