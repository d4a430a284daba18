//! Every expression of `vectors.jsonl` gives what the reference implementation gave.
//!
//! The results were recorded by `record_vectors.mjs`, a developer tool that runs the reference.

use compasso_jsonata::{EvaluationError, Program};
use compasso_types::Json;

use crate::{Fixed, LIMITS};

#[test]
fn expressions_give_what_the_reference_implementation_gives() {
    let document = include_str!("../document.json");
    let states = Json::parse(document).unwrap();
    let mut differences = Vec::new();
    let mut count = 0;
    for line in include_str!("../vectors.jsonl").lines() {
        let vector = Json::parse(line).unwrap();
        let expression = vector.get("expr").and_then(Json::as_str).unwrap();
        let expected = expectation(&vector);
        let found = outcome(expression, &states);
        count += 1;
        if !same(&found, &expected) {
            differences.push(format!("{expression}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{}\n{} of {count} differ",
        differences.join("\n"),
        differences.len()
    );
    assert!(count >= 600, "only {count} vectors");
}

/// Compares texts of results; numbers beyond 64 bits may be written differently.
fn same(found: &str, expected: &str) -> bool {
    found == expected
        || matches!((Json::parse(found), Json::parse(expected)), (Ok(a), Ok(b)) if a == b)
}

fn expectation(vector: &Json) -> String {
    match (vector.get("result"), vector.get("code").and_then(Json::as_str)) {
        (Some(result), _) => sorted(result).to_string(),
        (_, Some(code)) => match vector.get("message").and_then(Json::as_str) {
            Some(message) => format!("{code}: {message}"),
            None => code.to_owned(),
        },
        _ => "undefined".to_owned(),
    }
}

fn outcome(expression: &str, states: &Json) -> String {
    let program = match Program::compile(expression) {
        Ok(program) => program,
        Err(error) => return error.to_string(),
    };
    match program.evaluate(states, &Fixed, &LIMITS) {
        Ok(Some(result)) => sorted(&result).to_string(),
        Ok(None) => "undefined".to_owned(),
        Err(error @ EvaluationError::Failed { .. }) => error.to_string(),
        Err(other) => format!("{other:?}"),
    }
}

/// Returns the value with its members in order of name, as their order is not compared.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::array(items.iter().map(sorted)),
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Json::object(members)
        }
        other => other.clone(),
    }
}
