//! Warns of what is written in the query language the state does not speak, and so stays literal.

use crate::Code;
use crate::cursor::Cursor;
use crate::report::{Problem, Report};
use crate::schema::Language;
use crate::source::{Member, Node};

/// Warns of `{% … %}` strings in a JSONPath field and of `.$` keys in a JSONata field.
pub(crate) fn warn(report: &mut Report<'_>, at: &Cursor<'_>, language: Language) {
    let mut pending = vec![at.node];
    while let Some(node) = pending.pop() {
        match language {
            Language::JsonPath if is_expression(node) => {
                let message = "The expression is not evaluated in a JSONPath state".to_owned();
                let hint = "set \"QueryLanguage\": \"JSONata\"".to_owned();
                add(report, at, node.bytes.clone(), message, hint);
            }
            Language::JsonPath => {}
            Language::Jsonata => {
                for member in node.members().iter().filter(|member| is_computed(member)) {
                    let message =
                        format!("The field '{}' is not evaluated in a JSONata state", member.key);
                    let hint = "write an expression between '{%' and '%}'".to_owned();
                    add(report, at, member.key_bytes.clone(), message, hint);
                }
            }
        }
        pending.extend(node.items());
        pending.extend(node.members().iter().map(|member| &member.value));
    }
}

fn add(
    report: &mut Report<'_>,
    at: &Cursor<'_>,
    bytes: std::ops::Range<usize>,
    message: String,
    hint: String,
) {
    let problem = Problem::warning(Code::SchemaValidationFailed, message).hint(Some(hint));
    report.add(problem, bytes, || Some(at.location()));
}

fn is_expression(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.starts_with("{%") && text.ends_with("%}"))
}

fn is_computed(member: &Member) -> bool {
    let value = member.value.as_str();
    member.key.ends_with(".$")
        && value.is_some_and(|text| text.starts_with('$') || text.starts_with("States."))
}
