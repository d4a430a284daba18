//! Every case of the oracle: what the real Jayway answers.

use compasso_expr::jsonpath::Path;
use compasso_types::Json;

use crate::world::{World, json};

/// Paths that mean something else, or nothing, in a state machine.
const DIFFERENT: [(&str, &str); 3] = [
    ("$$.a", "Jayway knows no context object; here `$$` is its root"),
    ("$a", "Jayway knows no variables; here `$a` is one"),
    ("a[0]", "Jayway puts `$.` in front; the States Language wants every path to start with `$`"),
];

#[test]
fn every_case_of_the_oracle_agrees() {
    let cases = include_str!("../jsonpath-oracle.jsonl");
    let mut counted = 0;
    for line in cases.lines() {
        let case = json(line);
        let text = case.get("path").and_then(Json::as_str).unwrap();
        counted += 1;
        if DIFFERENT.iter().any(|(path, _)| *path == text) {
            continue;
        }
        check(&case, text);
    }
    assert_eq!(counted, 123);
}

fn check(case: &Json, text: &str) {
    let parsed = Path::parse(text);
    if let Some(error) = case.get("compileError") {
        assert!(parsed.is_err(), "{text} should be refused: {error}");
        return;
    }
    let path = parsed.unwrap_or_else(|error| panic!("{text}: {error} at {}", error.offset));
    assert_eq!(case.get("definite"), Some(&Json::Bool(path.is_definite())), "{text}");
    let read = path.read(case.get("doc").unwrap(), &World::default());
    let expected_error = case.get(if path.is_definite() { "error" } else { "suppressedError" });
    match expected_error.and_then(Json::as_str) {
        Some(error) => assert_eq!(read.unwrap_err().0, text_of(error), "{text}"),
        None => assert_eq!(read.as_ref().ok(), case.get("suppressed"), "{text}: {read:?}"),
    }
}

/// Drops the exception's name, and what Jayway says about its own Java classes.
fn text_of(error: &str) -> String {
    let (_, message) = error.split_once(": ").unwrap();
    match message.split_once(" This is not a json object") {
        Some((message, _)) => message.replace("java.lang.String", "string"),
        None => message.to_owned(),
    }
}
