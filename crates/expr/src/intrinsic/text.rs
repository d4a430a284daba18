//! Texts: formatting, splitting, JSON from and to text.

use std::borrow::Cow;

use compasso_types::Json;

use super::math::described;
use super::{FORMATTED_BYTES_MAX, Value};
use crate::java_text;

/// Puts `values` where the template has `{}`.
pub(super) fn format(template: &Value<'_>, values: &[Value<'_>]) -> Result<Json, String> {
    let Some(text) = template.json.as_str() else {
        let kind = described(&template.json);
        return Err(format!("the template must be a string, but it is {kind}"));
    };
    let found = || text.match_indices("{}").map(|(at, _)| at).collect::<Vec<_>>();
    let places = template.placeholders.map_or_else(|| found().into(), Cow::Borrowed);
    if places.len() != values.len() {
        return Err(unequal(places.len(), values.len()));
    }
    let mut formatted = String::with_capacity(text.len());
    let mut written = 0;
    for (place, value) in places.iter().zip(values) {
        formatted.push_str(&text[written..*place]);
        formatted.push_str(&java_text::of(&value.json));
        written = place + "{}".len();
        if formatted.len() > FORMATTED_BYTES_MAX {
            return Err(format!("the text is longer than {FORMATTED_BYTES_MAX} bytes"));
        }
    }
    formatted.push_str(&text[written..]);
    Ok(Json::from(formatted))
}

/// Says that a template and its values do not fit.
pub(super) fn unequal(places: usize, values: usize) -> String {
    format!("the template has {places} places {{}}, but there are {values} values")
}

/// Parses JSON text; a blank text is `null`.
pub(super) fn string_to_json(value: &Json) -> Result<Json, String> {
    let refused = || format!("the argument must be a string, but it is {}", described(value));
    let text = value.as_str().ok_or_else(refused)?;
    if text.trim().is_empty() {
        return Ok(Json::Null);
    }
    Json::parse(text).map_err(|error| format!("the text is not JSON: {error}"))
}

/// Splits at any character of `delimiters`; empty pieces are dropped.
pub(super) fn split(value: &Json, delimiters: &Json) -> Result<Json, String> {
    let (Some(text), Some(delimiters)) = (value.as_str(), delimiters.as_str()) else {
        return Err("both arguments must be strings".to_owned());
    };
    let pieces = text.split(|c| delimiters.contains(c)).filter(|piece| !piece.is_empty());
    Ok(Json::array(pieces.map(Json::from)))
}
