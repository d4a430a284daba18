//! The file that scripts write their outputs to, `$COMPASSO_OUTPUT`, which is `$GITHUB_OUTPUT` too.
//!
//! Lines `name=value`, `name:=JSON`, and `name<<END` with lines until `END`; or one JSON object.

use std::sync::Arc;
use std::time::Duration;

use compasso_types::{Json, Number, Object};

use crate::Failure;

/// The name that asks for a pause before the next attempt, in seconds.
const RETRY_AFTER: &str = "retry-after";

/// What a script wrote.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Its outputs; absent if it wrote none.
    pub(crate) values: Option<Object>,
    /// How long it asks to wait before the next attempt.
    pub(crate) retry_after: Option<Duration>,
}

/// Reads the content of the file.
pub(crate) fn read(text: &str) -> Result<Written, Failure> {
    if text.trim().is_empty() {
        return Ok(Written::default());
    }
    let mut values = if text.trim_start().starts_with('{') { object(text)? } else { lines(text)? };
    let retry_after = values.shift_remove(RETRY_AFTER).map(|value| pause(&value)).transpose()?;
    let values = (!values.is_empty()).then_some(values);
    Ok(Written { values, retry_after })
}

fn object(text: &str) -> Result<Object, Failure> {
    let value = Json::parse(text).map_err(|error| {
        let cause = format!("the output file begins with '{{' and is no JSON object: {error}");
        Failure::bad_output(cause)
    })?;
    let members = value.as_object().expect("JSON that begins with a brace is an object");
    Ok((**members).clone())
}

fn lines(text: &str) -> Result<Object, Failure> {
    let mut values = Object::default();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let refused = |why: &str| {
            Failure::bad_output(format!("line {} of the output file: {why}", number + 1))
        };
        // Whichever comes first says what kind of line it is: values may contain the others.
        let equals = line.find('=').unwrap_or(usize::MAX);
        let heredoc = line.find("<<").unwrap_or(usize::MAX);
        let (name, value) = if heredoc < equals {
            let (name, end) = line.split_at(heredoc);
            let end = &end["<<".len()..];
            let mut found = Vec::new();
            loop {
                match lines.next() {
                    Some((_, line)) if line == end => break,
                    Some((_, line)) => found.push(line),
                    None => return Err(refused(&format!("nothing ends it: '{end}' is missing"))),
                }
            }
            (name, Json::from(found.join("\n")))
        } else if let Some((name, value)) = line.split_once('=') {
            match name.strip_suffix(':') {
                Some(name) => {
                    let value = Json::parse(value)
                        .map_err(|error| refused(&format!("no JSON after ':=': {error}")))?;
                    (name, value)
                }
                None => (name, Json::from(value)),
            }
        } else {
            return Err(refused("neither name=value nor name<<END"));
        };
        let name = name.trim();
        if name.is_empty() {
            return Err(refused("the name is missing"));
        }
        values.insert(Arc::from(name), value);
    }
    Ok(values)
}

fn pause(value: &Json) -> Result<Duration, Failure> {
    let seconds = match value {
        Json::String(text) => text.trim().parse().ok(),
        value => value.as_number().map(Number::as_f64),
    };
    let pause = seconds.and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    pause.ok_or_else(|| Failure::bad_output(format!("retry-after={value} is no number of seconds")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> String {
        read(text)
            .unwrap()
            .values
            .map_or("nothing".to_owned(), |values| Json::from(values).to_string())
    }

    fn refusal(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn lines_are_texts_unless_they_say_json() {
        let text = "rows=42\nempty=\nflag:=true\nlist:=[1, 2]\nurl=http://x/?a=b&c<<d\n\n";
        let read =
            r#"{"rows":"42","empty":"","flag":true,"list":[1,2],"url":"http://x/?a=b&c<<d"}"#;
        assert_eq!(values(text), read);
    }

    #[test]
    fn a_value_may_have_several_lines() {
        assert_eq!(values("note<<EOF\na=1\n\n  b\nEOF\nx=2"), r#"{"note":"a=1\n\n  b","x":"2"}"#);
        assert_eq!(values("note<<EOF\nEOF\n"), r#"{"note":""}"#);
    }

    #[test]
    fn an_object_is_taken_as_it_is() {
        assert_eq!(values("{\"rows\": 42}\n"), r#"{"rows":42}"#);
    }

    #[test]
    fn an_empty_file_is_no_output() {
        assert_eq!(values("\n \n"), "nothing");
    }

    #[test]
    fn a_script_can_ask_for_a_pause() {
        let written = read("retry-after=1.5\n").unwrap();
        assert_eq!(written.retry_after, Some(Duration::from_millis(1_500)));
        assert!(written.values.is_none());
        assert!(refusal("retry-after=soon").contains("no number of seconds"));
        assert!(refusal("retry-after=-1").contains("no number of seconds"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        assert!(refusal("a=1\nnonsense").contains("line 2"));
        assert!(refusal("a<<EOF\nx").contains("'EOF' is missing"));
        assert!(refusal("a:=[").contains("no JSON after ':='"));
        assert!(refusal("=1").contains("the name is missing"));
        assert!(refusal("{\"a\": ").contains("no JSON object"));
    }
}
