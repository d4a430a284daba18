//! Behaviour of compiled expressions, seen from outside.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod additions;
mod analysis;
mod limits;
mod mutations;
mod vectors;

use compasso_jsonata::{EvaluationError, Host, Limits, Program};
use compasso_types::{Json, Timestamp};

/// The limits Step Functions states evaluate with.
const LIMITS: Limits = Limits {
    steps_max: 5_000_000,
    depth_max: 8_000,
    bytes_max: 64 * 1024 * 1024,
    items_max: 873_782,
};

/// A host that always answers the same.
struct Fixed;

impl Host for Fixed {
    fn variable(&self, name: &str) -> Option<Json> {
        (name == "order").then(|| Json::parse(r#"{"id": 7, "lines": [1, 2]}"#).unwrap())
    }

    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_123)
    }

    fn random(&self) -> u64 {
        0x0123_4567_89ab_cdef
    }
}

fn evaluate(text: &str) -> Result<Option<Json>, EvaluationError> {
    let states = Json::parse(r#"{"input": {"n": 1}}"#).unwrap();
    Program::compile(text)
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .evaluate(&states, &Fixed, &LIMITS)
}

/// Returns the result as JSON text, or the error's.
fn shown(text: &str) -> String {
    told(evaluate(text))
}

/// Does the same where a document takes the place of `$states`.
fn over_document(text: &str) -> String {
    let program = Program::compile(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    told(program.evaluate_over(&Json::empty_object(), &Fixed, &LIMITS))
}

fn told(result: Result<Option<Json>, EvaluationError>) -> String {
    match result {
        Ok(Some(value)) => value.to_string(),
        Ok(None) => "undefined".into(),
        Err(error) => error.to_string(),
    }
}
