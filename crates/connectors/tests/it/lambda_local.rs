//! Local functions: commands and URLs that stand in for Lambda functions.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use compasso_connectors::{Connectors, ConnectorsConfig};
use compasso_runtime::{TaskEnd, TaskRunner};
use compasso_store::LogStream;
use compasso_types::Json;

use crate::servers::serve;
use crate::workbench::{Recorder, config, connectors, end, failure, job, json, output};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn python(script: &str) -> Connectors {
    connectors(function(&["python3", "-c", script]))
}

fn shell(script: &str) -> Connectors {
    connectors(function(&["sh", "-c", script]))
}

fn function(command: &[&str]) -> ConnectorsConfig {
    let command = Json::array(command.iter().map(|word| Json::from(*word)));
    config(&format!("[functions.f]\ncommand = {command}\nenv = {{ KIND = \"local\" }}"))
}

#[tokio::test]
async fn the_parameters_are_the_payload_and_the_output_is_the_result() {
    let echo = python("import json,sys; json.dump({'got': json.load(sys.stdin)}, sys.stdout)");
    let result = output(&echo, job(ARN, r#"{"x":[1, "é"]}"#)).await;
    assert_eq!(result, json(r#"{"got":{"x":[1,"é"]}}"#));
}

#[tokio::test]
async fn invoke_gives_the_answer_of_the_api() {
    let echo = shell("cat");
    for name in ["f", "f:PROD", ARN, "123456789012:function:f"] {
        let parameters = format!(r#"{{"FunctionName":"{name}","Payload":{{"x":1}}}}"#);
        let result = output(&echo, job("lambda:invoke", &parameters)).await;
        assert_eq!(result.get("Payload"), Some(&json(r#"{"x":1}"#)), "{name}");
        assert_eq!(result.get("StatusCode"), Some(&Json::from(200)));
        let version = if name == "f:PROD" { "PROD" } else { "$LATEST" };
        assert_eq!(result.get("ExecutedVersion"), Some(&Json::from(version)));
        assert!(result.get("SdkHttpMetadata").is_some());
        assert!(result.get("SdkResponseMetadata").is_some());
    }
}

#[tokio::test]
async fn a_call_without_a_payload_gets_an_empty_object() {
    let result = output(&shell("cat"), job("lambda:invoke", r#"{"FunctionName":"f"}"#)).await;
    assert_eq!(result.get("Payload"), Some(&json("{}")));
}

#[tokio::test]
async fn a_callback_function_is_handed_the_token_and_submits() {
    let job = job("lambda:invoke.waitForTaskToken", r#"{"FunctionName":"f","Payload":{}}"#);
    let script = r#"printf '"%s %s %s"' $COMPASSO_TASK_TOKEN $COMPASSO_IDEMPOTENCY_KEY $KIND"#;
    let ended = end(&shell(script), job).await;
    let TaskEnd::Submitted(output) = ended else { panic!("{ended:?}") };
    assert_eq!(output.value().get("Payload"), Some(&Json::from("token-1 key-1 local")));
}

#[tokio::test]
async fn events_and_dry_runs_have_no_payload() {
    let place = tempfile::tempdir().unwrap();
    let mark = place.path().join("mark");
    let script = format!("echo x >> {}; exit 1", mark.display());
    for (kind, status, runs) in [("DryRun", 204, 0), ("Event", 202, 1)] {
        let parameters = format!(r#"{{"FunctionName":"f","InvocationType":"{kind}"}}"#);
        let result = output(&shell(&script), job("lambda:invoke", &parameters)).await;
        assert_eq!(result.get("StatusCode"), Some(&Json::from(status)));
        assert_eq!(result.get("Payload"), None);
        assert_eq!(std::fs::read_to_string(&mark).unwrap_or_default().lines().count(), runs);
    }
}

#[tokio::test]
async fn stderr_is_the_log_and_stdout_is_not() {
    let recorder = Arc::new(Recorder::default());
    let function = shell("echo working >&2; echo '{}'");
    function.run(job(ARN, "{}"), recorder.reporter()).await;
    assert_eq!(recorder.lines(LogStream::Stderr), ["working"]);
    assert!(recorder.lines(LogStream::Stdout).is_empty());
}

#[tokio::test]
async fn no_output_is_null() {
    assert_eq!(output(&shell("true"), job(ARN, "{}")).await, Json::Null);
}

#[tokio::test]
async fn an_error_on_stdout_is_the_tasks_error() {
    let script = r#"echo '{"errorType":"OrderRejected","errorMessage":"no"}'; exit 1"#;
    assert_eq!(
        failure(&shell(script), job(ARN, "{}")).await,
        (
            "OrderRejected".to_owned(),
            r#"{"errorType":"OrderRejected","errorMessage":"no"}"#.to_owned()
        )
    );
}

#[tokio::test]
async fn an_error_on_the_last_line_of_stderr_is_the_tasks_error() {
    let script = r#"echo trying >&2; echo '{"errorType":"E","errorMessage":"m"}' >&2; exit 7"#;
    assert_eq!(
        failure(&shell(script), job(ARN, "{}")).await,
        ("E".to_owned(), r#"{"errorType":"E","errorMessage":"m"}"#.to_owned())
    );
}

#[tokio::test]
async fn any_other_failure_is_unknown() {
    for (script, message, error_type) in [
        ("exit 9", "function f exited with code 9", "Runtime.ExitError"),
        ("echo broken >&2; exit 9", "function f exited with code 9: broken", "Runtime.ExitError"),
        ("echo '{}'; exit 9", "function f exited with code 9", "Runtime.ExitError"),
        ("kill -9 $$", "function f was killed by SIGKILL", "Runtime.ExitError"),
    ] {
        let (error, cause) = failure(&shell(script), job(ARN, "{}")).await;
        assert_eq!(error, "Lambda.Unknown", "{script}");
        let expected = format!(r#"{{"errorMessage":"{message}","errorType":"{error_type}"}}"#);
        assert_eq!(cause, expected, "{script}");
    }
}

#[tokio::test]
async fn a_result_that_is_no_json_is_unknown() {
    let (error, cause) = failure(&shell("echo hello"), job(ARN, "{}")).await;
    assert_eq!(error, "Lambda.Unknown");
    assert!(cause.contains("Runtime.MarshalError"), "{cause}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let missing = connectors(function(&["no-such-program-here"]));
    let (error, cause) = failure(&missing, job(ARN, "{}")).await;
    assert_eq!(error, "Lambda.Unknown");
    assert!(cause.contains("no-such-program-here"), "{cause}");
    let (error, cause) = failure(&connectors(config("[functions.f]")), job(ARN, "{}")).await;
    assert_eq!(error, "Lambda.Unknown");
    assert!(cause.contains("neither a command nor a URL"), "{cause}");
}

#[tokio::test]
async fn a_result_beyond_the_limit_is_its_own_error() {
    let (error, cause) = failure(&shell("yes"), job(ARN, "{}")).await;
    assert_eq!(error, "States.DataLimitExceeded");
    assert!(cause.starts_with(&format!("The state/task '{ARN}' returned a result")), "{cause}");
}

#[tokio::test]
async fn a_function_nobody_knows_says_what_to_configure() {
    let (error, cause) = failure(&connectors(config("")), job(ARN, "{}")).await;
    assert_eq!(error, "Lambda.ResourceNotFoundException");
    for hint in
        ["[functions.f]", "AWS_ENDPOINT_URL_LAMBDA", "(Service: AWSLambda; Status Code: 404"]
    {
        assert!(cause.contains(hint), "{cause}");
    }
}

#[tokio::test]
async fn parameters_of_the_wrong_form_are_refused() {
    for parameters in
        ["{}", r#"{"FunctionName":1}"#, r#"{"FunctionName":"f","InvocationType":"Now"}"#]
    {
        let (error, _) = failure(&shell("cat"), job("lambda:invoke", parameters)).await;
        assert_eq!(error, "States.Runtime", "{parameters}");
    }
}

fn by_url(url: &str) -> Connectors {
    connectors(config(&format!("[functions.f]\nurl = \"{url}/f\"")))
}

#[tokio::test]
async fn a_url_is_posted_to() {
    let echo = post(|headers: HeaderMap, body: String| async move {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        format!(r#"{{"key":"{key}","body":{body}}}"#)
    });
    let server = serve(Router::new().route("/f", echo)).await;
    let result = output(&by_url(&server), job(ARN, r#"{"x":1}"#)).await;
    assert_eq!(result, json(r#"{"key":"key-1","body":{"x":1}}"#));
}

#[tokio::test]
async fn a_url_fails_like_a_function() {
    let error = r#"{"errorType":"E","errorMessage":"m"}"#;
    let flagged = move || async move { ([("x-amz-function-error", "Unhandled")], error) };
    let server = serve(Router::new().route("/f", post(flagged))).await;
    let failed = failure(&by_url(&server), job(ARN, "{}")).await;
    assert_eq!(failed, ("E".to_owned(), error.to_owned()));

    let status = move || async move { (StatusCode::INTERNAL_SERVER_ERROR, error) };
    let server = serve(Router::new().route("/f", post(status))).await;
    let failed = failure(&by_url(&server), job(ARN, "{}")).await;
    assert_eq!(failed, ("E".to_owned(), error.to_owned()));

    let server = serve(Router::new()).await;
    let (name, cause) = failure(&by_url(&server), job(ARN, "{}")).await;
    assert_eq!(name, "Lambda.Unknown");
    assert!(cause.contains("answered with status 404"), "{cause}");
}

#[tokio::test]
async fn a_url_nobody_listens_to_is_a_client_error() {
    let (error, cause) = failure(&by_url("http://127.0.0.1:1"), job(ARN, "{}")).await;
    assert_eq!(error, "Lambda.SdkClientException");
    assert!(cause.starts_with("Unable to execute HTTP request: "), "{cause}");
}
