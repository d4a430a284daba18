//! Values that are stored sealed: `{"$sealed": TEXT}` stands for them in data, and nobody is shown
//! more than [`HIDDEN`]. What the text is only the one who sealed it knows.
//!
//! Data keeps its shape: each scalar is sealed for itself, so that expressions find their way in
//! what they cannot read. Joined to a text, such a value is the JSON that stands for it, and is hidden
//! and opened there as well.

use std::borrow::Cow;

use crate::Json;

/// What people see of a sealed value.
pub const HIDDEN: &str = "•••";
/// The member of the object that stands for a sealed value.
const SEALED: &str = "$sealed";
/// What is between the name of the member and its text, but for quotes.
const COLON: char = ':';

/// Returns what stands for a value that was sealed as `text`, which is Base64.
pub fn wrap(text: &str) -> Json {
    Json::object([(SEALED, Json::from(text))])
}

/// Returns what a value was sealed as; `None` if it is no sealed one.
pub fn text_of(value: &Json) -> Option<&str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get(SEALED)?.as_str()
}

/// Says whether something in JSON text may be sealed.
pub fn may_hold(text: &str) -> bool {
    text.contains(SEALED)
}

/// Says whether something in a value is sealed.
pub fn holds(value: &Json) -> bool {
    match value {
        Json::String(text) => next(text).is_some(),
        Json::Array(items) => items.items().any(|item| holds(&item)),
        Json::Object(members) => {
            text_of(value).is_some() || members.iter().any(|(_, member)| holds(member))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

/// Returns JSON text as people see it.
pub fn hide(text: &str) -> Cow<'_, str> {
    let Some(mut found) = next(text) else { return Cow::Borrowed(text) };
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    loop {
        shown.push_str(&rest[..found.begin]);
        // Within a text its quotes are escaped, and those around it are there.
        shown.extend(if found.is_within_text { ["", HIDDEN, ""] } else { ["\"", HIDDEN, "\""] });
        rest = &rest[found.end..];
        let Some(another) = next(rest) else { break };
        found = another;
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Seals what is not sealed yet: each scalar but null, by `seal`.
///
/// # Errors
/// The first one of `seal`.
pub fn seal<E>(value: &Json, seal_one: &impl Fn(&Json) -> Result<String, E>) -> Result<Json, E> {
    match value {
        Json::Null => Ok(Json::Null),
        Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(wrap(&seal_one(value)?)),
        Json::Array(items) => {
            let sealed = items.iter().map(|item| seal(item, seal_one));
            Ok(Json::array(sealed.collect::<Result<Vec<_>, E>>()?))
        }
        Json::Object(_) if text_of(value).is_some() => Ok(value.clone()),
        Json::Object(members) => {
            let sealed =
                members.iter().map(|(name, member)| Ok((name.clone(), seal(member, seal_one)?)));
            Ok(Json::object(sealed.collect::<Result<Vec<_>, E>>()?))
        }
    }
}

/// Opens all that is sealed in a value, by `open`, in texts as well.
///
/// # Errors
/// The first one of `open`.
pub fn open<E>(
    value: &Json,
    open_one: &mut impl FnMut(&str) -> Result<Json, E>,
) -> Result<Json, E> {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(value.clone()),
        Json::String(text) => open_text(text, open_one).map(Json::from),
        Json::Array(items) => {
            let opened = items.iter().map(|item| open(item, open_one));
            Ok(Json::array(opened.collect::<Result<Vec<_>, E>>()?))
        }
        Json::Object(members) => {
            if let Some(text) = text_of(value) {
                return open_one(text);
            }
            let mut opened = Vec::with_capacity(members.len());
            for (name, member) in members.iter() {
                opened.push((name.clone(), open(member, open_one)?));
            }
            Ok(Json::object(opened))
        }
    }
}

fn open_text<E>(
    text: &str,
    open_one: &mut impl FnMut(&str) -> Result<Json, E>,
) -> Result<String, E> {
    // JSON stays JSON; a text that is one sealed value becomes that value.
    if text.starts_with(['{', '['])
        && next(text).is_some_and(|found| found.end < text.len())
        && let Ok(value) = Json::parse(text)
    {
        return Ok(open(&value, open_one)?.to_string());
    }
    let (mut opened, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(found) = next(rest) {
        opened.push_str(&rest[..found.begin]);
        match open_one(found.text)? {
            Json::String(plain) => opened.push_str(&plain),
            plain => opened.push_str(&plain.to_string()),
        }
        rest = &rest[found.end..];
    }
    opened.push_str(rest);
    Ok(opened)
}

/// Where a sealed value stands in a text.
struct Found<'t> {
    begin: usize,
    end: usize,
    /// What it was sealed as.
    text: &'t str,
    /// Whether it stands within a text of JSON.
    is_within_text: bool,
}

/// Finds the next compact `{"$sealed":"TEXT"}`, its quotes escaped as often as they may be.
fn next(text: &str) -> Option<Found<'_>> {
    text.match_indices(SEALED).find_map(|(at, _)| {
        let before = text[..at].strip_suffix('"')?;
        let opened = before.trim_end_matches('\\');
        let escapes = &before[opened.len()..];
        let quoted = |rest: &'_ str| rest.strip_prefix(escapes)?.strip_prefix('"').map(str::len);
        let from_end = |left: usize| text.len() - left;
        let begin = opened.strip_suffix('{')?.len();
        let after = quoted(&text[at + SEALED.len()..])?;
        let value = quoted(text[from_end(after)..].strip_prefix(COLON)?)?;
        let rest = &text[from_end(value)..];
        let length = rest.find(|c: char| !is_base64(c))?;
        let end = quoted(&rest[length..])?;
        let end = text[from_end(end)..].strip_prefix('}')?.len();
        Some(Found {
            begin,
            end: from_end(end),
            text: &rest[..length],
            is_within_text: !escapes.is_empty(),
        })
    })
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(text: &str) -> Result<Json, String> {
        if text == "bad" { Err("no".into()) } else { Ok(Json::from(text.to_uppercase())) }
    }

    fn opened(text: &str) -> Result<String, String> {
        open(&Json::parse(text).unwrap(), &mut upper).map(|value| value.to_string())
    }

    #[test]
    fn a_sealed_value_is_hidden_wherever_it_stands() {
        let value = Json::object([("a", wrap("QUJD")), ("b", Json::array([wrap("x"), 1.into()]))]);
        assert_eq!(hide(&value.to_string()), r#"{"a":"•••","b":["•••",1]}"#);
        assert_eq!(text_of(&wrap("QUJD")), Some("QUJD"));
    }

    #[test]
    fn a_sealed_value_in_a_text_is_hidden_however_deep_that_is() {
        let mut value = Json::from(format!("Bearer {}!", wrap("a+/=")));
        for _ in 0..3 {
            let text = value.to_string();
            assert!(!hide(&text).contains("a+/="), "{}", hide(&text));
            value = Json::object([("again", Json::from(text))]);
        }
        let text = Json::from(format!("Bearer {}!", wrap("QUJD"))).to_string();
        assert_eq!(hide(&text), r#""Bearer •••!""#);
    }

    #[test]
    fn everything_else_is_shown_as_it_is() {
        for text in ["{}", r#"{"$sealed":1}"#, r#"{"$sealed":"a","b":1}"#, r#"{"$sealed":"#] {
            assert_eq!(hide(text), text);
            assert!(!Json::parse(text).is_ok_and(|value| holds(&value)));
        }
        assert_eq!(text_of(&Json::from("QUJD")), None);
    }

    #[test]
    fn each_scalar_is_sealed_for_itself_and_what_is_sealed_stays_so() {
        let value = Json::parse(r#"{"a":[1,"x",null,true],"b":{"$sealed":"Yg"}}"#).unwrap();
        let sealed = seal(&value, &|plain| Ok::<_, ()>(format!("{}/", plain.to_string().len())));
        assert_eq!(
            sealed.unwrap().to_string(),
            r#"{"a":[{"$sealed":"1/"},{"$sealed":"3/"},null,{"$sealed":"4/"}],"b":{"$sealed":"Yg"}}"#
        );
    }

    #[test]
    fn sealed_values_are_opened_where_they_stand_and_in_texts() {
        let text = r#"{"a":{"$sealed":"x"},"b":["{\"$sealed\":\"y\"} and {\"$sealed\":\"z\"}",2]}"#;
        assert_eq!(opened(text).unwrap(), r#"{"a":"X","b":["Y and Z",2]}"#);
        assert_eq!(opened(r#"[{"$sealed":"bad"}]"#).unwrap_err(), "no");
    }

    #[test]
    fn json_in_a_text_stays_json() {
        let whole = Json::object([("a\"", wrap("x")), ("b", Json::from(1))]).to_string();
        let text = Json::array([Json::from(whole), Json::from(wrap("y").to_string())]).to_string();
        let found = Json::parse(&opened(&text).unwrap()).unwrap();
        let texts: Vec<&str> = found.as_array().unwrap().iter().filter_map(Json::as_str).collect();
        assert_eq!(texts, [r#"{"a\"":"X","b":1}"#, "Y"]);
    }
}
