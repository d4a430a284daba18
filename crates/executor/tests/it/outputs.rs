//! How what a script writes becomes a value.

use crate::bench::{Bench, order};

async fn output(mode: &str, script: &str) -> String {
    let more = format!(r#","output":"{mode}""#);
    match Bench::new().run(&order(script, &more)).await {
        Ok(result) => result.get("output").unwrap().to_string(),
        Err(failure) => failure.error,
    }
}

#[tokio::test]
async fn the_output_file_is_the_output() {
    let script = r#"echo rows=42 >> "$COMPASSO_OUTPUT"; echo 'list:=[1]' >> "$GITHUB_OUTPUT""#;
    assert_eq!(output("auto", script).await, r#"{"rows":"42","list":[1]}"#);
}

#[tokio::test]
async fn a_script_that_writes_none_has_no_output() {
    assert_eq!(output("auto", "echo hello").await, "null");
    assert_eq!(output("none", "echo a=1 >> $COMPASSO_OUTPUT").await, "null");
}

#[tokio::test]
async fn standard_output_can_be_the_output() {
    assert_eq!(output("json", "echo '{\"a\": [1]}'").await, r#"{"a":[1]}"#);
    assert_eq!(output("text", "echo a; echo b").await, r#""a\nb""#);
    assert_eq!(output("lines", "echo a; echo b").await, r#"["a","b"]"#);
    assert_eq!(output("lines", "echo a; echo; echo").await, r#"["a","",""]"#);
    assert_eq!(output("json", "echo hello").await, "BadOutput");
}

#[tokio::test]
async fn a_json_file_can_be_the_output() {
    assert_eq!(output("file:out/a.json", "mkdir out; echo '[1]' > out/a.json").await, "[1]");
    assert_eq!(output("file:out/a.json", "true").await, "BadOutput");
    assert_eq!(output("file:a", "echo x > a").await, "BadOutput");
}

#[tokio::test]
async fn an_output_file_that_makes_no_sense_fails_the_task() {
    assert_eq!(output("auto", "echo nonsense > $COMPASSO_OUTPUT").await, "BadOutput");
}

#[tokio::test]
async fn large_output_is_refused_wherever_it_is() {
    for (mode, script) in [
        ("text", "head -c 200000 /dev/zero | tr '\\0' x"),
        ("auto", "(printf a=; head -c 200000 /dev/zero | tr '\\0' x) > $COMPASSO_OUTPUT"),
        ("file:f", "head -c 200000 /dev/zero > f"),
        ("text", "head -c 60000 /dev/zero | tr '\\0' '\"'"),
    ] {
        assert_eq!(output(mode, script).await, "OutputTooLarge", "{script}");
    }
}

#[tokio::test]
async fn values_that_are_hidden_are_no_output_either() {
    let mut bench = Bench::new();
    bench.attempt.masks = vec!["hunter22".to_owned()];
    let result = bench.run(&order("echo hunter22", r#","output":"text""#)).await.unwrap();
    assert_eq!(result.get("output").unwrap().to_string(), r#""***""#);
    assert_eq!(bench.lines(), ["***"]);
    let failure = bench.failure("echo 'no hunter22' >&2; exit 1").await;
    assert_eq!(failure.cause, "no ***");
    let failure = bench.failure("echo '::error name=hunter22::x'; exit 1").await;
    assert_eq!(failure.error, "***");
}
