//! Values that are stored sealed: `{"$sealed": TEXT}` stands for them in data, and nobody is shown
//! more than [`HIDDEN`]. What the text is only the one who sealed it knows.

use std::borrow::Cow;

use crate::Json;

/// What people see of a sealed value.
pub const HIDDEN: &str = "•••";
/// The member of the object that stands for a sealed value.
const SEALED: &str = "$sealed";
/// How such an object begins and ends in compact JSON.
const BEGINNING: &str = r#"{"$sealed":""#;
const END: &str = r#""}"#;

/// Returns what stands for a value that was sealed as `text`, which has no quotes in it.
pub fn wrap(text: &str) -> Json {
    Json::object([(SEALED, Json::from(text))])
}

/// Returns what a value was sealed as; `None` if it is no sealed one.
pub fn text_of(value: &Json) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(SEALED)?.as_str()
}

/// Returns JSON text as people see it.
pub fn hide(text: &str) -> Cow<'_, str> {
    if !text.contains(BEGINNING) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(BEGINNING) {
        shown.push_str(before);
        let sealed = from.split_once(END).filter(|(sealed, _)| !sealed.contains('"'));
        rest = if let Some((_, after)) = sealed {
            shown.extend(["\"", HIDDEN, "\""]);
            after
        } else {
            shown.push_str(BEGINNING);
            from
        };
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_is_hidden_wherever_it_stands() {
        let value = Json::object([("a", wrap("QUJD")), ("b", Json::array([wrap("x"), 1.into()]))]);
        assert_eq!(hide(&value.to_string()), r#"{"a":"•••","b":["•••",1]}"#);
        assert_eq!(text_of(&wrap("QUJD")), Some("QUJD"));
    }

    #[test]
    fn everything_else_is_shown_as_it_is() {
        for text in ["{}", r#"{"$sealed":1}"#, r#"{"$sealed":"a","b":1}"#, r#"{"$sealed":"#] {
            assert_eq!(hide(text), text);
        }
        assert_eq!(text_of(&Json::from("QUJD")), None);
    }
}
