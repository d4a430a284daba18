//! Values as Java writes them, which is what `States.Format` and Jayway's messages show:
//! `{Arg1=1, Arg2=[]}`.

use std::fmt::{self, Write as _};

use compasso_types::Json;

/// Returns the text of `value`: strings without quotes, objects as `{name=value, …}`.
pub(crate) fn of(value: &Json) -> String {
    let mut text = String::new();
    write(&mut text, value).expect("writing to a string cannot fail");
    text
}

fn write(text: &mut String, value: &Json) -> fmt::Result {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(value) => write!(text, "{value}")?,
        Json::Number(number) => write!(text, "{number}")?,
        Json::String(string) => text.push_str(string),
        Json::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(text, item)?;
            }
            text.push(']');
        }
        Json::Object(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                write!(text, "{}{name}=", if index > 0 { ", " } else { "" })?;
                write(text, member)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_java_does() {
        let rows = [
            (r#"{"Arg1":1,"Arg2":[]}"#, "{Arg1=1, Arg2=[]}"),
            (r#"["a",null,true,{"b":"c"}]"#, "[a, null, true, {b=c}]"),
            ("1.1", "1.1"),
            ("1e7", "1.0E7"),
        ];
        for (value, text) in rows {
            assert_eq!(of(&Json::parse(value).unwrap()), text);
        }
    }
}
