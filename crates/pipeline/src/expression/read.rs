//! Finds and compiles the expressions in texts.

use std::sync::Arc;

use compasso_jsonata::Program;

use super::Expression;
use super::code::Code as CodeOf;
use super::habits::{Translated, status_function};
use super::instances::may_read_instances;
use super::jinja;
use super::names::Names;
use super::previous::may_read_previous;
use crate::Code;
use crate::fields::Reader;
use crate::source::{Node, Scalar, Span, Style, Value};

/// Where a text with expressions comes from.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'n> {
    pub(crate) scalar: Scalar,
    /// The whole value of the scalar.
    pub(crate) value: &'n str,
}

impl<'n> Origin<'n> {
    /// Returns the origin of the text that `node` is.
    pub(crate) fn of(node: &'n Node) -> Option<Self> {
        match &node.value {
            Value::Text(value, style) => {
                Some(Self { scalar: Scalar { span: node.span, style: *style }, value })
            }
            _ => None,
        }
    }
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// Stands for itself.
    Literal(&'t str),
    /// The text of an expression, trimmed, and its offset.
    Expression(&'t str, usize),
    /// An expression that does not end; the offset of its beginning.
    Open(usize),
}

const OPENINGS: [(&str, &str); 2] = [("${{", "}}"), ("{%", "%}")];

/// Whether `text` has an expression in it.
pub(crate) fn is_computed(text: &str) -> bool {
    OPENINGS.iter().any(|(opening, _)| text.contains(opening))
}

/// Splits `text` into literals and expressions.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some((start, opening, closing)) = next_opening(text, at) {
        if start > at {
            parts.push(Part::Literal(&text[at..start]));
        }
        let inner = start + opening.len();
        let Some(length) = length_of_expression(&text[inner..], closing) else {
            parts.push(Part::Open(start));
            return parts;
        };
        let expression = &text[inner..inner + length];
        let blanks = expression.len() - expression.trim_start().len();
        parts.push(Part::Expression(expression.trim(), inner + blanks));
        at = inner + length + closing.len();
    }
    if at < text.len() {
        parts.push(Part::Literal(&text[at..]));
    }
    parts
}

fn next_opening(text: &str, from: usize) -> Option<(usize, &'static str, &'static str)> {
    let found = OPENINGS.iter().filter_map(|(opening, closing)| {
        text[from..].find(opening).map(|at| (from + at, *opening, *closing))
    });
    found.min_by_key(|(at, ..)| *at)
}

