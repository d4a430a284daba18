//! What leaves the server for people: JSON text without what is sealed.

use compasso_types::sealed;
use serde::Serialize;

/// Writes an answer.
pub(crate) fn text<T: Serialize>(answer: &T) -> String {
    let text = serde_json::to_string(answer).expect("an answer is plain data");
    if sealed::may_hold(&text) { sealed::hide(&text).into_owned() } else { text }
}
