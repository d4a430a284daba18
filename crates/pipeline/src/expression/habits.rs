//! What people type who come from other languages: `==`, `&&`, `||`, and status functions.

use compasso_ir::TriggerRule;

use super::code::Code;

/// An expression as JSONata.
pub(super) struct Translated {
    pub(super) text: String,
    /// Where operators were replaced: the offset in `text` behind each, and in the original.
    seams: Vec<(usize, usize)>,
    /// The first foreign operator: its offset in the original, it, and JSONata's.
    pub(super) foreign: Option<(usize, &'static str, &'static str)>,
}

const OPERATORS: [(&str, &str); 3] = [("==", "="), ("&&", " and "), ("||", " or ")];

/// The functions that ask how the needs ended.
const STATUS: [&str; 4] = ["always", "success", "failure", "cancelled"];

impl Translated {
    /// Translates `text`.
    pub(super) fn from(text: &str) -> Self {
        let mut translated = Self { text: String::new(), seams: Vec::new(), foreign: None };
        let mut copied = 0;
        for (at, _) in Code::new(text) {
            let operator = OPERATORS.iter().find(|(foreign, _)| text[at..].starts_with(foreign));
            let Some((foreign, own)) = operator.filter(|_| at >= copied) else { continue };
            translated.text.push_str(&text[copied..at]);
            translated.text.push_str(own);
            copied = at + foreign.len();
            translated.seams.push((translated.text.len(), copied));
            translated.foreign.get_or_insert((at, foreign, own.trim()));
        }
        translated.text.push_str(&text[copied..]);
        translated
    }

    /// Returns the offset in the original for one in the translation.
    pub(super) fn original(&self, offset: usize) -> usize {
        let seam = self.seams.iter().rev().find(|(own, _)| *own <= offset);
        seam.map_or(offset, |(own, original)| original + offset - own)
    }
}

/// Returns the offset and name of a status function that `text` calls.
pub(super) fn status_function(text: &str) -> Option<(usize, &'static str)> {
    Code::new(text).find_map(|(at, _)| {
        let name = STATUS.iter().find(|name| text[at..].starts_with(**name))?;
        let part_of_name = |c: char| c.is_alphanumeric() || "_$.".contains(c);
        let call = text[at + name.len()..].trim_start();
        (!text[..at].ends_with(part_of_name) && call.starts_with('(')).then_some((at, *name))
    })
}

/// Returns the rule that a whole `if` stands for: `always()`, `success()`, `failure()` and
/// `!cancelled()`.
pub(crate) fn status_rule(text: &str) -> Option<TriggerRule> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    Some(match text.as_str() {
        "always()" | "!cancelled()" => TriggerRule::AllDone,
        "success()" => TriggerRule::AllSuccess,
        "failure()" => TriggerRule::AnyFailed,
        _ => return None,
    })
}

/// Returns the function that other languages call `name`.
pub(super) fn of_other_languages(name: &str) -> Option<&'static str> {
    Some(match name {
        "toUpper" | "upper" | "toUpperCase" => "uppercase",
        "toLower" | "lower" | "toLowerCase" => "lowercase",
        "len" | "size" => "count",
        "startsWith" | "endsWith" | "includes" => "contains",
        "fromJSON" | "fromJson" | "parseJson" => "parse",
        "toJSON" | "toJson" | "str" => "string",
        "int" | "float" | "toNumber" => "number",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_of_other_languages_are_translated_outside_of_texts() {
        for (text, expected) in [
            ("a == b", "a = b"),
            ("a&&b||c", "a and b or c"),
            ("a = '==' and \"&&\" != `||`", "a = '==' and \"&&\" != `||`"),
            ("$match(a, /x||y/) == b /* && */", "$match(a, /x||y/) = b /* && */"),
            ("a / b == c / d", "a / b = c / d"),
        ] {
            assert_eq!(Translated::from(text).text, expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_original() {
        let translated = Translated::from("a&&b == )");
        let offset = translated.text.find(')').unwrap();
        assert_eq!(translated.original(offset), 8);
        assert_eq!(translated.original(0), 0);
    }

    #[test]
    fn status_functions_are_found_as_whole_words() {
        for (text, expected) in [
            ("always() and x", Some((0, "always"))),
            ("x or !cancelled ()", Some((6, "cancelled"))),
            ("$failure() or my.success() or xalways() or 'failure()' or always", None),
        ] {
            assert_eq!(status_function(text), expected, "{text}");
        }
    }
}
