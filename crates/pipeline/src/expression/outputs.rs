//! Which outputs of other tasks expressions read, and which they look into.

use std::collections::BTreeSet;

use compasso_jsonata::{Part, Program};

use super::code::Code as CodeOf;
use super::names::Names;
use crate::fields::Reader;
use crate::source::Span;
use crate::tree::Need;

/// The functions that ask whether something is there, or how much.
const QUESTIONS: [&str; 2] = ["$exists", "$count"];

impl Reader<'_> {
    /// Notes the outputs of other tasks that an expression reads as if they were there.
    pub(super) fn note_outputs(&mut self, program: &Program, text: &str, span: Span) {
        if !text.contains("$exists") {
            self.output_reads.extend(outputs_in(program, text, span));
        }
    }

    /// Notes the outputs of other tasks that an expression looks into, unless it only hands on what is
    /// there, or asks whether it is.
    pub(super) fn note_looks(
        &mut self,
        program: &Program,
        text: &str,
        span: Span,
        names: Names<'_>,
    ) {
        let read = outputs_in(program, text, span);
        if read.is_empty() || names.hidden && is_path(text) {
            return;
        }
        let rest = without_questions(text);
        let looks = match rest.as_ref().map(|rest| (rest, Program::compile(rest))) {
            Some((rest, Ok(program))) => outputs_in(&program, rest, span),
            _ => read,
        };
        self.output_looks.extend(looks);
    }
}

/// Returns the tasks whose outputs an expression reads.
fn outputs_in(program: &Program, text: &str, span: Span) -> Vec<Need> {
    let Some(Part::Members(ids)) = program.document_reads().of("needs").cloned() else {
        return Vec::new();
    };
    let written: BTreeSet<&str> = text
        .match_indices("needs.")
        .filter_map(|(at, found)| text[at + found.len()..].split_once('.'))
        .filter_map(|(id, after)| after.starts_with("output").then_some(id))
        .collect();
    let read = ids.into_iter().filter(|id| written.contains(&**id));
    read.map(|id| Need { id, span }).collect()
}

/// Whether an expression is a path and nothing else.
fn is_path(text: &str) -> bool {
    let mut is_quoted = false;
    text.chars().all(|c| {
        is_quoted ^= c == '`';
        is_quoted || c.is_alphanumeric() || "_.[]`".contains(c)
    })
}

/// Returns an expression with a number in the place of each question about a path; `None` if the
/// functions that ask may be others.
fn without_questions(text: &str) -> Option<String> {
    let (mut rest, mut from) = (String::new(), 0);
    for (at, _) in CodeOf::new(text).filter(|(_, c)| *c == '$') {
        let name = &text[at..];
        let length = name[1..].find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, after) = name.split_at(length.map_or(name.len(), |length| length + 1));
        if !QUESTIONS.contains(&name) {
            continue;
        }
        let asked = after.strip_prefix('(')?;
        let end = CodeOf::new(asked).find(|(_, c)| *c == ')')?.0;
        if is_path(asked[..end].trim()) {
            rest += &text[from..at];
            rest.push('1');
            from = at + name.len() + "(".len() + end + ")".len();
        }
    }
    Some(rest + &text[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hands_on_is_told_from_what_looks() {
        for path in ["needs.a.output", "needs.a.output.b[0].`c d`"] {
            assert!(is_path(path), "{path}");
        }
        for look in ["needs.a.output = 1", "$f(needs.a.output)", "$count(needs.a.output)"] {
            assert!(!is_path(look), "{look}");
        }
    }

    #[test]
    fn what_only_asks_is_left_out_of_what_looks() {
        for (text, rest) in [
            ("$exists(needs.a.output.b)", "1"),
            ("$not($exists( needs.a.output ))", "$not(1)"),
            ("$count(needs.a.output.`b)`[0]) > 2 and $exists(b)", "1 > 2 and 1"),
            ("$exists(a) and a = '$exists(a)'", "1 and a = '$exists(a)'"),
            ("$count(a[b = 1]) + $count(a)", "$count(a[b = 1]) + 1"),
            ("$exists($count(a)) or $counts(a)", "$exists(1) or $counts(a)"),
        ] {
            assert_eq!(without_questions(text).as_deref(), Some(rest), "{text}");
        }
        for other in ["($count := $string; $count(a))", "$map(a, $count)", "$count (a)"] {
            assert_eq!(without_questions(other), None, "{other}");
        }
    }
}