/// Returns the length of the expression that `text` begins with and `closing` ends, which does not
/// count inside of texts and braces.
fn length_of_expression(text: &str, closing: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in CodeOf::new(text) {
        if depth == 0 && text[at..].starts_with(closing) {
            return Some(at);
        }
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

impl Reader<'_> {
    /// Compiles the expression `text`, which stands at byte `offset` of its origin.
    pub(crate) fn expression(
        &mut self,
        text: &str,
        offset: usize,
        origin: Origin<'_>,
        names: Names<'_>,
    ) -> Option<Expression> {
        let at = |reader: &mut Self, inner: usize| -> Span {
            reader.report.inside(origin.scalar, origin.value, offset + inner)
        };
        if let Some((inner, name)) = status_function(text) {
            let span = at(self, inner);
            let message = format!("'{name}()' cannot be a part of an expression");
            self.report.hint(Code::StatusFunction, span, message, status_hint(name));
            return None;
        }
        if let Some(inner) = negation(text) {
            let span = at(self, inner);
            let message = "this is no JSONata: '!' is no operator";
            self.report.hint(Code::BadExpression, span, message, "write '$not(…)'");
            return None;
        }
        let translated = Translated::from(text);
        if let Some((inner, foreign, own)) = translated.foreign {
            let span = at(self, inner);
            let message = format!("'{foreign}' is taken for '{own}', as JSONata writes it");
            self.report.hint(Code::ForeignOperator, span, message, format!("write '{own}'"));
        }
        match Program::compile(&translated.text) {
            Ok(program) => {
                for wrong in self.unreadable(&program, names) {
                    let find = || find_word(text, &wrong.written);
                    let inner = self.report.search(find).unwrap_or(0);
                    let span = at(self, inner);
                    let hint = hyphenated(text, inner, &wrong.written).or(wrong.hint);
                    self.report.hinted(wrong.code, span, wrong.message, hint);
                }
                self.note_outputs(&program, &translated.text, origin.scalar.span);
                self.note_looks(&program, &translated.text, origin.scalar.span, names);
                self.reads_instances =
                    self.reads_instances || may_read_instances(&program, &translated.text);
                self.reads_previous =
                    self.reads_previous || may_read_previous(&program, &translated.text);
                let text = translated.text.into();
                Some(Expression { text, program, span: origin.scalar.span })
            }
            Err(error) => {
                let span = at(self, translated.original(error.position));
                let message = format!("this is no JSONata: {}", error.message);
                self.report.add(Code::BadExpression, span, message);
                None
            }
        }
    }

    /// Reads a field that is always an expression; the marks around it may be left out.
    pub(crate) fn bare(&mut self, node: &Node, names: Names<'_>) -> Option<Expression> {
        let Some(origin) = Origin::of(node) else { return self.expected(node, "an expression") };
        let value = origin.value;
        match parts(value).as_slice() {
            [Part::Expression(text, offset)] => self.expression(text, *offset, origin, names),
            _ if !is_computed(value) => {
                let blanks = value.len() - value.trim_start().len();
                self.expression(value.trim(), blanks, origin, names)
            }
            _ => {
                let message = "this field is one expression, not a text with expressions in it";
                self.report.hint(
                    Code::BadExpression,
                    node.span,
                    message,
                    "leave the marks out and join texts with '&'",
                );
                None
            }
        }
    }

    /// Warns of an expression of Jinja; `is_code`: the text is a program.
    pub(crate) fn tell_jinja(&mut self, origin: Origin<'_>, is_code: bool) {
        if self.report.is_stored() {
            return;
        }
        let Some(found) = jinja::find(origin.value, is_code) else { return };
        let span = self.report.inside(origin.scalar, origin.value, found.at);
        let message = "'{{ … }}' stays text: expressions are written '${{ … }}'";
        self.report.hint(Code::Jinja, span, message, found.hint());
    }

    /// Reports an expression that does not end.
    pub(crate) fn open_expression(&mut self, offset: usize, origin: Origin<'_>) {
        let span = self.report.inside(origin.scalar, origin.value, offset);
        let opening = if origin.value[offset..].starts_with("${{") { "${{" } else { "{%" };
        let closing = if opening == "${{" { "}}" } else { "%}" };
        let message = format!("the expression does not end: '{closing}' is missing");
        let hint = match origin.scalar.style {
            Style::Bare => format!(
                "close it with '{closing}'; in YAML ' #' begins a comment, so quote values with '#'"
            ),
            Style::Single | Style::Double => format!("close it with '{closing}'"),
        };
        self.report.hint(Code::BadExpression, span, message, hint);
    }
}

fn status_hint(name: &str) -> &'static str {
    match name {
        "always" => "set 'when: all_done' beside 'if'",
        "success" => "set 'when: all_success' beside 'if'",
        "failure" => "set 'when: any_failed' beside 'if'",
        _ => "set 'when: all_done' beside 'if', or ask 'run.state'",
    }
}

/// Returns where `text` negates as other languages do.
fn negation(text: &str) -> Option<usize> {
    let mut found = CodeOf::new(text).filter(|(at, c)| *c == '!' && !text[*at..].starts_with("!="));
    found.next().map(|(at, _)| at)
}

/// Says how a name with a hyphen is written whose second part, at byte `at`, was taken for a name.
fn hyphenated(text: &str, at: usize, part: &str) -> Option<String> {
    let before = text[..at].strip_suffix('-')?;
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let first = &before[before.trim_end_matches(part_of_name).len()..];
    let is_name = part.chars().all(part_of_name);
    (!first.is_empty() && is_name)
        .then(|| format!("'-' subtracts: write '`{first}-{part}`' for one name"))
}

/// Returns where `word` stands on its own in `text`.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = text.match_indices(word).map(|(at, _)| at);
    found.find(|at| {
        !text[..*at].ends_with(part_of_name) && !text[at + word.len()..].starts_with(part_of_name)
    })
}

/// Returns a shared text.
pub(super) fn shared(text: &str) -> Arc<str> {
    Arc::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_at_their_expressions() {
        for (text, expected) in [
            ("plain", "Literal(\"plain\")"),
            ("${{ a }}", "Expression(\"a\", 4)"),
            (
                "x ${{a}} y {% b %}",
                "Literal(\"x \") Expression(\"a\", 5) Literal(\" y \") Expression(\"b\", 14)",
            ),
            ("${{ {'a': {'b': 1}} }}", "Expression(\"{'a': {'b': 1}}\", 4)"),
            ("${{ '}}' & \"}}\" }}", "Expression(\"'}}' & \\\"}}\\\"\", 4)"),
            ("a ${{ b", "Literal(\"a \") Open(2)"),
            ("", ""),
        ] {
            let found: Vec<String> = parts(text).iter().map(|part| format!("{part:?}")).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }
}
