//! JSON texts that callers send: inputs, outputs, results.

use compasso_asl::source::{self, SyntaxError};
use compasso_types::Payload;

/// Most characters of a text that its error shows.
const SHOWN_CHARS_MAX: usize = 500;

/// Reads JSON text; the error is worded as AWS words it, whose parser is Jackson.
pub(crate) fn parse(text: String) -> Result<Payload, String> {
    let text = text.into_boxed_str();
    Payload::parse(text.clone()).map_err(|refused| match source::parse(&text) {
        Err(error) => described(&text, &error),
        Ok(_) if refused.to_string().starts_with("recursion limit") => {
            "Document nesting depth exceeds the maximum allowed (128)".into()
        }
        // Half of a surrogate pair, which has no UTF-8.
        Ok(_) => refused.to_string(),
    })
}

fn described(text: &str, error: &SyntaxError) -> String {
    let SyntaxError { message, line, column, .. } = error;
    let exception = if message.starts_with("Unexpected end-of-input") {
        "com.fasterxml.jackson.core.io.JsonEOFException"
    } else if message.starts_with("No content") {
        "com.fasterxml.jackson.databind.exc.MismatchedInputException"
    } else {
        "com.fasterxml.jackson.core.JsonParseException"
    };
    let source = shown(text);
    let message = message.replace("[Source: (String); ", &format!("[Source: {source}; "));
    format!("{exception}: {message}\n at [Source: {source}; line: {line}, column: {column}]")
}

/// Returns the text as Jackson shows where it reads from.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        None => format!("(String)\"{text}\""),
        Some((end, _)) => {
            let more = text[end..].chars().count();
            format!("(String)\"{}\"[truncated {more} chars]", &text[..end])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text.to_owned()).unwrap_err(), expected);
    }

    #[test]
    fn errors_show_the_text_and_the_place() {
        check(
            r#"{"a": "1" "b": 2}"#,
            "com.fasterxml.jackson.core.JsonParseException: Unexpected character ('\"' (code 34)): \
             was expecting comma to separate Object entries\n at [Source: (String)\"{\"a\": \"1\" \
             \"b\": 2}\"; line: 1, column: 12]",
        );
        check(
            "{",
            "com.fasterxml.jackson.core.io.JsonEOFException: Unexpected end-of-input: expected \
             close marker for Object (start marker at [Source: (String)\"{\"; line: 1, column: \
             1])\n at [Source: (String)\"{\"; line: 1, column: 2]",
        );
    }

    #[test]
    fn long_texts_are_shown_in_part() {
        let error = parse("x".repeat(600)).unwrap_err();
        let shown = format!("(String)\"{}\"[truncated 100 chars]; line: 1", "x".repeat(500));
        assert!(error.contains(&shown), "{error}");
    }
}
