//! Values of a work order that are computed when a step begins.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use compasso_expr::query::DOCUMENT_LIMITS;
use compasso_jsonata::{Host, Program};
use compasso_types::{Json, Object, Timestamp};

use crate::Failure;

/// The member that marks a computed value.
const EXPRESSION: &str = "$expr";
/// The member that marks a secret, which is put in place before an order comes here.
const SECRET: &str = "$secret";

/// Returns what `value` is over `document`; `None` if its expression gives nothing.
pub(crate) fn value_of(value: &Json, document: &Json) -> Result<Option<Json>, Failure> {
    match member(value, EXPRESSION) {
        Some(text) => computed(text, document),
        None => Ok(Some(value.clone())),
    }
}

/// Returns what an expression gives over `document`, if it gives something.
pub(crate) fn computed(text: &str, document: &Json) -> Result<Option<Json>, Failure> {
    let failed = |why: String| Failure::new("Expression", format!("{text}: {why}"));
    let program = Program::compile(text).map_err(|error| failed(error.to_string()))?;
    let found = program.evaluate_over(document, &Surroundings::new(), &DOCUMENT_LIMITS);
    found.map_err(|error| failed(error.to_string()))
}

/// Returns the text that `value` is; `None` if there is none. What is no string is written as JSON.
pub(crate) fn text_of(value: &Json, document: &Json) -> Result<Option<String>, Failure> {
    Ok(value_of(value, document)?.as_ref().and_then(data_text))
}

/// Returns the text of data, which is never an expression whatever it looks like; `None` if there is
/// none. What is no string is written as JSON.
pub(crate) fn data_text(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.to_string()),
        other => Some(other.to_string()),
    }
}

/// Returns whether `value` is true; nothing is false.
pub(crate) fn truth_of(value: &Json, document: &Json) -> Result<bool, Failure> {
    Ok(match value_of(value, document)? {
        None => false,
        Some(Json::Bool(truth)) => truth,
        Some(other) => {
            let cause = format!("a condition is neither true nor false but {}", other.type_name());
            return Err(Failure::new("Expression", cause));
        }
    })
}

/// Returns the variables that `values` are.
pub(crate) fn texts_of(values: &Object, document: &Json) -> Result<Vec<(String, String)>, Failure> {
    let mut texts = Vec::with_capacity(values.len());
    for (name, value) in values {
        if let Some(secret) = member(value, SECRET) {
            let cause = format!("the secret '{secret}' was not put in its place");
            return Err(Failure::bad_order(cause));
        }
        let Some(text) = text_of(value, document)? else { continue };
        if name.is_empty() || name.contains(['=', '\0']) || text.contains('\0') {
            let cause = format!("'{name}' cannot be a variable of the environment with this value");
            return Err(Failure::bad_order(cause));
        }
        texts.push((name.to_string(), text));
    }
    Ok(texts)
}

/// Returns the text of an object that has one member alone, with this name.
fn member<'v>(value: &'v Json, name: &str) -> Option<&'v str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(name)?.as_str()
}

/// The clock, and numbers nobody can guess.
struct Surroundings {
    now: Timestamp,
    drawn: Cell<u64>,
}

impl Surroundings {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
        Self { now, drawn: Cell::new(0) }
    }
}

impl Host for Surroundings {
    fn variable(&self, _name: &str) -> Option<Json> {
        None
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn random(&self) -> u64 {
        self.drawn.set(self.drawn.get() + 1);
        // Without a source of randomness the numbers still differ from each other.
        getrandom::u64().unwrap_or(self.drawn.get())
    }
}
