//! Bodies as forms: `a=1&b[c]=2`, with the four ways to write lists.

use compasso_types::{Json, Object};
use reqwest::Url;

use crate::parameters::scalar_text;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArrayFormat {
    /// `a[0]=x&a[1]=y`
    Indices,
    /// `a=x&a=y`
    Repeat,
    /// `a=x,y`
    Commas,
    /// `a[]=x&a[]=y`
    Brackets,
}

impl ArrayFormat {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "INDICES" => Some(Self::Indices),
            "REPEAT" => Some(Self::Repeat),
            "COMMAS" => Some(Self::Commas),
            "BRACKETS" => Some(Self::Brackets),
            _ => None,
        }
    }
}

/// Encodes the members of a body.
pub(crate) fn encode(members: &Object, format: ArrayFormat) -> String {
    let mut pairs = Vec::new();
    for (name, value) in members {
        flatten(name.to_string(), value, format, &mut pairs);
    }
    // A URL's query is written the way a form is.
    let mut url = Url::parse("http://form.invalid/").expect("a fixed text is a URL");
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

fn flatten(name: String, value: &Json, format: ArrayFormat, pairs: &mut Vec<(String, String)>) {
    match value {
        Json::Object(members) => {
            for (key, value) in members.iter() {
                flatten(format!("{name}[{key}]"), value, format, pairs);
            }
        }
        Json::Array(items) if format == ArrayFormat::Commas => {
            let texts: Vec<String> = items.iter().map(text).collect();
            pairs.push((name, texts.join(",")));
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = match format {
                    ArrayFormat::Indices => format!("{name}[{index}]"),
                    ArrayFormat::Brackets => format!("{name}[]"),
                    ArrayFormat::Repeat | ArrayFormat::Commas => name.clone(),
                };
                flatten(name, item, format, pairs);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            pairs.push((name, text(value)));
        }
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        value => scalar_text(value).unwrap_or_else(|| value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_in_four_ways() {
        let body = Json::parse(r#"{"a":["x","y z"],"o":{"k":1},"e":""}"#).unwrap();
        let members = body.as_object().unwrap();
        for (format, expected) in [
            ("INDICES", "a%5B0%5D=x&a%5B1%5D=y+z&o%5Bk%5D=1&e="),
            ("REPEAT", "a=x&a=y+z&o%5Bk%5D=1&e="),
            ("COMMAS", "a=x%2Cy+z&o%5Bk%5D=1&e="),
            ("BRACKETS", "a%5B%5D=x&a%5B%5D=y+z&o%5Bk%5D=1&e="),
        ] {
            assert_eq!(encode(members, ArrayFormat::parse(format).unwrap()), expected);
        }
    }
}
