//! `compasso:process`: what a program gets and what it gives.

use std::sync::Arc;

use compasso_connectors::ConnectorsConfig;
use compasso_runtime::{TaskEnd, TaskRunner};
use compasso_store::LogStream;
use compasso_types::Json;

use crate::workbench::{Recorder, config, connectors, end, failure, job, json, output};

fn shell(script: &str) -> String {
    Json::object([("Command", Json::array(["sh", "-c", script].map(Json::from)))]).to_string()
}

async fn run(parameters: &str) -> Json {
    output(&connectors(ConnectorsConfig::default()), job("compasso:process", parameters)).await
}

async fn refused(parameters: &str) -> (String, String) {
    failure(&connectors(ConnectorsConfig::default()), job("compasso:process", parameters)).await
}

#[tokio::test]
async fn output_that_is_json_is_parsed() {
    let ran = run(&shell(r#"echo '{"a":[1]}'; echo careful >&2"#)).await;
    assert_eq!(ran, json(r#"{"ExitCode":0,"Stdout":{"a":[1]},"Stderr":"careful"}"#));
}

#[tokio::test]
async fn other_output_is_text() {
    let ran = run(&shell("echo 1; echo 2")).await;
    assert_eq!(ran.get("Stdout"), Some(&Json::from("1\n2\n")));
}

#[tokio::test]
async fn no_output_is_an_empty_text() {
    assert_eq!(run(r#"{"Command":["true"]}"#).await.get("Stdout"), Some(&Json::from("")));
}

#[tokio::test]
async fn a_program_reads_text_as_it_is_and_data_as_json() {
    for (stdin, read) in
        [(r#""a b""#, "a b"), (r#"{"k": 1}"#, r#"{"k":1}"#), ("[1,\"x\"]", "[1,\"x\"]")]
    {
        let parameters =
            format!(r#"{{"Command":["sh","-c","printf 'got %s' \"$(cat)\""],"Stdin":{stdin}}}"#);
        assert_eq!(run(&parameters).await.get("Stdout"), Some(&Json::from(format!("got {read}"))));
    }
}

#[tokio::test]
async fn a_program_need_not_read_what_it_is_given() {
    let stdin = Json::from("x".repeat(200_000));
    let parameters = format!(r#"{{"Command":["true"],"Stdin":{stdin}}}"#);
    assert_eq!(run(&parameters).await.get("ExitCode"), Some(&Json::from(0)));
}

#[tokio::test]
async fn arguments_are_never_read_by_a_shell() {
    let ran = run(r#"{"Command":["printf","%s","$(id); `id` > x"]}"#).await;
    assert_eq!(ran.get("Stdout"), Some(&Json::from("$(id); `id` > x")));
}

#[tokio::test]
async fn a_program_sees_its_own_environment_and_little_else() {
    let mut settings = config("");
    settings.endpoint = Some("http://127.0.0.1:7".to_owned());
    let parameters = r#"{"Command":["env"],"Env":{"A":"b","N":1}}"#;
    let ran = output(&connectors(settings), job("compasso:process", parameters)).await;
    let environment = ran.get("Stdout").unwrap().as_str().unwrap().to_owned();
    let has = |line: &str| environment.lines().any(|have| have == line);
    assert!(has("A=b") && has("N=1"), "{environment}");
    assert!(has("COMPASSO_IDEMPOTENCY_KEY=key-1"));
    assert!(has("COMPASSO_TASK_TOKEN=token-1"));
    assert!(has("COMPASSO_EXECUTION_ARN=arn:aws:states:us-east-1:123456789012:execution:m:e"));
    assert!(has("COMPASSO_ENDPOINT=http://127.0.0.1:7"));
    assert!(has("AWS_ENDPOINT_URL_SFN=http://127.0.0.1:7"));
    assert!(!environment.contains("CARGO_MANIFEST_DIR"), "{environment}");
}

#[tokio::test]
async fn variables_that_are_passed_on_are_seen() {
    let settings = config("[process]\npass_env = [\"CARGO_MANIFEST_DIR\"]");
    let ran =
        output(&connectors(settings), job("compasso:process", r#"{"Command":["env"]}"#)).await;
    assert!(ran.get("Stdout").unwrap().as_str().unwrap().contains("CARGO_MANIFEST_DIR="));
}

#[tokio::test]
async fn a_program_starts_where_it_is_told_or_where_the_settings_say() {
    let place = tempfile::tempdir().unwrap();
    let base = place.path().canonicalize().unwrap();
    std::fs::create_dir(base.join("below")).unwrap();
    let mut settings = config("");
    settings.directory = Some(base.clone());
    let connectors = connectors(settings);
    for (cwd, expected) in [
        ("", base.clone()),
        (r#","Cwd":"below""#, base.join("below")),
        (r#","Cwd":"/""#, "/".into()),
    ] {
        let parameters = format!(r#"{{"Command":["pwd"]{cwd}}}"#);
        let ran = output(&connectors, job("compasso:process", &parameters)).await;
        assert_eq!(ran.get("Stdout"), Some(&Json::from(format!("{}\n", expected.display()))));
    }
}

#[tokio::test]
async fn lines_are_logged_and_long_ones_are_cut() {
    let recorder = Arc::new(Recorder::default());
    let script = "echo one; echo two >&2; head -c 20000 /dev/zero | tr '\\0' x; printf end >&2";
    let job = job("compasso:process", &shell(script));
    connectors(config("")).run(job, recorder.reporter()).await;
    let lines = recorder.lines(LogStream::Stdout);
    let lengths: Vec<usize> = lines.iter().map(String::len).collect();
    assert_eq!(lengths, [3, 8192, 8192, 20_000 - 2 * 8192]);
    assert_eq!(recorder.lines(LogStream::Stderr), ["two", "end"]);
}

#[tokio::test]
async fn output_beyond_the_logs_limit_is_noted_once() {
    let recorder = Arc::new(Recorder::default());
    let script = "yes 0123456789abcdef | head -c 3000000 >&2";
    connectors(config("")).run(job("compasso:process", &shell(script)), recorder.reporter()).await;
    let lines = recorder.lines(LogStream::Stderr);
    let kept: usize = lines.iter().map(String::len).sum();
    assert!(kept <= 1024 * 1024 + 100, "{kept}");
    assert_eq!(lines.iter().filter(|line| line.contains("is not kept")).count(), 1);
    assert!(lines.last().unwrap().contains("is not kept"));
}

#[tokio::test]
async fn a_wrong_exit_code_is_the_errors_name_and_the_end_of_stderr_its_cause() {
    assert_eq!(
        refused(&shell("echo nothing to do >&2; exit 3")).await,
        ("Process.ExitCode.3".to_owned(), "nothing to do".to_owned())
    );
    assert_eq!(
        refused(r#"{"Command":["false"]}"#).await,
        ("Process.ExitCode.1".to_owned(), "The process exited with code 1".to_owned())
    );
}

#[tokio::test]
async fn the_cause_is_the_end_of_a_long_stderr() {
    let (_, cause) = refused(&shell("seq 100000 >&2; echo last words >&2; exit 1")).await;
    assert!(cause.len() <= 4096 && cause.ends_with("last words"), "{}", cause.len());
}

#[tokio::test]
async fn other_exit_codes_can_be_success() {
    let parameters = r#"{"Command":["sh","-c","exit 4"],"SuccessExitCodes":[0,4]}"#;
    assert_eq!(run(parameters).await.get("ExitCode"), Some(&Json::from(4)));
}

#[tokio::test]
async fn the_result_can_be_made_of_standard_output_alone() {
    for (output, command, expected) in [
        ("json", "echo '{\\\"rows\\\": 42}'", r#"{"rows":42}"#),
        ("text", "printf '42\\n\\n'", r#""42\n""#),
        ("lines", "printf 'a\\nb\\n'", r#"["a","b"]"#),
        ("none", "echo x", "null"),
    ] {
        let parameters = format!(r#"{{"Command":["sh","-c","{command}"],"Output":"{output}"}}"#);
        assert_eq!(run(&parameters).await.to_string(), expected, "{output}");
    }
    let (error, cause) = refused(r#"{"Command":["echo","x"],"Output":"json"}"#).await;
    assert_eq!(error, "BadOutput");
    assert!(cause.starts_with("Standard output is no JSON value: "), "{cause}");
    let (_, cause) = refused(r#"{"Command":["true"],"Output":"xml"}"#).await;
    assert!(cause.contains("'Output' has"), "{cause}");
}

#[tokio::test]
async fn a_program_that_is_killed_says_by_what() {
    let (error, cause) = refused(&shell("echo oh >&2; kill -9 $$")).await;
    assert_eq!((&*error, &*cause), ("Process.Killed", "The process was killed by SIGKILL\noh"));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_run() {
    let (error, cause) = refused(r#"{"Command":["no-such-program-here"]}"#).await;
    assert_eq!(
        (&*error, &*cause),
        ("Process.NotFound", "there is no program no-such-program-here")
    );
    let (error, cause) = refused(r#"{"Command":["true"],"Cwd":"/no/such/place"}"#).await;
    assert_eq!((&*error, &*cause), ("Process.NotFound", "there is no directory /no/such/place"));
    let (error, _) = refused(r#"{"Command":["/etc/passwd"]}"#).await;
    assert_eq!(error, "Process.NotStarted");
}

#[tokio::test]
async fn output_beyond_the_limit_ends_the_program() {
    let (error, cause) = refused(r#"{"Command":["yes"]}"#).await;
    assert_eq!(error, "Process.OutputTooLarge");
    assert!(cause.contains("262144"), "{cause}");
}

#[tokio::test]
async fn a_shell_line_is_refused_with_a_hint() {
    let (error, cause) = refused(r#"{"Command":"rm -r x"}"#).await;
    assert_eq!(error, "States.Runtime");
    assert!(cause.contains(r#"["sh", "-c", …]"#), "{cause}");
}

#[tokio::test]
async fn parameters_of_the_wrong_form_are_refused() {
    for (parameters, hint) in [
        ("[]", "must be an object"),
        ("{}", "'Command' is required"),
        (r#"{"Command":[]}"#, "'Command' has an invalid format"),
        (r#"{"Command":["a",1]}"#, "'Command' has an invalid format"),
        (r#"{"Command":["a\u0000"]}"#, "'Command' has an invalid format"),
        (r#"{"Command":["a"],"Env":{"A=":"b"}}"#, "'Env' has an invalid format"),
        (r#"{"Command":["a"],"Env":{"A":{}}}"#, "'Env' has an invalid format"),
        (r#"{"Command":["a"],"SuccessExitCodes":0}"#, "'SuccessExitCodes' has"),
    ] {
        let (error, cause) = refused(parameters).await;
        assert_eq!(error, "States.Runtime", "{parameters}");
        assert!(cause.starts_with("The Parameters '") && cause.contains(hint), "{cause}");
    }
}

#[tokio::test]
async fn processes_can_be_switched_off() {
    let connectors = connectors(config("[process]\nenabled = false"));
    let (error, _) = failure(&connectors, job("compasso:process", r#"{"Command":["true"]}"#)).await;
    assert_eq!(error, "States.Permissions");
}

#[tokio::test]
async fn a_program_that_is_followed_by_a_callback_only_submits() {
    let connectors = connectors(config(""));
    let mut job = job("compasso:process.waitForTaskToken", &shell("echo $COMPASSO_TASK_TOKEN"));
    let ended = end(&connectors, job.clone()).await;
    let TaskEnd::Submitted(output) = ended else { panic!("{ended:?}") };
    assert_eq!(output.value().get("Stdout"), Some(&Json::from("token-1\n")));

    job.offer.submitted = Some(compasso_types::Payload::default());
    job.offer.parameters = compasso_types::Payload::parse(r#"{"Command":["false"]}"#).unwrap();
    let again = end(&connectors, job).await;
    assert!(matches!(again, TaskEnd::Submitted(_)), "it was not run again: {again:?}");
}

#[tokio::test]
async fn a_resource_without_a_connector_fails_the_task() {
    let (error, cause) = failure(&connectors(config("")), job("nothing:atAll", "{}")).await;
    assert_eq!(error, "States.TaskFailed");
    assert!(cause.contains("arn:aws:states:::nothing:atAll"), "{cause}");
}
